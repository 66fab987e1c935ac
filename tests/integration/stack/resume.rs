//! Clients that were away.

use serde_json::json;
use turnlog_tests::Stack;

use super::{cell, play_cells, table};

#[tokio::test]
async fn a_client_that_reconnects_gets_exactly_what_it_missed() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({ "size": 9, "line": 9 })).await;
    bob.hears(&game, 3).await;
    bob.close().await;
    ada.accept(cell(&game, 0)).await;
    let mut bob = stack.connect("bob").await;
    let watched = bob.accept(json!({ "action": "watch", "game": game, "after": 3 })).await;
    let missed: Vec<_> =
        watched["messages"].as_array().expect("it is a list").iter().map(|message| &message["seq"]).collect();
    assert_eq!(missed, [&json!(4)]);
    assert_eq!(watched["from"], json!(null));
    play_cells(&mut bob, &mut ada, &game, &[1, 2, 3]).await;
    bob.hears_after(&game, 3, 7).await;
    // A push of what was there before may still arrive: pushes come at least once.
    let missed: Vec<u64> = bob.seqs(&game).into_iter().filter(|&seq| seq > 3).collect();
    assert_eq!(missed, [4, 5, 6, 7]);
    let up_to_date = bob.accept(json!({ "action": "watch", "game": game, "after": 7 })).await;
    assert_eq!((&up_to_date["messages"], &up_to_date["seq"]), (&json!([]), &json!(7)));
}

#[tokio::test]
async fn a_ping_tells_the_head_and_keeps_the_subscription() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    let pong = ada.accept(json!({ "action": "ping", "game": game, "seq": 3 })).await;
    assert_eq!(pong["seq"], 3);
    assert!(pong["now"].as_u64().expect("it is a time") > 1_700_000_000_000);
    // A connection that never watched follows the game from its ping on.
    let mut eve = stack.connect("eve").await;
    assert_eq!(eve.accept(json!({ "action": "ping", "game": game })).await["seq"], 3);
    ada.accept(cell(&game, 0)).await;
    eve.hears_after(&game, 3, 4).await;
    assert_eq!(eve.accept(json!({ "action": "ping" })).await.get("seq"), None);
}

#[tokio::test]
async fn a_connection_that_closes_is_forgotten() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    bob.close().await;
    let websockets = turnlog_store::Websockets::new(stack.dynamodb().await, "WebsocketsTable".to_owned());
    let id = turnlog_domain::GameId::parse(&game).expect("it is an id");
    let only_ada = || async {
        let now = turnlog_domain::Timestamp::from_ms(1_700_000_000_000);
        let subscribers = websockets.subscribers(id, now).await.expect("it reads");
        (subscribers.len() == 1 && subscribers[0].player.as_str() == "ada").then_some(())
    };
    turnlog_tests::eventually("the end of Bob's subscription", only_ada).await;
}
