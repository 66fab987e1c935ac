//! A project of one's own, as `turnlog new` makes it: built against this checkout, without a network.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use turnlog_tests::{Stack, build_once, root};

fn run(command: &mut Command) -> Output {
    let output = command.output().expect("it runs");
    let told = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    assert!(output.status.success(), "{command:?}: {}{}", told[0], told[1]);
    output
}

/// Cargo in a project, on what this checkout has built already.
fn cargo(project: &Path, target: &Path, arguments: &[&str]) {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    run(command.args(arguments).arg("--offline").current_dir(project).env("CARGO_TARGET_DIR", target));
}

fn made(turnlog: &Path, folder: &TempDir, name: &str, kind: &str) -> PathBuf {
    run(Command::new(turnlog).args(["new", name, "--kind", kind]).current_dir(folder.path()));
    folder.path().join(name)
}

/// The stack of a new project, and the folder in which that is.
pub(crate) async fn started(name: &str, kind: &str) -> (TempDir, Stack) {
    let folder = tempfile::tempdir().expect("there is room");
    let turnlog = build_once().await;
    let target = turnlog.ancestors().nth(2).expect("it is target/debug/turnlog").to_owned();
    let project = made(&turnlog, &folder, name, kind);
    cargo(&project, &target, &["build", "--workspace"]);
    let stack = Stack::start_of(name, &project, &target).await;
    (folder, stack)
}

/// What git knows of this checkout beside its commits; nothing where it is no clone.
fn changes() -> Vec<u8> {
    let status = Command::new("git").args(["status", "--porcelain"]).current_dir(root()).output();
    status.map(|output| output.stdout).unwrap_or_default()
}

#[tokio::test]
async fn a_new_project_is_played_to_the_end() {
    let before = changes();
    let (folder, stack) = started("nim", "heap").await;
    let (mut ada, mut bob) = (stack.connect("ada").await, stack.connect("bob").await);
    let created = ada.accept(json!({ "action": "create", "kind": "nim", "options": { "stones": 9 } })).await;
    let game = created["game"].as_str().expect("it has an id").to_owned();
    for player in [&mut ada, &mut bob] {
        player.accept(json!({ "action": "join", "game": game })).await;
    }
    let mut last = Value::Null;
    for turn in 0..9 {
        let player = if turn % 2 == 0 { &mut ada } else { &mut bob };
        last = player.accept(json!({ "action": "play", "game": game, "move": { "take": 1 } })).await;
    }
    assert_eq!(last["view"]["outcome"]["places"], json!([1, 2]), "{last}");
    // Issue 14: a stack is measured with the kinds of its project.
    let mut command = Command::new(build_once().await.with_file_name("nim"));
    command.args(["bench", "--games", "1", "--moves", "30", "--json", "--port", &stack.port().to_string()]);
    let measured = run(command.current_dir(folder.path().join("nim")));
    let figures: Value = serde_json::from_slice(&measured.stdout).expect("it writes JSON");
    assert_eq!((&figures["kind"], &figures["moves"]), (&json!("nim"), &json!(30)), "{figures}");
    stack.stop("TERM").await;
    drop(folder);
    assert_eq!(changes(), before, "nothing in the checkout has changed");
}

#[tokio::test]
async fn a_handler_that_is_no_function_ends_the_process_with_the_names_of_all() {
    let functions = build_once().await.with_file_name("functions");
    let ended = Command::new(functions).env("_HANDLER", "lobby").output().expect("it runs");
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    let is_told = told.contains("\"lobby\"") && told.contains("authorizer, connect, disconnect, command, games");
    assert_eq!((ended.status.code(), is_told), (Some(1), true), "{told}");
}

#[tokio::test]
async fn every_game_to_start_from_keeps_the_laws() {
    let folder = tempfile::tempdir().expect("there is room");
    let turnlog = build_once().await;
    let target = turnlog.ancestors().nth(2).expect("it is target/debug/turnlog").to_owned();
    for kind in ["heap", "dice", "cards", "grid"] {
        let project = made(&turnlog, &folder, &format!("our-{kind}"), kind);
        cargo(&project, &target, &["test"]);
    }
}

#[tokio::test]
async fn a_folder_that_is_not_empty_gets_no_project() {
    let folder = tempfile::tempdir().expect("there is room");
    std::fs::write(folder.path().join("here"), "").expect("it is written");
    let turnlog = build_once().await;
    let name = folder.path().parent().expect("it is in one").join("full-folder");
    std::fs::rename(folder.path(), &name).expect("it can be renamed");
    let refused = Command::new(turnlog).arg("new").arg(&name).output().expect("it runs");
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!((refused.status.code(), told.contains("is not empty")), (Some(2), true), "{told}");
    std::fs::remove_dir_all(&name).expect("it can be removed");
}

#[tokio::test]
async fn the_guide_shows_the_rules_and_the_words_of_a_new_project() {
    let folder = tempfile::tempdir().expect("there is room");
    let turnlog = build_once().await;
    let told = run(Command::new(&turnlog).args(["new", "nim"]).current_dir(folder.path()));
    let rules = std::fs::read_to_string(folder.path().join("nim/src/lib.rs")).expect("it is there");
    let guide = std::fs::read_to_string(root().join("docs/write-a-game.md")).expect("it is there");
    for shown in [rules, String::from_utf8(told.stdout).expect("it is text")] {
        assert!(guide.contains(shown.trim_end()), "docs/write-a-game.md does not show:\n{shown}");
    }
}
