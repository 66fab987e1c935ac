//! The commands that documents name.

use std::{collections::BTreeMap, fs, process::Command};

use turnlog_tests::{build_once, root};

const DOCUMENTS: [&str; 11] = [
    "README.md",
    "cli/new/README.md",
    "docs/change-an-event.md",
    "docs/commands.md",
    "docs/deploy.md",
    "docs/export.md",
    "docs/history.md",
    "docs/local-stack.md",
    "docs/operate.md",
    "docs/serve.md",
    "docs/write-a-game.md",
];

/// The commands in a text, in its code and between its backquotes, without what they are called by.
fn commands(text: &str) -> Vec<&str> {
    let pieces = text.split(['`', '\n']).map(|piece| piece.trim_start_matches("$ "));
    let called = |piece: &'static str| move |text| str::strip_prefix(text, piece);
    let ours = pieces.filter_map(|piece| called("turnlog ")(piece).or_else(|| called("cargo run -- ")(piece)));
    ours.filter(|command| command.starts_with(|character: char| character.is_ascii_lowercase())).collect()
}

/// The words that say which command it is, and its options.
fn parts(command: &str) -> (Vec<&str>, Vec<&str>) {
    let mut words = command.split_whitespace();
    let is_name = |word: &&str| word.chars().all(|character| character.is_ascii_lowercase());
    let names = words.clone().take_while(is_name).collect();
    let options = words.by_ref().filter(|word| word.starts_with("--"));
    (names, options.map(|option| option.trim_end_matches([',', '.', ';', ')', ']'])).collect())
}

#[tokio::test]
async fn documents_name_commands_and_options_that_there_are() {
    let turnlog = build_once().await;
    let read =
        |document| fs::read_to_string(root().join(document)).unwrap_or_else(|error| panic!("{document}: {error}"));
    let documents = DOCUMENTS.map(|document| (document, read(document)));
    let mut helps = BTreeMap::new();
    for (document, text) in &documents {
        for command in commands(text) {
            let (names, options) = parts(command);
            let help = helps.entry(names.clone()).or_insert_with(|| {
                let output = Command::new(&turnlog).args(&names).arg("--help").output().expect("it runs");
                assert!(output.status.success(), "{document} names a command that there is not: {command}");
                String::from_utf8(output.stdout).expect("it is text")
            });
            for option in options {
                let name = option.split('=').next().unwrap_or(option);
                let is_there = help
                    .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-')
                    .any(|word| word == name);
                assert!(is_there, "{document} names an option that there is not, {name}: {command}");
            }
        }
    }
    assert!(helps.len() > 10, "they name commands: {:?}", helps.keys());
}
