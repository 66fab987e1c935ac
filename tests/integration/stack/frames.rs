//! Bad input: a documented answer for each, and nobody else is touched.

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message, protocol::frame::coding::CloseCode};
use turnlog_tests::{Client, Refused, Stack, token};

use super::{cell, play, play_cells, table};

const NOBODYS_GAME: &str = "11111111-1111-5111-8111-111111111111";

#[tokio::test]
async fn bad_frames_get_their_documented_codes() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let mut eve = stack.connect("eve").await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    for text in ["hello", "[]", "{", "{\"action\":\"ping\"}", "null", "\u{1F3B2}"] {
        eve.send(Message::text(text)).await;
        let answer = eve.answer_to(&Value::Null).await;
        assert_eq!((&answer["type"], &answer["code"]), (&json!("rejected"), &json!("bad_frame")), "{text}");
    }
    for (frame, code) in [
        (json!({}), "bad_frame"),
        (json!({ "action": "dance" }), "unknown_action"),
        (json!({ "action": "$connect" }), "unknown_action"),
        (json!({ "action": "$default" }), "unknown_action"),
        (json!({ "action": ["ping"] }), "bad_frame"),
        (json!({ "action": "join", "game": 7 }), "bad_field"),
        (json!({ "action": "watch", "game": game, "after": "all" }), "bad_field"),
        (json!({ "action": "ping", "padding": "x".repeat(20_000) }), "frame_too_large"),
        (json!({ "action": "create", "kind": "chess-boxing" }), "unknown_kind"),
        (json!({ "action": "create", "kind": "tic-tac-toe", "options": { "size": 99 } }), "invalid_options"),
        (json!({ "action": "join", "game": NOBODYS_GAME }), "unknown_game"),
        (json!({ "action": "watch", "game": NOBODYS_GAME }), "unknown_game"),
        (json!({ "action": "history", "game": NOBODYS_GAME }), "unknown_game"),
        (json!({ "action": "ping", "game": NOBODYS_GAME }), "unknown_game"),
        (json!({ "action": "join", "game": game, "seat": 0 }), "seat_taken"),
        (json!({ "action": "join", "game": game, "seat": 2 }), "no_such_seat"),
        (json!({ "action": "join", "game": game }), "game_full"),
        (json!({ "action": "leave", "game": game }), "not_seated"),
        (json!({ "action": "resign", "game": game }), "not_seated"),
        (cell(&game, 0), "not_seated"),
        (json!({ "action": "kick", "game": game, "seat": 0 }), "not_host"),
        (json!({ "action": "start", "game": game }), "not_host"),
        (json!({ "action": "claim", "game": game }), "not_seated"),
        (json!({ "action": "offer", "game": game, "offer": "draw" }), "not_seated"),
        (json!({ "action": "accept", "game": game, "offer": "draw" }), "not_seated"),
        (json!({ "action": "accept", "game": game, "offer": "peace" }), "bad_field"),
        (json!({ "action": "resume", "game": game }), "not_seated"),
        (json!({ "action": "rematch", "game": game }), "not_finished"),
        (json!({ "action": "say", "game": game, "text": "Hello" }), "wrong_audience"),
        (json!({ "action": "mute", "game": game, "player": "ada" }), "not_host"),
        (json!({ "action": "create", "kind": "chess", "table": { "clock": { "seconds": 1 } } }), "invalid_options"),
        (json!({ "action": "create", "kind": "chess", "table": [] }), "invalid_options"),
    ] {
        assert_eq!(eve.reject(frame.clone()).await, code, "{frame}");
    }
    for (frame, code) in [
        (play(&game, json!({ "cell": 99 })), "illegal_move"),
        (play(&game, json!({ "cell": -1 })), "malformed_move"),
        (play(&game, json!([0])), "malformed_move"),
        (play(&game, json!("0")), "malformed_move"),
        (json!({ "action": "leave", "game": game }), "already_started"),
        (json!({ "action": "join", "game": game, "seat": 1 }), "already_seated"),
    ] {
        assert_eq!(ada.reject(frame.clone()).await, code, "{frame}");
    }
    assert_eq!(bob.reject(cell(&game, 0)).await, "not_your_turn");
    play_cells(&mut ada, &mut bob, &game, &[0, 3, 1, 4, 2]).await;
    assert_eq!(bob.reject(cell(&game, 5)).await, "finished");
    ada.hears(&game, 8).await;
}

#[tokio::test]
async fn frames_are_taken_as_the_libraries_of_other_languages_write_them() {
    let stack = Stack::start().await;
    let mut ada = stack.connect("ada").await;
    let id = |number: u8| format!("6BA7B810-9DAD-11D1-80B4-00C04FD430{number:02X}");
    let create = |id: &str, size: &str| {
        format!(r#"{{"id":"{id}","action":"create","kind":"tic-tac-toe","options":{{"size":{size},"line":3e0}}}}"#)
    };
    ada.send(Message::text(create(&id(0xc8), "3.0"))).await;
    let created = ada.answer_to(&json!(id(0xc8))).await;
    let game = created["game"].as_str().expect("the game is made").to_owned();
    // The same id in small letters is the same command.
    let small = id(0xc8).to_lowercase();
    ada.send(Message::text(create(&small, "3"))).await;
    let repeated = ada.answer_to(&json!(small)).await;
    assert_eq!((&repeated["game"], &repeated["messages"]), (&json!(game), &Value::Null), "{repeated}");
    for (number, fields) in [
        (1, r#""action":"join","seat":1.0"#),
        (2, r#""action":"add_bot","bot":"random","seat":-0.0"#),
        (3, r#""action":"say","text":"cut \ud83d""#),
        (4, r#""action":"history","after":1e0,"limit":100.0"#),
    ] {
        ada.send(Message::text(format!(r#"{{"id":"{}","game":"{game}",{fields}}}"#, id(number)))).await;
        let answer = ada.answer_to(&json!(id(number))).await;
        assert_eq!(answer["type"], "accepted", "{answer}");
        if number == 4 {
            assert_eq!(answer["messages"][0]["seq"], 2, "{answer}");
            assert!(answer.to_string().contains("cut \u{fffd}"), "{answer}");
        }
    }
    for (number, text, code) in [
        (5, create(&id(5), "4.5"), "invalid_options"),
        (6, format!(r#"{{"id":"{}","action":"ping","#, id(6)), "bad_frame"),
    ] {
        ada.send(Message::text(text.clone())).await;
        let answer = ada.answer_to(&json!(id(number))).await;
        assert_eq!(answer["code"], code, "{text}");
    }
}

#[tokio::test]
async fn nobody_can_claim_to_be_somebody_else() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    let mut frame = cell(&game, 0);
    frame["player_id"] = json!("ada");
    frame["playerId"] = json!("ada");
    frame["seat"] = json!(0);
    frame["requestContext"] = json!({ "authorizer": { "player_id": "ada" } });
    assert_eq!(bob.reject(frame).await, "not_your_turn");
}

#[tokio::test]
async fn frames_that_are_too_large_or_binary_close_only_their_own_connection() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    let mut eve = stack.connect("eve").await;
    eve.send(Message::text(format!("{{\"padding\":\"{}\"}}", "x".repeat(200_000)))).await;
    assert_eq!(closed(&mut eve).await, Some(CloseCode::Size));
    let mut eve = stack.connect("eve").await;
    eve.send(Message::binary(vec![0, 159, 146, 150])).await;
    assert_eq!(closed(&mut eve).await, Some(CloseCode::Unsupported));
    play_cells(&mut ada, &mut bob, &game, &[0, 3, 1, 4, 2]).await;
    ada.hears(&game, 8).await;
    bob.hears(&game, 8).await;
}

async fn closed(client: &mut Client) -> Option<CloseCode> {
    loop {
        if let Err(code) = client.receive().await {
            return code;
        }
    }
}

#[tokio::test]
async fn only_good_tokens_are_let_in() {
    let stack = Stack::start().await;
    let url = stack.websocket();
    let refused = |result: Result<Client, Refused>| result.expect_err("it is refused");
    assert_eq!(refused(Client::connect_plain(&url).await), Refused(401));
    assert_eq!(refused(Client::connect(&url, "a.b.c").await), Refused(401));
    let forged = token("ada", "a-secret-that-the-stack-does-not-know", 60);
    assert_eq!(refused(Client::connect(&url, &forged).await), Refused(401));
    let good = stack.token("ada").await;
    let tampered = format!("{good}x");
    assert_eq!(refused(Client::connect(&url, &tampered).await), Refused(401));
    let mut by_query = Client::connect_plain(&format!("{url}?token={good}")).await.expect("it is good");
    by_query.accept(json!({ "action": "ping" })).await;
}

#[tokio::test]
async fn an_expired_token_is_refused() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let stack = Stack::start_in(folder.path()).await;
    let secrets = super::token_secrets(&stack, folder.path()).await;
    let connect = |seconds: i64| {
        let (url, token) = (stack.websocket(), token("ada", &secrets, seconds));
        async move { Client::connect(&url, &token).await.map(|_| ()) }
    };
    assert_eq!(connect(60).await, Ok(()));
    assert_eq!(connect(-60).await, Err(Refused(401)));
}

#[tokio::test]
async fn a_connection_goes_on_to_the_next_game_after_any_number_of_finished_ones() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let mut games = Vec::new();
    for _ in 0..22 {
        let created = ada.accept(json!({ "action": "create", "kind": "tic-tac-toe" })).await;
        games.push(created["game"].as_str().expect("it has an id").to_owned());
    }
    for game in &games[..20] {
        ada.accept(json!({ "action": "watch", "game": game })).await;
    }
    let over = json!(games[7]);
    ada.accept(json!({ "action": "join", "game": over })).await;
    bob.accept(json!({ "action": "join", "game": over })).await;
    bob.accept(json!({ "action": "resign", "game": over })).await;
    let table = turnlog_store::Games::new(stack.dynamodb().await, "GamesTable".to_owned(), turnlog_games::kinds());
    let id = turnlog_domain::GameId::parse(&games[7]).expect("it is an id");
    let is_over = || async {
        let row = table.row(id).await.expect("it reads")?;
        matches!(row.game.phase(), turnlog_domain::Phase::Finished(_)).then_some(())
    };
    turnlog_tests::eventually("the row of the finished game", is_over).await;
    ada.accept(json!({ "action": "watch", "game": games[20] })).await;
    assert_eq!(ada.reject(json!({ "action": "watch", "game": games[21] })).await, "too_many_subscriptions");
}

#[tokio::test]
async fn limits_are_documented_rejections() {
    let stack = Stack::start().await;
    let mut ada = stack.connect("ada").await;
    let mut games = Vec::new();
    for _ in 0..21 {
        let created = ada.accept(json!({ "action": "create", "kind": "tic-tac-toe" })).await;
        games.push(created["game"].as_str().expect("it has an id").to_owned());
    }
    for game in &games[..20] {
        ada.accept(json!({ "action": "watch", "game": game })).await;
    }
    assert_eq!(ada.reject(json!({ "action": "watch", "game": games[20] })).await, "too_many_subscriptions");
    ada.accept(json!({ "action": "unwatch", "game": games[0] })).await;
    ada.accept(json!({ "action": "watch", "game": games[20] })).await;
    for _ in 21..50 {
        ada.accept(json!({ "action": "create", "kind": "tic-tac-toe" })).await;
    }
    let players = turnlog_store::Players::new(stack.dynamodb().await, "PlayersTable".to_owned());
    let id = turnlog_domain::PlayerId::parse("ada").expect("it is an id");
    let all_counted = || async { players.has_open_games(&id, 50).await.expect("it reads").then_some(()) };
    turnlog_tests::eventually("the count of open games", all_counted).await;
    let one_more = json!({ "action": "create", "kind": "tic-tac-toe" });
    assert_eq!(ada.reject(one_more).await, "too_many_open_games");
    assert_eq!(ada.reject(json!({ "action": "join", "game": games[0] })).await, "too_many_open_games");
}

#[tokio::test]
async fn spectators_beyond_the_limit_are_told_so_and_players_never() {
    let stack = Stack::start().await;
    let (mut ada, mut bob, mut eve) =
        (stack.connect("ada").await, stack.connect("bob").await, stack.connect("eve").await);
    let created = ada.accept(json!({ "action": "create", "kind": "tic-tac-toe" })).await;
    let game = created["game"].as_str().expect("it has an id").to_owned();
    bob.accept(json!({ "action": "join", "game": game })).await;
    eve.accept(json!({ "action": "watch", "game": game })).await;
    // As many as may follow it besides, without a socket each.
    let id = turnlog_domain::GameId::parse(&game).expect("it is an id");
    let count = usize::try_from(turnlog_store::limits::WATCHERS_PER_GAME_MAX).expect("it is no negative number");
    crate::store::let_follow(&stack.dynamodb().await, "WebsocketsTable", id, count - 1).await;
    let watch = json!({ "action": "watch", "game": game });
    let mut carl = stack.connect("carl").await;
    assert_eq!(carl.reject(watch.clone()).await, "too_many_watchers");
    assert_eq!(carl.reject(json!({ "action": "ping", "game": game })).await, "too_many_watchers");
    carl.accept(json!({ "action": "history", "game": game, "after": 0 })).await;
    for client in [&mut eve, &mut bob] {
        client.accept(watch.clone()).await;
    }
}
