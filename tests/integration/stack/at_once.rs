//! What the command function tells others itself, before the stream does.

mod killed;

use serde_json::{Value, json};
use tempfile::TempDir;
use turnlog_tests::{Client, Stack, root};

use super::{cell, play, row_is_current, table};

/// A stack whose stream tells nobody anything.
async fn without_the_stream(push_at_once: u32) -> (Stack, TempDir) {
    let template = std::fs::read_to_string(root().join("template.yaml")).expect("it is there");
    let functions = root().join("app/functions");
    let template = template.replace("CodeUri: app/functions", &format!("CodeUri: {}", functions.display()));
    let mapping = "FunctionName: !Ref PushFunction\n";
    assert_eq!(template.matches(mapping).count(), 2, "Messages and Players push");
    let template = template.replace(mapping, &format!("{mapping}      Enabled: false\n"));
    let folder = tempfile::tempdir().expect("it can be made");
    let path = folder.path().join("template.yaml");
    std::fs::write(&path, template).expect("it is written");
    let at_once = format!("PushAtOnce={push_at_once}");
    let path = path.to_str().expect("it is a text");
    let arguments = ["--ephemeral", "--template", path, "--parameter", "FramesPerSecond=0", "--parameter", &at_once];
    (Stack::start_with(&arguments).await, folder)
}

/// The messages of a game that were pushed to a client, in the order in which they came.
fn pushed(client: &Client, game: &str) -> Vec<Value> {
    let frames = client.received().iter().filter(|frame| frame["type"] == "messages" && frame["game"] == game);
    frames.flat_map(|frame| frame["messages"].as_array().expect("it is a list").clone()).collect()
}

#[tokio::test]
async fn others_hear_of_a_move_although_the_stream_is_away_and_each_sees_what_they_may() {
    let (stack, _folder) = without_the_stream(1_000).await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let mut eve = stack.connect("eve").await;
    let game = table(&mut ada, &mut bob, "rock-paper-scissors", json!({})).await;
    ada.hears(&game, 3).await;
    eve.accept(json!({ "action": "watch", "game": game, "after": 0 })).await;
    ada.accept(play(&game, json!({ "choose": "rock" }))).await;
    for client in [&mut bob, &mut eve] {
        client.hears(&game, 4).await;
        let told = pushed(client, &game).pop().expect("it was told");
        assert_eq!((&told["seq"], told.to_string().contains("rock")), (&json!(4), false), "{told}");
    }
    bob.accept(play(&game, json!({ "choose": "paper" }))).await;
    ada.hears(&game, 5).await;
    // Whoever acted has it from the answer, and from nothing else.
    assert_eq!(pushed(&bob, &game).iter().filter(|message| message["seq"] == 5).count(), 0);
    assert_eq!(pushed(&ada, &game).iter().filter(|message| message["seq"] == 4).count(), 0);
}

#[tokio::test]
async fn nobody_is_told_at_once_where_the_template_says_no() {
    let (stack, _folder) = without_the_stream(0).await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    ada.accept(cell(&game, 0)).await;
    row_is_current(&stack, &game).await;
    bob.accept(json!({ "action": "ping" })).await;
    assert_eq!(pushed(&bob, &game), Vec::<Value>::new());
}

#[tokio::test]
async fn players_are_told_before_those_who_watch_and_no_more_than_sixteen() {
    let (stack, _folder) = without_the_stream(1_000).await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    let mut watchers = Vec::new();
    for number in 0..20 {
        // Their ids sort before and behind that of the player.
        let name = format!("{}{number}", if number % 2 == 0 { "a" } else { "z" });
        let mut watcher = stack.connect(&name).await;
        watcher.accept(json!({ "action": "watch", "game": game, "after": 0 })).await;
        watchers.push(watcher);
    }
    ada.accept(cell(&game, 0)).await;
    bob.hears(&game, 4).await;
    let mut told = 0;
    for watcher in &mut watchers {
        watcher.accept(json!({ "action": "ping" })).await;
        told += pushed(watcher, &game).iter().filter(|message| message["seq"] == 4).count();
    }
    assert_eq!(told, 15);
}

#[tokio::test]
async fn a_gateway_that_takes_nothing_holds_up_no_answer_and_loses_nothing() {
    for (fault, push_at_once) in
        [("gone=1", "50"), ("gone=1", "0"), ("throttled-connection=1", "50"), ("throttled-connection=1", "0")]
    {
        let push_at_once = format!("PushAtOnce={push_at_once}");
        let stack = Stack::start_with(&["--ephemeral", "--fault", fault, "--parameter", &push_at_once]).await;
        let (mut ada, mut bob) = stack.ada_and_bob().await;
        let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
        for turn in 0..4 {
            let player = if turn % 2 == 0 { &mut ada } else { &mut bob };
            player.accept(cell(&game, turn)).await;
        }
        bob.accept(json!({ "action": "watch", "game": game, "after": 0 })).await;
        assert_eq!(bob.seqs(&game), (1..=7).collect::<Vec<_>>(), "{fault} {push_at_once}");
    }
}
