//! Secrecy: what a viewer may not see makes no difference to anything that reaches them.
//!
//! Two ways of making a difference are tried on every kind: a state that is drawn anew behind the viewer's back
//! (`Rules::resample`), and chance whose words are tampered with one by one. Whenever two states look alike to a viewer,
//! everything else that they get must be equal to the byte.

use std::fmt;

use proptest::{collection::vec, prelude::*, sample::Index, strategy::ValueTree as _, test_runner::TestRunner};
use serde_json::{Value, json};
use turnlog_domain::{Chance, Kind, Kinds, Position, Seat, Viewer, testing::given_at};

use crate::{
    bare::{after, decided, legal_actions},
    random::Random,
    tried::{at_random, once},
};

/// So many games of every kind are compared, at each number of seats.
const CASES: u32 = 64;
/// Games in which something hidden is looked for, of every kind that hides something.
const LOOKS: u8 = 16;

/// Whatever differs behind a viewer's back, the view, the text, the legal actions, the refusals and the events that they
/// are shown stay the same.
///
/// # Panics
/// When a kind breaks it.
pub fn what_is_hidden_makes_no_difference(kinds: &Kinds) {
    let law = "what_is_hidden_makes_no_difference";
    at_random(
        kinds,
        law,
        CASES,
        || (openings(), steps()),
        |kind, (opening, steps)| {
            let range = fresh(kinds, kind, json!({})).seats();
            for seats in [*range.start(), (*range.end()).min(3).max(*range.start())] {
                play_and_compare(kinds, kind, seats, opening, steps);
            }
        },
    );
}

/// `Rules::resample` changes what a kind hides: otherwise nothing would be compared.
///
/// # Panics
/// When a kind breaks it.
pub fn a_kind_that_hides_something_can_draw_it_anew(kinds: &Kinds) {
    once(kinds, "a_kind_that_hides_something_can_draw_it_anew", |kind| {
        if !hides_something(kinds, kind) {
            return;
        }
        let mut runner = TestRunner::deterministic();
        let seats = *fresh(kinds, kind, json!({})).seats().start();
        let differs = (0..LOOKS).any(|_| {
            let steps = steps().new_tree(&mut runner).expect("steps are made").current();
            play_and_compare(kinds, kind, seats, &[], &steps)
        });
        assert!(
            differs,
            "`view` hides something from spectators, but `resample` never changed anything. It must draw anew whatever the \
             viewer cannot see; only then can the secrecy of the kind be tested, and bots not know too much"
        );
    });
}

/// Words that a seed determines, one of which may be changed.
fn words(seed: u64, tampered: Option<(usize, u32)>) -> Chance {
    let mut random = Random(seed);
    Chance::of_words((0..).map(move |index| {
        let word = random.word();
        match tampered {
            Some((place, other)) if place == index => other,
            Some(_) | None => word,
        }
    }))
}

/// A position before the start.
fn fresh(kinds: &Kinds, kind: Kind, settings: Value) -> Box<dyn Position> {
    given_at(kinds, kind.name(), json!({}), settings).state().position().boxed()
}

/// What is done to a game: the choice of an action, the words of its chance, and which of them is changed to what.
type Step = (Index, Index, u64, usize, u32);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    vec((any::<Index>(), any::<Index>(), any::<u64>(), 0_usize..60, any::<u32>()), 1..40)
}

/// Moves made before anything is compared, so that late stages are reached as well: mostly the last legal action, which
/// keeps a game going, and the first one where the byte is small.
fn openings() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![Just(Vec::new()), vec(any::<u8>(), 0..140)]
}

fn open(kind: Kind, mut position: Box<dyn Position>, opening: &[u8]) -> Box<dyn Position> {
    for &byte in opening {
        let Some(&seat) = position.turn().first() else { break };
        let mut actions = legal_actions(&*position, seat);
        let action = actions.swap_remove(if byte < 40 { 0 } else { actions.len() - 1 });
        let events = decided(&*position, seat, &action, &mut words_for(kind, byte.into(), None));
        position = after(&*position, &events);
    }
    position
}

fn viewers(seats: u8) -> impl Iterator<Item = Viewer> {
    (0..seats).map(|seat| Viewer::Seat(Seat(seat))).chain([Viewer::Spectator])
}

/// Who looks, in words.
pub(crate) fn who(viewer: Viewer) -> String {
    match viewer {
        Viewer::Seat(seat) => format!("seat {}", seat.0),
        Viewer::Spectator => "a spectator".to_owned(),
        Viewer::Open => "somebody who may see everything".to_owned(),
    }
}

/// Demands that a viewer gets the same of two states, as JSON or as text, to the byte.
fn require_alike<T: fmt::Debug>(one: T, other: T, what: &str, viewer: Viewer, states: [&dyn Position; 2]) {
    let [first, second] = [one, other].map(|shown| format!("{shown:?}"));
    if first != second {
        let (who, [state, twin]) = (who(viewer), states.map(Position::stored));
        panic!(
            "{what} tells {who} what is hidden from it. Two states that differ only in what {who} may not see (`resample`) \
             lead to\n    {first}\n    {second}\nThe states are\n    {state}\n    {twin}\nEither it must be left out for {who}, or \
             `resample` must leave it as it is"
        );
    }
}

/// Demands that the events look alike to everybody to whom the states that they lead to look alike.
fn check_events(kind: Kind, one: (&dyn Position, &[Value]), other: (&dyn Position, &[Value]), viewer: Viewer) {
    if one.0.view(viewer) != other.0.view(viewer) {
        return;
    }
    let seen = |events: &[Value]| -> Vec<String> {
        let redact =
            |event| kind.redact(event, viewer).unwrap_or_else(|reason| panic!("`redact` of {event}: {reason}"));
        events.iter().map(|event| redact(event).to_string()).collect()
    };
    let (first, second, who) = (seen(one.1), seen(other.1), who(viewer));
    assert!(
        first == second,
        "the events tell {who} what its view hides. Its views after them are the same, {}, but the events that it is shown \
         (`redact`) are\n    {first:?}\n    {second:?}",
        one.0.view(viewer)
    );
}

/// Demands that a viewer gets the same of two states that differ in what they may not see.
fn check_states(one: &dyn Position, other: &dyn Position, viewer: Viewer, seats: u8) {
    let states = [one, other];
    require_alike(one.view(viewer).to_string(), other.view(viewer).to_string(), "`view`", viewer, states);
    require_alike(one.text(viewer), other.text(viewer), "`text`", viewer, states);
    require_alike(one.turn(), other.turn(), "`turn`", viewer, states);
    require_alike(one.outcome(), other.outcome(), "`outcome`", viewer, states);
    let Viewer::Seat(seat) = viewer else { return };
    require_alike(one.legal_actions(seat), other.legal_actions(seat), "`legal_actions`", viewer, states);
    require_alike(one.default_action(seat), other.default_action(seat), "`default_action`", viewer, states);
    if !one.turn().contains(&seat) {
        return;
    }
    // Whatever anybody could do here is tried, so that a refusal gives nothing away either.
    let of_all = (0..seats).map(Seat).flat_map(|seat| [one.legal_actions(seat), other.legal_actions(seat)].concat());
    for action in of_all.chain([json!({}), json!({ "no": "move" })]) {
        let refusal = |position: &dyn Position| position.decide(seat, &action, &mut words(1, None)).err();
        require_alike(refusal(one), refusal(other), &format!("the answer of `decide` to {action}"), viewer, states);
    }
}

/// Plays a game in which everything is compared, and tells whether anything hidden made a difference at all.
fn play_and_compare(kinds: &Kinds, kind: Kind, seats: u8, opening: &[u8], steps: &[Step]) -> bool {
    let fresh = fresh(kinds, kind, json!({ "start": "host", "min_players": seats, "max_players": seats }));
    let mut differed = false;
    let Some(&(_, _, seed, place, word)) = steps.first() else { return false };
    let [events, tampered] =
        [None, Some((place, word))].map(|tampered| fresh.begin(seats, &mut words_for(kind, seed, tampered)));
    let (position, other) = (after(&*fresh, &events), after(&*fresh, &tampered));
    viewers(seats).for_each(|viewer| check_events(kind, (&*position, &events), (&*other, &tampered), viewer));
    let mut position = open(kind, position, opening);
    for &(choice, rival, seed, place, word) in steps {
        for viewer in viewers(seats) {
            let other = position.resample(viewer, &mut words(seed, None));
            differed |= other.stored().get() != position.stored().get();
            check_states(&*position, &*other, viewer, seats);
        }
        let turn = position.turn();
        let Some(&seat) = (!turn.is_empty()).then(|| choice.get(&turn)) else { break };
        let actions = legal_actions(&*position, seat);
        let decide = |action: &Value, tampered| {
            let events = decided(&*position, seat, action, &mut words_for(kind, seed, tampered));
            (after(&*position, &events), events)
        };
        let (next, events) = decide(choice.get(&actions), None);
        // Another choice of the same seat, or other chance: alike to some, and then alike in everything.
        for (other, others) in [decide(rival.get(&actions), None), decide(choice.get(&actions), Some((place, word)))] {
            for viewer in viewers(seats) {
                check_events(kind, (&*next, &events), (&*other, &others), viewer);
            }
        }
        for viewer in viewers(seats).filter(|viewer| *viewer != Viewer::Seat(seat)) {
            check_hidden_move(kind, &*position, seat, choice.get(&actions), viewer, seed);
        }
        position = next;
    }
    differed
}

/// The same action in two states that a viewer cannot tell apart.
fn check_hidden_move(kind: Kind, position: &dyn Position, seat: Seat, action: &Value, viewer: Viewer, seed: u64) {
    let other = position.resample(viewer, &mut words(seed, None));
    let decide = |position: &dyn Position| position.decide(seat, action, &mut words_for(kind, seed, None)).ok();
    let (Some(events), Some(others)) = (decide(position), decide(&*other)) else { return };
    let (one, two) = (after(position, &events), after(&*other, &others));
    check_events(kind, (&*one, &events), (&*two, &others), viewer);
}

/// A kind without chance gets none, as in a game.
fn words_for(kind: Kind, seed: u64, tampered: Option<(usize, u32)>) -> Chance {
    if kind.chance() { words(seed, tampered) } else { Chance::none() }
}

fn hides_something(kinds: &Kinds, kind: Kind) -> bool {
    let mut position = fresh(kinds, kind, json!({ "start": "host" }));
    let seats = *position.seats().start();
    let mut hides = false;
    let events = position.begin(seats, &mut words_for(kind, 1, None));
    position = after(&*position, &events);
    for _ in 0..20 {
        hides |= position.view(Viewer::Spectator) != position.view(Viewer::Open);
        let Some(&seat) = position.turn().first() else { break };
        let action = legal_actions(&*position, seat).remove(0);
        let events = decided(&*position, seat, &action, &mut words_for(kind, 1, None));
        position = after(&*position, &events);
    }
    hides
}
