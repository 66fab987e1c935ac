//! Golden logs: games as they were once stored, which every later version of their kind must still read.
//!
//! They are in the folder `tests/golden/` of a project. `nim.1.jsonl` is a whole game of nim that was stored in version 1
//! of that kind, a message in each line. It is never changed, and stays when the version rises. `nim.1.json` says what the
//! game comes to: its outcome, what everybody sees at the end, and the state of the rules.

mod course;

use std::{
    collections::BTreeMap,
    env,
    fmt::Display,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use turnlog_domain::{
    CommandId, Event, Game, GameId, Kind, Kinds, Message, Outcome, PlayerId, Seat, Seq, Timestamp, Viewer,
};

use crate::tried::{Reason, caught};

/// The variable with which missing files are made.
const NEW: &str = "TURNLOG_NEW_GOLDEN";

/// A message as it stands in a golden log.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    game_id: GameId,
    seq: Seq,
    at: Timestamp,
    command_id: CommandId,
    player_id: Option<PlayerId>,
    events: Vec<Value>,
}

/// What a golden log comes to.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// The version of the kind in which the state is.
    version: u32,
    outcome: Option<Outcome>,
    views: BTreeMap<String, Value>,
    state: Value,
}

/// A golden log that was read.
struct Golden {
    kind: Kind,
    /// The version of the kind in which it was stored.
    version: u32,
    game: Game,
}

/// The golden logs in `tests/golden/` of the project in that folder are still read as they were, and there is one of the
/// current version of each kind.
///
/// With `TURNLOG_NEW_GOLDEN` set, those that are missing are made. A file that is there is never changed.
///
/// # Panics
/// When one is missing, or is read in another way than before.
pub fn golden_logs_of_every_kind_still_fold(kinds: &Kinds, project: impl AsRef<Path>) {
    let problems = problems(kinds, &project.as_ref().join("tests/golden"), env::var_os(NEW).is_some());
    assert!(problems.is_empty(), "{}\n", problems.join("\n\n"));
}

/// What is wrong with the golden logs in a folder, after the missing ones have been made where that is wanted.
fn problems(kinds: &Kinds, folder: &Path, makes_new: bool) -> Vec<String> {
    let (mut problems, mut found) = (Vec::new(), Vec::new());
    for path in logs(folder) {
        match check(kinds, &path, makes_new) {
            Ok(golden) => found.push((golden.kind, golden.version)),
            Err(problem) => problems.push(format!("{}: {problem}", path.display())),
        }
    }
    // Whatever cannot be read may be of any kind; it has to be seen to first.
    if !problems.is_empty() {
        return problems;
    }
    for kind in kinds.iter().filter(|kind| !found.contains(&(*kind, kind.version()))) {
        let made = if makes_new { make(kinds, kind, folder) } else { Err(missing(kind, folder)) };
        problems.extend(made.err());
    }
    problems
}

/// The golden logs in a folder, by name.
fn logs(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("the folder of golden logs can be listed").path());
    let mut logs: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|end| end == "jsonl")).collect();
    logs.sort();
    logs
}

fn missing(kind: Kind, folder: &Path) -> String {
    let (name, version) = (kind.name(), kind.version());
    format!(
        "the kind {name:?} has no golden log of its version {version}. A golden log is a whole game as it is stored today; it \
         shows that whatever becomes of the rules, games that were stored before can still be read. Make one with\n\n    \
         {NEW}=1 cargo test golden_logs\n\nand commit the two files {name}.{version}.* that are then in {}. They stay for ever",
        folder.display()
    )
}

/// Plays a game of a kind and writes it down.
fn make(kinds: &Kinds, kind: Kind, folder: &Path) -> Result<(), String> {
    let messages = caught(|| course::play(kinds, kind))
        .map_err(|Reason(reason)| format!("no golden log of {:?} can be made: {reason}", kind.name()))?;
    let lines = messages.iter().map(|message| {
        let events = message.events.iter().map(json).collect();
        let player_id = message.actor.player().cloned();
        let Message { game: game_id, seq, at, command: command_id, .. } = *message;
        json(&Line { game_id, seq, at, command_id, player_id, events }).to_string() + "\n"
    });
    let numbers = kind.version()..;
    let path = |number| folder.join(format!("{}.{number}.jsonl", kind.name()));
    let path = numbers.map(path).find(|path| !path.exists()).expect("some number is free");
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
    write_new(&path, &lines.collect::<String>())?;
    check(kinds, &path, true).map(|_| ()).map_err(|problem| format!("{}: {problem}", path.display()))
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("it has string keys")
}

fn write_new(path: &Path, text: &str) -> Result<(), String> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &io::Error) -> String {
    format!("{} cannot be written: {error}", path.display())
}

/// Reads a golden log, and demands that it comes to what was promised.
fn check(kinds: &Kinds, path: &Path, makes_new: bool) -> Result<Golden, String> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    let golden = caught(|| read(kinds, &text)).unwrap_or_else(|Reason(reason)| Err(reason))?;
    let path = path.with_extension("json");
    let name = path.display();
    let is = expected(&golden);
    if !path.exists() {
        if !makes_new {
            return Err(format!(
                "it has no {name}, which says what it comes to. {NEW}=1 cargo test golden_logs makes it"
            ));
        }
        write_new(&path, &format!("{:#}\n", json(&is)))?;
    }
    let was = fs::read_to_string(&path).map_err(|error| error.to_string())?;
    let was: Expected = serde_json::from_str(&was).map_err(|error| format!("{name} cannot be read: {error}"))?;
    let on_purpose =
        format!("If players shall see it so from now on, delete {name} and run {NEW}=1 cargo test golden_logs");
    differs(
        "the game has another outcome than when it was stored",
        &json(&was.outcome),
        &json(&is.outcome),
        &on_purpose,
    )?;
    differs("players see the end of the game otherwise", &json(&was.views), &json(&is.views), &on_purpose)?;
    if was.version == is.version {
        differs("the rules come to another state", &was.state, &is.state, &new_form())?;
    }
    Ok(golden)
}

fn differs(what: &str, was: &Value, is: &Value, otherwise: &str) -> Result<(), String> {
    if was == is { Ok(()) } else { Err(format!("{what}. It was\n    {was}\nand is\n    {is}\n{otherwise}")) }
}

/// What to do when the form of what a kind stores was changed.
fn new_form() -> String {
    format!(
        "Games in the old form are stored for ever. Raise `VERSION` by one, and let `upcast` bring the old form to the new one. \
         Only if no game that matters was ever stored in it: delete the files of this golden log instead, and make it anew \
         with {NEW}=1 cargo test golden_logs"
    )
}

fn read(kinds: &Kinds, text: &str) -> Result<Golden, String> {
    let mut state: Option<Game> = None;
    let mut version = 1;
    for (number, line) in (1..).zip(text.lines()) {
        let at = |problem: &dyn Display| format!("line {number}: {problem}");
        let line: Line = serde_json::from_str(line).map_err(|error| at(&format!("it is no message: {error}")))?;
        let events = line.events.into_iter().map(|event| {
            let read = serde_json::from_value::<Event>(event.clone());
            read.map_err(|error| at(&format!("the event {event} cannot be read: {error}")))
        });
        let message = Message {
            game: line.game_id,
            seq: line.seq,
            at: line.at,
            command: line.command_id,
            actor: line.player_id.into(),
            events: events.collect::<Result<_, _>>()?,
        };
        for event in &message.events {
            version = version.max(check_event(kinds, state.as_ref(), event).map_err(|problem| at(&problem))?);
        }
        let folded = Game::fold(kinds, state, &message);
        state = Some(folded.map_err(|error| at(&format!("{error}. {}", new_form())))?);
    }
    let game = state.ok_or("there is no message in it")?;
    Ok(Golden { kind: game.kind(), version, game })
}

/// Demands that a kind's event is read in the form in which it would be stored now; tells the version in which it was.
fn check_event(kinds: &Kinds, game: Option<&Game>, event: &Event) -> Result<u32, String> {
    if let Event::Created(created) = event {
        let is_known = kinds.find(&created.kind).is_some();
        let unknown = format!(
            "there is no kind {:?} any more, but games of it have been stored. If it was renamed, it must keep its old name \
             in KIND",
            created.kind
        );
        return if is_known { Ok(created.kind_version) } else { Err(unknown) };
    }
    let (Event::Played(played), Some(game)) = (event, game) else { return Ok(1) };
    let kind = game.kind();
    let stored = kind.payload(played).map_err(|reason| format!("the event {}: {reason}", played.payload))?;
    let again = kind
        .redact(&stored, Viewer::Open)
        .map_err(|_| format!("the event {} cannot be read any more. {}", played.payload, new_form()))?;
    let what =
        "an event is read as another one (or `redact` hides something from `Viewer::Open`, who may see everything)";
    differs(what, &stored, &again, &new_form())?;
    Ok(played.version)
}

fn expected(golden: &Golden) -> Expected {
    let position = golden.game.position();
    let seats = (0..).map(Seat).take(golden.game.seats().len());
    let of_seats = seats.map(|seat| (seat.0.to_string(), position.view(Viewer::Seat(seat))));
    let views = of_seats.chain([("spectator".to_owned(), position.view(Viewer::Spectator))]).collect();
    let state = serde_json::from_str(position.stored().get()).expect("a state is JSON");
    Expected { version: golden.kind.version(), outcome: position.outcome(), views, state }
}

#[cfg(test)]
mod tests;
