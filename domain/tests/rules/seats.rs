//! Who sits where.

use turnlog_domain::{
    Actor, Command, Event, Outcome, Rejection, limits,
    testing::{given, of_seat, player, seat_taken, take_seat},
};
use turnlog_games::kinds;

use crate::{ada, bob, cell, tic_tac_toe};

#[test]
fn a_free_seat_is_taken() {
    given(&kinds(), "tic-tac-toe").when(ada(), take_seat(1)).then([seat_taken(1, ada())]);
}

#[test]
fn the_first_free_seat_is_taken_when_none_is_named() {
    given(&kinds(), "tic-tac-toe")
        .and(ada(), take_seat(0))
        .when(bob(), Command::take_seat(None))
        .then([seat_taken(1, bob()), Event::Started]);
}

#[test]
fn taking_the_seat_one_has_changes_nothing() {
    let game = given(&kinds(), "tic-tac-toe").and(ada(), take_seat(0));
    game.when(ada(), take_seat(0)).then([]);
    game.when(ada(), Command::take_seat(None)).then([]);
    game.when(ada(), take_seat(1)).then_rejected(Rejection::AlreadySeated);
}

#[test]
fn a_taken_seat_a_full_table_and_a_seat_that_is_not_there_are_refused() {
    let game = tic_tac_toe([]);
    game.when(player("eve"), take_seat(1)).then_rejected(Rejection::SeatTaken);
    game.when(player("eve"), Command::take_seat(None)).then_rejected(Rejection::GameFull);
    given(&kinds(), "tic-tac-toe").when(ada(), take_seat(2)).then_rejected(Rejection::NoSuchSeat);
}

#[test]
fn a_seat_can_be_left_before_the_start_only() {
    given(&kinds(), "tic-tac-toe")
        .and(ada(), take_seat(0))
        .when(ada(), Command::LeaveSeat)
        .then([Event::SeatLeft(of_seat(0))]);
    given(&kinds(), "tic-tac-toe").when(ada(), Command::LeaveSeat).then_rejected(Rejection::NotSeated);
    tic_tac_toe([]).when(ada(), Command::LeaveSeat).then_rejected(Rejection::AlreadyStarted);
}

#[test]
fn only_the_system_closes_games_and_only_abandoned_ones() {
    let closed = [Event::Finished(Outcome::draw(2, "abandoned"))];
    let waiting = given(&kinds(), "tic-tac-toe").and(ada(), take_seat(0));
    waiting.when(ada(), Command::Abandon).then_rejected(Rejection::NotAbandoned);
    waiting
        .when_by(Actor::System, Command::Abandon, limits::WAITING_IDLE_MS_MAX - 1)
        .then_rejected(Rejection::NotAbandoned);
    waiting.when_by(Actor::System, Command::Abandon, limits::WAITING_IDLE_MS_MAX).then(closed.clone());
    let playing = tic_tac_toe([0]);
    playing
        .when_by(Actor::System, Command::Abandon, limits::WAITING_IDLE_MS_MAX)
        .then_rejected(Rejection::NotAbandoned);
    playing.when_by(Actor::System, Command::Abandon, limits::PLAYING_IDLE_MS_MAX).then(closed);
    playing.when_by(Actor::System, cell(3), 1).then_rejected(Rejection::NotSeated);
}
