//! Whole logs out of one stack and into another.

mod dynamodb;
mod faults;
mod killed;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use tokio::process::Command;
use turnlog_tests::{Stack, build_once, eventually};

use super::{cell, create, folded, play_cells, row_is_current, table};

type Item = BTreeMap<String, AttributeValue>;

async fn command(stack: &Stack, arguments: &[&str]) -> Command {
    let mut command = Command::new(build_once().await);
    command.args(arguments).args(["--port", &stack.port().to_string()]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// Runs `turnlog`: whether it succeeded, what it printed, and what it complained of.
async fn turnlog(stack: &Stack, arguments: &[&str]) -> (bool, String, String) {
    let Output { status, stdout, stderr } = command(stack, arguments).await.output().await.expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("it prints text");
    (status.success(), text(stdout), text(stderr))
}

async fn export(stack: &Stack) -> String {
    let (is_well, lines, told) = turnlog(stack, &["export", "--all"]).await;
    assert!(is_well, "{told}");
    lines
}

/// Imports: whether it succeeded, its figures, and its complaints.
async fn import(stack: &Stack, file: &Path) -> (bool, Value, String) {
    let (is_well, printed, told) = turnlog(stack, &["import", path(file), "--yes", "--json"]).await;
    (is_well, serde_json::from_str(&printed).unwrap_or_default(), told)
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a test's folder has a plain name")
}

fn file(folder: &Path, text: &str) -> PathBuf {
    let file = folder.join("export.jsonl");
    fs::write(&file, text).expect("it can be written");
    file
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder can be made")
}

/// The lines of one log.
fn lines_of<'a>(text: &'a str, log: &str) -> Vec<&'a str> {
    text.lines().filter(|line| line.contains(&format!(r#""game_id":{{"S":"{log}"}}"#))).collect()
}

fn text_of(lines: &[impl AsRef<str>]) -> String {
    lines.iter().flat_map(|line| [line.as_ref(), "\n"]).collect()
}

/// The items of a table whose sort key begins with that.
async fn rows(stack: &Stack, table: &str, beginning: &str) -> Vec<Item> {
    let scan = stack.dynamodb().await.scan().table_name(table);
    let (mut rows, mut after) = (Vec::<Item>::new(), None);
    loop {
        let page = scan.clone().set_exclusive_start_key(after).send().await.expect("it reads");
        rows.extend(page.items.unwrap_or_default().into_iter().map(|item| item.into_iter().collect()));
        after = page.last_evaluated_key;
        if after.is_none() {
            break;
        }
    }
    rows.retain(|row| row["item"].as_s().is_ok_and(|item| item.starts_with(beginning)));
    rows.sort_by_key(|row| format!("{:?}", (&row.get("game_id"), &row.get("player_id"), &row["item"])));
    rows
}

/// A stack with a finished game, one that goes on, one of bots, and a direct message. Returns the first two.
async fn lived_in() -> (Stack, String, String) {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let finished = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    play_cells(&mut ada, &mut bob, &finished, &[0, 3, 1, 4, 2]).await;
    let running = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    play_cells(&mut ada, &mut bob, &running, &[0, 3]).await;
    let bots = create(&mut ada, "connect-four", json!({}), json!({ "start": "host" })).await;
    ada.accept(json!({ "action": "watch", "game": bots })).await;
    for _ in 0..2 {
        ada.accept(json!({ "action": "add_bot", "game": bots, "bot": "random" })).await;
    }
    ada.accept(json!({ "action": "start", "game": bots })).await;
    ada.sees(&bots, |view| view["phase"] == "finished").await;
    for text in ["Hello", "Well played"] {
        ada.accept(json!({ "action": "sendmessage", "destinationPlayerId": "bob", "message": text })).await;
    }
    (stack, finished, running)
}

#[tokio::test]
async fn an_imported_log_is_the_same_to_the_byte_and_play_goes_on() {
    let (source, finished, running) = lived_in().await;
    let text = export(&source).await;
    let folder = folder();
    let target = Stack::start().await;
    let (is_well, figures, told) = import(&target, &file(folder.path(), &text)).await;
    assert!(is_well, "{told}");
    assert_eq!((&figures["games"], &figures["inboxes"], &figures["already"]), (&json!(3), &json!(1), &json!(0)));
    assert_eq!(figures["stored"], text.lines().count());
    assert_eq!(export(&target).await, text);

    row_is_current(&source, &running).await;
    for (table, beginning) in [("GamesTable", "state"), ("PlayersTable", "game#")] {
        // The source's own rows may still be on their way.
        let is_equal = || async {
            let expected = rows(&source, table, beginning).await;
            (expected.len() > 1 && rows(&target, table, beginning).await == expected).then_some(())
        };
        eventually("equal rows", is_equal).await;
    }
    assert_eq!(rows(&target, "GamesTable", "parked").await, []);

    let mut ada = target.connect("ada").await;
    assert_eq!(ada.accept(cell(&running, 1)).await["seq"], folded(&source, &running).await.game.seq().0 + 1);
    assert_eq!(ada.reject(cell(&finished, 5)).await, "finished");

    let (is_well, figures, _) = import(&target, &file(folder.path(), &text)).await;
    assert!(is_well, "a log that has grown since holds all of it");
    assert_eq!((&figures["stored"], &figures["already"]), (&json!(0), &json!(text.lines().count())));
}

#[tokio::test]
async fn single_logs_are_exported_and_one_that_is_not_there_is_named() {
    let (stack, finished, running) = lived_in().await;
    let all = export(&stack).await;
    let missing = "11111111-1111-5111-8111-111111111111";
    let (is_well, lines, told) = turnlog(&stack, &["export", &running, missing, "player#bob", &running]).await;
    assert!(!is_well && told.contains(&format!("there is no {missing}")), "{told}");
    assert_eq!(lines, text_of(&[lines_of(&all, &running), lines_of(&all, "player#bob")].concat()));

    let folder = folder();
    let output = folder.path().join("one.jsonl");
    let arguments = ["export", &finished, "--output", path(&output)];
    let (is_well, printed, _) = turnlog(&stack, &[&arguments[..], &["--json"]].concat()).await;
    let figures: Value = serde_json::from_str(&printed).expect("it is JSON");
    assert!(is_well);
    assert_eq!((&figures["logs"], &figures["messages"]), (&json!(1), &json!(lines_of(&all, &finished).len())));
    let (is_well, _, told) = turnlog(&stack, &arguments).await;
    assert!(!is_well && told.contains("is there already"), "{told}");

    // Nobody reads what it writes.
    let mut child = command(&stack, &["export", "--all"]).await.spawn().expect("it starts");
    drop(child.stdout.take());
    let ended = child.wait_with_output().await.expect("it ends");
    let told = String::from_utf8(ended.stderr).expect("it is text");
    assert_eq!(
        (ended.status.code(), told.as_str()),
        (Some(2), "error: the output was closed before everything was written\n")
    );
}

/// A backup that ends at the first thing that is damaged would be worth little.
#[tokio::test]
async fn what_is_damaged_is_exported_as_it_is_and_what_is_no_message_is_named() {
    let (stack, finished, running) = lived_in().await;
    let sound = export(&stack).await;
    let client = stack.dynamodb().await;
    let text = |value: &str| AttributeValue::S(value.to_owned());
    let put = async |log: &str, seq: &str, events: &str| {
        let put = client.put_item().table_name("MessagesTable").item("game_id", text(log));
        let put = put.item("seq", AttributeValue::N(seq.to_owned())).item("events", text(events));
        put.send().await.expect("it is written");
    };
    // A message that cannot be read, a gap, and a broken chain are exported as they are stored.
    put(&finished, "4", "[}").await;
    let gap = client.delete_item().table_name("MessagesTable").key("game_id", text(&running));
    gap.key("seq", AttributeValue::N("2".to_owned())).send().await.expect("it is removed");
    let (is_well, damaged, told) = turnlog(&stack, &["export", "--all"]).await;
    assert!(is_well, "{told}");
    assert_eq!(damaged.lines().count(), sound.lines().count() - 1);
    assert!(lines_of(&damaged, &finished)[3].contains(r#""events":{"S":"[}"}"#), "{damaged}");

    // These are no messages of any log.
    let strays = [(finished.as_str(), "2.5"), (&running, "-1"), (&running, "0"), ("somebody", "1")];
    for (log, seq) in strays {
        put(log, seq, "[]").await;
    }
    let output = Command::output(&mut command(&stack, &["export", "--all"]).await).await.expect("it runs");
    let told = String::from_utf8(output.stderr).expect("it is text");
    assert_eq!((output.status.code(), output.stdout), (Some(1), damaged.clone().into_bytes()));
    for (log, seq) in strays {
        assert!(told.contains(&format!(r#"game_id {{"S":"{log}"}}, seq {{"N":"{seq}"}}"#)), "{told}");
    }
    assert!(told.ends_with("error: 4 items are no messages and were left out\n"), "{told}");
    let (is_well, lines, told) = turnlog(&stack, &["export", &running]).await;
    assert!(!is_well && told.ends_with("error: 2 items are no messages and were left out\n"), "{told}");
    assert_eq!(lines, text_of(&lines_of(&damaged, &running)));

    // The backup is imported but for the damaged logs; and what is no message hinders no import.
    let (folder, target) = (folder(), Stack::start().await);
    let (is_well, figures, told) = import(&target, &file(folder.path(), &damaged)).await;
    assert!(!is_well && told.contains(&format!("{running}: message 3 comes where 2 is due")), "{told}");
    assert!(told.contains(&format!("{finished}: a message cannot be read")), "{told}");
    assert_eq!((&figures["games"], &figures["inboxes"]), (&json!(1), &json!(1)));
    let (_, figures, told) = import(&stack, &file(folder.path(), &text_of(&lines_of(&sound, &running)))).await;
    assert_eq!((&figures["games"], &figures["stored"]), (&json!(1), &json!(1)), "{told}");
    assert_eq!(turnlog(&stack, &["export", &running]).await.1, text_of(&lines_of(&sound, &running)));
    let line = r#"{"Item":{"game_id":{"S":"somebody"},"seq":{"N":"2.5"}}}"#;
    let (is_well, _, told) = import(&target, &file(folder.path(), line)).await;
    assert!(!is_well && told.contains("line 1 of") && told.contains("nothing was imported"), "{told}");
}

#[tokio::test]
async fn an_import_asks_before_it_writes() {
    let (source, ..) = lived_in().await;
    let folder = folder();
    let file = file(folder.path(), &export(&source).await);
    let target = Stack::start().await;
    let (is_well, _, told) = turnlog(&target, &["import", path(&file)]).await;
    assert!(
        !is_well && told.contains("3 games and 1 inbox with") && told.contains("nobody can be asked here; say --yes"),
        "{told}"
    );
    assert_eq!(export(&target).await, "");
}
