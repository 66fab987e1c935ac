//! What is hidden stays hidden, on every way to a client, and is opened at the end.

use serde_json::{Value, json};
use turnlog_domain::{Message, verify};
use turnlog_games::kinds;
use turnlog_tests::{Client, Stack};

use super::{create, entries, play};

const DICE: usize = 2;

/// Ada, Bob and Cleo at a table with two dice each, and Eve, who watches.
async fn table(stack: &Stack) -> (String, [Client; 4]) {
    let mut clients = [
        stack.connect("ada").await,
        stack.connect("bob").await,
        stack.connect("cleo").await,
        stack.connect("eve").await,
    ];
    let game = create(&mut clients[0], "liars-dice", json!({ "dice": DICE }), json!({ "max_players": 3 })).await;
    for client in &mut clients {
        client.accept(json!({ "action": "watch", "game": game })).await;
    }
    for (client, entropy) in clients.iter_mut().zip(["00", "c0ffee", "ab"]) {
        client.accept(json!({ "action": "join", "game": game, "entropy": entropy })).await;
    }
    (game, clients)
}

/// Every value of a field of that name, wherever it stands in a frame.
fn fields<'a>(value: &'a Value, name: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get(name));
            object.values().for_each(|value| fields(value, name, found));
        }
        Value::Array(values) => values.iter().for_each(|value| fields(value, name, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn all<'a>(frame: &'a Value, name: &str) -> Vec<&'a Value> {
    let mut found = Vec::new();
    fields(frame, name, &mut found);
    found
}

/// Demands that no frame of a running game shows a die to anybody but its owner.
fn check_frame(frame: &Value, seat: Option<usize>) {
    for event in all(frame, "rolled").into_iter().filter(|event| event.is_object()) {
        let dice: Vec<usize> = event["dice"].as_array().expect("it is a list").iter().map(number).collect();
        let owners = dice.iter().enumerate().flat_map(|(owner, &count)| std::iter::repeat_n(owner, count));
        let faces = event["roll"]["rolled"].as_array().expect("it is a list");
        assert_eq!(faces.len(), dice.iter().sum::<usize>());
        for (face, owner) in faces.iter().zip(owners) {
            assert_eq!(face.is_null(), seat != Some(owner), "seat {seat:?} in {frame}");
        }
    }
    for view in all(frame, "view") {
        let cups = view["game"]["cups"].as_array().expect("it is a list");
        for (owner, cup) in cups.iter().enumerate() {
            assert!(cup.is_null() || seat == Some(owner), "seat {seat:?} in {frame}");
        }
    }
    assert!(all(frame, "server_part").is_empty(), "{frame}");
}

fn number(value: &Value) -> usize {
    value.as_u64().and_then(|number| usize::try_from(number).ok()).expect("it is a number")
}

#[tokio::test]
async fn no_frame_shows_a_hidden_die_and_the_end_opens_and_proves_everything() {
    let stack = Stack::start().await;
    let (game, mut clients) = table(&stack).await;
    let mut head = 4;
    loop {
        for client in &mut clients {
            client.hears(&game, head).await;
            client.accept(json!({ "action": "history", "game": game, "after": 0 })).await;
        }
        clients[3].sees(&game, |view| view["turn"].is_array()).await;
        let view = clients[3].view(&game).clone();
        if view["phase"] == "finished" {
            break;
        }
        for (seat, client) in clients.iter().enumerate() {
            client.received().iter().for_each(|frame| check_frame(frame, (seat < 3).then_some(seat)));
        }
        let seat = number(&view["turn"][0]);
        let action = if view["game"]["bid"].is_null() {
            json!({ "bid": { "count": 1, "face": 6 } })
        } else {
            json!({ "challenge": {} })
        };
        head = clients[seat].accept(play(&game, action)).await["seq"].as_u64().expect("it has a seq");
    }
    for client in &clients {
        let messages = json!(client.messages(&game));
        let revealed = all(&messages, "server_part");
        assert_eq!(revealed.len(), 1, "the seed is told to everybody");
        assert_eq!(client.view(&game)["outcome"]["reason"], "last_with_dice");
    }
    // Somebody who comes now sees all that was hidden.
    let mut late = stack.connect("late").await;
    let page = late.accept(json!({ "action": "history", "game": game })).await;
    assert!(all(&page, "roll").iter().all(|roll| !roll.to_string().contains("null")), "{page}");
    let log: Vec<Message> = entries(&stack, &game).await.into_iter().map(|entry| entry.message).collect();
    assert_eq!(verify(&kinds(), &log), Ok(()));
    assert_eq!(stack.verify(&game).await, "verified", "and anybody can see that");
    let promised = clients[0].messages(&game)[0]["events"][0]["data"]["chance"]["commitment"].clone();
    let promised = promised.as_str().expect("the server has promised");
    assert_eq!(stack.verify_with(&game, &["--commitment", promised]).await, "verified");
    let other = "00".repeat(32);
    assert_eq!(stack.verify_with(&game, &["--commitment", &other]).await, "error", "another was promised");
}

#[tokio::test]
async fn what_is_said_is_heard_by_those_who_are_meant() {
    let stack = Stack::start().await;
    let (game, mut clients) = table(&stack).await;
    let [ada, bob, cleo, eve] = &mut clients;
    let say = |to: Value, text: &str| json!({ "action": "say", "game": game, "to": to, "text": text });
    ada.accept(say(json!("all"), "good evening")).await;
    ada.accept(say(json!({ "player": "bob" }), "psst\u{202e}")).await;
    eve.accept(say(json!("spectators"), "they cheat")).await;
    assert_eq!(eve.reject(say(json!("all"), "hello")).await, "wrong_audience");
    assert_eq!(bob.reject(say(json!({ "player": "eve" }), "hello")).await, "wrong_audience");
    assert_eq!(bob.reject(say(json!("all"), " \u{200b} ")).await, "text_length");
    assert_eq!(bob.reject(say(json!("all"), "a\u{7}b")).await, "unreadable_text");
    assert_eq!(bob.reject(json!({ "action": "mute", "game": game, "player": "eve" })).await, "not_host");
    ada.accept(json!({ "action": "mute", "game": game, "player": "eve" })).await;
    assert_eq!(eve.reject(say(json!("spectators"), "hello")).await, "muted");
    // A whisper stays one when the game is over.
    cleo.accept(json!({ "action": "resign", "game": game })).await;
    bob.accept(json!({ "action": "resign", "game": game })).await;
    for client in [&mut *ada, &mut *bob, &mut *cleo, &mut *eve] {
        client.sees(&game, |view| view["phase"] == "finished").await;
        client.accept(json!({ "action": "history", "game": game })).await;
        client.accept(json!({ "action": "watch", "game": game })).await;
    }
    let hears = |client: &Client, text: &str| client.received().iter().any(|frame| frame.to_string().contains(text));
    let hear = |text: &str| [&*ada, &*bob, &*cleo, &*eve].map(|client| hears(client, text));
    assert_eq!(hear("good evening"), [true; 4]);
    assert_eq!(hear("\"psst\""), [true, true, false, false]);
    assert_eq!(hear("they cheat"), [false, false, false, true]);
}

/// G: a process reads its secrets when it starts; nobody finds them in its environment.
#[tokio::test]
async fn secrets_are_read_at_the_start_and_stand_in_no_environment() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let stack =
        Stack::start_with_processes(&["--data-dir", folder.path().to_str().expect("it has a plain name")]).await;
    let mut ada = stack.connect("ada").await;
    // Its chance is a promise that only a key can make.
    create(&mut ada, "liars-dice", json!({}), json!({})).await;
    let kept = std::fs::read_to_string(folder.path().join("parameters.json")).expect("it reads");
    let kept: Value = serde_json::from_str(&kept).expect("it is JSON");
    let kept: Vec<(&String, &str)> = kept
        .as_object()
        .expect("an object")
        .iter()
        .map(|(name, value)| (name, value.as_str().expect("a text")))
        .collect();
    let named: Vec<_> = kept.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(named, ["/turnlog/chance-keys", "/turnlog/token-secret"]);
    let mut named_by = Vec::new();
    for (pid, function) in stack.children().await {
        let environment = std::fs::read(format!("/proc/{pid}/environ")).expect("it runs");
        let environment = String::from_utf8(environment).expect("it is text");
        for (name, value) in &kept {
            assert!(!environment.contains(value), "{function} has the value of {name}");
            if environment.contains(name.as_str()) {
                named_by.push((function.clone(), name.as_str()));
            }
        }
    }
    for expected in [("authorizer", "/turnlog/token-secret"), ("command", "/turnlog/chance-keys")] {
        assert!(named_by.contains(&(expected.0.to_owned(), expected.1)), "{named_by:?}");
    }
}
