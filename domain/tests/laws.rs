//! The laws that every registered kind obeys, tried with random legal and illegal actions.
//!
//! They run on `Kind::all()`: a kind that is registered later is tried without a change here.

use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::{Map, Value, json};
use turnlog_domain::{
    Actor, Command, Event, FoldError, GameId, Kind, Message, Phase, PlayerId, Rejection, Seat, Seq, Session, Timestamp,
    Viewer, decide,
    testing::{command_id, player},
};

/// What a random actor tries next.
#[derive(Debug, Clone)]
enum Attempt {
    /// A legal action of whoever is in turn, chosen by the index.
    Legal(Index),
    /// Any JSON as an action, by any of the players.
    Move(Index, Value),
    /// A legal action with one number in it changed, by whoever is in turn.
    Bent(Index, i64),
    Join(Index, Option<u8>),
    Leave(Index),
    Resign(Index),
    Abandon,
    Create,
}

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let attempt = prop_oneof![
        20 => any::<Index>().prop_map(Attempt::Legal),
        4 => (any::<Index>(), json_values()).prop_map(|(player, action)| Attempt::Move(player, action)),
        4 => (any::<Index>(), any::<i64>()).prop_map(|(index, number)| Attempt::Bent(index, number)),
        4 => (any::<Index>(), any::<Option<u8>>()).prop_map(|(player, seat)| Attempt::Join(player, seat)),
        1 => any::<Index>().prop_map(Attempt::Leave),
        1 => any::<Index>().prop_map(Attempt::Resign),
        1 => Just(Attempt::Abandon),
        1 => Just(Attempt::Create),
    ];
    vec(attempt, 0..120)
}

fn json_values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        let key = prop_oneof![Just("cell".to_owned()), Just("column".to_owned()), ".{0,8}".prop_map(String::from)];
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((key, inner), 0..6).prop_map(|pairs| Value::Object(Map::from_iter(pairs))),
        ]
    })
}

/// Default options with their numbers moved about; only those that the kind accepts make a game.
fn options() -> impl Strategy<Value = Vec<u8>> {
    vec(0_u8..24, 0..4)
}

fn everybody() -> Vec<PlayerId> {
    ["ada", "bob", "cleo", "dan", "eve", "fay", "gus"].into_iter().map(player).collect()
}

/// A log under construction, with the state that a live process would hold.
struct Play {
    live: Option<Session>,
    log: Vec<Message>,
}

impl Play {
    fn new(kind: &Kind, numbers: &[u8]) -> Self {
        let mut play = Self { live: None, log: Vec::new() };
        let plain = Command::Create { kind: kind.name().to_owned(), options: json!({}) };
        let defaults = decide(None, &Actor::Player(player("host")), &plain, Timestamp::from_ms(1));
        let defaults = defaults.expect("every kind takes an empty object as its options");
        let bent = Command::Create { kind: kind.name().to_owned(), options: bend_options(&defaults, numbers) };
        let host = Actor::Player(player("host"));
        if play.attempt(&host, &bent, 1).is_err() {
            play.attempt(&host, &plain, 1).expect("the defaults are accepted");
        }
        play
    }

    fn live(&self) -> &Session {
        self.live.as_ref().expect("a play begins with a game")
    }

    /// Decides, folds and appends, as the store does.
    fn attempt(&mut self, actor: &Actor, command: &Command, later_ms: u64) -> Result<(), Rejection> {
        let previous = self.live.as_ref().map_or(0, |session| session.at().as_ms());
        let at = Timestamp::from_ms(previous + later_ms);
        let events = decide(self.live.as_ref(), actor, command, at)?;
        assert_eq!(decide(self.live.as_ref(), actor, command, at), Ok(events.clone()), "decide is deterministic");
        if events.is_empty() {
            return Ok(());
        }
        let seq = self.live.as_ref().map_or(Seq(1), |session| session.seq().next());
        let game = GameId::of_create(&player("host"), command_id(1));
        let message = Message { game, seq, at, command: command_id(seq.0), actor: actor.clone(), events };
        self.live = Some(Session::fold(self.live.take(), &message).expect("what is decided folds"));
        self.log.push(message);
        Ok(())
    }

    fn try_one(&mut self, attempt: &Attempt) {
        let everybody = everybody();
        let session = self.live().clone();
        let (actor, command, later_ms) = match attempt {
            Attempt::Legal(index) | Attempt::Bent(index, _) => {
                let choices: Vec<(Seat, Value)> = legal_choices(&session);
                if choices.is_empty() {
                    return;
                }
                let (seat, mut action) = choices[index.index(choices.len())].clone();
                if let Attempt::Bent(_, number) = attempt {
                    bend(&mut action, *number);
                }
                let occupant = session.seats()[seat.index()].as_ref().expect("a seat in turn is taken");
                let command = Command::Play { action, seen: None };
                (Actor::Player(occupant.player_id.clone()), command, 1)
            }
            Attempt::Move(index, action) => {
                let command = Command::Play { action: action.clone(), seen: None };
                (Actor::Player(index.get(&everybody).clone()), command, 1)
            }
            Attempt::Join(index, seat) => {
                let command = Command::TakeSeat { seat: seat.map(|seat| Seat(seat % 8)) };
                (Actor::Player(index.get(&everybody).clone()), command, 1)
            }
            Attempt::Leave(index) => (Actor::Player(index.get(&everybody).clone()), Command::LeaveSeat, 1),
            Attempt::Resign(index) => (Actor::Player(index.get(&everybody).clone()), Command::Resign, 1),
            Attempt::Abandon => (Actor::System, Command::Abandon, 1_000_000_000),
            Attempt::Create => {
                let kind = session.kind().name().to_owned();
                (Actor::Player(player("host")), Command::Create { kind, options: json!({}) }, 1)
            }
        };
        let answer = self.attempt(&actor, &command, later_ms);
        if matches!(attempt, Attempt::Legal(_)) {
            assert_eq!(answer, Ok(()), "a legal action is accepted");
        }
        if matches!(session.phase(), Phase::Finished(_)) {
            assert_eq!(*self.live(), session, "the outcome is final");
        }
    }
}

fn legal_choices(session: &Session) -> Vec<(Seat, Value)> {
    let of_seat = |seat: Seat| session.position().legal_actions(seat).into_iter().map(move |action| (seat, action));
    session.turn().into_iter().flat_map(of_seat).collect()
}

fn bend_options(created: &[Event], numbers: &[u8]) -> Value {
    let [Event::Created { options, .. }] = created else { panic!("a create causes one event") };
    let mut options = options.clone();
    if let Value::Object(fields) = &mut options {
        let numeric = fields.values_mut().filter(|value| value.is_number());
        numeric.zip(numbers).for_each(|(value, number)| *value = json!(number));
    }
    options
}

/// Puts `number` into the first place that holds one.
fn bend(value: &mut Value, number: i64) -> bool {
    match value {
        Value::Number(_) => {
            *value = json!(number);
            true
        }
        Value::Array(items) => items.iter_mut().any(|item| bend(item, number)),
        Value::Object(fields) => fields.values_mut().any(|field| bend(field, number)),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

fn refold(log: &[Message]) -> Result<Session, FoldError> {
    let folded = log.iter().try_fold(None, |session, message| Session::fold(session, message).map(Some))?;
    Ok(folded.expect("a log is not empty"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_course_of_a_game_obeys_the_laws(numbers in options(), attempts in attempts()) {
        for kind in Kind::all() {
            let mut play = Play::new(kind, &numbers);
            for seat in 0..play.live().position().seats() {
                let actor = Actor::Player(everybody()[usize::from(seat)].clone());
                play.attempt(&actor, &Command::TakeSeat { seat: None }, 1).expect("seats are free");
            }
            for attempt in &attempts {
                play.try_one(attempt);
            }
            check_the_log(&play);
            check_the_views(play.live());
        }
    }

    #[test]
    fn a_table_that_fills_and_empties_obeys_the_laws(attempts in attempts()) {
        for kind in Kind::all() {
            let mut play = Play::new(kind, &[]);
            for attempt in &attempts {
                play.try_one(attempt);
            }
            check_the_log(&play);
        }
    }

    #[test]
    fn options_are_refused_or_make_a_game_but_never_panic(options in json_values()) {
        for kind in Kind::all() {
            let command = Command::Create { kind: kind.name().to_owned(), options: options.clone() };
            let _ = decide(None, &Actor::Player(player("ada")), &command, Timestamp::from_ms(1));
        }
    }

    #[test]
    fn foreign_payloads_never_panic(attempts in attempts(), payload in json_values()) {
        for kind in Kind::all() {
            let mut play = Play::new(kind, &[]);
            for attempt in &attempts {
                play.try_one(attempt);
            }
            let _ = kind.redact(&payload, Viewer::Spectator);
            let live = play.live().clone();
            let message = Message {
                game: live.game(),
                seq: live.seq().next(),
                at: Timestamp::from_ms(live.at().as_ms() + 1),
                command: command_id(0),
                actor: Actor::System,
                events: vec![Event::Played(payload.clone())],
            };
            let _ = Session::fold(Some(live), &message);
        }
    }
}

fn check_the_log(play: &Play) {
    let stored: Vec<String> =
        play.log.iter().map(|message| serde_json::to_string(&message.events).expect("events are JSON")).collect();
    let read: Vec<Message> = play
        .log
        .iter()
        .zip(&stored)
        .map(|(message, events)| {
            let events = serde_json::from_str(events).expect("stored events are read back");
            Message { events, ..message.clone() }
        })
        .collect();
    assert_eq!(read, play.log, "the stored form loses nothing");
    let folded = refold(&read).expect("stored events fold");
    assert_eq!(folded.to_json(), play.live().to_json(), "the fold of the stored events is the live state");
    for cut in [0, play.log.len() / 2, play.log.len() - 1] {
        let head = refold(&read[..=cut]).expect("every prefix folds");
        let restored = Session::from_json(&head.to_json()).expect("a stored state is read back");
        let tail = read[cut + 1..].iter().try_fold(restored, |session, message| Session::fold(Some(session), message));
        assert_eq!(tail.expect("the tail folds").to_json(), play.live().to_json(), "snapshot and tail are the fold");
    }
    let seqs: Vec<u64> = play.log.iter().map(|message| message.seq.0).collect();
    assert!(seqs.iter().copied().eq(1..=play.log.len() as u64), "the log has no gap");
}

fn check_the_views(session: &Session) {
    let viewers = (0..session.position().seats()).map(|seat| Viewer::Seat(Seat(seat))).chain([Viewer::Spectator]);
    for viewer in viewers {
        assert_eq!(
            session.position().view(viewer),
            session.position().view(viewer),
            "a view is a function of the state"
        );
    }
    match session.phase() {
        Phase::Finished(outcome) => {
            assert_eq!(outcome.as_places().len(), session.seats().len(), "every seat has a place");
            assert!(session.turn().is_empty());
        }
        Phase::Playing => assert!(!legal_choices(session).is_empty(), "somebody can move while the game runs"),
        Phase::Waiting => assert!(session.turn().is_empty()),
    }
}
