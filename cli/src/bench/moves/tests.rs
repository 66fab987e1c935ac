//! Courses of games that come with Turnlog.

use rand::SeedableRng as _;
use serde_json::json;
use turnlog_games::kinds;

use super::*;

/// The message after which the first move is made.
const START: u64 = 3;

fn moves(kind: &str, options: &Value) -> Moves {
    let kind = kinds().find(kind).expect("it comes with Turnlog");
    Moves::new(kind, options, 2, START).expect("the options are good")
}

fn line(kind: &str, options: &Value) -> Line {
    match moves(kind, options) {
        Moves::Known(line) => line,
        Moves::Asked => panic!("{kind} hides nothing"),
    }
}

/// The moves of a whole game, each by the seat that is in turn.
fn course(mut line: Line, seed: u64) -> Vec<(usize, Value)> {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut course = Vec::new();
    for seq in START.. {
        let due: Vec<usize> = (0..2).filter(|seat| line.is_due(*seat, seq)).collect();
        let Some(&seat) = due.first() else { break };
        assert_eq!(due.len(), 1, "one seat makes the next move");
        course.push((seat, line.advance(&mut random).expect("somebody is in turn")));
    }
    assert!(line.position.outcome().is_some(), "the game is over");
    assert!(matches!(line.advance(&mut random), Err(Broken::Stuck)));
    course
}

#[test]
fn one_seed_makes_one_course_and_another_seed_another() {
    for kind in ["tic-tac-toe", "connect-four", "chess"] {
        let [first, again, other] = [1, 1, 2].map(|seed| course(line(kind, &json!({})), seed));
        assert_eq!(first, again, "{kind}");
        assert_ne!(first, other, "{kind}");
    }
}

#[test]
fn a_game_as_large_as_the_measured_one_is_a_long_one() {
    let options = json!({ "columns": 16, "rows": 16, "line": 16 });
    let lengths: Vec<usize> = (0..20).map(|seed| course(line("connect-four", &options), seed).len()).collect();
    assert_eq!(lengths, [256; 20]);
}

#[test]
fn nobody_moves_who_has_not_seen_the_move_before() {
    let mut line = line("tic-tac-toe", &json!({}));
    line.advance(&mut SmallRng::seed_from_u64(1)).expect("somebody is in turn");
    assert_eq!([START, START + 1, START + 2].map(|seen| line.is_due(1, seen)), [false, true, false]);
    assert!(!line.is_due(0, START + 1), "it is the turn of the other");
}

#[test]
fn kinds_with_hidden_things_or_chance_are_asked_for_moves() {
    for kind in ["rock-paper-scissors", "liars-dice", "crazy-eights"] {
        assert!(matches!(moves(kind, &json!({})), Moves::Asked), "{kind}");
    }
}

#[test]
fn a_move_is_any_of_those_that_there_are() {
    let mut random = SmallRng::seed_from_u64(1);
    let actions = || vec![json!(1), json!(2), json!(3)];
    let drawn: Vec<Value> = (0..50).filter_map(|_| chosen(actions(), &mut random)).collect();
    assert!(actions().iter().all(|action| drawn.contains(action)), "{drawn:?}");
    assert_eq!(chosen(Vec::new(), &mut random), None);
}
