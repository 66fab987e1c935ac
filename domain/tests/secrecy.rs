//! Secrecy: what a viewer may not see makes no difference to anything that reaches them.
//!
//! Two ways of making a difference are tried on every registered kind: a state that is drawn anew behind the viewer's
//! back (`Position::resample`), and chance whose words are tampered with one by one. Whenever two states look alike to a
//! viewer, everything else that they get must be equal to the byte. A kind that is registered later is tried without a
//! change here.

use proptest::{collection::vec, prelude::*, sample::Index, strategy::ValueTree as _};
use serde_json::{Value, json};
use turnlog_domain::{
    Chance, Event, Game, Kind, Position, Seat, Viewer,
    testing::{Given, given_at, play, player, take_seat},
};
use turnlog_games::kinds;

/// Words that a seed determines, one of which may be changed.
fn words(seed: u64, tampered: Option<(usize, u32)>) -> Chance {
    // SplitMix64, so that tests need no generator of their own.
    let word = move |index: usize| {
        let mut mixed = seed.wrapping_add((index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from(mixed >> 32).expect("half of the bits are left")
    };
    Chance::of_words((0..).map(move |index| match tampered {
        Some((place, other)) if place == index => other,
        Some(_) | None => word(index),
    }))
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
        let mut actions = position.legal_actions(seat);
        let action = actions.swap_remove(if byte < 40 { 0 } else { actions.len() - 1 });
        let events = position.decide(seat, &action, &mut words_for(kind, byte.into(), None)).expect("it is legal");
        position = after(&*position, &events);
    }
    position
}

fn viewers(seats: u8) -> impl Iterator<Item = Viewer> {
    (0..seats).map(|seat| Viewer::Seat(Seat(seat))).chain([Viewer::Spectator])
}

fn json_text(value: &Value) -> String {
    value.to_string()
}

/// The position after these events.
fn after(position: &dyn Position, events: &[Value]) -> Box<dyn Position> {
    let mut after = position.boxed();
    for event in events {
        after.evolve(event).expect("a kind applies what it decided");
    }
    after
}

/// Demands that the events look alike to everybody to whom the states that they lead to look alike.
fn check_events(kind: Kind, one: (&dyn Position, &[Value]), other: (&dyn Position, &[Value]), viewer: Viewer) {
    if one.0.view(viewer) != other.0.view(viewer) {
        return;
    }
    let seen = |events: &[Value]| -> Vec<String> {
        events.iter().map(|event| json_text(&kind.redact(event, viewer).expect("it is an event"))).collect()
    };
    assert_eq!(seen(one.1), seen(other.1), "{}: equal views, other events for {viewer:?}", kind.name());
}

/// Demands that a viewer gets the same of two states that differ in what they may not see.
fn check_states(kind: Kind, one: &dyn Position, other: &dyn Position, viewer: Viewer, seats: u8) {
    let name = kind.name();
    assert_eq!(json_text(&one.view(viewer)), json_text(&other.view(viewer)), "{name}: the view of {viewer:?}");
    assert_eq!(one.text(viewer), other.text(viewer), "{name}: the text of {viewer:?}");
    assert_eq!(one.turn(), other.turn(), "{name}: whose turn it is");
    assert_eq!(one.outcome(), other.outcome(), "{name}: the outcome");
    let Viewer::Seat(seat) = viewer else { return };
    assert_eq!(one.legal_actions(seat), other.legal_actions(seat), "{name}: what {seat:?} may do");
    assert_eq!(one.default_action(seat), other.default_action(seat), "{name}: what is done for {seat:?}");
    if !one.turn().contains(&seat) {
        return;
    }
    // Whatever anybody could do here is tried, so that a refusal gives nothing away either.
    let of_all = (0..seats).map(Seat).flat_map(|seat| [one.legal_actions(seat), other.legal_actions(seat)].concat());
    for action in of_all.chain([json!({}), json!({ "no": "move" })]) {
        let refusal = |position: &dyn Position| position.decide(seat, &action, &mut words(1, None)).err();
        assert_eq!(refusal(one), refusal(other), "{name}: the answer to {action} of {seat:?}");
    }
}

/// Plays a game in which everything is compared, and tells whether anything hidden made a difference at all.
fn play_and_compare(kind: Kind, seats: u8, opening: &[u8], steps: &[Step]) -> bool {
    let table = json!({ "start": "host", "min_players": seats, "max_players": seats });
    let fresh = given_at(&kinds(), kind.name(), json!({}), table).state().position().boxed();
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
            check_states(kind, &*position, &*other, viewer, seats);
        }
        let turn = position.turn();
        let Some(&seat) = (!turn.is_empty()).then(|| choice.get(&turn)) else { break };
        let actions = position.legal_actions(seat);
        let decide = |action: &Value, tampered| {
            let events = position.decide(seat, action, &mut words_for(kind, seed, tampered)).expect("it is legal");
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

fn hides_something(kind: Kind) -> bool {
    let game = given_at(&kinds(), kind.name(), json!({}), json!({ "start": "host" }));
    let seats = *game.state().position().seats().start();
    let mut position = game.state().position().boxed();
    let mut hides = false;
    let events = position.begin(seats, &mut words_for(kind, 1, None));
    position = after(&*position, &events);
    for _ in 0..20 {
        hides |= position.view(Viewer::Spectator) != position.view(Viewer::Open);
        let Some(&seat) = position.turn().first() else { break };
        let action = position.legal_actions(seat).remove(0);
        let events = position.decide(seat, &action, &mut words_for(kind, 1, None)).expect("it is legal");
        position = after(&*position, &events);
    }
    hides
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_hidden_makes_no_difference(opening in openings(), steps in steps()) {
        for kind in kinds().iter() {
            let range = given_at(&kinds(), kind.name(), json!({}), json!({})).state().position().seats();
            for seats in [*range.start(), (*range.end()).min(3)] {
                play_and_compare(kind, seats, &opening, &steps);
            }
        }
    }
}

#[test]
fn a_kind_that_hides_something_can_draw_it_anew() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for kind in kinds().iter().filter(|&kind| hides_something(kind)) {
        let seats = *given_at(&kinds(), kind.name(), json!({}), json!({})).state().position().seats().start();
        let differs = (0..16).any(|_| {
            let steps = steps().new_tree(&mut runner).expect("steps are made").current();
            play_and_compare(kind, seats, &[], &steps)
        });
        assert!(differs, "{}: nothing hidden was ever changed, so nothing was compared", kind.name());
    }
}

#[test]
fn a_kind_with_chance_opens_everything_at_the_end() {
    // Its seed is revealed, so that everything could be computed anyway.
    for kind in kinds().iter().filter(|kind| kind.chance()) {
        assert!(kind.opens_at_end(), "{}", kind.name());
    }
}

/// What a game shows of its whole log and its state.
fn everything(given: &Given, viewer: Viewer) -> String {
    let game: &Game = given.state();
    let events = given.messages().iter().flat_map(|message| &message.events);
    let redacted: Vec<Event> = events.map(|event| game.redact(event, viewer).expect("it is an event")).collect();
    format!("{}{}{}", json!(redacted), game.view(viewer), game.text(viewer))
}

#[test]
fn a_hidden_choice_makes_no_difference_in_the_whole_log() {
    let game = |choice: &str| {
        given_at(&kinds(), "rock-paper-scissors", json!({}), json!({}))
            .and(player("ada"), take_seat(0))
            .and(player("bob"), take_seat(1))
            .and(player("ada"), play(json!({ "choose": choice })))
    };
    for viewer in [Viewer::Seat(Seat(1)), Viewer::Spectator] {
        assert_eq!(everything(&game("rock"), viewer), everything(&game("paper"), viewer));
    }
    let own = Viewer::Seat(Seat(0));
    assert_ne!(everything(&game("rock"), own), everything(&game("paper"), own));
}
