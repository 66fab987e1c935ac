//! What a server plays, and what a player may do: all that a client needs which knows no kind.

use serde_json::{Value, json};
use turnlog_domain::{Kind, Seat};
use turnlog_games::kinds;
use turnlog_tests::{Client, Stack};

use super::{create, folded, play};

/// Moves that are made in a game of each kind.
const MOVES: usize = 6;

async fn actions(client: &mut Client, game: &str) -> Value {
    client.accept(json!({ "action": "actions", "game": game })).await["actions"].clone()
}

#[tokio::test]
async fn every_kind_can_be_played_by_a_client_that_knows_none() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let mut eve = stack.connect("eve").await;
    let answer = ada.accept(json!({ "action": "kinds" })).await;
    let played = answer["kinds"].as_array().expect("it is a list").clone();
    let names: Vec<&str> = played.iter().map(|kind| kind["name"].as_str().expect("it is a text")).collect();
    let registered: Vec<&str> = kinds().iter().map(Kind::name).collect();
    assert_eq!(names, registered);
    for kind in &played {
        assert_eq!(kind["options"]["type"], "object", "{kind}");
        let table = json!({ "max_players": kind["seats"]["min"] });
        let game = create(&mut ada, kind["name"].as_str().expect("it is a text"), json!({}), table).await;
        ada.accept(json!({ "action": "join", "game": game })).await;
        assert_eq!(actions(&mut ada, &game).await, json!([]), "the game has not begun");
        bob.accept(json!({ "action": "join", "game": game })).await;
        for number in 0..MOVES {
            for (seat, client) in [(Seat(0), &mut ada), (Seat(1), &mut bob)] {
                let state = folded(&stack, &game).await.game;
                let legal = if state.turn().contains(&seat) { state.position().legal_actions(seat) } else { vec![] };
                let listed = actions(client, &game).await;
                assert_eq!(listed, json!(legal), "{kind}");
                if state.turn().first() == Some(&seat) {
                    client.accept(play(&game, legal[number % legal.len()].clone())).await;
                }
            }
        }
        assert_eq!(eve.reject(json!({ "action": "actions", "game": game })).await, "not_seated");
        let view = json!({ "action": "view", "game": game, "at": { "seq": 1 } });
        let text = eve.accept(view).await["text"].clone();
        assert!(text.is_string(), "a spectator is told {text}");
    }
    let nowhere = json!({ "action": "actions", "game": uuid::Uuid::new_v4().to_string() });
    assert_eq!(ada.reject(nowhere).await, "unknown_game");
    stack.stop("TERM").await;
}
