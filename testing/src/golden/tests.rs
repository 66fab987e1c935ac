//! Golden logs of a kind of which something changes.

use std::{fs, ops::RangeInclusive};

use serde_json::json;
use tempfile::TempDir;
use turnlog_domain::{Chance, Form, Illegal, InvalidEvent, InvalidOptions, Rules};

use super::*;

const NOTHING: u8 = 0;
/// The event has another name for its number, as it is written and as it is read.
const RENAMED: u8 = 1;
/// The same, with an upcast.
const UPCAST: u8 = 2;
/// The event is written with a field more, and read with it or without it.
const EXTENDED: u8 = 3;
/// The view has another name for its number.
const SEEN_OTHERWISE: u8 = 4;
/// The state counts twice.
const COUNTED_OTHERWISE: u8 = 5;

/// Whoever is in turn adds one, until there are three.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Count<const VERSION: u32, const CHANGE: u8>(u8);

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(into = "Value", try_from = "Value")]
struct Added<const CHANGE: u8>(u8);

impl<const CHANGE: u8> From<Added<CHANGE>> for Value {
    fn from(Added(number): Added<CHANGE>) -> Self {
        match CHANGE {
            RENAMED | UPCAST => json!({ "added": number }),
            EXTENDED => json!({ "add": number, "twice": false }),
            _ => json!({ "add": number }),
        }
    }
}

impl<const CHANGE: u8> TryFrom<Value> for Added<CHANGE> {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, &'static str> {
        let name = if let RENAMED | UPCAST = CHANGE { "added" } else { "add" };
        let number = value[name].as_u64().and_then(|number| u8::try_from(number).ok());
        number.map(Self).ok_or("there is no number")
    }
}

impl<const VERSION: u32, const CHANGE: u8> Rules for Count<VERSION, CHANGE> {
    const KIND: &'static str = "count";
    const VERSION: u32 = VERSION;
    type Options = BTreeMap<String, u8>;
    type Action = BTreeMap<String, u8>;
    type Event = Added<CHANGE>;
    type View = Value;

    fn setup(_: &Self::Options) -> Result<Self, InvalidOptions> {
        Ok(Self(0))
    }

    fn seats(&self) -> RangeInclusive<u8> {
        2..=2
    }

    fn decide(&self, _: Seat, _: &Self::Action, _: &mut Chance) -> Result<Vec<Added<CHANGE>>, Illegal> {
        Ok(vec![Added(1)])
    }

    fn evolve(&mut self, event: &Added<CHANGE>) -> Result<(), InvalidEvent> {
        self.0 += if CHANGE == COUNTED_OTHERWISE && self.0 == 2 { 2 } else { event.0 };
        Ok(())
    }

    fn upcast(form: Form, _: u32, stored: Value) -> Value {
        if CHANGE == UPCAST && form == Form::Event { json!({ "added": stored["add"] }) } else { stored }
    }

    fn turn(&self) -> Vec<Seat> {
        if self.0 < 3 { vec![Seat(self.0 % 2)] } else { Vec::new() }
    }

    fn outcome(&self) -> Option<Outcome> {
        (self.0 >= 3).then(|| Outcome::draw(2, "counted"))
    }

    fn view(&self, _: Viewer) -> Value {
        if CHANGE == SEEN_OTHERWISE { json!({ "sum": self.0 }) } else { json!({ "count": self.0.min(3) }) }
    }

    fn text(view: &Value) -> String {
        view.to_string()
    }

    fn legal_actions(&self, seat: Seat) -> Vec<Self::Action> {
        if self.turn().contains(&seat) { vec![BTreeMap::new()] } else { Vec::new() }
    }
}

fn kinds<const VERSION: u32, const CHANGE: u8>() -> Kinds {
    Kinds::new([Kind::of::<Count<VERSION, CHANGE>>()])
}

/// A folder with the golden log of the first version.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(problems(&kinds::<1, NOTHING>(), folder.path(), true), Vec::<String>::new());
    folder
}

fn names(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).expect("it can be listed");
    let name =
        |entry: io::Result<fs::DirEntry>| entry.expect("it is there").file_name().into_string().expect("it is UTF-8");
    let mut names: Vec<String> = entries.map(name).collect();
    names.sort();
    names
}

fn files(folder: &TempDir) -> Vec<String> {
    names(folder).iter().map(|name| fs::read_to_string(folder.path().join(name)).expect("it reads")).collect()
}

#[track_caller]
fn require_said(problems: &[String], words: &[&str]) {
    let [problem] = problems else { panic!("there is one problem: {problems:?}") };
    for words in words {
        assert!(problem.contains(words), "{words:?} is not said in: {problem}");
    }
}

#[test]
fn a_kind_without_a_golden_log_is_told_how_to_make_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let words =
        ["the kind \"count\" has no golden log of its version 1", "TURNLOG_NEW_GOLDEN=1 cargo test golden_logs"];
    require_said(&problems(&kinds::<1, NOTHING>(), &folder.path().join("tests/golden"), false), &words);
    assert_eq!(names(&folder), Vec::<String>::new());
}

#[test]
fn a_golden_log_is_made_once_and_never_changed() {
    let folder = folder();
    assert_eq!(names(&folder), ["count.1.json", "count.1.jsonl"]);
    let made = files(&folder);
    for event in ["created", "seat_taken", "started", "played", "taken_back", "finished"] {
        assert!(made[1].contains(&format!("\"type\":\"{event}\"")), "no {event} in {}", made[1]);
    }
    assert_eq!(problems(&kinds::<1, NOTHING>(), folder.path(), false), Vec::<String>::new());
    assert_eq!(problems(&kinds::<1, NOTHING>(), folder.path(), true), Vec::<String>::new());
    assert_eq!(files(&folder), made);
}

#[test]
fn a_new_version_needs_a_golden_log_and_reads_the_old_one() {
    let folder = folder();
    let made = files(&folder);
    require_said(&problems(&kinds::<2, UPCAST>(), folder.path(), false), &["has no golden log of its version 2"]);
    assert_eq!(problems(&kinds::<2, UPCAST>(), folder.path(), true), Vec::<String>::new());
    assert_eq!(names(&folder), ["count.1.json", "count.1.jsonl", "count.2.json", "count.2.jsonl"]);
    assert_eq!(files(&folder)[..2], made);
    assert!(files(&folder)[3].contains(r#"{"data":{"added":1},"type":"played","v":2}"#), "{:?}", files(&folder));
}

#[test]
fn an_event_that_is_not_read_any_more_is_found() {
    let folder = folder();
    let words = ["count.1.jsonl: line 5: ", r#"the event {"add":1} cannot be read any more"#, "Raise `VERSION` by one"];
    require_said(&problems(&kinds::<1, RENAMED>(), folder.path(), false), &words);
    require_said(&problems(&kinds::<2, RENAMED>(), folder.path(), true), &words);
}

#[test]
fn an_event_that_would_be_written_otherwise_is_found() {
    let words =
        ["count.1.jsonl: line 5: ", "an event is read as another one", r#""twice":false"#, "Raise `VERSION` by one"];
    require_said(&problems(&kinds::<1, EXTENDED>(), folder().path(), false), &words);
}

#[test]
fn a_state_that_comes_out_otherwise_is_found() {
    let words = ["the rules come to another state. It was\n    3\nand is\n    4\n", "Raise `VERSION` by one"];
    require_said(&problems(&kinds::<1, COUNTED_OTHERWISE>(), folder().path(), false), &words);
}

#[test]
fn a_view_that_changes_on_purpose_is_written_anew_and_the_log_stays() {
    let folder = folder();
    let log = files(&folder).remove(1);
    let changed = kinds::<1, SEEN_OTHERWISE>();
    let words = ["players see the end of the game otherwise", "If players shall see it so from now on, delete "];
    require_said(&problems(&changed, folder.path(), true), &words);
    fs::remove_file(folder.path().join("count.1.json")).expect("it is there");
    require_said(&problems(&changed, folder.path(), false), &["count.1.json, which says what it comes to"]);
    assert_eq!(problems(&changed, folder.path(), true), Vec::<String>::new());
    assert_eq!(files(&folder)[1], log);
}

#[test]
fn a_kind_that_is_gone_is_found() {
    let words = ["count.1.jsonl: line 1: there is no kind \"count\" any more"];
    require_said(&problems(&Kinds::new([]), folder().path(), false), &words);
}
