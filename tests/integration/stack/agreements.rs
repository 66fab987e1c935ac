//! Offers: what the players agree on, whoever is quicker.

use serde_json::{Value, json};
use turnlog_domain::{OfferKind, Phase};
use turnlog_tests::{Client, Stack};

use super::{cell, entries, events, folded, play_cells, table};

fn about(action: &str, game: &str, offer: &str) -> Value {
    json!({ "action": action, "game": game, "offer": offer })
}

/// Asks again as long as the server says that it may help.
async fn insist(client: &mut Client, mut frame: Value) -> Value {
    frame["id"] = json!(uuid::Uuid::new_v4());
    loop {
        let answer = client.ask(frame.clone()).await;
        if answer["retryable"] != json!(true) {
            return answer;
        }
    }
}

#[tokio::test]
async fn offers_answers_and_moves_of_both_at_the_same_moment_lead_to_one_story() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let (mut ada_too, mut bob_too) = stack.ada_and_bob().await;
    for _ in 0..3 {
        let game_id = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
        let agree = async |client: &mut Client| {
            let offered = insist(client, about("offer", &game_id, "draw")).await;
            [offered, insist(client, about("accept", &game_id, "draw")).await]
        };
        let (of_ada, of_bob, ..) = tokio::join!(
            agree(&mut ada),
            agree(&mut bob),
            insist(&mut ada_too, cell(&game_id, 0)),
            insist(&mut bob_too, cell(&game_id, 4)),
        );
        let game = folded(&stack, &game_id).await.game;
        let is_accepted = |answer: &Value| answer["type"] == "accepted";
        let agreed = [&of_ada[1], &of_bob[1]].into_iter().filter(|answer| is_accepted(answer)).count();
        let is_over = matches!(game.phase(), Phase::Finished(outcome) if outcome.reason() == "agreed");
        assert_eq!((agreed == 1, agreed < 2), (is_over, true), "{of_ada:?} {of_bob:?}");
        let open = game.offers().iter().filter(|offer| offer.offer == OfferKind::Draw).count();
        assert!(open <= usize::from(!is_over), "at most one is open");
        for client in [&mut ada, &mut bob] {
            client.hears(&game_id, game.seq().0).await;
        }
        assert_eq!(ada.messages(&game_id), bob.messages(&game_id));
    }
}

#[tokio::test]
async fn a_take_back_goes_back_over_newer_moves_and_lapses_with_them() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let mut again = stack.connect("ada").await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    play_cells(&mut ada, &mut bob, &game, &[0, 4]).await;
    // Bob has moved since Ada did: both moves go.
    ada.accept(about("offer", &game, "take_back")).await;
    let taken = bob.accept(about("accept", &game, "take_back")).await;
    assert_eq!((&taken["view"]["game"]["cells"][0], &taken["view"]["turn"]), (&Value::Null, &json!([0])));
    assert_eq!(taken["messages"][0]["events"][1]["data"]["to"], 3);
    // An offer lapses with the next move, even when both arrive together.
    play_cells(&mut ada, &mut bob, &game, &[0, 4]).await;
    bob.accept(about("offer", &game, "take_back")).await;
    let (moved, accepted) =
        tokio::join!(insist(&mut ada, cell(&game, 8)), insist(&mut again, about("accept", &game, "take_back")));
    let before: Vec<&str> = events(&stack, &game).await;
    if accepted["type"] == "rejected" {
        assert_eq!(accepted["code"], "no_such_offer");
        assert_eq!(moved["type"], "accepted");
        assert_eq!(before.iter().filter(|name| **name == "taken_back").count(), 1);
    } else {
        // Then it is Bob's turn again.
        assert_eq!(moved["code"], "not_your_turn");
        assert_eq!(before.iter().filter(|name| **name == "taken_back").count(), 2);
    }
    let seqs: Vec<u64> = entries(&stack, &game).await.iter().map(|entry| entry.message.seq.0).collect();
    assert!(seqs.iter().copied().eq(1..=seqs.len() as u64), "nothing was erased");
}

#[tokio::test]
async fn a_rematch_is_played_with_rotated_seats() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let mut eve = stack.connect("eve").await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    assert_eq!(ada.reject(about("offer", &game, "rematch")).await, "not_finished");
    ada.accept(json!({ "action": "resign", "game": game })).await;
    ada.accept(about("offer", &game, "rematch")).await;
    assert_eq!(ada.reject(json!({ "action": "rematch", "game": game })).await, "not_finished");
    let agreed = bob.accept(about("accept", &game, "rematch")).await;
    let next = agreed["view"]["rematch"].as_str().expect("it is named").to_owned();
    assert_eq!(eve.reject(json!({ "action": "rematch", "game": game })).await, "not_seated");
    let ask = json!({ "action": "rematch", "game": game });
    let (one, other) = tokio::join!(insist(&mut ada, ask.clone()), insist(&mut bob, ask.clone()));
    assert_eq!(
        [&one["game"], &other["game"], &one["seq"], &other["seq"]],
        [&json!(next), &json!(next), &json!(1), &json!(1)]
    );
    assert_eq!(eve.reject(json!({ "action": "join", "game": next })).await, "reserved");
    assert_eq!(ada.accept(json!({ "action": "join", "game": next })).await["seat"], 1);
    let joined = bob.accept(json!({ "action": "join", "game": next })).await;
    assert_eq!((&joined["seat"], &joined["view"]["phase"]), (&json!(0), &json!("playing")));
    assert_eq!(joined["view"]["rematch_of"], json!(game));
}
