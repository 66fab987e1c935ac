//! Every way to damage a real log by a little, and where the audit says that it breaks.

use std::fs;

use serde_dynamo::{AttributeValue, Item};

use super::*;

const LOGS: [&str; 4] = ["tic-tac-toe", "liars-dice", "rock-paper-scissors", "inbox"];

/// The items of a log in the form that is stored today.
fn golden(name: &str) -> Vec<Item> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden");
    let files = (1..).map_while(|number| fs::read_to_string(format!("{folder}/{name}.{number}.jsonl")).ok());
    let newest = files.last().expect("there is a golden file");
    newest.lines().map(|line| serde_json::from_str(line).expect("it is an item")).collect()
}

fn audited(items: &[Item]) -> Audited {
    let Some(AttributeValue::S(log)) = items[0].get("game_id") else { panic!("it has a key") };
    let mut audit = Audit::begin(&turnlog_games::kinds(), log);
    for item in items {
        audit.take(item.clone());
    }
    audit.end()
}

/// The one problem of a damaged log, after which nothing of the log is used.
fn problem(what: &str, items: &[Item]) -> Problem {
    let Audited { mut problems, derived, .. } = audited(items);
    assert_eq!((problems.len(), derived.folded), (1, None), "{what}: {problems:#?}");
    problems.remove(0)
}

fn set(item: &mut Item, name: &str, value: &str) {
    item.insert(name.to_owned(), AttributeValue::S(value.to_owned()));
}

/// Ways to change one attribute of a message, each with its name.
fn changes(item: &Item) -> Vec<(String, Item)> {
    let mut changed = Vec::new();
    let mut change = |what: &str, name: &str, value: Option<AttributeValue>| {
        let mut item = item.clone();
        match value {
            Some(value) => item.insert(name.to_owned(), value),
            None => item.remove(name),
        };
        changed.push((format!("{name} {what}"), item));
    };
    for name in ["events", "text", "command_id", "player_id", "start", "connection_id", "prev_hash", "state_hash"] {
        let Some(AttributeValue::S(old)) = item.get(name) else { continue };
        change("lengthened", name, Some(AttributeValue::S(format!("{old} "))));
        change("gone", name, None);
        for (from, to) in [("a", "b"), ("0", "1")] {
            if old.contains(from) {
                change(from, name, Some(AttributeValue::S(old.replacen(from, to, 1))));
            }
        }
    }
    let Some(AttributeValue::N(at)) = item.get("at") else { panic!("it has a time") };
    let at: u64 = at.parse().expect("it is a number");
    for (what, at) in [("early", 1), ("a little later", at + 1), ("late", at + 1_000_000)] {
        change(what, "at", Some(AttributeValue::N(at.to_string())));
    }
    change("added", "note", Some(AttributeValue::S("nobody covers this".to_owned())));
    changed
}

#[test]
fn a_log_as_it_was_stored_is_sound() {
    for name in LOGS {
        let items = golden(name);
        let Audited { messages, last, derived, problems, .. } = audited(&items);
        let count = items.len() as u64;
        assert_eq!((messages, last, problems), (count, count, Vec::new()), "{name}");
        assert_eq!(derived.folded.is_some(), name != "inbox", "{name}");
    }
}

#[test]
fn a_changed_attribute_breaks_the_log_at_its_message_or_at_the_next() {
    let mut tried = 0;
    for name in LOGS {
        let items = golden(name);
        for seq in 1..=items.len() {
            for (what, changed) in changes(&items[seq - 1]) {
                let what = format!("{name}, message {seq}, {what}");
                let mut damaged = items.clone();
                damaged[seq - 1] = changed;
                tried += 1;
                let found = audited(&damaged);
                // Nothing in the log has the hash of its last message.
                assert!(!found.problems.is_empty() || seq == items.len(), "{what}");
                for Problem { seq: at, fault, .. } in found.problems {
                    let is_next = at == Some(seq as u64 + 1) && fault == Fault::Broken;
                    assert!(at == Some(seq as u64) || is_next, "{what}: {at:?}, {fault:?}");
                }
            }
        }
    }
    assert!(tried > 500, "{tried}");
}

#[test]
fn a_message_that_is_not_later_than_the_one_before_is_named() {
    for name in LOGS {
        let mut items = golden(name);
        let count = items.len();
        items[count - 1].insert("at".to_owned(), AttributeValue::N("1".to_owned()));
        let Problem { seq, fault, .. } = problem(name, &items);
        assert_eq!((seq, fault), (Some(count as u64), Fault::Time), "{name}");
    }
}

#[test]
fn the_message_that_does_not_continue_says_what_was_expected_and_what_was_found() {
    let items = golden("tic-tac-toe");
    let Some(AttributeValue::S(expected)) = items[6].get("prev_hash").cloned() else { panic!("it has one") };
    let mut damaged = items.clone();
    set(&mut damaged[6], "prev_hash", "another");
    let Problem { seq, fault, detail, .. } = problem("prev_hash", &damaged);
    assert_eq!((seq, fault), (Some(7), Fault::Broken));
    let said = format!(
        "message 7 does not continue message 6: {expected} was expected as its prev_hash, and another was found"
    );
    assert_eq!(detail, said);
    // Nothing decides whether that is so because of the one or of the other.
    let mut damaged = items.clone();
    set(&mut damaged[5], "connection_id", "another");
    let Problem { seq, fault, detail, .. } = problem("connection_id", &damaged);
    assert_eq!((seq, fault), (Some(7), Fault::Broken));
    assert!(detail.ends_with(&format!("{expected} was found")), "{detail}");
    let mut damaged = items;
    set(&mut damaged[0], "prev_hash", &expected);
    let detail = problem("first", &damaged).detail;
    assert!(detail.starts_with("message 1 does not continue nothing: none was expected"), "{detail}");
}

#[test]
fn messages_that_changed_places_break_the_log_at_the_first() {
    for name in LOGS {
        let items = golden(name);
        for first in 1..items.len() {
            for second in first + 1..=items.len() {
                let mut damaged = items.clone();
                damaged.swap(first - 1, second - 1);
                for seq in [first, second] {
                    damaged[seq - 1].insert("seq".to_owned(), AttributeValue::N(seq.to_string()));
                }
                let what = format!("{name}, messages {first} and {second}");
                assert_eq!(problem(&what, &damaged).seq, Some(first as u64), "{what}");
            }
        }
    }
}

#[test]
fn a_message_that_is_gone_is_named() {
    for name in LOGS {
        let items = golden(name);
        for seq in 1..items.len() {
            let mut damaged = items.clone();
            damaged.remove(seq - 1);
            let found = problem(name, &damaged);
            assert_eq!((found.seq, found.fault), (Some(seq as u64), Fault::Missing), "{name}");
        }
    }
}

#[test]
fn what_stands_between_two_messages_is_named_and_hides_nothing() {
    let mut items = golden("tic-tac-toe");
    for seq in ["2.5", "-1", "0", "100000000000000000000"] {
        let mut stray = items[2].clone();
        stray.insert("seq".to_owned(), AttributeValue::N(seq.to_owned()));
        let mut damaged = items.clone();
        damaged.insert(2, stray);
        let Problem { seq: none, fault, detail, .. } = problem(seq, &damaged);
        assert_eq!((none, fault), (None, Fault::Unreadable));
        assert!(detail.ends_with(&format!(r#"seq {{"N":"{seq}"}}"#)), "{detail}");
    }
    let mut stray = items[2].clone();
    stray.insert("seq".to_owned(), AttributeValue::N("2.5".to_owned()));
    items.insert(2, stray);
    items.remove(5);
    let found: Vec<_> = audited(&items).problems.into_iter().map(|problem| (problem.seq, problem.fault)).collect();
    assert_eq!(found, [(None, Fault::Unreadable), (Some(5), Fault::Missing)]);
}

#[test]
fn what_newer_code_has_written_is_told_from_what_is_damaged() {
    let mut items = golden("tic-tac-toe");
    let last = items.len() - 1;
    let Some(AttributeValue::S(events)) = items[last].get("events").cloned() else { panic!("it is a text") };
    for (from, to) in [("\"v\":1", "\"v\":99"), ("\"type\":\"", "\"type\":\"foreseen_")] {
        set(&mut items[last], "events", &events.replacen(from, to, 1));
        let Problem { seq, fault, detail, .. } = problem(to, &items);
        assert_eq!((seq, fault), (Some(last as u64 + 1), Fault::FromFuture));
        assert!(detail.contains("with the turnlog of the code that wrote it"), "{detail}");
    }
    // Order, time and the chain of hashes are checked all the same.
    let mut items = golden("tic-tac-toe");
    set(&mut items[2], "events", &events.replacen("\"v\":1", "\"v\":99", 1));
    let found: Vec<_> = audited(&items).problems.into_iter().map(|problem| (problem.seq, problem.fault)).collect();
    assert_eq!(found, [(Some(4), Fault::Broken), (Some(3), Fault::FromFuture)]);
}
