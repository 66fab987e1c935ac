//! The laws that every registered kind obeys, tried with random legal and illegal actions.
//!
//! They run on `Kind::all()`: a kind that is registered later is tried without a change here.

use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::{Map, Value, json};
use turnlog_domain::{
    Actor, Audience, Bot, Command, Entropy, Event, FoldError, Game, GameId, Kind, Message, OfferKind, Phase, PlayerId,
    Rejection, Seat, Seq, Timestamp, Viewer, limits,
    testing::{command_id, decide_with_log, played, player},
    verify,
};
use turnlog_games::kinds;

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
    /// Anything about the table or an offer, by any of the players, after so many milliseconds.
    Other(Index, Command, u32),
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
        6 => (any::<Index>(), others(), 1_u32..60_000).prop_map(|(player, command, ms)| Attempt::Other(player, command, ms)),
    ];
    vec(attempt, 0..120)
}

fn others() -> impl Strategy<Value = Command> {
    let offer = || {
        prop_oneof![Just(OfferKind::Draw), Just(OfferKind::TakeBack), Just(OfferKind::Pause), Just(OfferKind::Rematch)]
    };
    prop_oneof![
        (0_u8..8).prop_map(|seat| Command::kick(Seat(seat))),
        any::<Option<bool>>()
            .prop_map(|seat| Command::AddBot { seat: seat.map(|seat| Seat(seat.into())), bot: Bot::Random }),
        Just(Command::Start),
        Just(Command::ClaimTimeout),
        Just(Command::ClaimTimeout),
        Just(Command::Resume),
        offer().prop_map(Command::Offer),
        offer().prop_map(Command::accept),
        offer().prop_map(Command::accept),
        offer().prop_map(Command::decline),
        offer().prop_map(Command::withdraw),
        ".{0,20}".prop_map(|text| Command::Say { to: Audience::All, text, invitation: None }),
        Just(Command::Mute { player: player("bob") }),
        Just(Command::RenewInvitation),
    ]
}

fn tables() -> impl Strategy<Value = Value> {
    let clock = prop_oneof![
        Just(json!("none")),
        Just(json!({ "seconds": 30 })),
        Just(json!({ "days": 1 })),
        Just(json!({ "fischer": { "initial_ms": 60_000, "increment_ms": 2000 } })),
    ];
    let timeout = prop_oneof![Just("drop_out"), Just("loss"), Just("default_move")];
    (clock, timeout, prop_oneof![Just("full"), Just("host")])
        .prop_map(|(clock, timeout, start)| json!({ "clock": clock, "timeout": timeout, "start": start }))
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
    live: Option<Game>,
    log: Vec<Message>,
}

impl Play {
    fn new(kind: Kind, numbers: &[u8], table: &Value) -> Self {
        let mut play = Self { live: None, log: Vec::new() };
        let host = Actor::Player(player("host"));
        let plain = Command::create(kind.name(), json!({}));
        let defaults = play.decide(&host, &plain, Timestamp::from_ms(1));
        let options = bend_options(&defaults.expect("every kind takes an empty object as its options"), numbers);
        let bent = Command::Create { kind: kind.name().to_owned(), options, settings: table.clone() };
        if play.attempt(&host, &bent, 1).is_err() {
            play.attempt(&host, &plain, 1).expect("the defaults are accepted");
        }
        play
    }

    fn live(&self) -> &Game {
        self.live.as_ref().expect("a play begins with a game")
    }

    fn decide(&self, actor: &Actor, command: &Command, at: Timestamp) -> Result<Vec<Event>, Rejection> {
        let game = GameId::of_create(&player("host"), command_id(1));
        decide_with_log(&kinds(), game, &self.log, self.live.as_ref(), actor, command, at)
    }

    /// Decides, folds and appends, as the store does.
    fn attempt(&mut self, actor: &Actor, command: &Command, later_ms: u64) -> Result<(), Rejection> {
        let previous = self.live.as_ref().map_or(0, |game| game.at().as_ms());
        let at = Timestamp::from_ms(previous + later_ms);
        let events = self.decide(actor, command, at)?;
        assert_eq!(self.decide(actor, command, at), Ok(events.clone()), "decide is deterministic");
        if events.is_empty() {
            return Ok(());
        }
        assert!(events.len() <= limits::EVENTS_PER_MESSAGE_MAX, "{} events", events.len());
        let bytes = serde_json::to_string(&events).expect("events are JSON").len();
        assert!(bytes <= limits::EVENTS_BYTES_MAX, "{bytes} bytes of events");
        let seq = self.live.as_ref().map_or(Seq(1), |game| game.seq().next());
        let game_id = GameId::of_create(&player("host"), command_id(1));
        let message = Message { game: game_id, seq, at, command: command_id(seq.0), actor: actor.clone(), events };
        self.live = Some(Game::fold(&kinds(), self.live.take(), &message).expect("what is decided folds"));
        self.log.push(message);
        Ok(())
    }

    /// Takes every seat and starts.
    fn fill(&mut self) {
        for player in everybody().into_iter().take(self.live().seats().len()) {
            self.attempt(&Actor::Player(player), &Command::take_seat(None), 1).expect("seats are free");
        }
        let host = self.live().host().expect("somebody sits there").clone();
        if *self.live().phase() == Phase::Waiting {
            self.attempt(&Actor::Player(host), &Command::Start, 1).expect("the table is full");
        }
    }

    fn try_one(&mut self, attempt: &Attempt) {
        let everybody = everybody();
        let game = self.live().clone();
        let (actor, command, later_ms) = match attempt {
            Attempt::Legal(index) | Attempt::Bent(index, _) => {
                let choices: Vec<(Seat, Value)> = legal_choices(&game);
                if choices.is_empty() {
                    return;
                }
                let (seat, mut action) = choices[index.index(choices.len())].clone();
                if let Attempt::Bent(_, number) = attempt {
                    bend(&mut action, *number);
                }
                let occupant = game.seats()[seat.index()].as_ref().expect("a seat in turn is taken");
                let command = Command::Play { action, seen: None };
                (Actor::Player(occupant.player_id.clone()), command, 1)
            }
            Attempt::Move(index, action) => {
                let command = Command::Play { action: action.clone(), seen: None };
                (Actor::Player(index.get(&everybody).clone()), command, 1)
            }
            Attempt::Join(index, seat) => {
                let entropy = seat.and_then(|seat| Entropy::parse(&format!("{seat:02x}")).ok());
                let command = Command::TakeSeat { seat: seat.map(|seat| Seat(seat % 8)), entropy, invitation: None };
                (Actor::Player(index.get(&everybody).clone()), command, 1)
            }
            Attempt::Leave(index) => (Actor::Player(index.get(&everybody).clone()), Command::LeaveSeat, 1),
            Attempt::Resign(index) => (Actor::Player(index.get(&everybody).clone()), Command::Resign, 1),
            Attempt::Abandon => (Actor::System, Command::Abandon, 1_000_000_000),
            Attempt::Create => {
                let kind = game.kind().name().to_owned();
                (Actor::Player(player("host")), Command::create(&kind, json!({})), 1)
            }
            Attempt::Other(index, command, ms) => {
                (Actor::Player(index.get(&everybody).clone()), command.clone(), u64::from(*ms))
            }
        };
        let answer = self.attempt(&actor, &command, later_ms);
        if matches!(attempt, Attempt::Legal(_)) {
            if answer == Err(Rejection::TimeIsUp) {
                let later = limits::ARRIVED_AGO_MS_MAX + 1;
                self.attempt(&Actor::System, &Command::ClaimTimeout, later)
                    .expect("a turn that came too late is ended");
            } else {
                assert_eq!(answer, Ok(()), "a legal action is accepted");
            }
        }
        if matches!(game.phase(), Phase::Finished(_)) {
            assert_eq!(self.live().phase(), game.phase(), "the outcome is final");
            assert_eq!(self.live().position().stored().get(), game.position().stored().get(), "nobody moves any more");
        }
        if answer == Ok(()) && command == Command::Resign && *self.live().phase() == Phase::Playing {
            let seat = actor.player().and_then(|player| self.live().seat_of(player)).expect("only the seated resign");
            assert!(self.live().position().is_out(seat), "whoever left a game that goes on is out");
        }
        for seat in self.live().turn() {
            let (kind, position) = (self.live().kind(), self.live().position());
            assert_eq!(position.default_action(seat).is_some(), kind.default_moves(), "{}", kind.name());
            assert!(!self.live().position().is_out(seat), "whoever is out is never in turn again");
        }
    }
}

fn legal_choices(game: &Game) -> Vec<(Seat, Value)> {
    let of_seat = |seat: Seat| game.position().legal_actions(seat).into_iter().map(move |action| (seat, action));
    game.turn().into_iter().flat_map(of_seat).collect()
}

fn bend_options(created: &[Event], numbers: &[u8]) -> Value {
    let [Event::Created(created)] = created else { panic!("a create causes one event") };
    let mut options = created.options.clone();
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

fn refold(log: &[Message]) -> Result<Game, FoldError> {
    let folded = log.iter().try_fold(None, |game, message| Game::fold(&kinds(), game, message).map(Some))?;
    Ok(folded.expect("a log is not empty"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_course_of_a_game_obeys_the_laws(numbers in options(), table in tables(), attempts in attempts()) {
        for kind in kinds().iter() {
            let mut play = Play::new(kind, &numbers, &table);
            play.fill();
            for attempt in &attempts {
                play.try_one(attempt);
            }
            check_the_log(&play);
            check_the_views(play.live());
            check_the_chance(&mut play);
        }
    }

    #[test]
    fn a_table_that_fills_and_empties_obeys_the_laws(attempts in attempts()) {
        for kind in kinds().iter() {
            let mut play = Play::new(kind, &[], &json!({ "start": "host" }));
            for attempt in &attempts {
                play.try_one(attempt);
            }
            check_the_log(&play);
        }
    }

    #[test]
    fn options_are_refused_or_make_a_game_but_never_panic(options in json_values()) {
        for kind in kinds().iter() {
            let ada = Actor::Player(player("ada"));
            let command = Command::create(kind.name(), options.clone());
            let play = Play { live: None, log: Vec::new() };
            let _ = play.decide(&ada, &command, Timestamp::from_ms(1));
            let command = Command::Create { kind: kind.name().to_owned(), options: json!({}), settings: options.clone() };
            let _ = play.decide(&ada, &command, Timestamp::from_ms(1));
        }
    }

    #[test]
    fn foreign_payloads_never_panic(attempts in attempts(), payload in json_values()) {
        for kind in kinds().iter() {
            let mut play = Play::new(kind, &[], &json!({}));
            for attempt in &attempts {
                play.try_one(attempt);
            }
            let _ = kind.redact(&payload, Viewer::Spectator);
            let live = play.live().clone();
            let message = Message {
                game: live.id(),
                seq: live.seq().next(),
                at: Timestamp::from_ms(live.at().as_ms() + 1),
                command: command_id(0),
                actor: Actor::System,
                events: vec![played(payload.clone())],
            };
            let _ = Game::fold(&kinds(), Some(live), &message);
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
        let restored = Game::from_json(&kinds(), &head.to_json()).expect("a stored state is read back");
        let tail = read[cut + 1..].iter().try_fold(restored, |game, message| Game::fold(&kinds(), Some(game), message));
        assert_eq!(tail.expect("the tail folds").to_json(), play.live().to_json(), "snapshot and tail are the fold");
    }
    let seqs: Vec<u64> = play.log.iter().map(|message| message.seq.0).collect();
    assert!(seqs.iter().copied().eq(1..=play.log.len() as u64), "the log has no gap");
}

fn check_the_views(game: &Game) {
    let seats = (0..).zip(game.seats()).map(|(seat, _)| Viewer::Seat(Seat(seat)));
    for viewer in seats.chain([Viewer::Spectator]) {
        assert_eq!(game.view(viewer), game.view(viewer), "a view is a function of the state");
        assert_eq!(game.text(viewer), game.text(viewer), "so is its text");
    }
    match game.phase() {
        Phase::Finished(outcome) => {
            assert_eq!(outcome.as_places().len(), game.seats().len(), "every seat has a place");
            assert!(game.turn().is_empty());
        }
        Phase::Playing => assert!(!legal_choices(game).is_empty(), "somebody can move while the game runs"),
        Phase::Waiting | Phase::Paused => assert!(game.turn().is_empty()),
    }
}

/// Ends the game if it still runs, and demands that all of it is what chance and the players caused.
fn check_the_chance(play: &mut Play) {
    for player in everybody() {
        let _ = play.attempt(&Actor::Player(player), &Command::Resign, 1);
    }
    assert!(matches!(play.live().phase(), Phase::Finished(_)), "a game ends when everybody has left");
    assert_eq!(verify(&kinds(), &play.log), Ok(()));
    let revealed = play.log.iter().flat_map(|message| &message.events).any(|event| event.name() == "seed_revealed");
    assert_eq!(revealed, play.live().kind().chance(), "what was promised is revealed at the end");
}
