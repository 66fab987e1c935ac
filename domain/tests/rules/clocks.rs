//! Clocks.

use serde_json::{Value, json};
use turnlog_domain::{
    Actor, Command, Event, OfferKind, Outcome, Rejection, Seat, TimedOut, Timeout, Timestamp,
    limits::ARRIVED_AGO_MS_MAX,
    testing::{Given, given_at, play, played, player, take_seat},
};
use turnlog_games::kinds;

use crate::{ada, bob, cell, placed};

fn clocked(kind: &str, table: Value) -> Given {
    given_at(&kinds(), kind, json!({}), table).and(ada(), take_seat(0)).and(bob(), take_seat(1))
}

fn left_ms(game: &Given) -> Vec<u64> {
    game.state().timers().iter().map(|timer| timer.left_ms).collect()
}

fn deadline_in_ms(game: &Given) -> Option<u64> {
    game.state().deadline().map(|deadline| deadline.ms_since(game.state().at()))
}

fn timed_out(seat: u8, then: Timeout) -> Event {
    Event::TimedOut(TimedOut { seat: Seat(seat), then })
}

#[test]
fn without_a_clock_there_is_no_deadline() {
    let game = clocked("tic-tac-toe", json!({}));
    assert_eq!(game.state().deadline(), None);
    game.when_by(Actor::System, Command::ClaimTimeout, 1_000_000_000).then_rejected(Rejection::NotOverdue);
}

#[test]
fn every_move_has_its_time() {
    let game = clocked("tic-tac-toe", json!({ "clock": { "seconds": 30 } }));
    assert_eq!(deadline_in_ms(&game), Some(30_000));
    let game = game.and_later(Actor::Player(ada()), cell(0), 29_000);
    assert_eq!((deadline_in_ms(&game), left_ms(&game)), (Some(30_000), vec![30_000, 30_000]));
    let days = clocked("tic-tac-toe", json!({ "clock": { "days": 3 } }));
    assert_eq!(deadline_in_ms(&days), Some(3 * 86_400_000));
}

#[test]
fn a_store_of_time_runs_down_and_grows_with_every_move() {
    let clock = json!({ "fischer": { "initial_ms": 60_000, "increment_ms": 2000 } });
    let game = clocked("tic-tac-toe", json!({ "clock": clock }));
    let game = game.and_later(Actor::Player(ada()), cell(0), 10_000);
    assert_eq!((left_ms(&game), deadline_in_ms(&game)), (vec![52_000, 60_000], Some(60_000)));
    let game = game.and_later(Actor::Player(bob()), cell(1), 1000);
    assert_eq!((left_ms(&game), deadline_in_ms(&game)), (vec![52_000, 61_000], Some(52_000)));
}

#[test]
fn a_move_that_comes_late_does_not_win_over_the_clock() {
    let game = clocked("tic-tac-toe", json!({ "clock": { "seconds": 30 } }));
    game.when_by(Actor::Player(ada()), cell(0), 30_000).then([placed(0, 0)]);
    game.when_by(Actor::Player(ada()), cell(0), 30_001).then_rejected(Rejection::TimeIsUp);
    let lost = [timed_out(0, Timeout::Loss), Event::Finished(Outcome::win(Seat(1), 2, "timeout"))];
    for claimant in [Actor::Player(bob()), Actor::System] {
        game.when_by(claimant, Command::ClaimTimeout, 33_001).then(lost.clone());
    }
    game.when_by(Actor::Player(player("eve")), Command::ClaimTimeout, 33_001).then_rejected(Rejection::NotSeated);
}

/// A move that arrived in time may wait so long for a function, and nobody takes the turn from it meanwhile.
#[test]
fn a_turn_cannot_be_ended_while_a_frame_that_came_in_time_may_still_wait() {
    let game = clocked("tic-tac-toe", json!({ "clock": { "seconds": 30 } }));
    let (first, last) = (30_001, 30_000 + ARRIVED_AGO_MS_MAX);
    for claimant in [Actor::Player(bob()), Actor::System] {
        for at in [30_000, first, last] {
            game.when_by(claimant.clone(), Command::ClaimTimeout, at).then_rejected(Rejection::NotOverdue);
        }
        assert!(!game.when_by(claimant, Command::ClaimTimeout, last + 1).events().is_empty());
    }
    assert_eq!(game.state().claimable_after().map(|at| at.ms_since(game.state().at())), Some(last));
}

#[test]
fn an_overdue_turn_ends_exactly_once() {
    let game = clocked("tic-tac-toe", json!({ "clock": { "seconds": 30 } }));
    let game = game.and_later(Actor::Player(bob()), Command::ClaimTimeout, 33_001);
    game.when(bob(), Command::ClaimTimeout).then_rejected(Rejection::Finished);
    game.when_by(Actor::System, Command::ClaimTimeout, 1).then([]);
    let dice =
        clocked("liars-dice", json!({ "clock": { "seconds": 30 }, "timeout": "default_move", "max_players": 2 }));
    let dice = dice.and_later(Actor::System, Command::ClaimTimeout, 33_001);
    dice.when_by(Actor::Player(bob()), Command::ClaimTimeout, 1).then_rejected(Rejection::NotOverdue);
    assert_eq!(dice.state().turn(), [Seat(1)]);
}

#[test]
fn a_table_may_play_on_with_default_moves() {
    let dice =
        clocked("liars-dice", json!({ "clock": { "seconds": 30 }, "timeout": "default_move", "max_players": 2 }));
    let bid = played(json!({ "bid": { "seat": 0, "bid": { "count": 1, "face": 2 } } }));
    dice.when_by(Actor::System, Command::ClaimTimeout, 33_001).then([timed_out(0, Timeout::DefaultMove), bid]);
    // Where the table does not ask for one the player drops out, and where the game cannot go on they lose.
    let game = clocked("tic-tac-toe", json!({ "clock": { "seconds": 30 } }));
    let lost = [timed_out(0, Timeout::Loss), Event::Finished(Outcome::win(Seat(1), 2, "timeout"))];
    game.when_by(Actor::System, Command::ClaimTimeout, 33_001).then(lost);
}

#[test]
fn the_game_goes_on_without_whose_time_is_up() {
    let table = json!({ "clock": { "seconds": 30 }, "max_players": 3 });
    let game = clocked("liars-dice", table).and(player("cleo"), take_seat(2));
    let events = game.when_by(Actor::System, Command::ClaimTimeout, 33_001).events();
    let names: Vec<&str> = events.iter().map(Event::name).collect();
    assert_eq!((&events[0], names), (&timed_out(0, Timeout::DropOut), vec!["timed_out", "played", "played"]));
    let game = game.and_later(Actor::System, Command::ClaimTimeout, 33_001);
    assert_eq!((game.state().turn(), deadline_in_ms(&game)), (vec![Seat(1)], Some(30_000)));
}

#[test]
fn those_who_choose_at_the_same_time_have_a_clock_each() {
    let choose = |choice: &str| play(json!({ "choose": choice }));
    let table = |timeout: &str| json!({ "clock": { "seconds": 30 }, "timeout": timeout });
    let game = clocked("rock-paper-scissors", table("drop_out"));
    let both = game.when_by(Actor::System, Command::ClaimTimeout, 33_001).events();
    assert_eq!(both.last(), Some(&Event::Finished(Outcome::draw(2, "timeout"))), "nobody has won");
    let game = game.and_later(Actor::Player(bob()), choose("rock"), 20_000);
    assert_eq!(deadline_in_ms(&game), Some(10_000));
    let one = game.when_by(Actor::Player(bob()), Command::ClaimTimeout, 13_001).events();
    assert_eq!(one.last(), Some(&Event::Finished(Outcome::win(Seat(1), 2, "timeout"))));
    let by_default = clocked("rock-paper-scissors", table("default_move"));
    let names: Vec<&str> =
        by_default.when_by(Actor::System, Command::ClaimTimeout, 33_001).events().iter().map(Event::name).collect();
    assert_eq!(names, ["timed_out", "played", "timed_out", "played", "played"]);
}

#[test]
fn clocks_stand_while_the_game_is_paused() {
    let clock = json!({ "fischer": { "initial_ms": 60_000, "increment_ms": 2000 } });
    for (clock, left) in [(clock, 57_000), (json!({ "seconds": 30 }), 27_000)] {
        let game = clocked("tic-tac-toe", json!({ "clock": clock }))
            .and(ada(), Command::Offer(OfferKind::Pause))
            .and_later(Actor::Player(bob()), Command::accept(OfferKind::Pause), 2000);
        assert_eq!((game.state().deadline(), game.state().turn()), (None, vec![]));
        game.when_by(Actor::Player(ada()), cell(0), 1).then_rejected(Rejection::Paused);
        game.when_by(Actor::System, Command::ClaimTimeout, 99_000).then_rejected(Rejection::Paused);
        let game = game.and_later(Actor::Player(ada()), Command::Resume, 1_000_000);
        assert_eq!(deadline_in_ms(&game), Some(left));
    }
}

#[test]
fn no_pause_saves_whoever_has_no_time_left() {
    let game =
        clocked("tic-tac-toe", json!({ "clock": { "seconds": 30 } })).and(ada(), Command::Offer(OfferKind::Pause));
    game.when_by(Actor::Player(bob()), Command::accept(OfferKind::Pause), 40_000).then_rejected(Rejection::TimeIsUp);
}

#[test]
fn every_kind_can_be_played_with_a_clock() {
    for kind in kinds().iter() {
        let table = json!({ "clock": { "seconds": 5 }, "start": "host" });
        let game = given_at(&kinds(), kind.name(), json!({}), table).and(ada(), take_seat(0)).and(bob(), take_seat(1));
        let game = game.and(ada(), Command::Start);
        assert!(game.state().deadline() > Some(Timestamp::from_ms(5000)), "{}", kind.name());
        let ended = game.when_by(Actor::System, Command::ClaimTimeout, 8001).events();
        assert!(ended.iter().any(|event| event.name() == "finished"), "{}", kind.name());
    }
}
