//! Direct messages, from frame to frame.

mod kills;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use turnlog_domain::{GameId, PlayerId, Seq};
use turnlog_store::{DirectEntry, Games, Inbox, Messages, Players};
use turnlog_tests::{Client, Stack, eventually};
use uuid::Uuid;

use super::table;

/// The frame that the prototype's clients send.
const PROTOTYPES: &str = r#"{"action":"sendmessage","message":"Hello","destinationPlayerId":"2"}"#;

fn to(player: &str, text: &str) -> Value {
    json!({ "action": "sendmessage", "destinationPlayerId": player, "message": text })
}

/// A connection as the prototype's clients open it: no subprotocol is named.
async fn connect_plain(stack: &Stack, player: &str) -> Client {
    let url = format!("{}?token={}", stack.websocket(), stack.token(player).await);
    Client::connect_plain(&url).await.expect("the token is good")
}

/// The direct messages that were pushed to a connection so far, as they came.
fn pushed(client: &Client) -> Vec<(u64, String, String)> {
    let frames = client.received().iter().filter(|frame| frame["type"] == "inbox");
    let messages = frames.flat_map(|frame| frame["messages"].as_array().expect("there are messages"));
    messages.map(read).collect()
}

/// The same with each message once, as a client has them that leaves out what it has: one that comes while its connection opens
/// may come twice, once of what was unread and once of itself.
fn known(client: &Client) -> Vec<(u64, String, String)> {
    let mut messages = pushed(client);
    assert!(messages.is_sorted_by_key(|(seq, _, _)| *seq), "in order: {messages:?}");
    messages.dedup();
    messages
}

fn read(message: &Value) -> (u64, String, String) {
    let text = |name: &str| message[name].as_str().expect("it is a text").to_owned();
    (message["seq"].as_u64().expect("it has a seq"), text("from"), text("text"))
}

fn message(seq: u64, from: &str, text: &str) -> (u64, String, String) {
    (seq, from.to_owned(), text.to_owned())
}

/// Waits until all messages up to that seq were pushed, in whatever order.
async fn hears(client: &mut Client, seq: u64) {
    hears_after(client, 0, seq).await;
}

/// The same for those after `after`.
async fn hears_after(client: &mut Client, after: u64, seq: u64) {
    let has_all = |client: &Client| {
        let pushed = pushed(client);
        (after + 1..=seq).all(|seq| pushed.iter().any(|(pushed, _, _)| *pushed == seq))
    };
    while !has_all(client) {
        client.receive().await.expect("the connection stays open");
    }
}

async fn log_of(stack: &Stack, player: &str) -> Vec<DirectEntry> {
    let client = stack.dynamodb().await;
    let messages = Messages::new(client.clone(), "MessagesTable".to_owned());
    let inbox = Inbox::new(messages, Players::new(client, "PlayersTable".to_owned()));
    inbox.page(&PlayerId::parse(player).expect("it is an id"), Seq(0), 1000).await.expect("it reads")
}

#[tokio::test]
async fn the_prototypes_frame_reaches_every_device_of_its_addressee_once() {
    let stack = Stack::start().await;
    let (mut phone, mut tablet) = (stack.connect("2").await, connect_plain(&stack, "2").await);
    let mut ada = connect_plain(&stack, "ada").await;
    ada.send(Message::text(PROTOTYPES)).await;
    let answer = ada.answer_to(&Value::Null).await;
    assert_eq!((&answer["type"], &answer["to"]), (&json!("accepted"), &json!("2")), "{answer}");
    assert!(answer["at"].is_u64() && answer.get("seq").is_none(), "{answer}");
    hears(&mut phone, 1).await;
    hears(&mut tablet, 1).await;
    // Something that comes after it, so that whatever comes twice has come.
    ada.accept(to("2", "Bye")).await;
    for device in [&mut phone, &mut tablet] {
        hears(device, 2).await;
        assert_eq!(known(device), [message(1, "ada", "Hello"), message(2, "ada", "Bye")]);
    }
    assert_eq!(pushed(&ada), []);
}

#[tokio::test]
async fn who_the_sender_is_comes_from_the_token() {
    let stack = Stack::start().await;
    let mut two = stack.connect("2").await;
    let mut eve = connect_plain(&stack, "eve").await;
    let frame = json!({
        "action": "sendmessage", "routeKey": "sendmessage", "playerId": "ada",
        "message": "I am Ada", "destinationPlayerId": "2",
    });
    eve.send(Message::text(frame.to_string())).await;
    assert_eq!(eve.answer_to(&Value::Null).await["type"], "accepted");
    hears(&mut two, 1).await;
    assert_eq!(pushed(&two), [message(1, "eve", "I am Ada")]);
}

#[tokio::test]
async fn what_came_while_nobody_was_there_comes_with_the_next_connect_in_order() {
    let stack = Stack::start().await;
    stack.connect("bob").await.close().await;
    let mut senders = Vec::new();
    for name in ["ada", "eve"] {
        senders.push(stack.connect(name).await);
    }
    for number in 1..=5 {
        for sender in &mut senders {
            sender.accept(to("bob", &format!("message {number}"))).await;
        }
    }
    let all: Vec<u64> = (1..=10).collect();
    let seqs = |client: &Client| known(client).into_iter().map(|(seq, _, _)| seq).collect::<Vec<_>>();

    // A client that knows nothing of inboxes gets them all, and none of them with its next connect.
    let mut plain = connect_plain(&stack, "bob").await;
    hears(&mut plain, 10).await;
    assert_eq!(seqs(&plain), all);
    plain.close().await;
    let players = Players::new(stack.dynamodb().await, "PlayersTable".to_owned());
    let bob = PlayerId::parse("bob").expect("it is an id");
    let is_read = || async { (players.inbox_marks(&bob).await.expect("it reads").read == Seq(10)).then_some(()) };
    eventually("the read mark", is_read).await;
    let mut plain = connect_plain(&stack, "bob").await;
    let mut carl = stack.connect("carl").await;
    carl.accept(to("bob", "the eleventh")).await;
    hears_after(&mut plain, 10, 11).await;
    // A record of the stream may still be on its way that was pushed before this connection was there.
    assert_eq!(seqs(&plain).into_iter().filter(|&seq| seq > 10).collect::<Vec<_>>(), [11]);

    // A client of the protocol asks for what it lacks, in pages.
    let mut bob = stack.connect("bob").await;
    let mut got = Vec::new();
    loop {
        let after = got.last().copied().unwrap_or_default();
        let page = bob.accept(json!({ "action": "inbox", "after": after, "limit": 4 })).await;
        assert_eq!(page["seq"], 11);
        got.extend(page["messages"].as_array().expect("there are messages").iter().map(|message| read(message).0));
        if page["more"] == false {
            break;
        }
    }
    assert_eq!(got, (1..=11).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_repeated_frame_is_stored_once() {
    let stack = Stack::start().await;
    let mut bob = stack.connect("bob").await;
    let (mut one, mut other) = (stack.connect("ada").await, stack.connect("ada").await);
    let mut frame = to("bob", "Hello");
    frame["id"] = json!(Uuid::new_v4());
    let (first, second) = tokio::join!(one.accept(frame.clone()), other.accept(frame.clone()));
    assert_eq!(first, second, "all are answered alike");
    assert_eq!(one.accept(frame).await, first);
    one.accept(to("bob", "Bye")).await;
    hears(&mut bob, 2).await;
    let mut heard = pushed(&bob);
    heard.sort_unstable();
    assert_eq!(heard, [message(1, "ada", "Hello"), message(2, "ada", "Bye")]);
    let log = log_of(&stack, "bob").await;
    assert_eq!(log.len(), 2);
    assert!(log[0].continues(None) && log[1].continues(Some(&log[0])));
}

#[tokio::test]
async fn a_page_of_the_inbox_is_the_players_own_and_says_what_is_read() {
    let stack = Stack::start().await;
    let (mut bob, mut tablet) = (stack.connect("bob").await, stack.connect("bob").await);
    let (mut ada, mut eve) = (stack.connect("ada").await, stack.connect("eve").await);
    for text in ["one", "two", "three"] {
        ada.accept(to("bob", text)).await;
    }
    let page = eve.accept(json!({ "action": "inbox", "after": 0, "player": "bob", "game": "player#bob" })).await;
    assert_eq!((&page["seq"], &page["messages"], &page["more"]), (&json!(0), &json!([]), &json!(false)));
    for action in ["watch", "history", "ping"] {
        assert_eq!(eve.reject(json!({ "action": action, "game": "player#bob" })).await, "bad_field");
    }

    assert_eq!(bob.accept(json!({ "action": "read", "seq": 2 })).await["read"], 2);
    let told = tablet.receives(|frame| frame["type"] == "read").await;
    assert_eq!(told, json!({ "type": "read", "seq": 2 }));
    assert_eq!(bob.accept(json!({ "action": "read", "seq": 1 })).await["read"], 2, "it never goes back");
    let unread = tablet.accept(json!({ "action": "inbox" })).await;
    assert_eq!((&unread["read"], &unread["seq"]), (&json!(2), &json!(3)));
    let texts = |page: &Value| page["messages"].as_array().expect("a list").iter().map(read).collect::<Vec<_>>();
    assert_eq!(texts(&unread), [message(3, "ada", "three")]);
    assert_eq!(bob.accept(json!({ "action": "read", "seq": 99 })).await["read"], 3, "what is to come is unread");
    assert_eq!(tablet.accept(json!({ "action": "inbox" })).await["messages"], json!([]));
}

#[tokio::test]
async fn a_message_that_comes_while_earlier_ones_are_unread_comes_after_them() {
    let stack = Stack::start().await;
    let (mut plain, mut ada) = (connect_plain(&stack, "bob").await, stack.connect("ada").await);
    for text in ["one", "two"] {
        ada.accept(to("bob", text)).await;
    }
    hears(&mut plain, 2).await;
    let players = Players::new(stack.dynamodb().await, "PlayersTable".to_owned());
    let bob = PlayerId::parse("bob").expect("it is an id");
    let is_read = || async { (players.inbox_marks(&bob).await.expect("it reads").read == Seq(2)).then_some(()) };
    eventually("the read mark", is_read).await;
    // So it is while what is unread is still on its way to a connection that opens.
    let item =
        [("player_id", "bob"), ("item", "inbox")].map(|(name, value)| (name, AttributeValue::S(value.to_owned())));
    let mut unread = stack.dynamodb().await.delete_item().table_name("PlayersTable");
    for (name, value) in item {
        unread = unread.key(name, value);
    }
    unread.send().await.expect("it is deleted");
    ada.accept(to("bob", "three")).await;
    hears(&mut plain, 3).await;
    let seqs: Vec<u64> = pushed(&plain).into_iter().map(|(seq, _, _)| seq).collect();
    assert_eq!(seqs, [1, 2, 1, 2, 3]);
}

#[tokio::test]
async fn who_is_blocked_cannot_tell() {
    let stack = Stack::start().await;
    let (mut bob, mut ada, mut eve) =
        (stack.connect("bob").await, stack.connect("ada").await, stack.connect("eve").await);
    assert_eq!(bob.accept(json!({ "action": "block", "player": "eve" })).await["blocked"], json!(["eve"]));
    let keys = |answer: &Value| answer.as_object().expect("it is an object").keys().cloned().collect::<Vec<_>>();
    let of_eve = eve.accept(to("bob", "unheard")).await;
    let of_ada = ada.accept(to("bob", "heard")).await;
    assert_eq!(keys(&of_eve), keys(&of_ada));
    hears(&mut bob, 1).await;
    assert_eq!(pushed(&bob), [message(1, "ada", "heard")]);
    assert_eq!(log_of(&stack, "bob").await.len(), 1);
    assert_eq!(bob.accept(json!({ "action": "inbox" })).await["blocked"], json!(["eve"]));
    assert_eq!(bob.accept(json!({ "action": "unblock", "player": "eve" })).await["blocked"], json!([]));
    eve.accept(to("bob", "heard again")).await;
    hears(&mut bob, 2).await;
}

#[tokio::test]
async fn bad_messages_get_their_documented_codes() {
    let stack = Stack::start().await;
    let (mut bob, mut ada) = (stack.connect("bob").await, stack.connect("ada").await);
    for (frame, code) in [
        (to("nobody", "Hello"), "unknown_player"),
        (to("a b", "Hello"), "bad_field"),
        (to("", "Hello"), "bad_field"),
        (to("bob", ""), "text_length"),
        (to("bob", " \u{200b}\u{202e}\u{2066} "), "text_length"),
        (to("bob", &"x".repeat(501)), "text_length"),
        (to("bob", &"x".repeat(20_000)), "frame_too_large"),
        (to("bob", "a\u{0}b"), "unreadable_text"),
        (to("bob", "line\nline"), "unreadable_text"),
        (to("bob", "\u{1b}[31mred"), "unreadable_text"),
        (json!({ "action": "sendmessage", "message": "Hello" }), "bad_field"),
        (json!({ "action": "sendmessage", "destinationPlayerId": "bob" }), "bad_field"),
        (json!({ "action": "sendmessage", "destinationPlayerId": 2, "message": "Hello" }), "bad_field"),
        (json!({ "action": "sendmessage", "destinationPlayerId": "bob", "message": ["Hello"] }), "bad_field"),
        (json!({ "action": "inbox", "after": -1 }), "bad_field"),
        (json!({ "action": "inbox", "limit": 0 }), "bad_field"),
        (json!({ "action": "read" }), "bad_field"),
        (json!({ "action": "read", "seq": "NaN" }), "bad_field"),
        (json!({ "action": "read", "seq": 1e300 }), "bad_field"),
        (json!({ "action": "block" }), "bad_field"),
        (json!({ "action": "unblock", "player": 7 }), "bad_field"),
    ] {
        assert_eq!(ada.reject(frame.clone()).await, code, "{frame}");
    }
    ada.send(Message::text(r#"{"action":"sendmessage","id":7,"message":"Hello","destinationPlayerId":"bob"}"#)).await;
    assert_eq!(ada.answer_to(&Value::Null).await["code"], "bad_frame");
    assert_eq!(log_of(&stack, "bob").await, []);
    // What deceives the eye is taken out; what scripts and emoji need stays.
    ada.accept(to("bob", " a\u{202e}b\u{200b}c \u{1f468}\u{200d}\u{1f680} ")).await;
    hears(&mut bob, 1).await;
    assert_eq!(pushed(&bob), [message(1, "ada", "abc \u{1f468}\u{200d}\u{1f680}")]);
}

#[tokio::test]
async fn somebody_who_sends_too_much_is_told_so() {
    let stack = Stack::start().await;
    let (mut bob, mut ada) = (stack.connect("bob").await, connect_plain(&stack, "ada").await);
    let frame = json!({ "action": "sendmessage", "message": "Hello", "destinationPlayerId": "bob" }).to_string();
    let mut codes = Vec::new();
    for _ in 0..6 {
        ada.send(Message::text(frame.clone())).await;
        codes.push(ada.answer_to(&Value::Null).await["code"].clone());
    }
    assert_eq!(codes[..5], vec![Value::Null; 5]);
    assert_eq!(codes[5], "too_much_talk");
    hears(&mut bob, 5).await;
    assert_eq!(pushed(&bob).len(), 5, "five frames without an id are five messages");
}

#[tokio::test]
async fn games_go_on_beside_direct_messages_and_none_is_parked() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    ada.accept(to("bob", "Good luck")).await;
    super::play_cells(&mut ada, &mut bob, &game, &[0, 3, 1, 4, 2]).await;
    hears(&mut bob, 1).await;
    bob.hears(&game, 8).await;
    super::row_is_current(&stack, &game).await;
    let games = Games::new(stack.dynamodb().await, "GamesTable".to_owned(), turnlog_games::kinds());
    let game = GameId::parse(&game).expect("it is an id");
    assert_eq!(games.parked(game).await.expect("it reads"), None);
}
