//! What breaks in the middle loses nothing.

use serde_json::json;
use turnlog_tests::{Client, Proxy, Stack, eventually, in_process, send_signal};
use uuid::Uuid;

use super::{cell, folded, play_cells, row_is_current, table};

async fn process(stack: &Stack, name: &str) -> u32 {
    let find = || async { stack.children().await.into_iter().find(|(_, command)| command == name).map(|(pid, _)| pid) };
    eventually(name, find).await
}

#[tokio::test]
async fn a_stack_that_is_killed_keeps_every_acknowledged_action() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let stack = Stack::start_in(folder.path()).await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    play_cells(&mut ada, &mut bob, &game, &[0, 3, 1]).await;
    let functions = stack.children().await;
    assert!(in_process() || !functions.is_empty());
    stack.kill().await;
    for (pid, name) in functions {
        let is_gone = || async move { (!std::path::Path::new(&format!("/proc/{pid}")).exists()).then_some(()) };
        eventually(&format!("the end of {name}"), is_gone).await;
    }

    let stack = Stack::start_in(folder.path()).await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    for client in [&mut ada, &mut bob] {
        let watched = client.accept(json!({ "action": "watch", "game": game, "after": 0 })).await;
        assert_eq!(watched["seq"], 6);
    }
    bob.accept(cell(&game, 4)).await;
    ada.hears(&game, 7).await;
    ada.accept(cell(&game, 2)).await;
    bob.hears(&game, 8).await;
    bob.sees(&game, |view| view["phase"] == "finished").await;
    row_is_current(&stack, &game).await;
    stack.stop("TERM").await;
}

#[tokio::test]
async fn a_function_killed_in_mid_call_costs_nothing_but_a_repeat() {
    for (takes_effect, push_at_once) in [(false, "PushAtOnce=50"), (true, "PushAtOnce=50"), (true, "PushAtOnce=0")] {
        let proxy = Proxy::start().await;
        let arguments = ["--ephemeral", "--dynamodb-endpoint", proxy.endpoint(), "--parameter", push_at_once];
        let stack = Stack::start_with_processes(&arguments).await;
        let (mut ada, mut bob) = stack.ada_and_bob().await;
        let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
        let mut frame = cell(&game, 4);
        frame["id"] = json!(Uuid::new_v4());
        if takes_effect {
            proxy.swallow("PutItem", "MessagesTable");
        } else {
            proxy.hold("PutItem", "MessagesTable");
        }
        ada.send(tokio_tungstenite::tungstenite::Message::text(frame.to_string())).await;
        proxy.holds().await;
        for (pid, name) in stack.children().await {
            if name == "command" {
                send_signal(pid, "KILL").await;
            }
        }
        expect_gateway_error(&mut ada).await;
        assert_eq!(ada.accept(frame).await["seq"], 4);
        bob.hears(&game, 4).await;
        assert_eq!(bob.seqs(&game), [1, 2, 3, 4]);
        assert_eq!(folded(&stack, &game).await.game.seq().0, 4);
    }
}

async fn expect_gateway_error(client: &mut Client) {
    loop {
        let frame = client.receive().await.expect("the connection stays open");
        if frame["message"] == "Internal server error" {
            return;
        }
        assert!(frame.get("id").is_none(), "a killed function answers nothing: {frame}");
    }
}

#[tokio::test]
async fn a_projection_that_fails_three_times_loses_nothing() {
    let proxy = Proxy::start().await;
    let stack = Stack::start_with(&["--ephemeral", "--dynamodb-endpoint", proxy.endpoint()]).await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    // The SDK asks three times before the function gives up.
    proxy.fail("PutItem", "GamesTable", 9);
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    play_cells(&mut ada, &mut bob, &game, &[0, 3, 1, 4, 2]).await;
    for client in [&mut ada, &mut bob] {
        client.hears(&game, 8).await;
        assert_eq!(client.seqs(&game), (1..=8).collect::<Vec<_>>(), "push never waits for the read models");
    }
    row_is_current(&stack, &game).await;
    assert!(proxy.is_spent());
}

#[tokio::test]
async fn a_push_that_fails_three_times_is_delivered_again() {
    let proxy = Proxy::start().await;
    let stack = Stack::start_with(&["--ephemeral", "--dynamodb-endpoint", proxy.endpoint()]).await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    ada.hears(&game, 3).await;
    proxy.fail("Query", "WebsocketsTable", 9);
    ada.accept(cell(&game, 0)).await;
    bob.hears(&game, 4).await;
    assert!(proxy.is_spent());
}

#[tokio::test]
async fn a_projection_killed_between_results_and_row_completes_both() {
    let proxy = Proxy::start().await;
    let stack = Stack::start_with_processes(&["--ephemeral", "--dynamodb-endpoint", proxy.endpoint()]).await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    row_is_current(&stack, &game).await;
    proxy.hold("PutItem", "GamesTable");
    ada.accept(json!({ "action": "resign", "game": game })).await;
    proxy.holds().await;
    send_signal(process(&stack, "games").await, "KILL").await;
    row_is_current(&stack, &game).await;
    let client = stack.dynamodb().await;
    for (player, place) in [("ada", "2"), ("bob", "1")] {
        let get = client.get_item().table_name("PlayersTable");
        let text = |text: String| aws_sdk_dynamodb::types::AttributeValue::S(text);
        let get = get.key("player_id", text(player.to_owned())).key("item", text(format!("game#{game}")));
        let item = get.send().await.expect("it reads").item.expect("the result is there");
        assert_eq!(item["place"].as_n().expect("it is a number"), place);
    }
}
