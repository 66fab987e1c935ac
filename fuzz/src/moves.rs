//! Arbitrary bytes as options, tables and moves of every registered kind.
//!
//! An input is text in lines, so that a corpus can be read. The first character of the first line chooses the kind, and
//! the rest of that line is the JSON of its options; the second line is the JSON of the table. Each further line is a
//! command: its first character chooses who gives it, the second what it is, and the rest belongs to that.
//!
//! | second character | command |
//! |---|---|
//! | `#` and a number | the legal action of that number, by whoever is in turn |
//! | `=`, a number, `:` and JSON | the same, with its first leaf replaced |
//! | `!` | resign |
//! | `?` and a number | claim the time, so many seconds later |
//! | `+`, `-` and an offer's number | offer, accept |
//! | `"` | say the rest of the line |
//! | anything else | play the JSON that begins here |

use serde_json::{Value, json};
use turnlog_domain::{
    Actor, Audience, Command, Event, GameId, Kind, Message, OfferKind, Phase, Rejection, Seat, Seq, Session, Timestamp,
    Viewer, limits,
    testing::{command_id, decide_with_log, player},
};

/// Commands of one input; what is beyond is not read, so that no input is slow for its length alone.
const COMMANDS_MAX: usize = 160;
const OFFERS: [OfferKind; 4] = [OfferKind::Draw, OfferKind::TakeBack, OfferKind::Pause, OfferKind::Rematch];

/// Plays what the bytes say, and panics when anything breaks a law.
pub(crate) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split('\n');
    let (choice, options) = first(lines.next().unwrap_or_default());
    let kind = &Kind::all()[choice % Kind::all().len()];
    let table = read(lines.next().unwrap_or_default());
    let mut game = Game::create(kind, &read(options).unwrap_or(json!({})), &table.unwrap_or(json!({})));
    game.fill();
    for line in lines.take(COMMANDS_MAX) {
        game.command(line);
    }
    game.check_the_end();
}

/// The number that the first character stands for, and the rest. Digits stand for themselves.
fn first(line: &str) -> (usize, &str) {
    let mut letters = line.chars();
    let number = letters.next().map_or(0, |letter| (letter as usize).wrapping_sub('0' as usize) % 256);
    (number, letters.as_str())
}

fn read(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

fn number(text: &str) -> usize {
    text.trim().parse().unwrap_or(text.len())
}

/// A log under construction, with its fold.
struct Game {
    live: Option<Session>,
    log: Vec<Message>,
}

impl Game {
    /// With the options and table of the input where they are accepted, and as many of the defaults as it needs otherwise.
    fn create(kind: &Kind, options: &Value, table: &Value) -> Self {
        let mut game = Self { live: None, log: Vec::new() };
        let host = Actor::Player(player("host"));
        for (options, table) in [(options, table), (options, &json!({})), (&json!({}), table), (&json!({}), &json!({}))]
        {
            let create =
                Command::Create { kind: kind.name().to_owned(), options: options.clone(), table: table.clone() };
            if game.attempt(&host, &create, 1).is_ok() {
                break;
            }
        }
        assert!(game.live.is_some(), "{}: the defaults are accepted", kind.name());
        game
    }

    fn live(&self) -> &Session {
        self.live.as_ref().expect("a game begins with its creation")
    }

    /// Takes every seat, and starts.
    fn fill(&mut self) {
        for seat in 0..self.live().seats().len() {
            let invitation = self.live().is_private().then(|| turnlog_domain::testing::invitation(self.live().game()));
            let take_seat = Command::TakeSeat { seat: None, entropy: None, invitation };
            let _ = self.attempt(&somebody(seat), &take_seat, 1);
        }
        if *self.live().phase() == Phase::Waiting {
            let host = self.live().host().cloned().expect("somebody sits there");
            let _ = self.attempt(&Actor::Player(host), &Command::Start, 1);
        }
    }

    fn command(&mut self, line: &str) {
        let (who, line) = first(line);
        let rest = line.get(1..).unwrap_or_default();
        let (actor, command, later_ms) = match line.as_bytes().first() {
            None => return,
            Some(b'#' | b'=') => {
                let (index, leaf) = rest.split_once(':').unwrap_or((rest, ""));
                let Some((seat, mut action)) = self.legal(who, number(index)) else { return };
                if let Some(leaf) = read(leaf) {
                    replace_leaf(&mut action, &leaf);
                }
                (self.occupant(seat), Command::Play { action, seen: None }, 1)
            }
            Some(b'!') => (somebody(who), Command::Resign, 1),
            Some(b'?') => {
                let actor = if who == 9 { Actor::System } else { somebody(who) };
                (actor, Command::ClaimTimeout, 1000 * (number(rest) as u64 % 1_000_000))
            }
            Some(b'+') => (somebody(who), Command::Offer(OFFERS[number(rest) % OFFERS.len()]), 1),
            Some(b'-') => (somebody(who), Command::Accept(OFFERS[number(rest) % OFFERS.len()]), 1),
            Some(b'"') => {
                (somebody(who), Command::Say { to: Audience::All, text: rest.to_owned(), invitation: None }, 1)
            }
            Some(_) => {
                let Some(action) = read(line) else { return };
                (somebody(who), Command::Play { action, seen: None }, 1)
            }
        };
        let legal = line.starts_with('#') && !line.contains(':');
        let answer = self.attempt(&actor, &command, later_ms);
        let is_fine = matches!(answer, Ok(()) | Err(Rejection::TimeIsUp));
        assert!(!legal || is_fine, "a legal action is accepted: {command:?}, {answer:?}");
    }

    /// A legal action, by the seat of that number among those in turn.
    fn legal(&self, who: usize, index: usize) -> Option<(Seat, Value)> {
        let turn = self.live().turn();
        let seat = *turn.get(who % turn.len().max(1))?;
        let mut actions = self.live().position().legal_actions(seat);
        assert!(!actions.is_empty(), "whoever is in turn can do something");
        let index = index % actions.len();
        Some((seat, actions.swap_remove(index)))
    }

    fn occupant(&self, seat: Seat) -> Actor {
        Actor::Player(self.live().occupant(seat).expect("a seat in turn is taken").player_id.clone())
    }

    /// Decides, folds and appends, as the store does, and lets everybody look.
    fn attempt(&mut self, actor: &Actor, command: &Command, later_ms: u64) -> Result<(), Rejection> {
        let game = GameId::of_create(&player("host"), command_id(1));
        let at = Timestamp::from_ms(self.live.as_ref().map_or(0, |live| live.at().as_ms()) + later_ms);
        let answer = decide_with_log(game, &self.log, self.live.as_ref(), actor, command, at);
        if let Err(rejection) = &answer {
            assert!(!rejection.to_string().is_empty(), "a refusal says something");
        }
        let events = answer?;
        if events.is_empty() {
            return Ok(());
        }
        assert!(events.len() <= limits::EVENTS_PER_MESSAGE_MAX, "{} events", events.len());
        let seq = self.live.as_ref().map_or(Seq(1), |live| live.seq().next());
        let message = Message { game, seq, at, command: command_id(seq.0), actor: actor.clone(), events };
        let stored = serde_json::to_string(&message.events).expect("events are JSON");
        assert!(stored.len() <= limits::EVENTS_BYTES_MAX, "{} bytes of events", stored.len());
        let events: Vec<Event> = serde_json::from_str(&stored).expect("stored events are read back");
        assert_eq!(events, message.events, "the stored form loses nothing");
        let live = Session::fold(self.live.take(), &message).expect("what is decided folds");
        look(&live, &message.events);
        self.live = Some(live);
        self.log.push(message);
        Ok(())
    }

    /// The log folds to the same state again, and the state survives being stored.
    fn check_the_end(&self) {
        let folded =
            self.log.iter().fold(None, |session, message| Some(Session::fold(session, message).expect("a log folds")));
        let live = self.live().to_json();
        assert_eq!(folded.expect("it is not empty").to_json(), live, "the fold of the log is the live state");
        assert_eq!(Session::from_json(&live).expect("a stored state is read back").to_json(), live);
    }
}

/// Whoever has that number; more than there are seats in any kind, so that some are strangers.
fn somebody(number: usize) -> Actor {
    const NAMES: [&str; 8] = ["ada", "bob", "cleo", "dan", "eve", "fay", "gus", "hal"];
    Actor::Player(player(NAMES[number % NAMES.len()]))
}

/// What every viewer gets can be made.
fn look(session: &Session, events: &[Event]) {
    let seats = (0_u8..).take(session.seats().len()).map(|seat| Viewer::Seat(Seat(seat)));
    for viewer in seats.chain([Viewer::Spectator, Viewer::Open]) {
        assert!(session.view(viewer).is_object(), "a view is an object");
        assert!(!session.text(viewer).trim().is_empty(), "a text says something");
        for event in events {
            let _ = session.redact(event, viewer).expect("what was decided can be shown");
        }
    }
}

/// Puts `leaf` in the place of the first value that holds no others.
fn replace_leaf(value: &mut Value, leaf: &Value) {
    match value {
        Value::Array(items) if !items.is_empty() => replace_leaf(&mut items[0], leaf),
        Value::Object(fields) if !fields.is_empty() => {
            if let Some(field) = fields.values_mut().next() {
                replace_leaf(field, leaf);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            *value = leaf.clone();
        }
    }
}
