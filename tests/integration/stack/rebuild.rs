//! `turnlog parked` and `rebuild` on a whole stack, while people play.

use std::{
    collections::{BTreeMap, HashMap},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use aws_sdk_dynamodb::types::AttributeValue;
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use turnlog_tests::{Client, Stack, eventually, say_seed};

use super::{cell, play_cells, row_is_current, table};

/// An item of a table.
pub(super) type Item = BTreeMap<String, AttributeValue>;

/// The rows of a table, by whose they are and what they are, without what rings for bots.
pub(super) async fn rows(stack: &Stack, table: &str) -> BTreeMap<(String, String), Item> {
    let client = stack.dynamodb().await;
    let mut rows = BTreeMap::new();
    let mut pages = client.scan().table_name(table).into_paginator().send();
    while let Some(page) = pages.next().await {
        for item in page.expect("it reads").items.unwrap_or_default() {
            let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default();
            let (owner, name) = (text(if table == "GamesTable" { "game_id" } else { "player_id" }), text("item"));
            let is_row = if table == "GamesTable" { owner != "control" } else { name.starts_with("game#") };
            let mut row: Item = item.clone().into_iter().collect();
            row.remove("bot_task");
            if is_row {
                rows.insert((owner, name), row);
            }
        }
    }
    rows
}

/// What a rebuild says as JSON, and with which code it ends.
async fn rebuild(stack: &Stack, what: &str) -> (Value, Option<i32>) {
    let output = stack.turnlog(&["rebuild", what, "--yes", "--json"]).await;
    let said = String::from_utf8(output.stdout).expect("it writes text");
    (serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}")), output.status.code())
}

type Key = HashMap<String, AttributeValue>;

fn message(game: &str, seq: &str) -> Key {
    let game = ("game_id".to_owned(), AttributeValue::S(game.to_owned()));
    [game, ("seq".to_owned(), AttributeValue::N(seq.to_owned()))].into()
}

fn key(owner: &str, id: &str, name: &str) -> Key {
    [(owner, id), ("item", name)].map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned()))).into()
}

async fn remove(stack: &Stack, table: &str, key: Key) {
    let delete = stack.dynamodb().await.delete_item().table_name(table).set_key(Some(key));
    delete.send().await.expect("it is removed");
}

async fn remove_row(stack: &Stack, (owner, name): &(String, String)) {
    let is_game = turnlog_domain::GameId::parse(owner).is_ok();
    let (table, attribute) = if is_game { ("GamesTable", "game_id") } else { ("PlayersTable", "player_id") };
    remove(stack, table, key(attribute, owner, name)).await;
}

async fn all_rows(stack: &Stack) -> BTreeMap<(String, String), Item> {
    let mut all = rows(stack, "GamesTable").await;
    all.extend(rows(stack, "PlayersTable").await);
    all
}

/// Games with a few moves each, some of them finished.
async fn begin(stack: &Stack, ada: &mut Client, bob: &mut Client, count: usize) -> Vec<String> {
    let mut games = Vec::new();
    for number in 0..count {
        let game = table(ada, bob, "tic-tac-toe", json!({ "size": 19, "line": 19 })).await;
        play_cells(ada, bob, &game, &[0, 1]).await;
        if number % 3 == 0 {
            ada.accept(json!({ "action": "resign", "game": game })).await;
        }
        games.push(game);
    }
    for game in &games {
        row_is_current(stack, game).await;
    }
    games
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_are_built_anew_during_play_are_those_of_the_projection() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = (stack.connect("ada").await, stack.connect("bob").await);
    let mut eve = stack.connect("eve").await;
    let games = begin(&stack, &mut ada, &mut bob, 6).await;
    eve.accept(json!({ "action": "watch", "game": games[0] })).await;
    let running: Vec<&String> =
        games.iter().enumerate().filter(|(number, _)| number % 3 != 0).map(|(_, game)| game).collect();
    for row in all_rows(&stack).await.keys().step_by(2) {
        remove_row(&stack, row).await;
    }

    // Play goes on in all running games, and a new one begins, until the rebuild has ended.
    let is_over = AtomicBool::new(false);
    let play = async {
        let mut moves = 2;
        while moves < 300 && !is_over.load(Ordering::Relaxed) {
            for game in &running {
                let player = if moves % 2 == 0 { &mut ada } else { &mut bob };
                player.accept(cell(game, moves)).await;
            }
            moves += 1;
            tokio::task::yield_now().await;
        }
        table(&mut ada, &mut bob, "connect-four", json!({})).await
    };
    let build = async {
        let told = rebuild(&stack, "--all").await;
        is_over.store(true, Ordering::Relaxed);
        told
    };
    let (last, (told, code)) = tokio::join!(play, build);
    assert_eq!((&told["still_changing"], &told["parked"], code), (&json!([]), &json!([]), Some(0)), "{told}");
    for game in games.iter().chain([&last]) {
        row_is_current(&stack, game).await;
    }
    let played = all_rows(&stack).await;
    assert_eq!(played.keys().filter(|(_, name)| name == "state").count(), games.len() + 1);

    // From nothing, when nobody plays; then both are the same.
    for row in played.keys() {
        remove_row(&stack, row).await;
    }
    let (told, code) = rebuild(&stack, "--all").await;
    assert_eq!((&told["games"], &told["written"], code), (&json!(7), &json!(played.len()), Some(0)), "{told}");
    assert_eq!(all_rows(&stack).await, played);
    let (said, is_well) = stack.run(&["verify", "--all"]).await;
    assert!(is_well, "{said}");

    // Whoever only watched a game that had ended before has heard nothing at all since.
    let pushed = eve.received().iter().filter(|frame| frame["id"].is_null()).count();
    assert_eq!(pushed, 0, "{:?}", eve.received());
    let told = stack.stop("TERM").await;
    assert!(!told.contains("Missing rights"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_that_is_killed_at_any_moment_goes_on() {
    let seed = 5;
    say_seed(seed);
    let mut random = StdRng::seed_from_u64(seed);
    let stack = Stack::start().await;
    let (mut ada, mut bob) = (stack.connect("ada").await, stack.connect("bob").await);
    begin(&stack, &mut ada, &mut bob, 8).await;
    let before = all_rows(&stack).await;
    for row in before.keys() {
        remove_row(&stack, row).await;
    }
    for _ in 0..6 {
        // Slow enough that all of its steps are met.
        let arguments = ["rebuild", "--all", "--yes", "--json", "--capacity", "20"];
        let mut run = stack.command(&arguments).await.spawn().expect("the command starts");
        // The kill comes when it comes: this is the chance that the test takes, and no waiting for anything.
        let moment = Duration::from_millis(random.random_range(100..2_000));
        if tokio::time::timeout(moment, run.wait()).await.is_err() {
            run.kill().await.expect("it can be killed");
        }
    }
    let (told, code) = rebuild(&stack, "--all").await;
    assert_eq!((&told["still_changing"], code), (&json!([]), Some(0)), "{told}");
    assert_eq!(all_rows(&stack).await, before);
}

/// Lets a message follow that this code does not know, as newer code would have written it, and waits until the game is
/// parked.
async fn park(stack: &Stack, game: &str) {
    let client = stack.dynamodb().await;
    let get = client.get_item().table_name("MessagesTable").set_key(Some(message(game, "3")));
    let mut item = get.send().await.expect("it reads").item.expect("it is there");
    item.insert("seq".to_owned(), AttributeValue::N("4".to_owned()));
    item.insert("events".to_owned(), AttributeValue::S(r#"[{"type":"invented","v":1,"data":{}}]"#.to_owned()));
    client.put_item().table_name("MessagesTable").set_item(Some(item)).send().await.expect("it is written");
    let parked = || async {
        let (said, is_well) = stack.run(&["parked", "--json"]).await;
        assert!(is_well, "{said}");
        said.contains(game).then_some(said)
    };
    let said = eventually("the parked game", parked).await;
    let line: Value = serde_json::from_str(said.trim()).expect("it is one line of JSON");
    assert!(line["reason"].as_str().is_some_and(|reason| reason.contains("invented")), "{line}");
}

#[tokio::test]
async fn a_parked_game_is_listed_and_taken_out_once_somebody_agrees() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = (stack.connect("ada").await, stack.connect("bob").await);
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    row_is_current(&stack, &game).await;
    assert_eq!(stack.run(&["parked"]).await, (String::new(), true));
    let (said, is_well) = stack.run(&["rebuild", &game]).await;
    assert!(is_well && said.contains("everything that is derived from it agrees"), "nobody is asked: {said}");

    park(&stack, &game).await;
    let before = all_rows(&stack).await;
    let (said, is_well) = stack.run(&["rebuild", &game, "--yes"]).await;
    assert!(!is_well && said.contains("cannot be folded: message 4") && said.contains("invented"), "{said}");
    let (told, code) = rebuild(&stack, "--all").await;
    assert_eq!((told["parked"][0]["game"].as_str(), code), (Some(game.as_str()), Some(1)), "{told}");
    assert_eq!(all_rows(&stack).await, before);

    // The log is mended; nothing else happens in the game.
    remove(&stack, "MessagesTable", message(&game, "4")).await;
    let output = stack.turnlog(&["rebuild", &game]).await;
    let said = String::from_utf8(output.stdout).expect("it writes text");
    assert!(said.contains("folds to message 3") && said.contains("  it is parked: "), "{said}");
    assert_eq!(output.status.code(), Some(2), "there is nobody to ask");
    let (said, code) = stack.at_terminal(&["rebuild", &game], "n\n").await;
    assert!(said.contains("Rewrite that from its log? [y/N]") && said.contains("nothing was changed"), "{said}");
    assert_eq!((code, all_rows(&stack).await), (Some(1), before));
    let (said, code) = stack.at_terminal(&["rebuild", &game], "y\n").await;
    assert!(said.contains("everything that is derived from it agrees now") && code == Some(0), "{said}");
    assert_eq!(stack.run(&["parked"]).await, (String::new(), true));
    let nothing = json!({ "game": game, "messages": 3, "written": [] });
    assert_eq!(rebuild(&stack, &game).await, (nothing, Some(0)));
}

#[tokio::test]
async fn a_rebuild_of_one_game_says_what_differs_and_writes_it() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = (stack.connect("ada").await, stack.connect("bob").await);
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    ada.accept(cell(&game, 0)).await;
    row_is_current(&stack, &game).await;
    let before = all_rows(&stack).await;
    let client = stack.dynamodb().await;
    let update = client.update_item().table_name("GamesTable").set_key(Some(key("game_id", &game, "state")));
    let update = update.update_expression("SET kind = :kind");
    let update = update.expression_attribute_values(":kind", AttributeValue::S("chess".to_owned()));
    update.send().await.expect("it is written");
    remove(&stack, "PlayersTable", key("player_id", "bob", &format!("game#{game}"))).await;
    let expected =
        [format!("game#{game} of bob is missing"), format!("state of {game} is not what the log adds up to: kind")];
    let (said, is_well) = stack.run(&["rebuild", &game, "--yes"]).await;
    assert!(is_well && expected.iter().all(|line| said.contains(&format!("  {line}\n"))), "{said}");
    assert_eq!(all_rows(&stack).await, before);
    let unknown = "00000000-0000-4000-8000-000000000001";
    let (said, is_well) = stack.run(&["rebuild", unknown]).await;
    assert!(!is_well && said.contains(&format!("there is no game {unknown}")), "{said}");
}

#[tokio::test]
async fn a_rebuild_of_all_games_asks_before_it_writes() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = (stack.connect("ada").await, stack.connect("bob").await);
    let game = begin(&stack, &mut ada, &mut bob, 1).await.remove(0);
    remove(&stack, "GamesTable", key("game_id", &game, "state")).await;
    let before = all_rows(&stack).await;
    assert_eq!(stack.turnlog(&["rebuild", "--all"]).await.status.code(), Some(2), "there is nobody to ask");
    let (said, code) = stack.at_terminal(&["rebuild", "--all"], "n\n").await;
    assert!(
        said.contains("Rewrite every row that differs from its log? [y/N]") && said.contains("nothing was changed"),
        "{said}"
    );
    assert_eq!((code, all_rows(&stack).await), (Some(1), before));
    let (said, code) = stack.at_terminal(&["rebuild", "--all"], "y\n").await;
    let total = "1 game compared with the log: 1 row written, 0 removed";
    assert!(said.contains(&format!("{game}: state of {game} is missing")) && said.contains(total), "{said}");
    assert_eq!(code, Some(0));
}
