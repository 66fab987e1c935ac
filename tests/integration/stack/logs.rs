//! The log of a stack: lines for programs, and nothing in them that is nobody's business.

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use turnlog_tests::{Client, Stack};

use super::{cell, play_cells, row_is_current, table};

/// Everything that Turnlog itself has to say, and what libraries say without being asked.
const FILTER: &str = "warn,function=trace,invocation=trace,turnlog=trace,turnlog_handlers=trace,turnlog_projections=trace,\
                      turnlog_store=trace,turnlog_local=trace";

/// Plays, talks, and goes wrong in every way that a client can; returns what no line may hold, each with what it is.
async fn talkative_evening(stack: &Stack) -> Vec<(&'static str, String)> {
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    play_cells(&mut ada, &mut bob, &game, &[0, 4]).await;
    ada.accept(json!({ "action": "say", "game": game, "to": "all", "text": "marmalade" })).await;
    ada.accept(json!({ "action": "sendmessage", "destinationPlayerId": "bob", "message": "gooseberry" })).await;
    assert_eq!(bob.reject(cell(&game, 4)).await, "not_your_turn");
    bob.reject(json!({ "action": "blackcurrant", "text": "elderberry" })).await;
    bob.send(Message::text("cloudberry")).await;
    bob.receives(|frame| frame["code"] == "bad_frame").await;
    let private = json!({ "action": "create", "kind": "tic-tac-toe", "table": { "private": true } });
    let private = ada.accept(private).await;
    let invitation = private["invitation"].as_str().expect("it is told").to_owned();
    bob.accept(json!({ "action": "join", "game": private["game"], "invitation": invitation })).await;
    let forged = format!("{}x", stack.token("eve").await);
    Client::connect(&stack.websocket(), &forged).await.expect_err("its signature is none");
    row_is_current(stack, &game).await;
    let texts = ["marmalade", "gooseberry", "blackcurrant", "elderberry", "cloudberry"].map(str::to_owned);
    let [said, direct, action, field, frame] = texts;
    vec![
        ("what was said", said),
        ("a direct message", direct),
        ("an action that nobody knows", action),
        ("a field of a frame", field),
        ("a frame that cannot be read", frame),
        ("an invitation", invitation),
        ("a token", forged),
    ]
}

/// Issue 15, 2.
#[tokio::test]
async fn a_log_for_programs_has_one_object_in_each_line_and_neither_secrets_nor_payloads() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let data = folder.path().to_str().expect("it has a plain name");
    let stack = Stack::start_with(&["--data-dir", data, "--log-format", "json", "--log", FILTER]).await;
    let mut hidden = talkative_evening(&stack).await;
    let parameters = std::fs::read_to_string(folder.path().join("parameters.json")).expect("it reads");
    let parameters: Value = serde_json::from_str(&parameters).expect("it is JSON");
    let secrets = parameters.as_object().expect("it is an object").values();
    hidden.extend(secrets.map(|secret| ("a secret", secret.as_str().expect("it is a text").to_owned())));
    assert_eq!(hidden.len(), 9, "tokens and chance have a secret each");

    let log = stack.stop("TERM").await;
    let lines = log.lines().filter(|line| *line != "Turnlog is stopping.");
    let lines: Vec<Value> =
        lines.map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect();
    for line in &lines {
        for name in ["timestamp", "level", "message", "target"] {
            assert!(line[name].is_string(), "{name} in {line}");
        }
    }
    let invoked = lines.iter().find(|line| line["target"] == "invocation").expect("functions were invoked");
    assert!(invoked["function"].is_string() && invoked["duration_ms"].is_number(), "{invoked}");
    assert!(log.contains("not_your_turn") && log.contains("bad_frame"), "refusals have their lines: {log}");
    for (what, text) in hidden {
        assert!(!log.contains(&text), "{what} in {:?}", log.lines().find(|line| line.contains(&text)));
    }
}
