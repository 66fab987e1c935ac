//! Real functions meet a message that a newer code has written.

use aws_sdk_dynamodb::{Client as Dynamodb, types::AttributeValue};
use serde_json::json;
use turnlog_domain::GameId;
use turnlog_store::Games;
use turnlog_tests::{Stack, eventually};
use uuid::Uuid;

use super::{cell, folded, play_cells, row_is_current, table};

/// Stores what a newer code would: the message after the last one, with an event that nobody here knows.
async fn store_from_the_future(stack: &Stack, dynamodb: &Dynamodb, game: &str) {
    let last = folded(stack, game).await;
    let text = |value: &str| AttributeValue::S(value.to_owned());
    let put = dynamodb.put_item().table_name("MessagesTable");
    let put = put.item("game_id", text(game)).item("seq", AttributeValue::N(last.game.seq().next().to_string()));
    let put = put.item("command_id", text(&Uuid::new_v4().to_string())).item("player_id", text("bob"));
    let put = put.item("at", AttributeValue::N("4000000000000".to_owned()));
    let events = r#"[{"type":"played","v":99,"data":{"by":1,"square":"b2"}}]"#;
    let put = put.item("events", text(events)).item("prev_hash", text(last.head.as_str()));
    let put = put.item("state_hash", text("2.99:whatever"));
    put.send().await.expect("it is stored");
}

#[tokio::test]
async fn a_message_from_the_future_stops_its_own_game_only() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let (ahead, other) = (
        table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await,
        table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await,
    );
    play_cells(&mut ada, &mut bob, &ahead, &[0]).await;
    bob.hears(&ahead, 4).await;
    row_is_current(&stack, &ahead).await;
    let dynamodb = stack.dynamodb().await;
    store_from_the_future(&stack, &dynamodb, &ahead).await;
    // Projections park it; what was pushed and shown before stays.
    let (games, id) = (
        Games::new(dynamodb, "GamesTable".to_owned(), turnlog_games::kinds()),
        GameId::parse(&ahead).expect("it is an id"),
    );
    let reason = eventually("the parked game", || async { games.parked(id).await.expect("it reads") }).await;
    assert!(reason.contains("from the future"), "{reason}");
    for frame in
        [cell(&ahead, 4), json!({ "action": "watch", "game": ahead }), json!({ "action": "resign", "game": ahead })]
    {
        let refused = bob.ask(frame).await;
        assert_eq!((&refused["type"], &refused["code"]), (&json!("failed"), &json!("server_outdated")), "{refused}");
        assert_eq!(refused["retryable"], true);
    }
    play_cells(&mut ada, &mut bob, &other, &[0, 3, 1, 4, 2]).await;
    bob.hears(&other, 8).await;
    row_is_current(&stack, &other).await;
}
