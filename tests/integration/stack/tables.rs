//! Who may sit down, start and watch.

use serde_json::{Value, json};
use turnlog_tests::{Proxy, Stack};

use super::{create, folded, row_is_current};

#[tokio::test]
async fn a_private_game_is_seen_by_those_with_its_invitation_only() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let mut eve = stack.connect("eve").await;
    let id = uuid::Uuid::new_v4();
    let frame = json!({ "action": "create", "id": id, "kind": "tic-tac-toe", "table": { "private": true } });
    let created = ada.accept(frame.clone()).await;
    let (game, code) = (created["game"].clone(), created["invitation"].clone());
    assert_eq!(code.as_str().map(str::len), Some(32));
    assert_eq!(ada.accept(frame).await["invitation"], code, "a repeat is told it too");
    assert_eq!(ada.accept(json!({ "action": "watch", "game": game })).await["invitation"], code);
    let wrong = json!("0123456789abcdef0123456789abcdef");
    for action in ["join", "watch", "history", "ping", "say"] {
        for invitation in [Value::Null, wrong.clone()] {
            let frame =
                json!({ "action": action, "game": game, "invitation": invitation, "text": "Hi", "to": "spectators" });
            assert_eq!(eve.reject(frame.clone()).await, "not_invited", "{frame}");
        }
    }
    assert_eq!(eve.reject(json!({ "action": "join", "game": game, "invitation": "please" })).await, "bad_field");
    ada.accept(json!({ "action": "join", "game": game })).await;
    let joined = bob.accept(json!({ "action": "join", "game": game, "invitation": code })).await;
    assert_eq!(
        (&joined["seat"], &joined["view"]["private"], joined.get("invitation")),
        (&json!(1), &json!(true), None)
    );
    // Whoever sits there needs no code; whoever watches does, and then hears everything.
    bob.accept(json!({ "action": "watch", "game": game })).await;
    let watched = eve.accept(json!({ "action": "watch", "game": game, "invitation": code })).await;
    assert_eq!(watched.get("invitation"), None, "only the host is told");
    let game = game.as_str().expect("it is a text");
    ada.accept(super::cell(game, 4)).await;
    eve.hears(game, 4).await;
    for client in [&ada, &bob, &eve] {
        let told = |frame: &&Value| frame["id"].is_null() || client.messages(game).contains(frame);
        let code = code.as_str().expect("it is a text");
        assert!(!client.received().iter().filter(told).any(|frame| frame.to_string().contains(code)));
    }
    let hash = "\"invitation\":\"";
    assert!(!bob.received().iter().any(|frame| frame.to_string().contains(hash)), "nor does anybody see its hash");
}

#[tokio::test]
async fn the_host_renews_the_invitation_and_ends_the_one_before() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let mut eve = stack.connect("eve").await;
    let created = ada.accept(json!({ "action": "create", "kind": "tic-tac-toe", "table": { "private": true } })).await;
    let (game, first) = (created["game"].clone(), created["invitation"].clone());
    let join = |code: &Value| json!({ "action": "join", "game": game, "invitation": code });
    ada.accept(join(&Value::Null)).await;
    bob.accept(join(&first)).await;
    assert_eq!(eve.reject(json!({ "action": "renew_invitation", "game": game })).await, "not_host");
    let renew = json!({ "action": "renew_invitation", "id": uuid::Uuid::new_v4(), "game": game });
    let renewed = ada.accept(renew.clone()).await;
    let second = renewed["invitation"].clone();
    assert!(second.as_str().map(str::len) == Some(32) && second != first, "{renewed}");
    let repeated = ada.accept(renew).await;
    assert_eq!((&repeated["seq"], &repeated["invitation"]), (&renewed["seq"], &second), "a repeat renews nothing");
    assert_eq!(ada.accept(json!({ "action": "watch", "game": game })).await["invitation"], second);
    for action in ["join", "watch", "history"] {
        assert_eq!(eve.reject(json!({ "action": action, "game": game, "invitation": first })).await, "not_invited");
    }
    // Bob, who sits there, needs none; with the new one Eve may watch, and hears that there is one and not which.
    bob.accept(json!({ "action": "watch", "game": game })).await;
    let watched = eve.accept(json!({ "action": "watch", "game": game, "invitation": second })).await;
    assert_eq!(watched["messages"][3]["events"], json!([{ "type": "invitation_renewed", "data": {} }]), "{watched}");
    let public = create(&mut ada, "tic-tac-toe", json!({}), json!({})).await;
    assert_eq!(ada.reject(json!({ "action": "renew_invitation", "game": public })).await, "not_private");
}

#[tokio::test]
async fn a_history_that_somebody_may_not_see_is_not_read() {
    let proxy = Proxy::start().await;
    let stack = Stack::start_with(&["--ephemeral", "--dynamodb-endpoint", proxy.endpoint()]).await;
    let (mut ada, mut eve) = (stack.connect("ada").await, stack.connect("eve").await);
    let game = create(&mut ada, "tic-tac-toe", json!({}), json!({ "private": true })).await;
    row_is_current(&stack, &game).await;
    let history = json!({ "action": "history", "game": game });
    let queries = || proxy.requests().get("Query MessagesTable").copied();
    let mut seen = Vec::new();
    // A projection of the first message may ask for it meanwhile, so that it is looked again.
    for _ in 0..5 {
        proxy.forget_requests();
        assert_eq!(eve.reject(history.clone()).await, "not_invited");
        let refused = queries();
        proxy.forget_requests();
        ada.accept(history.clone()).await;
        seen.push((refused, queries()));
        if seen.last() == Some(&(Some(1), Some(2))) {
            return;
        }
    }
    panic!("whether they may takes one query, and the page another: {seen:?}");
}

#[tokio::test]
async fn a_kick_and_the_start_that_arrive_together_agree_on_who_plays() {
    let stack = Stack::start().await;
    let (mut ada, mut again) = (stack.connect("ada").await, stack.connect("ada").await);
    let (mut bob, mut cleo) = (stack.connect("bob").await, stack.connect("cleo").await);
    for _ in 0..3 {
        let game_id = create(&mut ada, "liars-dice", json!({}), json!({ "start": "host", "spectators": false })).await;
        for client in [&mut ada, &mut bob, &mut cleo] {
            client.accept(json!({ "action": "join", "game": game_id })).await;
            client.accept(json!({ "action": "watch", "game": game_id })).await;
        }
        let kick = json!({ "action": "kick", "game": game_id, "seat": 1 });
        let (kicked, started) =
            tokio::join!(ada.ask(kick), again.accept(json!({ "action": "start", "game": game_id })));
        let game = folded(&stack, &game_id).await.game;
        let players: Vec<&str> = game.players().map(turnlog_domain::PlayerId::as_str).collect();
        if kicked["type"] == "accepted" {
            assert_eq!(players, ["ada", "cleo"]);
            let end = bob.receives(|frame| frame["type"] == "unwatched" && frame["game"] == json!(game_id)).await;
            assert_eq!(end["code"], "kicked");
            assert_eq!(bob.reject(json!({ "action": "watch", "game": game_id })).await, "kicked");
        } else {
            assert_eq!((kicked["code"].as_str(), players), (Some("already_started"), vec!["ada", "bob", "cleo"]));
        }
        assert_eq!(started["view"]["phase"], "playing");
        cleo.hears(&game_id, game.seq().0).await;
    }
}

#[tokio::test]
async fn whoever_watched_a_table_without_spectators_is_sent_away_at_the_start() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let mut eve = stack.connect("eve").await;
    let game = create(&mut ada, "tic-tac-toe", json!({}), json!({ "spectators": false })).await;
    eve.accept(json!({ "action": "watch", "game": game })).await;
    ada.accept(json!({ "action": "join", "game": game })).await;
    eve.hears(&game, 2).await;
    bob.accept(json!({ "action": "join", "game": game })).await;
    assert_eq!(eve.receives(|frame| frame["type"] == "unwatched").await["code"], "no_spectators");
    for action in ["watch", "history", "ping"] {
        assert_eq!(eve.reject(json!({ "action": action, "game": game })).await, "no_spectators", "{action}");
    }
    assert_eq!(eve.seqs(&game), [1, 2]);
}
