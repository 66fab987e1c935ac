//! The stored form of events. What is written here stands in logs: no line is ever changed.

use serde_json::{Value, json};
use turnlog_domain::{Event, Game, Message, Seq, Timestamp, testing::given};
use turnlog_games::kinds;

/// Every shape that was ever stored, with the shape in which it is stored now where that is another.
const SHAPES: &str = include_str!("stored.jsonl");

/// The same events as they were stored when what is not there was written as null.
const WITH_NULLS: &str = include_str!("stored-once.jsonl");

fn read(text: &str) -> Event {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn every_shape_that_was_ever_stored_is_read() {
    for line in SHAPES.lines() {
        let event = read(line);
        let written: Value = json!(event);
        let old: Value = serde_json::from_str(line).expect("it is JSON");
        if written["v"] == old["v"] {
            assert_eq!(written, old, "what is read is written as it was");
        }
        assert_eq!(read(&written.to_string()), event);
    }
}

#[test]
fn what_was_stored_as_null_reads_as_what_is_not_there() {
    let shapes: Vec<Event> = SHAPES.lines().map(read).collect();
    for line in WITH_NULLS.lines() {
        assert!(shapes.contains(&read(line)), "{line}");
    }
}

#[test]
fn every_type_of_event_has_a_shape_here() {
    let game = given(&kinds(), "tic-tac-toe");
    assert_eq!(game.state().seq(), Seq(1));
    let mut names: Vec<&str> = SHAPES.lines().map(|line| read(line).name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 21, "{names:?}");
}

#[test]
fn a_log_of_the_first_version_still_folds() {
    let of_first_version = |line: &&str| line.contains("\"v\":1");
    let first: Vec<Event> = SHAPES.lines().filter(of_first_version).take(8).map(read).collect();
    let template = given(&kinds(), "tic-tac-toe").messages()[0].clone();
    let mut game = None;
    for (seq, event) in (1..).zip(first) {
        let message = Message { seq: Seq(seq), at: Timestamp::from_ms(seq), events: vec![event], ..template.clone() };
        game = Some(Game::fold(&kinds(), game, &message).expect("it folds"));
    }
    let game = game.expect("there were messages");
    assert_eq!(json!(game.phase())["finished"]["places"], json!([1, 2]));
    assert_eq!((game.settings().max_players, game.is_private()), (2, false));
}
