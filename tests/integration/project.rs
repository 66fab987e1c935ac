//! A project of one's own, as `turnlog new` makes it: built against this checkout, without a network.

mod commands;
mod document;
mod guide;

use std::{
    env, fs,
    path::PathBuf,
    process::{Command, Output},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use turnlog_tests::{Stack, build_once, root};

use self::document::Document;

/// A folder in which somebody works who has installed the command, on what this checkout has built already.
struct Desktop {
    folder: TempDir,
    turnlog: PathBuf,
    target: PathBuf,
}

impl Desktop {
    async fn new() -> Self {
        let turnlog = build_once().await;
        let target = turnlog.ancestors().nth(2).expect("it is target/debug/turnlog").to_owned();
        Self { folder: tempfile::tempdir().expect("there is room"), turnlog, target }
    }

    /// What becomes of a command that is typed in a folder here.
    fn tries(&self, folder: &str, command: &str) -> Output {
        let installed = self.turnlog.parent().expect("it lies in a folder").to_owned();
        let mut places = vec![installed];
        places.extend(env::split_paths(&env::var_os("PATH").expect("there is one")));
        Command::new("sh")
            .args(["-c", command])
            .current_dir(self.folder.path().join(folder))
            .env("PATH", env::join_paths(places).expect("no name of a folder has a colon"))
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_NET_OFFLINE", "true")
            .output()
            .expect("a shell runs")
    }

    /// What a command says that must end well.
    fn runs(&self, folder: &str, command: &str) -> String {
        let output = self.tries(folder, command);
        let said = said(&output);
        assert!(output.status.success(), "{command}: {said}");
        said
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    /// Builds a project and starts it.
    async fn starts(&self, name: &str) -> Stack {
        self.runs(name, "cargo build --workspace");
        Stack::start_of(name, &self.path(name), &self.target).await
    }
}

/// Everything that a command has said.
fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text)).concat()
}

/// The stack of a new project, and the folder in which that is.
pub(crate) async fn started(name: &str, kind: &str) -> (impl Sized, Stack) {
    let desktop = Desktop::new().await;
    desktop.runs("", &format!("turnlog new {name} --kind {kind}"));
    let stack = desktop.starts(name).await;
    (desktop, stack)
}

/// What git knows of this checkout beside its commits; nothing where it is no clone.
fn changes() -> Vec<u8> {
    let status = Command::new("git").args(["status", "--porcelain"]).current_dir(root()).output();
    status.map(|output| output.stdout).unwrap_or_default()
}

// Every project has a name of its own, since what is built of all of them lies in one folder.

#[tokio::test]
async fn a_new_project_is_played_to_the_end_and_knows_its_kind_in_every_command() {
    let before = changes();
    let desktop = Desktop::new().await;
    desktop.runs("", "turnlog new stones");
    let stack = desktop.starts("stones").await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let created = ada.accept(json!({ "action": "create", "kind": "stones", "options": { "stones": 9 } })).await;
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
    // The commands of README.md. The installed one hands over to the project's own.
    let port = stack.port();
    for (command, answer) in [
        ("turnlog games".to_owned(), "stones"),
        (format!("turnlog replay {game}"), "stones)\n"),
        ("turnlog verify --all".to_owned(), "no problem"),
    ] {
        let said = desktop.runs("stones/src", &format!("{command} --port {port}"));
        assert!(said.contains(answer), "{command}: {said}");
        assert!(said.contains("turnlog: with the command of "), "{command}: {said}");
    }
    // Issue 14: a stack is measured with the kinds of its project.
    let said = desktop.runs("stones/src", &format!("turnlog bench --games 1 --moves 30 --json --port {port}"));
    let figures: Value = serde_json::from_str(said.lines().find(|line| line.starts_with('{')).expect("there is one"))
        .expect("it writes JSON");
    assert_eq!((&figures["kind"], &figures["moves"]), (&json!("stones"), &json!(30)), "{figures}");
    stack.stop("TERM").await;
    assert_eq!(changes(), before, "nothing in the checkout has changed");
}

#[tokio::test]
async fn a_handler_that_is_no_function_ends_the_process_with_the_names_of_all() {
    let functions = build_once().await.with_file_name("functions");
    let ended = Command::new(functions).env("_HANDLER", "lobby").output().expect("it runs");
    let told = said(&ended);
    let is_told = told.contains("\"lobby\"") && told.contains("authorizer, connect, disconnect, command, games");
    assert_eq!((ended.status.code(), is_told), (Some(1), true), "{told}");
}

/// The heap of stones is the game of the guide, whose test runs all that `cargo test` runs.
#[tokio::test]
async fn every_game_to_start_from_keeps_the_laws() {
    let desktop = Desktop::new().await;
    for kind in ["dice", "cards", "grid"] {
        desktop.runs("", &format!("turnlog new our-{kind} --kind {kind}"));
        desktop.runs(&format!("our-{kind}"), "cargo test --test laws");
    }
}

#[tokio::test]
async fn a_folder_that_is_not_empty_gets_no_project() {
    let desktop = Desktop::new().await;
    fs::create_dir(desktop.path("full")).expect("it can be made");
    fs::write(desktop.path("full/here"), "").expect("it is written");
    let refused = desktop.tries("", "turnlog new full");
    assert_eq!((refused.status.code(), said(&refused).contains("is not empty")), (Some(2), true), "{}", said(&refused));
}

#[test]
fn the_readme_shows_rules_of_a_new_project() {
    let squeezed = |text: &str| text.split_whitespace().collect::<String>().replace(",}", "}");
    let rules = squeezed(include_str!("../../cli/new/rules/heap.rs"));
    let shown = Document::read("README.md").all("rust");
    assert!(!shown.is_empty(), "README.md shows no rules");
    for shown in shown {
        assert!(rules.contains(&squeezed(&shown)), "README.md shows what is not there:\n{shown}");
    }
}
