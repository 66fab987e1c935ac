//! Clocks, by server time.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;
use turnlog_domain::limits::ARRIVED_AGO_MS_MAX;
use turnlog_tests::{Stack, eventually};

use super::{cell, create, events, folded};

fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    u64::try_from(now.as_millis()).expect("it fits for some time")
}

#[tokio::test]
async fn a_claim_and_a_move_that_arrive_together_end_the_turn_once() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let mut again = stack.connect("bob").await;
    let game_id = create(&mut ada, "tic-tac-toe", json!({}), json!({ "clock": { "seconds": 5 } })).await;
    for client in [&mut ada, &mut bob] {
        client.accept(json!({ "action": "join", "game": game_id })).await;
        client.accept(json!({ "action": "watch", "game": game_id })).await;
    }
    let claim = json!({ "action": "claim", "game": game_id });
    assert_eq!(bob.reject(claim.clone()).await, "not_overdue");
    let view = bob.view(&game_id).clone();
    let deadline = view["deadline"].as_u64().expect("a clock runs");
    assert_eq!((&view["clock"][0]["left_ms"], &view["clock"][1]["since"]), (&json!(5000), &json!(null)));
    // From then on a claim may end the turn, and no move can be in time any more.
    let claimable = deadline + ARRIVED_AGO_MS_MAX;
    eventually("the deadline", || async move { (now() > claimable).then_some(()) }).await;
    let (moved, claimed, claimed_too) =
        tokio::join!(ada.ask(cell(&game_id, 4)), bob.ask(claim.clone()), again.ask(claim.clone()));
    let answers = [&moved, &claimed, &claimed_too];
    assert!(answers.iter().all(|answer| answer["type"] != "failed"), "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| answer["type"] == "accepted").count(), 1, "{answers:?}");
    let game = folded(&stack, &game_id).await.game;
    assert_eq!(game.seq().0, 4);
    if moved["type"] == "rejected" {
        assert!(["time_is_up", "finished"].contains(&moved["code"].as_str().expect("a code")), "{moved}");
        assert_eq!(events(&stack, &game_id).await.split_off(4), ["timed_out", "finished"]);
        ada.sees(&game_id, |view| view["outcome"]["reason"] == "timeout").await;
        assert_eq!(ada.view(&game_id)["outcome"]["winners"], json!([1]));
    }
}

/// Every function begins a second late, as one does that has to be started first.
#[tokio::test]
async fn the_time_in_which_a_frame_waits_for_a_function_is_nobodys() {
    let stack = Stack::start_with(&["--ephemeral", "--fault", "slow-function=1"]).await;
    let (mut ada, mut bob) = tokio::join!(stack.connect("ada"), stack.connect("bob"));
    let game = create(&mut ada, "tic-tac-toe", json!({}), json!({ "clock": { "seconds": 5 } })).await;
    ada.accept(json!({ "action": "join", "game": game })).await;
    let joined = bob.accept(json!({ "action": "join", "game": game })).await;
    let deadline = joined["view"]["deadline"].as_u64().expect("a clock runs");
    let before = deadline - 800;
    eventually("the last moment", || async move { (now() >= before).then_some(()) }).await;
    // The move is decided on about 0.2 s after the deadline, and the claim, which came after it, at any time after that.
    let claim = json!({ "action": "claim", "game": game });
    let (moved, claimed) = tokio::join!(ada.ask(cell(&game, 4)), bob.ask(claim.clone()));
    assert!(now() > deadline, "the function was slow");
    assert_eq!(moved["type"], "accepted", "{moved}");
    assert_eq!(claimed["code"], "not_overdue", "{claimed}");
    let arrived = moved["messages"][0]["at"].as_u64().expect("a time");
    assert!((before..=deadline).contains(&arrived), "{arrived} of {deadline}");
    // Whoever sends a move too late is late.
    let deadline = moved["view"]["deadline"].as_u64().expect("a clock runs");
    assert_eq!(deadline, arrived + 5_000, "the next clock runs from the same moment on");
    eventually("the deadline", || async move { (now() > deadline).then_some(()) }).await;
    assert_eq!(bob.reject(cell(&game, 0)).await, "time_is_up");
    let claimable = deadline + ARRIVED_AGO_MS_MAX;
    eventually("the end of the turn", || async move { (now() > claimable).then_some(()) }).await;
    ada.accept(claim).await;
}
