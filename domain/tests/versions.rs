//! A kind that has changed twice, with games of every version of it.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use turnlog_domain::{
    Actor, Chance, Event, FoldError, Form, Game, Illegal, InvalidEvent, InvalidOptions, Kind, Kinds, Message, Outcome,
    Phase, Rules, Seat, Seq, Timestamp, Viewer,
    testing::{command_id, given, play, player, take_seat},
};

/// Two players count up in turn, and whoever says the last number loses.
///
/// Its first version stored a move as a mere number, and said `to` in its options and its state; its second one said
/// `plus` in its moves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct CountUp {
    until: u32,
    count: u32,
    moves: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct CountUpOptions {
    until: u32,
}

impl Default for CountUpOptions {
    fn default() -> Self {
        Self { until: 10 }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Add {
    add: u32,
}

impl Rules for CountUp {
    const KIND: &'static str = "count-up";
    const VERSION: u32 = 3;
    type Options = CountUpOptions;
    type Action = Add;
    type Event = Add;
    type View = u32;

    fn setup(options: &CountUpOptions) -> Result<Self, InvalidOptions> {
        Ok(Self { until: options.until, count: 0, moves: 0 })
    }

    fn seats(&self) -> RangeInclusive<u8> {
        2..=2
    }

    fn decide(&self, _: Seat, action: &Add, _: &mut Chance) -> Result<Vec<Add>, Illegal> {
        Ok(vec![action.clone()])
    }

    fn evolve(&mut self, event: &Add) -> Result<(), InvalidEvent> {
        self.count += event.add;
        self.moves += 1;
        Ok(())
    }

    fn upcast(form: Form, from: u32, stored: Value) -> Value {
        match (form, from) {
            // The first version had a mere number.
            (Form::Event, 1) => json!({ "plus": stored }),
            // The second one called it otherwise.
            (Form::Event, 2) => json!({ "add": stored["plus"] }),
            (Form::Options, 1) => json!({ "until": stored["to"] }),
            // The first version of the state knew whose turn it was from the parity of the count.
            (Form::State, 1) => json!({ "until": stored["to"], "count": stored["count"], "moves": stored["count"] }),
            (Form::Event | Form::Options | Form::State, _) => stored,
        }
    }

    fn turn(&self) -> Vec<Seat> {
        if self.outcome().is_some() { Vec::new() } else { vec![self.to_move()] }
    }

    fn outcome(&self) -> Option<Outcome> {
        (self.count >= self.until).then(|| Outcome::win(self.to_move(), 2, "counted"))
    }

    fn view(&self, _: Viewer) -> u32 {
        self.count
    }

    fn text(view: &u32) -> String {
        view.to_string()
    }

    fn legal_actions(&self, _: Seat) -> Vec<Add> {
        vec![Add { add: 1 }]
    }
}

fn kinds() -> Kinds {
    Kinds::new([Kind::of::<CountUp>()])
}

impl CountUp {
    fn to_move(&self) -> Seat {
        Seat(u8::from(self.moves % 2 == 1))
    }
}

/// A log of the first version, as it was stored, up to a count of three.
const FIRST: [&str; 6] = [
    r#"[{"type":"created","v":2,"data":{"kind":"count-up","options":{"to":9},"table":{"start":"full","choose_seats":true,"min_players":2,"max_players":2,"spectators":true,"clock":"none","timeout":"drop_out"}}}]"#,
    r#"[{"type":"seat_taken","v":2,"data":{"seat":0,"player_id":"ada"}}]"#,
    r#"[{"type":"seat_taken","v":2,"data":{"seat":1,"player_id":"bob"}},{"type":"started","v":1,"data":{}}]"#,
    r#"[{"type":"played","v":1,"data":1}]"#,
    r#"[{"type":"played","v":1,"data":1}]"#,
    r#"[{"type":"played","v":1,"data":1}]"#,
];
/// What followed when the code had moved on.
const LATER: [&str; 4] = [
    r#"[{"type":"played","v":2,"data":{"plus":2}}]"#,
    r#"[{"type":"offered","v":1,"data":{"seat":0,"offer":"take_back"}},{"type":"taken_back","v":1,"data":{"to":6,"last_moves":[6,5],"position":{"to":9,"count":3}}}]"#,
    r#"[{"type":"played","v":3,"data":{"add":4}}]"#,
    r#"[{"type":"offered","v":1,"data":{"seat":0,"offer":"take_back"}},{"type":"taken_back","v":2,"data":{"to":6,"last_moves":[6,5],"position":{"until":9,"count":3,"moves":3},"kind_version":3}}]"#,
];

fn message(seq: u64, events: &str) -> Message {
    let game = given(&kinds(), "count-up").state().id();
    let actor = Actor::Player(player(if seq.is_multiple_of(2) { "ada" } else { "bob" }));
    let events = Event::list_from_json(events).expect("it was stored like this");
    Message { game, seq: Seq(seq), at: Timestamp::from_ms(seq), command: command_id(seq), actor, events }
}

fn log() -> Vec<Message> {
    (1..).zip(FIRST.iter().chain(&LATER)).map(|(seq, events)| message(seq, events)).collect()
}

fn folded(log: &[Message]) -> Game {
    let fold = |game, message| Game::fold(&kinds(), game, message).map(Some);
    log.iter().try_fold(None, fold).expect("it folds").expect("there are messages")
}

#[test]
fn a_game_goes_on_across_versions_of_its_kind() {
    let log = log();
    let views = [0, 0, 0, 1, 2, 3, 5, 3, 7, 3];
    for (length, view) in (1..).zip(views) {
        assert_eq!(folded(&log[..length]).view(Viewer::Spectator), json!(view), "after {length} messages");
    }
    let game = folded(&log);
    assert_eq!((game.turn(), game.options()), (vec![Seat(1)], &json!({ "until": 9 })));
}

#[test]
fn viewers_see_old_events_in_the_newest_form() {
    let log = log();
    let game = folded(&log);
    let seen = |index: usize| game.redact(&log[index].events[0], Viewer::Spectator).expect("it is an event").data();
    assert_eq!((seen(3), seen(6), seen(8)), (json!({ "add": 1 }), json!({ "add": 2 }), json!({ "add": 4 })));
    assert_eq!((seen(0)["options"].clone(), seen(0)["kind_version"].clone()), (json!({ "until": 9 }), json!(3)));
    for (index, message) in log.iter().enumerate() {
        let (name, kind) = (message.events[0].name(), game.kind());
        let shown = Event::from_shown(kind, name, seen(index)).expect("it can be read");
        assert_eq!(shown.data(), seen(index));
    }
}

#[test]
fn what_was_stored_is_written_again_as_it_was() {
    for (message, stored) in log().iter().zip(FIRST.iter().chain(&LATER)) {
        let written: Value = json!(message.events);
        let stored: Value = serde_json::from_str(stored).expect("it is JSON");
        if message.seq != Seq(1) && message.seq != Seq(8) {
            assert_eq!(written, stored);
        }
        let again = Event::list_from_json(&written.to_string()).expect("it can be read");
        assert_eq!(again, message.events);
    }
}

#[test]
fn new_events_are_stored_in_the_newest_version_only() {
    let game = given(&kinds(), "count-up").and(player("ada"), take_seat(0)).and(player("bob"), take_seat(1));
    let game = game.and(player("ada"), play(json!({ "add": 10 })));
    assert!(matches!(game.state().phase(), Phase::Finished(_)));
    let first: Value = json!(game.messages()[0].events[0]);
    assert_eq!((&first["v"], &first["data"]["kind_version"]), (&json!(3), &json!(3)));
    assert_eq!(json!(game.messages()[3].events[0]), json!({ "type": "played", "v": 3, "data": { "add": 10 } }));
}

#[test]
fn a_version_that_the_code_does_not_know_is_from_the_future() {
    let game = folded(&log());
    let later = message(11, r#"[{"type":"played","v":4,"data":{"sum":5}}]"#);
    let from_future =
        |seq, kind: &str, version| FoldError::FromFuture { seq: Seq(seq), kind: kind.to_owned(), version };
    assert_eq!(Game::fold(&kinds(), Some(game.clone()), &later), Err(from_future(11, "count-up", 4)));
    let later = message(11, &LATER[3].replace("\"kind_version\":3", "\"kind_version\":4"));
    assert_eq!(Game::fold(&kinds(), Some(game), &later), Err(from_future(11, "count-up", 4)));
    let new_kind = message(1, &FIRST[0].replace("count-up", "count-down"));
    assert_eq!(Game::fold(&kinds(), None, &new_kind), Err(from_future(1, "count-down", 1)));
}

#[test]
fn a_state_of_another_version_is_not_read() {
    let game = folded(&log());
    let stored = game.to_json();
    assert_eq!(game.format(), format!("{}.3", Game::FORMAT));
    assert_eq!(Game::from_json(&kinds(), &stored).expect("it is today's"), game);
    for other in ["\"kind_version\":2", "\"kind_version\":4"] {
        assert!(Game::from_json(&kinds(), &stored.replace("\"kind_version\":3", other)).is_err(), "{other}");
    }
}

#[test]
fn versions_are_brought_forward_step_by_step_and_bear_anything() {
    let by_steps = CountUp::upcast(Form::Event, 2, CountUp::upcast(Form::Event, 1, json!(7)));
    assert_eq!(by_steps, json!({ "add": 7 }));
    for form in [Form::Event, Form::Options, Form::State] {
        for damaged in [json!(null), json!(-1), json!("?"), json!([[]]), json!({ "to": {} })] {
            let _ = CountUp::upcast(form, 2, CountUp::upcast(form, 1, damaged));
        }
    }
}

#[test]
#[should_panic(expected = "two kinds have the name count-up")]
fn two_kinds_of_one_name_are_refused() {
    let _ = Kinds::new([Kind::of::<CountUp>(), Kind::of::<CountUp>()]);
}
