//! Starting and stopping: one command, and nothing is left behind.

use std::process::{Command, Stdio};

use futures::future::join_all;
use serde_json::json;
use turnlog_tests::{Stack, build_once, eventually, in_process, root, send_signal};

#[tokio::test]
async fn a_signal_ends_the_stack_and_all_its_functions() {
    for signal in ["TERM", "INT"] {
        let stack = Stack::start().await;
        let mut ada = stack.connect("ada").await;
        ada.accept(json!({ "action": "create", "kind": "tic-tac-toe" })).await;
        let functions = stack.children().await;
        assert!(in_process() || functions.iter().any(|(_, name)| name == "command"), "{functions:?}");
        stack.stop(signal).await;
        for (pid, name) in functions {
            assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists(), "{name} was left behind by {signal}");
        }
    }
}

#[tokio::test]
async fn games_survive_an_orderly_restart() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let stack = Stack::start_in(folder.path()).await;
    let mut ada = stack.connect("ada").await;
    let created = ada.accept(json!({ "action": "create", "kind": "tic-tac-toe" })).await;
    let token = stack.token("ada").await;
    stack.stop("INT").await;
    let stack = Stack::start_in(folder.path()).await;
    let again = turnlog_tests::Client::connect(&stack.websocket(), &token).await;
    let mut ada = again.expect("tokens stay good, because the secret is kept");
    let joined = ada.accept(json!({ "action": "join", "game": created["game"] })).await;
    assert_eq!(joined["seq"], 2);
}

#[tokio::test]
async fn the_page_its_client_and_the_health_are_served() {
    let stack = Stack::start().await;
    for (path, part) in [("/", "<html"), ("/client/src/index.js", "export"), ("/health", "ok")] {
        let answer = reqwest::get(format!("{}{path}", stack.address())).await.expect("it answers");
        assert_eq!(answer.status(), 200, "{path}");
        assert!(answer.text().await.expect("it is a text").contains(part), "{path}");
    }
    let url = format!("{}/dev/token", stack.address());
    let bad = reqwest::Client::new().post(url).json(&json!({ "player_id": "a b" })).send().await.expect("it answers");
    assert_eq!(bad.status(), 400);
}

#[tokio::test]
async fn two_stacks_run_side_by_side() {
    let (one, other) = tokio::join!(Stack::start(), Stack::start());
    let (mut ada, mut bob) = (one.connect("ada").await, other.connect("bob").await);
    let created = ada.accept(json!({ "action": "create", "kind": "tic-tac-toe" })).await;
    assert_eq!(bob.reject(json!({ "action": "join", "game": created["game"] })).await, "unknown_game");
}

#[tokio::test]
async fn functions_multiply_under_load_and_killed_ones_are_replaced() {
    let stack = Stack::start_with_processes(&["--ephemeral"]).await;
    let mut clients = Vec::new();
    for number in 0..8 {
        clients.push(stack.connect(&format!("player-{number}")).await);
    }
    let create = || json!({ "action": "create", "kind": "tic-tac-toe" });
    join_all(clients.iter_mut().map(|client| client.accept(create()))).await;
    let functions: Vec<_> = stack.children().await.into_iter().filter(|(_, name)| name == "command").collect();
    assert!(functions.len() > 1, "eight frames at once are more than one process serves");
    for (pid, name) in functions {
        send_signal(pid, "KILL").await;
        let is_gone = || async move { (!std::path::Path::new(&format!("/proc/{pid}")).exists()).then_some(()) };
        eventually(&format!("the end of {name}"), is_gone).await;
    }
    join_all(clients.iter_mut().map(|client| client.accept(create()))).await;
}

#[tokio::test]
async fn a_command_ends_well_when_nobody_reads_what_it_says() {
    let stack = Stack::start().await;
    stack.connect("ada").await.accept(json!({ "action": "create", "kind": "tic-tac-toe" })).await;
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut new = tokio::process::Command::new(build_once().await);
    new.arg("new").arg(folder.path().join("nim"));
    let mut commands = vec![new];
    for arguments in [&["games"][..], &["dlq", "list"], &["invoke", "SweepFunction"]] {
        commands.push(stack.command(arguments).await);
    }
    for mut command in commands {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command runs");
        drop(child.stdout.take());
        let output = child.wait_with_output().await.expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{:?}: {said}", command.as_std());
    }
}

/// `cargo run` and `turnlog dev` compile nothing more once every binary of the workspace is built.
#[tokio::test]
async fn one_build_serves_every_command() {
    build_once().await;
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let arguments = ["build", "--offline", "--message-format", "json"];
    let output = Command::new(cargo).args(arguments).current_dir(root()).output().expect("cargo runs");
    assert!(output.status.success());
    let messages = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let compiled: Vec<String> = messages
        .filter(|message| message["fresh"] == json!(false))
        .map(|message| message["target"]["name"].to_string())
        .collect();
    assert_eq!(compiled, Vec::<String>::new(), "the default member compiled these again");
}
