//! Tic-tac-toe and connect-four.

use serde_json::{Value, json};
use turnlog_domain::{
    Actor, Command, Context, Event, Outcome, Rejection, Seat, Timestamp, Viewer, decide,
    testing::{given, of_seat, play, played, player, take_seat},
};
use turnlog_games::kinds;

use crate::{ada, bob, cell, column, placed, started, tic_tac_toe};

#[test]
fn moves_wait_for_the_start_and_for_their_turn() {
    let waiting = given(&kinds(), "tic-tac-toe").and(ada(), take_seat(0));
    waiting.when(ada(), cell(0)).then_rejected(Rejection::NotStarted);
    let playing = tic_tac_toe([]);
    playing.when(bob(), cell(0)).then_rejected(Rejection::NotYourTurn);
    playing.when(player("eve"), cell(0)).then_rejected(Rejection::NotSeated);
    playing.when(ada(), cell(0)).then([placed(0, 0)]);
}

#[test]
fn illegal_and_unreadable_moves_say_why() {
    let game = tic_tac_toe([4]);
    game.when(bob(), cell(4)).then_rejected(Rejection::IllegalMove { reason: "That cell is taken." });
    game.when(bob(), cell(9)).then_rejected(Rejection::IllegalMove { reason: "There is no such cell." });
    let reason = "missing field `cell`".to_owned();
    game.when(bob(), play(json!({}))).then_rejected(Rejection::MalformedMove { reason });
}

#[test]
fn a_line_wins_at_once() {
    tic_tac_toe([0, 3, 1, 4])
        .when(ada(), cell(2))
        .then([placed(0, 2), Event::Finished(Outcome::win(Seat(0), 2, "line"))]);
}

#[test]
fn both_diagonals_win() {
    let win = |seat| Event::Finished(Outcome::win(Seat(seat), 2, "line"));
    tic_tac_toe([0, 1, 4, 2]).when(ada(), cell(8)).then([placed(0, 8), win(0)]);
    tic_tac_toe([0, 2, 1, 4, 8]).when(bob(), cell(6)).then([placed(1, 6), win(1)]);
}

#[test]
fn a_row_does_not_wrap_around_the_edge() {
    tic_tac_toe([1, 0, 2, 4]).when(ada(), cell(3)).then([placed(0, 3)]);
}

#[test]
fn a_full_board_without_a_line_is_a_draw() {
    let outcome = Outcome::draw(2, "full");
    assert!(outcome.winners().is_empty());
    tic_tac_toe([0, 1, 2, 4, 3, 5, 7, 6]).when(ada(), cell(8)).then([placed(0, 8), Event::Finished(outcome)]);
}

#[test]
fn the_last_move_may_fill_the_board_and_win() {
    tic_tac_toe([0, 1, 2, 3, 4, 5, 7, 6])
        .when(ada(), cell(8))
        .then([placed(0, 8), Event::Finished(Outcome::win(Seat(0), 2, "line"))]);
}

#[test]
fn larger_boards_ask_for_longer_lines() {
    let game = started("tic-tac-toe", json!({ "size": 5, "line": 4 }), [0, 5, 1, 6, 2, 7].map(cell));
    game.when(ada(), cell(4)).then([placed(0, 4)]);
    game.when(ada(), cell(3)).then([placed(0, 3), Event::Finished(Outcome::win(Seat(0), 2, "line"))]);
}

#[test]
fn discs_fall_onto_each_other() {
    let game = started("connect-four", json!({}), [3, 3, 3].map(column));
    let view = game.state().position().view(Viewer::Spectator);
    let of = |cell: usize| view["cells"][cell].clone();
    assert_eq!([of(38), of(31), of(24), of(17)], [json!(0), json!(1), json!(0), Value::Null]);
}

#[test]
fn four_discs_in_any_direction_win() {
    let win = |seat, column| {
        let payload = json!({ "seat": seat, "column": column });
        [played(payload), Event::Finished(Outcome::win(Seat(seat), 2, "line"))]
    };
    let after = |columns: &[usize]| started("connect-four", json!({}), columns.iter().copied().map(column));
    after(&[0, 1, 0, 1, 0, 1]).when(ada(), column(0)).then(win(0, 0));
    after(&[0, 0, 1, 1, 2, 2]).when(ada(), column(3)).then(win(0, 3));
    after(&[0, 1, 1, 2, 2, 3, 2, 3, 3, 6]).when(ada(), column(3)).then(win(0, 3));
    after(&[6, 5, 5, 4, 4, 3, 4, 3, 3, 0]).when(ada(), column(3)).then(win(0, 3));
}

#[test]
fn a_full_column_takes_no_disc() {
    let game = started("connect-four", json!({}), [0; 6].map(column));
    game.when(ada(), column(0)).then_rejected(Rejection::IllegalMove { reason: "That column is full." });
    game.when(ada(), column(7)).then_rejected(Rejection::IllegalMove { reason: "There is no such column." });
}

#[test]
fn options_outside_their_limits_are_refused() {
    let create = |kind: &str, options: Value| {
        let command = Command::create(kind, options);
        decide(None, &Actor::Player(ada()), &command, &Context::new(&kinds(), Timestamp::from_ms(1)))
    };
    for (kind, options) in [
        ("tic-tac-toe", json!({ "size": 2 })),
        ("tic-tac-toe", json!({ "size": 20 })),
        ("tic-tac-toe", json!({ "size": 4, "line": 5 })),
        ("tic-tac-toe", json!({ "siez": 4 })),
        ("tic-tac-toe", json!([])),
        ("tic-tac-toe", json!(null)),
        ("connect-four", json!({ "columns": 3 })),
        ("connect-four", json!({ "rows": 17 })),
        ("connect-four", json!({ "line": 2 })),
        ("connect-four", json!({ "columns": 7, "rows": 6, "line": 8 })),
    ] {
        let answer = create(kind, options.clone());
        assert!(matches!(answer, Err(Rejection::InvalidOptions { .. })), "{kind} {options}: {answer:?}");
    }
    assert_eq!(create("chess-boxing", json!({})), Err(Rejection::UnknownKind));
}

#[test]
fn resigning_loses_and_ends_the_game() {
    let game = tic_tac_toe([0]);
    let outcome = Outcome::win(Seat(1), 2, "resigned");
    game.when(ada(), Command::Resign).then([Event::Resigned(of_seat(0)), Event::Finished(outcome.clone())]);
    assert_eq!(outcome.winners(), [Seat(1)]);
    let over = game.and(ada(), Command::Resign);
    over.when(bob(), cell(1)).then_rejected(Rejection::Finished);
    over.when(bob(), Command::Resign).then_rejected(Rejection::Finished);
    over.when(bob(), Command::LeaveSeat).then_rejected(Rejection::Finished);
    given(&kinds(), "tic-tac-toe")
        .and(ada(), take_seat(0))
        .when(ada(), Command::Resign)
        .then_rejected(Rejection::NotStarted);
}

#[test]
fn places_tell_the_winners() {
    assert_eq!(Outcome::places(vec![2, 1, 3], "score").winners(), [Seat(1)]);
    assert_eq!(Outcome::places(vec![1, 2, 1], "score").winners(), [Seat(0), Seat(2)]);
    assert_eq!(Outcome::places(vec![1, 1, 1], "score").winners(), []);
}
