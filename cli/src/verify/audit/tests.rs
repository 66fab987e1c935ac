//! Every way to damage a real log by a little, and what is said of it: whatever is named was damaged, and whatever was
//! damaged is named.

use std::fs;

use serde_dynamo::{AttributeValue, Item};
use turnlog_store::Hash;

use super::*;

/// The items of a log in the form that is stored today.
fn golden(name: &str) -> Vec<Item> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden");
    let files = (1..).map_while(|number| fs::read_to_string(format!("{folder}/{name}.{number}.jsonl")).ok());
    let newest = files.last().expect("there is a golden file");
    newest.lines().map(|line| serde_json::from_str(line).expect("it is an item")).collect()
}

fn hash_of(item: &Item) -> Hash {
    Link::of_item(item.clone()).expect("it is sound").hash
}

/// What the row of a game has of the last message.
fn row(items: &[Item]) -> Witness {
    let last = items.last().expect("there are messages");
    Witness { seq: items.len() as u64, hash: hash_of(last), name: "the row".to_owned() }
}

fn problems(items: &[Item], witnesses: &[Witness]) -> Vec<Problem> {
    let (log, _) = key_of(&items[0]).expect("it has a key");
    let mut audit = Audit::begin(&turnlog_games::kinds(), log);
    for item in items {
        audit.take(item.clone());
    }
    audit.end().problems(witnesses)
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
    let text = |name: &str| match item.get(name) {
        Some(AttributeValue::S(text)) => Some(text.clone()),
        _ => None,
    };
    for name in ["events", "text", "command_id", "player_id", "start", "connection_id", "prev_hash", "state_hash"] {
        let Some(old) = text(name) else { continue };
        change("lengthened", name, Some(AttributeValue::S(format!("{old} "))));
        if !old.is_empty() {
            change("shortened", name, Some(AttributeValue::S(old.chars().skip(1).collect())));
        }
        change("gone", name, None);
        for (from, to) in [("a", "b"), ("0", "1"), ("\"v\":1", "\"v\":99")] {
            if old.contains(from) {
                change(from, name, Some(AttributeValue::S(old.replacen(from, to, 1))));
            }
        }
    }
    if let Some(AttributeValue::N(at)) = item.get("at") {
        let at: u64 = at.parse().expect("it is a number");
        for (what, at) in
            [("early", 1), ("a little later", at + 1), ("a little earlier", at - 1), ("late", at + 1_000_000)]
        {
            change(what, "at", Some(AttributeValue::N(at.to_string())));
        }
    }
    change("added", "note", Some(AttributeValue::S("nobody covers this".to_owned())));
    if item.contains_key("events") {
        change("added", "connection_id", Some(AttributeValue::S("somebody".to_owned())));
    }
    changed
}

/// Demands that every problem names something that was damaged, and that each damage is named.
fn expect_named(what: &str, found: &[Problem], damaged: &[u64]) {
    for problem in found {
        let is_right = damaged.iter().any(|&seq| problem.names(seq));
        let is_sure = problem.fault != Fault::Either;
        assert!(is_right && (!is_sure || problem.other.is_none()), "{what}: {damaged:?} was damaged, not {problem:#?}");
    }
    for &seq in damaged {
        assert!(found.iter().any(|problem| problem.names(seq)), "{what}: {seq} is not named: {found:#?}");
    }
}

/// Whether a problem names one message alone.
fn is_sure(problem: &Problem) -> bool {
    problem.fault != Fault::Either
}

const LOGS: [&str; 4] = ["tic-tac-toe", "liars-dice", "rock-paper-scissors", "inbox"];

#[test]
fn a_log_as_it_was_stored_is_sound() {
    for name in LOGS {
        let items = golden(name);
        assert_eq!(problems(&items, &[row(&items)]), [], "{name}");
        assert_eq!(problems(&items, &[]), [], "{name}");
    }
}

#[test]
fn any_attribute_of_any_message_that_was_changed_is_named_alone() {
    let mut tried = 0;
    for name in LOGS {
        let items = golden(name);
        let last = items.len();
        for seq in 1..=last {
            for (what, changed) in changes(&items[seq - 1]) {
                let what = format!("{name}, message {seq}, {what}");
                let mut damaged = items.clone();
                damaged[seq - 1] = changed;
                tried += 1;
                let found = problems(&damaged, &[row(&items)]);
                expect_named(&what, &found, &[seq as u64]);
                assert_eq!(found.len(), 1, "{what}: {found:#?}");
                // Of the last one only the row has the hash, and that may have been changed as well.
                assert!(seq == last || is_sure(&found[0]), "{what}: {found:#?}");
                let alone = problems(&damaged, &[]);
                if !alone.is_empty() || seq < last {
                    expect_named(&what, &alone, &[seq as u64]);
                    // Nothing has the hash of the last one now, and so it may be that one.
                    assert!(alone.len() == 1 && (seq + 1 >= last || is_sure(&alone[0])), "{what}: {alone:#?}");
                }
            }
        }
    }
    assert!(tried > 1_000, "{tried}");
}

#[test]
fn two_neighbours_that_were_changed_are_both_named() {
    for name in ["tic-tac-toe", "inbox"] {
        let items = golden(name);
        for seq in 1..items.len() {
            for (first, one) in changes(&items[seq - 1]) {
                for (second, other) in changes(&items[seq]) {
                    let what = format!("{name}, messages {seq} ({first}) and {} ({second})", seq + 1);
                    let mut damaged = items.clone();
                    damaged[seq - 1] = one.clone();
                    damaged[seq] = other;
                    let found = problems(&damaged, &[row(&items)]);
                    let seqs = [seq as u64, seq as u64 + 1];
                    // What cannot be read any more has no hash, and nothing else has that of the one before it.
                    let hides =
                        Link::of_item(damaged[seq].clone()).is_err() && !found.iter().any(|one| one.names(seqs[0]));
                    expect_named(&what, &found, if hides { &seqs[1..] } else { &seqs });
                }
            }
        }
    }
}

#[test]
fn messages_that_changed_places_are_named() {
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
                expect_named(&what, &problems(&damaged, &[row(&items)]), &[first as u64, second as u64]);
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
            let found = problems(&damaged, &[row(&items)]);
            assert_eq!(found.len(), 1, "{name}, message {seq}: {found:#?}");
            assert_eq!((found[0].seq, found[0].fault), (Some(seq as u64), Fault::Missing));
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
        let found = problems(&damaged, &[row(&items)]);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(
            found[0].fault == Fault::Unreadable && found[0].detail.starts_with(&format!("seq {seq}: ")),
            "{found:#?}"
        );
    }
    let (_, changed) = changes(&items[6]).swap_remove(0);
    items[6] = changed;
    assert_eq!(problems(&items, &[])[0].seq, Some(7));
}

#[test]
fn only_the_hash_of_one_before_is_named_as_that() {
    let items = golden("tic-tac-toe");
    for seq in 1..=items.len() {
        let mut damaged = items.clone();
        damaged[seq - 1].insert("prev_hash".to_owned(), AttributeValue::S("A".repeat(43)));
        let found = problems(&damaged, &[row(&items)]);
        assert!(found[0].detail.starts_with("its prev_hash was changed, and nothing else"), "{found:#?}");
    }
}

#[test]
fn where_nothing_decides_both_are_named() {
    let items = golden("tic-tac-toe");
    let last = items.len();
    let or = |problems: Vec<Problem>| -> Vec<(Option<u64>, Option<u64>, Fault)> {
        problems.into_iter().map(|problem| (problem.seq, problem.other, problem.fault)).collect()
    };
    // Nothing has the hash of the last message: it, or the one before it.
    let mut damaged = items.clone();
    damaged[last - 1].insert("prev_hash".to_owned(), AttributeValue::S("A".repeat(43)));
    let (before, after) = (Some(last as u64 - 1), Some(last as u64));
    assert_eq!(or(problems(&damaged, &[])), [(before, after, Fault::Either)]);
    // The row has another hash of it: it, or the row.
    let other = Witness { hash: hash_of(&items[0]), ..row(&items) };
    assert_eq!(or(problems(&items, std::slice::from_ref(&other))), [(after, None, Fault::Either)]);
    // Two have another hash of it than it has, or one that is confirmed by nothing but itself.
    let snapshot = Witness { name: "its snapshot".to_owned(), ..other.clone() };
    assert_eq!(or(problems(&items, &[other.clone(), snapshot])), [(after, None, Fault::Changed)]);
    assert_eq!(or(problems(&items, &[other, row(&items)])), []);
}

#[test]
fn a_snapshot_decides_as_the_row_does() {
    let items = golden("tic-tac-toe");
    let mut damaged = items[..6].to_vec();
    damaged[5].insert("prev_hash".to_owned(), AttributeValue::S("A".repeat(43)));
    damaged[5].insert("connection_id".to_owned(), AttributeValue::S("somebody".to_owned()));
    let snapshot = |seq: u64, of: &Item| Witness { seq, hash: hash_of(of), name: "its snapshot".to_owned() };
    let named = |witness: Witness| problems(&damaged, &[witness]).swap_remove(0);
    let (found, at) = (named(snapshot(5, &items[4])), Some(6));
    assert_eq!((found.seq, found.fault), (at, Fault::Changed));
    // It says that message 6 was stored as it stands, so that message 5 was not.
    let found = named(snapshot(6, &damaged[5]));
    assert_eq!((found.seq, found.fault), (Some(5), Fault::Changed));
}

#[test]
fn what_newer_code_has_written_is_told_from_what_is_damaged() {
    let mut items = golden("tic-tac-toe");
    let Some(AttributeValue::S(events)) = items[12].get("events").cloned() else { panic!("it is a text") };
    for (from, to) in [("\"v\":1", "\"v\":99"), ("\"type\":\"", "\"type\":\"foreseen_")] {
        items[12].insert("events".to_owned(), AttributeValue::S(events.replacen(from, to, 1)));
        let found = problems(&items, &[]);
        assert_eq!((found.len(), found[0].seq, found[0].fault), (1, Some(13), Fault::FromFuture));
        assert!(found[0].detail.contains("with the turnlog of the code that wrote it"), "{found:#?}");
    }
}

#[test]
fn what_is_wrong_with_a_message_itself_decides() {
    let items = golden("tic-tac-toe");
    let last = items.len();
    // Its time is part of the state after a message.
    let later = |seq: usize| {
        let is_it = |(what, _): &(String, Item)| what == "at a little later";
        changes(&items[seq - 1]).into_iter().find(is_it).expect("it has a time").1
    };
    let mut damaged = items.clone();
    damaged[last - 1] = later(last);
    let found = problems(&damaged, &[row(&items)]);
    assert_eq!((found.len(), found[0].seq, found[0].fault), (1, Some(last as u64), Fault::Changed), "{found:#?}");
    let mut damaged = items.clone();
    (damaged[4], damaged[5]) = (later(5), later(6));
    let found = problems(&damaged, &[row(&items)]);
    let named: Vec<_> = found.iter().map(|problem| (problem.seq, problem.fault)).collect();
    assert_eq!(named, [(Some(5), Fault::Changed), (Some(6), Fault::Changed)], "{found:#?}");
}

/// The same item with another hash of the one before it.
fn after(item: &Item, before: &Hash) -> Item {
    let mut item = item.clone();
    item.insert("prev_hash".to_owned(), AttributeValue::S(before.as_str().to_owned()));
    item
}

#[test]
fn what_was_changed_vouches_for_nothing() {
    for name in LOGS {
        let items = golden(name);
        let elsewhere = hash_of(&items[0]);
        for seq in 3..items.len() - 1 {
            // Its hash of the one before is another, and the next message was linked to it as it is now.
            let mut linked = items.clone();
            linked[seq - 1] = after(&items[seq - 1], &elsewhere);
            linked[seq] = after(&items[seq], &hash_of(&linked[seq - 1]));
            expect_named(
                &format!("{name}, {seq} linked"),
                &problems(&linked, &[row(&items)]),
                &[seq as u64, seq as u64 + 1],
            );
            // The one before was changed, and the next message was linked to what this one would be after that.
            let Some((_, changed)) =
                changes(&items[seq - 2]).into_iter().find(|(what, _)| what.starts_with("command_id a"))
            else {
                continue;
            };
            let mut mended = items.clone();
            mended[seq - 2] = changed;
            mended[seq] = after(&items[seq], &hash_of(&after(&items[seq - 1], &hash_of(&mended[seq - 2]))));
            expect_named(
                &format!("{name}, {seq} mended"),
                &problems(&mended, &[row(&items)]),
                &[seq as u64 - 1, seq as u64 + 1],
            );
        }
    }
}
