//! Games of three, whose moves come late, twice or never.

use super::*;

const START: u64 = 4;

/// A game in which the first seat has sent a move, and when.
fn under_way() -> (Deliveries, Instant) {
    let (mut deliveries, now) = (Deliveries::new(3, START), Instant::now());
    deliveries.sent(0, now);
    (deliveries, now)
}

fn after(now: Instant, milliseconds: u64) -> Instant {
    now + Duration::from_millis(milliseconds)
}

fn first(milliseconds: u64) -> Heard {
    Heard::First(Duration::from_millis(milliseconds))
}

#[test]
fn a_move_comes_to_each_of_the_others_once() {
    let (mut deliveries, now) = under_way();
    assert_eq!(deliveries.accepted(0, 5, after(now, 3)), Some(Duration::from_millis(3)));
    assert_eq!(deliveries.missing(), (0, 2));
    assert_eq!(deliveries.heard(1, 0, 5, after(now, 4)), first(4));
    assert_eq!(deliveries.missing(), (0, 1));
    assert_eq!(deliveries.heard(2, 0, 5, after(now, 9)), first(9));
    assert_eq!((deliveries.missing(), deliveries.is_waiting()), ((0, 0), false));
}

#[test]
fn a_push_may_come_before_the_answer() {
    let (mut deliveries, now) = under_way();
    assert_eq!(deliveries.heard(1, 0, 5, after(now, 2)), first(2));
    assert_eq!(deliveries.missing(), (1, 1), "the answer, and the push to the third");
    assert_eq!(deliveries.accepted(0, 5, after(now, 3)), Some(Duration::from_millis(3)));
    assert_eq!(deliveries.missing(), (0, 1));
}

#[test]
fn a_late_push_counts_for_the_move_that_it_tells_and_not_for_the_newest() {
    let (mut deliveries, now) = under_way();
    deliveries.accepted(0, 5, after(now, 1));
    deliveries.sent(0, after(now, 100));
    assert_eq!(deliveries.heard(1, 0, 6, after(now, 110)), first(10));
    assert_eq!(deliveries.heard(1, 0, 5, after(now, 120)), first(120));
}

#[test]
fn a_second_push_is_told_apart_from_the_first() {
    let (mut deliveries, now) = under_way();
    deliveries.heard(1, 0, 5, now);
    assert_eq!(deliveries.heard(1, 0, 5, now), Heard::Again);
    deliveries.accepted(0, 5, now);
    assert_eq!(deliveries.accepted(0, 5, now), None);
    assert_eq!(deliveries.heard(0, 0, 5, now), Heard::Again, "whoever moved has it from the answer");
    assert_eq!(deliveries.missing(), (0, 1), "nothing of it stands for the push to the third");
}

#[test]
fn a_move_that_nobody_heard_of_lacks_its_answer_and_all_pushes() {
    let (deliveries, _) = under_way();
    assert_eq!((deliveries.missing(), deliveries.is_waiting()), ((1, 2), true));
}

#[test]
fn a_refused_move_comes_to_nobody() {
    let (mut deliveries, now) = under_way();
    deliveries.refused(0);
    assert_eq!((deliveries.missing(), deliveries.is_waiting()), ((0, 0), false));
    assert_eq!(deliveries.heard(1, 0, 5, now), Heard::NoMove);
}

#[test]
fn messages_from_before_the_start_are_no_moves() {
    let (mut deliveries, now) = under_way();
    assert_eq!(deliveries.heard(1, 0, START, now), Heard::NoMove);
    deliveries.accepted(0, 5, now);
    assert_eq!(deliveries.heard(1, 0, 6, now), Heard::NoMove, "the player has sent nothing else");
}
