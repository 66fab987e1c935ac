//! Golden files: items of every stored form, as they were written at some time.
//!
//! `tests/golden/<name>.<n>.jsonl` holds one item a line, in DynamoDB's JSON. The highest number is what the code writes
//! today, byte by byte; every lower one was once, and is read for ever. No file is changed. When a stored form changes, raise
//! its version (docs/change-an-event.md), and write the next file with `TURNLOG_NEW_GOLDEN=1 cargo test --test integration
//! -- store::golden`.

mod courses;
mod rows;

use std::{collections::BTreeMap, path::PathBuf};

use serde_dynamo::Item;
use serde_json::Value;
use turnlog_domain::{Event, Game};
use turnlog_games::kinds;
use turnlog_store::{DirectEntry, Entry, Folded, LogFault};
use turnlog_tests::{Database, root};

use self::courses::{COURSES, Course};

/// Set to write files that are missing or have changed, under the next number.
const NEW: &str = "TURNLOG_NEW_GOLDEN";

/// The golden files of a name, the oldest first, each with its number and its lines.
fn files(name: &str) -> Vec<(u32, Vec<String>)> {
    let path = |number: u32| folder().join(format!("{name}.{number}.jsonl"));
    let files = (1..).map_while(|number| Some((number, std::fs::read_to_string(path(number)).ok()?)));
    files.map(|(number, text)| (number, text.lines().map(str::to_owned).collect())).collect()
}

fn folder() -> PathBuf {
    root().join("tests/golden")
}

/// Demands that these items are the newest golden ones.
fn expect_newest(name: &str, items: &[Value]) {
    let lines: Vec<String> = items.iter().map(Value::to_string).collect();
    let files = files(name);
    if files.last().is_some_and(|(_, golden)| *golden == lines) {
        return;
    }
    let next = files.last().map_or(1, |(number, _)| number + 1);
    if std::env::var_os(NEW).is_some() {
        let text = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect::<String>();
        std::fs::write(folder().join(format!("{name}.{next}.jsonl")), text).expect("the folder is there");
        return;
    }
    let golden = files.last().map(|(_, golden)| golden.as_slice()).unwrap_or_default();
    let differs = lines.iter().zip(golden).find(|(line, golden)| line != golden);
    panic!(
        "{name}: what is stored has changed. If that is wanted, raise its version and add {name}.{next}.jsonl: see the top \
         of this file. The first difference: {differs:#?}"
    );
}

fn item(line: &str) -> Item {
    serde_json::from_str(line).expect("it is an item in DynamoDB's JSON")
}

fn fold(entries: &[Entry]) -> Result<Option<Folded>, LogFault> {
    entries.iter().try_fold(None, |folded, entry| Folded::fold(&kinds(), folded, entry).map(Some))
}

fn entries(lines: &[String]) -> Vec<Entry> {
    lines.iter().map(|line| Entry::from_item(item(line)).expect("it was stored like this")).collect()
}

#[tokio::test]
async fn what_is_stored_of_every_course_is_the_newest_golden_log() {
    for (name, play) in COURSES {
        let database = Database::start().await;
        let course = play(Course::new(&database)).await;
        expect_newest(name, &course.items(&database).await);
    }
}

#[test]
fn every_golden_log_folds_with_every_hash() {
    for (name, _) in COURSES {
        let files = files(name);
        assert!(!files.is_empty(), "{name}");
        for (number, lines) in files {
            let entries = entries(&lines);
            let folded = fold(&entries).unwrap_or_else(|fault| panic!("{name}.{number}: {fault}"));
            let game = folded.expect("there are messages").game;
            let again = Game::from_json(&kinds(), &game.to_json()).expect("it is today's layout");
            assert_eq!(again.to_json(), game.to_json(), "{name}.{number}");
            for message in entries.iter().map(|entry| &entry.message) {
                for event in &message.events {
                    let shown = game.redact(event, turnlog_domain::Viewer::Open).expect("it can be shown");
                    let read = Event::from_shown(game.kind(), shown.name(), shown.data());
                    assert_eq!(read, Ok(shown), "{name}.{number}, message {}", message.seq);
                }
            }
        }
    }
}

/// A game whose layout changes without a new `Game::FORMAT` contradicts the hashes here; one with a new format needs
/// new files.
#[test]
fn the_newest_golden_logs_have_hashes_of_todays_layout() {
    for (name, _) in COURSES {
        let (number, lines) = files(name).pop().expect("there is a file");
        let entries = entries(&lines);
        for length in 1..=entries.len() {
            let game = fold(&entries[..length]).expect("it folds").expect("it is not empty").game;
            let line: Value = serde_json::from_str(&lines[length - 1]).expect("it is JSON");
            let format =
                line["state_hash"]["S"].as_str().and_then(|hash| hash.split_once(':')).map(|(format, _)| format);
            assert_eq!(format, Some(game.format().as_str()), "{name}.{number}, line {length}");
        }
    }
}

/// What the newest golden logs hold: nothing that is stored today is left out.
#[test]
fn the_golden_logs_hold_every_type_of_event_and_every_attribute() {
    let (mut types, mut kinds, mut attributes) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for (name, _) in COURSES {
        for line in files(name).pop().expect("there is a file").1 {
            let line: Value = serde_json::from_str(&line).expect("it is JSON");
            for attribute in line.as_object().expect("it is an object").keys() {
                *attributes.entry(attribute.clone()).or_insert(0) += 1;
            }
            let events: Value = serde_json::from_str(line["events"]["S"].as_str().expect("a text")).expect("JSON");
            for event in events.as_array().expect("it is a list") {
                *types.entry(event["type"].as_str().expect("a text").to_owned()).or_insert(0) += 1;
                if event["type"] == "played" {
                    let keys: Vec<&String> = event["data"].as_object().expect("kinds say objects").keys().collect();
                    *kinds.entry(format!("{name} {keys:?}")).or_insert(0) += 1;
                }
            }
        }
    }
    assert_eq!(types.len(), 21, "{types:?}");
    let of = |kind: &str| kinds.keys().filter(|key| key.starts_with(kind)).count();
    let shapes = ["tic-tac-toe", "connect-four", "rock-paper-scissors", "liars-dice", "crazy-eights", "chess"].map(of);
    assert_eq!(shapes, [1, 1, 2, 4, 6, 2], "{kinds:#?}");
    let sometimes = ["player_id", "start", "connection_id"].map(|attribute| attributes[attribute]);
    assert!(sometimes.iter().all(|&count| (1..attributes["seq"]).contains(&count)), "{attributes:?}");
}

#[test]
fn golden_direct_messages_are_read_with_their_chain() {
    for (number, lines) in files("inbox") {
        let mut previous: Option<DirectEntry> = None;
        for line in lines {
            let entry = DirectEntry::from_item(item(&line)).expect("it was stored like this");
            assert!(entry.continues(previous.as_ref()), "inbox.{number}: {line}");
            previous = Some(entry);
        }
    }
}
