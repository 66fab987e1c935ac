//! The same thing twice, and two things at once.

use futures::future::join_all;
use serde_json::{Value, json};
use turnlog_tests::{Client, Proxy, Stack};
use uuid::Uuid;

use super::{cell, folded, play_cells, table};

fn with_id(mut frame: Value, id: Uuid) -> Value {
    frame["id"] = json!(id);
    frame
}

fn counts(answers: &[Value]) -> (usize, usize) {
    let of_type = |wanted: &str| answers.iter().filter(|answer| answer["type"] == wanted).count();
    (of_type("accepted"), of_type("rejected"))
}

#[tokio::test]
async fn a_command_sent_twice_is_carried_out_once() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    let frame = with_id(cell(&game, 4), Uuid::new_v4());
    assert_eq!(ada.accept(frame.clone()).await["seq"], 4);
    assert_eq!(ada.accept(frame).await["seq"], 4);
    assert_eq!(folded(&stack, &game).await.game.seq().0, 4);
}

#[tokio::test]
async fn a_command_sent_on_two_sockets_at_once_is_carried_out_once() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let mut again = stack.connect("ada").await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    for (turn, mark) in [0_u64, 3, 1, 4].into_iter().enumerate() {
        let seq = 4 + turn as u64;
        if turn % 2 == 1 {
            bob.accept(cell(&game, mark)).await;
            continue;
        }
        let frame = with_id(cell(&game, mark), Uuid::new_v4());
        let (one, other) = tokio::join!(ada.accept(frame.clone()), again.accept(frame));
        assert_eq!((&one["seq"], &other["seq"]), (&json!(seq), &json!(seq)));
    }
    assert_eq!(folded(&stack, &game).await.game.seq().0, 7);
}

#[tokio::test]
async fn a_create_sent_on_two_sockets_at_once_makes_one_game() {
    let stack = Stack::start().await;
    let (mut one, mut other) = (stack.connect("ada").await, stack.connect("ada").await);
    let frame = with_id(json!({ "action": "create", "kind": "tic-tac-toe" }), Uuid::new_v4());
    let (first, second) = tokio::join!(one.accept(frame.clone()), other.accept(frame.clone()));
    assert_eq!((&first["game"], &first["seq"]), (&second["game"], &second["seq"]));
    // Much later, too, when the game has gone on.
    let game = first["game"].as_str().expect("it has an id").to_owned();
    one.accept(json!({ "action": "join", "game": game })).await;
    let repeated = other.accept(frame).await;
    assert_eq!((&repeated["game"], &repeated["seq"]), (&json!(game), &json!(1)));
    assert_eq!(folded(&stack, &game).await.game.seq().0, 2);
}

#[tokio::test]
async fn only_one_of_many_gets_the_seat() {
    let stack = Stack::start().await;
    let mut ada = stack.connect("ada").await;
    let created = ada.accept(json!({ "action": "create", "kind": "tic-tac-toe" })).await;
    let game = created["game"].as_str().expect("it has an id").to_owned();
    let mut rivals: Vec<Client> = Vec::new();
    for number in 0..5 {
        rivals.push(stack.connect(&format!("rival-{number}")).await);
    }
    let frame = json!({ "action": "join", "game": game, "seat": 0 });
    let answers = join_all(rivals.iter_mut().map(|rival| rival.ask(frame.clone()))).await;
    assert_eq!(counts(&answers), (1, 4));
    assert!(answers.iter().filter(|answer| answer["type"] == "rejected").all(|answer| answer["code"] == "seat_taken"));
    assert_eq!(folded(&stack, &game).await.game.seq().0, 2, "the losers wrote nothing");
}

#[tokio::test]
async fn only_one_of_two_moves_takes_the_turn() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let mut again = stack.connect("ada").await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    let answers: [Value; 2] = tokio::join!(ada.ask(cell(&game, 0)), again.ask(cell(&game, 8))).into();
    assert_eq!(counts(&answers), (1, 1));
    let refused = answers.iter().find(|answer| answer["type"] == "rejected").expect("one is");
    assert_eq!(refused["code"], "not_your_turn");
    assert_eq!(folded(&stack, &game).await.game.seq().0, 4);
}

#[tokio::test]
async fn a_very_late_repeat_is_outdated() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({ "size": 19, "line": 19 })).await;
    let mut late = with_id(cell(&game, 0), Uuid::new_v4());
    late["seq"] = json!(3);
    assert_eq!(ada.accept(late.clone()).await["seq"], 4);
    bob.accept(cell(&game, 1)).await;
    play_cells(&mut ada, &mut bob, &game, &(2..40).collect::<Vec<_>>()).await;
    assert_eq!(ada.reject(late).await, "outdated");
    assert_eq!(folded(&stack, &game).await.game.seq().0, 43);
}

#[tokio::test]
async fn the_winner_of_a_conflict_may_be_our_own_repeat() {
    let proxy = Proxy::start().await;
    let stack = Stack::start_with(&["--ephemeral", "--dynamodb-endpoint", proxy.endpoint()]).await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let mut again = stack.connect("ada").await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    // The first write takes effect and its answer never comes; the repeat meets what the first one wrote.
    proxy.swallow("PutItem", "MessagesTable");
    let frame = with_id(cell(&game, 4), Uuid::new_v4());
    let (one, other) = tokio::join!(ada.accept(frame.clone()), async {
        proxy.holds().await;
        again.accept(frame.clone()).await
    });
    assert_eq!((&one["seq"], &other["seq"]), (&json!(4), &json!(4)));
    assert_eq!(folded(&stack, &game).await.game.seq().0, 4);
}
