//! Games from beginning to end.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use turnlog_tests::{Proxy, Stack, eventually};

use super::{folded, play, row_is_current, table};

/// Two players finish a game, move by move as they hear of each other; a spectator comes late.
async fn finish(kind: &str, options: Value, moves: &[Value], winners: Value, reason: &str) {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let game = table(&mut ada, &mut bob, kind, options).await;
    ada.hears(&game, 3).await;
    for (turn, action) in moves.iter().enumerate() {
        let (active, other) = if turn % 2 == 0 { (&mut ada, &mut bob) } else { (&mut bob, &mut ada) };
        let seq = active.accept(play(&game, action.clone())).await["seq"].as_u64().expect("it has a seq");
        other.hears(&game, seq).await;
    }
    let head = 3 + moves.len() as u64;
    let mut eve = stack.connect("eve").await;
    let watched = eve.accept(json!({ "action": "watch", "game": game })).await;
    assert_eq!(watched["seq"], head);
    for client in [&mut ada, &mut bob, &mut eve] {
        client.hears(&game, head).await;
        assert_eq!(client.seqs(&game), (1..=head).collect::<Vec<_>>());
        client.sees(&game, |view| view["phase"] == "finished").await;
    }
    assert_eq!(ada.messages(&game), bob.messages(&game));
    assert_eq!(ada.messages(&game), eve.messages(&game));
    for (client, you) in [(&ada, json!(0)), (&bob, json!(1)), (&eve, Value::Null)] {
        let mut view = client.view(&game).clone();
        assert_eq!((&view["outcome"]["winners"], view["outcome"]["reason"].as_str()), (&winners, Some(reason)));
        assert_eq!(view["you"].take(), you);
        let mut of_eve = eve.view(&game).clone();
        of_eve["you"].take();
        assert_eq!(view, of_eve, "beside who they are, all see the same");
    }
    assert_eq!(folded(&stack, &game).await.game.seq().0, head);
    row_is_current(&stack, &game).await;
    stack.stop("TERM").await;
}

#[tokio::test]
async fn two_players_finish_tic_tac_toe() {
    let moves = [0, 3, 1, 4, 2].map(|cell| json!({ "cell": cell }));
    finish("tic-tac-toe", json!({}), &moves, json!([0]), "line").await;
}

#[tokio::test]
async fn two_players_finish_connect_four() {
    let moves = [0, 1, 0, 1, 0, 1, 0].map(|column| json!({ "column": column }));
    finish("connect-four", json!({}), &moves, json!([0]), "line").await;
}

#[tokio::test]
async fn a_resignation_ends_the_game_for_all() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let game = table(&mut ada, &mut bob, "connect-four", json!({ "columns": 16, "rows": 16, "line": 16 })).await;
    bob.accept(json!({ "action": "resign", "game": game })).await;
    ada.sees(&game, |view| view["phase"] == "finished").await;
    assert_eq!(ada.view(&game)["outcome"], json!({ "winners": [0], "places": [1, 2], "reason": "resigned" }));
    assert_eq!(ada.reject(play(&game, json!({ "column": 0 }))).await, "finished");
}

/// What a warm play asks of DynamoDB.
async fn requests_of_a_warm_play(push_at_once: u32) -> BTreeMap<String, usize> {
    let (proxy, at_once) = (Proxy::start().await, format!("PushAtOnce={push_at_once}"));
    let arguments = ["--ephemeral", "--dynamodb-endpoint", proxy.endpoint(), "--parameter", &at_once];
    let stack = Stack::start_with(&arguments).await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({ "size": 9, "line": 9 })).await;
    ada.accept(play(&game, json!({ "cell": 0 }))).await;
    row_is_current(&stack, &game).await;
    // A cold projection looks, after it has written, whether the game was parked. The next row comes after that.
    bob.accept(play(&game, json!({ "cell": 1 }))).await;
    row_is_current(&stack, &game).await;
    ada.hears(&game, 5).await;
    // What belongs to the moves so far may still be on its way.
    loop {
        proxy.forget_requests();
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        if proxy.requests().is_empty() {
            break;
        }
    }
    ada.accept(play(&game, json!({ "cell": 2 }))).await;
    bob.hears(&game, 6).await;
    let is_over = || async {
        let requests = proxy.requests();
        (requests.contains_key("PutItem GamesTable") && requests.contains_key("Query WebsocketsTable")).then_some(())
    };
    eventually("the projection and the push", is_over).await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    proxy.requests()
}

#[tokio::test]
async fn a_warm_play_costs_three_requests_to_dynamodb_and_one_more_to_tell_others_at_once() {
    for (push_at_once, queries) in [(0, 1), (1_000, 2)] {
        let expected = [("PutItem GamesTable", 1), ("PutItem MessagesTable", 1), ("Query WebsocketsTable", queries)];
        let expected = expected.map(|(request, count)| (request.to_owned(), count)).into_iter().collect();
        assert_eq!(requests_of_a_warm_play(push_at_once).await, expected, "{push_at_once}");
    }
}

#[tokio::test]
async fn whoever_acted_is_told_in_the_answer_and_on_their_other_connections() {
    let stack = Stack::start().await;
    let (mut ada, mut bob, mut phone) =
        (stack.connect("ada").await, stack.connect("bob").await, stack.connect("ada").await);
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    phone.accept(json!({ "action": "watch", "game": game })).await;
    ada.hears(&game, 3).await;
    let answer = ada.accept(play(&game, json!({ "cell": 0 }))).await;
    assert_eq!((&answer["messages"][0]["seq"], answer["view"]["turn"].clone()), (&json!(4), json!([1])));
    bob.hears(&game, 4).await;
    phone.hears(&game, 4).await;
    bob.accept(play(&game, json!({ "cell": 4 }))).await;
    ada.hears(&game, 5).await;
    let pushed = ada.received().iter().filter(|frame| frame["type"] == "messages");
    let seqs: Vec<Vec<&Value>> = pushed
        .map(|frame| frame["messages"].as_array().expect("it is a list").iter().map(|one| &one["seq"]).collect())
        .collect();
    // A frame has no gaps, so that a quick answer may bring her own move with it.
    assert!(!seqs.contains(&vec![&json!(4)]), "her own move alone is not pushed to her: {seqs:?}");
}

#[tokio::test]
async fn names_come_from_the_tokens() {
    let stack = Stack::start().await;
    let mut ada = stack.connect("ada").await;
    let answer = ada.accept(json!({ "action": "players", "ids": ["ada", "nobody"] })).await;
    assert_eq!(answer["players"], json!([{ "player_id": "ada", "name": "ada" }]));
}

#[tokio::test]
async fn history_is_read_in_pages() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({ "size": 19, "line": 19 })).await;
    super::play_cells(&mut ada, &mut bob, &game, &(0..150).collect::<Vec<_>>()).await;
    let mut eve = stack.connect("eve").await;
    let watched = eve.accept(json!({ "action": "watch", "game": game })).await;
    let from = watched["from"].as_u64().expect("not all messages fit");
    assert_eq!(watched["seq"], 153);
    let mut after = 0;
    loop {
        let page = eve.accept(json!({ "action": "history", "game": game, "after": after, "limit": 40 })).await;
        assert_eq!(page["seq"], 153);
        let messages = page["messages"].as_array().expect("it is a list");
        assert!(messages.len() <= 40 && !messages.is_empty());
        after = messages.last().expect("it is not empty")["seq"].as_u64().expect("it has a seq");
        if page["more"] == json!(false) {
            break;
        }
    }
    assert!(from > 1);
    assert_eq!(eve.seqs(&game), (1..=153).collect::<Vec<_>>());
}
