//! Sources that change while connections are open.

use std::{fs, path::Path};

use serde_json::json;
use turnlog_tests::{Stack, eventually, root};

use super::{Talker, start_from, turnlog};

/// Whoever saves a file of a function that is run as it is finds it in the answers of a socket that stays open.
#[tokio::test]
async fn a_change_of_a_function_reaches_connections_that_are_open() {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&root().join("tests/fixtures/chat"), folder.path());
    let chat = start_from(folder.path(), &["--watch"]).await;
    let mut ann = Talker::open(&chat).await;
    assert_eq!(ann.ask("status", json!({})).await, "an answer all the same");
    let file = folder.path().join("app/chat.py");
    let text = fs::read_to_string(&file).expect("it is there").replace("an answer all the same", "another answer");
    fs::write(&file, text).expect("it can be written");
    let ann = tokio::sync::Mutex::new(ann);
    let changed = || async {
        let answer = ann.lock().await.ask("status", json!({})).await;
        (answer == "another answer").then_some(())
    };
    eventually("another answer", changed).await;
}

/// A function that cargo builds, the only binary of its package, is built anew when its source changes.
#[tokio::test]
async fn a_function_that_cargo_builds_is_built_anew_and_swapped() {
    let folder = tempfile::tempdir().expect("a folder");
    let (template, source) = (folder.path().join("template.yaml"), folder.path().join("src/main.rs"));
    fs::create_dir(folder.path().join("src")).expect("it can be made");
    let code = fs::read_to_string(root().join("local/examples/probe.rs")).expect("it is there");
    for (file, text) in [(&template, TEMPLATE), (&folder.path().join("Cargo.toml"), MANIFEST), (&source, &*code)] {
        fs::write(file, text).expect("it can be written");
    }
    let template = template.to_str().expect("a test's folder has a plain name");
    let stack = Stack::start_with(&["--ephemeral", "--template", template, "--watch"]).await;
    let answer = || async { turnlog(&stack, &["invoke", "Watched", "--event", "\"hello\""]).await.1 };
    assert_eq!(answer().await, "\"hello\"\n");
    let echo = "_ => drop(answer(&event.body)),";
    assert!(code.contains(echo));
    fs::write(&source, code.replace(echo, "_ => drop(answer(\"7\")),")).expect("it can be written");
    eventually("the new answer", || async { (answer().await == "7\n").then_some(()) }).await;
}

const TEMPLATE: &str = "
Resources:
  Watched:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: rust-cargolambda }
    Properties: { Runtime: provided.al2023, CodeUri: ., Handler: bootstrap }
";

const MANIFEST: &str = "
[package]
name = \"watched-function\"
version = \"0.0.0\"
edition = \"2024\"

[workspace]
";

pub(super) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("it can be made");
    for entry in fs::read_dir(from).expect("it is a folder") {
        let entry = entry.expect("it can be read");
        let copied = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &copied);
        } else {
            fs::copy(entry.path(), copied).expect("it can be copied");
        }
    }
}
