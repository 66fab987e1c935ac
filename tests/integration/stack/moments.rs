//! Any moment of any game: as it was for whoever looks, while it goes on, and opened after the end.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use turnlog_domain::{Kind, PlayerId, Seat, Viewer};
use turnlog_games::kinds;
use turnlog_tests::{Client, Stack};

use super::{cell, create, entries, folded, play, table};

/// Moves that are made in a game of each kind: few enough for none to end.
const MOVES: usize = 4;

fn view(game: &str, at: Value) -> Value {
    json!({ "action": "view", "game": game, "at": at })
}

/// What a connection was shown of a game, by seq: the views that were pushed, and those in the answers to its commands.
fn shown(client: &Client, game: &str) -> BTreeMap<u64, Value> {
    let is_now = |frame: &&Value| frame["game"] == game && frame.get("view").is_some() && frame.get("head").is_none();
    let seq = |frame: &Value| frame["seq"].as_u64().expect("it has a seq");
    client.received().iter().filter(is_now).map(|frame| (seq(frame), frame["view"].clone())).collect()
}

/// Ada and Bob play a few moves that are legal, and Eve watches; everybody is told of every message.
async fn play_some(stack: &Stack, clients: &mut [Client; 3], kind: Kind) -> String {
    let [ada, bob, eve] = clients;
    let options = if kind.name() == "rock-paper-scissors" { json!({ "best_of": 15 }) } else { json!({}) };
    let game_id = create(ada, kind.name(), options, json!({ "max_players": 2 })).await;
    for client in [&mut *ada, &mut *bob, &mut *eve] {
        client.accept(json!({ "action": "watch", "game": game_id })).await;
    }
    let mut commands =
        vec![(0, json!({ "action": "join", "game": game_id })), (1, json!({ "action": "join", "game": game_id }))];
    for number in 0..=MOVES {
        for (seat, command) in commands.drain(..) {
            let player = if seat == 0 { &mut *ada } else { &mut *bob };
            let seq = player.accept(command).await["seq"].as_u64().expect("it has a seq");
            for client in [&mut *ada, &mut *bob, &mut *eve] {
                client.hears(&game_id, seq).await;
            }
        }
        let game = folded(stack, &game_id).await.game;
        let seat = *game.turn().first().expect("the game goes on");
        let actions = game.position().legal_actions(seat);
        commands.push((seat.index(), play(&game_id, actions[number % actions.len()].clone())));
    }
    game_id
}

#[tokio::test]
async fn every_moment_is_shown_as_it_was_pushed_then() {
    let stack = Stack::start().await;
    for kind in kinds().iter() {
        let mut clients = [stack.connect("ada").await, stack.connect("bob").await, stack.connect("eve").await];
        let game = play_some(&stack, &mut clients, kind).await;
        let log = entries(&stack, &game).await;
        for client in &mut clients {
            let shown = shown(client, &game);
            assert!(shown.len() + 1 >= log.len(), "nearly every message came alone: {:?}", shown.keys());
            for (seq, expected) in shown {
                let moment = client.accept(view(&game, json!({ "seq": seq }))).await;
                assert_eq!(moment["view"], expected, "{} at {seq}", kind.name());
                assert_eq!((&moment["seq"], &moment["head"]), (&json!(seq), &json!(log.len())));
                let at = log[usize::try_from(seq).expect("it is small") - 1].message.at.as_ms();
                assert_eq!(moment["at"], json!(at));
                let same = client.accept(view(&game, json!({ "time": at }))).await;
                assert_eq!((&same["seq"], &same["view"]), (&json!(seq), &expected));
                if seq > 1 {
                    let before = client.accept(view(&game, json!({ "time": at - 1 }))).await;
                    assert_eq!(before["seq"], json!(seq - 1));
                }
            }
        }
    }
    stack.stop("TERM").await;
}

#[tokio::test]
async fn the_end_opens_earlier_moments_of_kinds_that_open_everything_and_of_no_others() {
    let stack = Stack::start().await;
    for kind in kinds().iter() {
        let mut clients = [stack.connect("ada").await, stack.connect("bob").await, stack.connect("eve").await];
        let game = play_some(&stack, &mut clients, kind).await;
        let before: Vec<BTreeMap<u64, Value>> = clients.iter().map(|client| shown(client, &game)).collect();
        clients[0].accept(json!({ "action": "resign", "game": game })).await;
        let states = states(&stack, &game).await;
        for (client, before) in clients.iter_mut().zip(before) {
            for (seq, was) in before {
                let now = client.accept(view(&game, json!({ "seq": seq }))).await["view"].clone();
                let mut expected = was.clone();
                if kind.opens_at_end() {
                    let state = &states[usize::try_from(seq).expect("it is small") - 1];
                    expected["game"] = state.position().view(Viewer::Open);
                }
                assert_eq!(now, expected, "{} at {seq}", kind.name());
            }
        }
    }
    stack.stop("TERM").await;
}

/// The states after each message.
async fn states(stack: &Stack, game: &str) -> Vec<turnlog_domain::Game> {
    let mut states: Vec<turnlog_domain::Game> = Vec::new();
    for entry in entries(stack, game).await {
        states.push(turnlog_domain::Game::fold(&kinds(), states.last().cloned(), &entry.message).expect("it folds"));
    }
    states
}

#[tokio::test]
async fn who_may_not_watch_a_game_may_not_look_back_at_it() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let mut eve = stack.connect("eve").await;
    let first = |game: &str| view(game, json!({ "seq": 1 }));

    let closed = create(&mut ada, "tic-tac-toe", json!({}), json!({ "spectators": false })).await;
    eve.accept(first(&closed)).await;
    ada.accept(json!({ "action": "join", "game": closed })).await;
    bob.accept(json!({ "action": "join", "game": closed })).await;
    for at in [json!({ "seq": 1 }), json!({ "seq": 0 }), json!({ "seq": 99 }), json!({ "time": 0 })] {
        assert_eq!(eve.reject(view(&closed, at)).await, "no_spectators", "not even when she could have watched");
    }
    ada.accept(json!({ "action": "resign", "game": closed })).await;
    assert_eq!(eve.reject(first(&closed)).await, "no_spectators");
    assert_eq!(bob.accept(view(&closed, json!({ "seq": 3 }))).await["view"]["you"], 1);
    assert_eq!(bob.accept(view(&closed, json!({ "seq": 2 }))).await["view"]["you"], Value::Null, "he came with 3");

    let created = json!({ "action": "create", "kind": "tic-tac-toe", "table": { "private": true } });
    let created = ada.accept(created).await;
    let (private, code) = (created["game"].as_str().expect("it has an id").to_owned(), created["invitation"].clone());
    assert_eq!(eve.reject(first(&private)).await, "not_invited");
    let invited = |code: &Value| json!({ "action": "view", "game": private, "at": { "seq": 1 }, "invitation": code });
    assert_eq!(eve.reject(invited(&json!("000102030405060708090a0b0c0d0e0f"))).await, "not_invited");
    assert_eq!(eve.accept(invited(&code)).await["view"]["private"], true);

    let open = create(&mut ada, "liars-dice", json!({}), json!({})).await;
    ada.accept(json!({ "action": "join", "game": open })).await;
    bob.accept(json!({ "action": "join", "game": open, "seat": 1 })).await;
    ada.accept(json!({ "action": "kick", "game": open, "seat": 1 })).await;
    assert_eq!(bob.reject(view(&open, json!({ "seq": 3 }))).await, "kicked", "not even when he sat there");
    assert_eq!(eve.accept(view(&open, json!({ "seq": 3 }))).await["view"]["seats"][1]["player_id"], "bob");
}

#[tokio::test]
async fn a_moment_that_never_was_is_refused_and_a_look_back_follows_nothing() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let mut eve = stack.connect("eve").await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    for at in [json!({ "seq": 0 }), json!({ "seq": 4 }), json!({ "seq": u64::MAX }), json!({ "time": 0 })] {
        assert_eq!(eve.reject(view(&game, at.clone())).await, "no_such_moment", "{at}");
    }
    for at in [json!(3), json!({}), json!({ "seq": 1, "time": 1 }), json!({ "seq": "3" })] {
        assert_eq!(eve.reject(view(&game, at.clone())).await, "bad_field", "{at}");
    }
    assert_eq!(eve.reject(view("11111111-1111-5111-8111-111111111111", json!({ "seq": 1 }))).await, "unknown_game");
    let late = eve.accept(view(&game, json!({ "time": u64::MAX }))).await;
    assert_eq!((&late["seq"], &late["head"]), (&json!(3), &json!(3)));
    ada.accept(cell(&game, 0)).await;
    bob.hears(&game, 4).await;
    eve.accept(json!({ "action": "ping" })).await;
    let told = eve.received().iter().filter(|frame| frame.get("id").is_none()).count();
    assert_eq!(told, 0, "nothing is pushed to who only looks back");
    assert_eq!(folded(&stack, &game).await.game.seat_of(&PlayerId::parse("bob").expect("it is an id")), Some(Seat(1)));
}
