//! The rules of sessions and kinds, in domain words.

use serde_json::{Value, json};
use turnlog_domain::{
    Actor, Command, Event, GameId, Outcome, PlayerId, Rejection, Seat, Seq, Session, Timestamp, Viewer, decide, limits,
    testing::{Given, command_id, given, given_with, play, player, take_seat},
};

fn ada() -> PlayerId {
    player("ada")
}

fn bob() -> PlayerId {
    player("bob")
}

fn cell(cell: usize) -> Command {
    play(json!({ "cell": cell }))
}

fn column(column: usize) -> Command {
    play(json!({ "column": column }))
}

fn placed(seat: u8, cell: usize) -> Event {
    Event::Played(json!({ "seat": seat, "cell": cell }))
}

/// Ada on seat 0 and Bob on seat 1, who then move in turn.
fn started(kind: &str, options: Value, moves: impl IntoIterator<Item = Command>) -> Given {
    let game = given_with(kind, options).and(ada(), take_seat(0)).and(bob(), take_seat(1));
    moves
        .into_iter()
        .zip([ada(), bob()].into_iter().cycle())
        .fold(game, |game, (command, player)| game.and(player, command))
}

fn tic_tac_toe(cells: impl IntoIterator<Item = usize>) -> Given {
    started("tic-tac-toe", json!({}), cells.into_iter().map(cell))
}

#[test]
fn a_free_seat_is_taken() {
    given("tic-tac-toe").when(ada(), take_seat(1)).then([Event::SeatTaken { seat: Seat(1), player_id: ada() }]);
}

#[test]
fn the_first_free_seat_is_taken_when_none_is_named() {
    given("tic-tac-toe")
        .and(ada(), take_seat(0))
        .when(bob(), Command::TakeSeat { seat: None })
        .then([Event::SeatTaken { seat: Seat(1), player_id: bob() }, Event::Started]);
}

#[test]
fn taking_the_seat_one_has_changes_nothing() {
    let game = given("tic-tac-toe").and(ada(), take_seat(0));
    game.when(ada(), take_seat(0)).then([]);
    game.when(ada(), Command::TakeSeat { seat: None }).then([]);
    game.when(ada(), take_seat(1)).then_rejected(Rejection::AlreadySeated);
}

#[test]
fn a_taken_seat_a_full_table_and_a_seat_that_is_not_there_are_refused() {
    let game = tic_tac_toe([]);
    game.when(player("eve"), take_seat(1)).then_rejected(Rejection::SeatTaken);
    game.when(player("eve"), Command::TakeSeat { seat: None }).then_rejected(Rejection::GameFull);
    given("tic-tac-toe").when(ada(), take_seat(2)).then_rejected(Rejection::NoSuchSeat);
}

#[test]
fn a_seat_can_be_left_before_the_start_only() {
    given("tic-tac-toe")
        .and(ada(), take_seat(0))
        .when(ada(), Command::LeaveSeat)
        .then([Event::SeatLeft { seat: Seat(0) }]);
    given("tic-tac-toe").when(ada(), Command::LeaveSeat).then_rejected(Rejection::NotSeated);
    tic_tac_toe([]).when(ada(), Command::LeaveSeat).then_rejected(Rejection::AlreadyStarted);
}

#[test]
fn moves_wait_for_the_start_and_for_their_turn() {
    let waiting = given("tic-tac-toe").and(ada(), take_seat(0));
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
    let view = game.session().position().view(Viewer::Spectator);
    let of = |cell: usize| view["cells"][cell].clone();
    assert_eq!([of(38), of(31), of(24), of(17)], [json!(0), json!(1), json!(0), Value::Null]);
}

#[test]
fn four_discs_in_any_direction_win() {
    let win = |seat, column| {
        let payload = json!({ "seat": seat, "column": column });
        [Event::Played(payload), Event::Finished(Outcome::win(Seat(seat), 2, "line"))]
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
        let command = Command::Create { kind: kind.to_owned(), options };
        decide(None, &Actor::Player(ada()), &command, Timestamp::from_ms(1))
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
    game.when(ada(), Command::Resign).then([Event::Resigned { seat: Seat(0) }, Event::Finished(outcome.clone())]);
    assert_eq!(outcome.winners(), [Seat(1)]);
    let over = game.and(ada(), Command::Resign);
    over.when(bob(), cell(1)).then_rejected(Rejection::Finished);
    over.when(bob(), Command::Resign).then_rejected(Rejection::Finished);
    over.when(bob(), Command::LeaveSeat).then_rejected(Rejection::Finished);
    given("tic-tac-toe").and(ada(), take_seat(0)).when(ada(), Command::Resign).then_rejected(Rejection::NotStarted);
}

#[test]
fn places_tell_the_winners() {
    assert_eq!(Outcome::places(vec![2, 1, 3], "score").winners(), [Seat(1)]);
    assert_eq!(Outcome::places(vec![1, 2, 1], "score").winners(), [Seat(0), Seat(2)]);
    assert_eq!(Outcome::places(vec![1, 1, 1], "score").winners(), []);
}

#[test]
fn a_move_that_names_a_head_before_ones_own_last_move_is_outdated() {
    let game = tic_tac_toe([0, 4]);
    let repeat = |seen| Command::Play { action: json!({ "cell": 8 }), seen: Some(Seq(seen)) };
    assert_eq!(game.session().seq(), Seq(5));
    game.when(ada(), repeat(3)).then_rejected(Rejection::Outdated);
    // The other player's move in between does not make it so.
    game.when(ada(), repeat(4)).then([placed(0, 8)]);
    game.when(ada(), repeat(5)).then([placed(0, 8)]);
}

#[test]
fn only_the_system_closes_games_and_only_abandoned_ones() {
    let closed = [Event::Finished(Outcome::draw(2, "abandoned"))];
    let waiting = given("tic-tac-toe").and(ada(), take_seat(0));
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

#[test]
fn recent_commands_are_remembered_within_their_limits() {
    let game = given("tic-tac-toe").and(ada(), take_seat(0));
    let host = Actor::Player(player("host"));
    assert_eq!(game.session().recorded(&host, command_id(1)), Some(Seq(1)));
    assert_eq!(game.session().recorded(&Actor::Player(ada()), command_id(1)), None, "the player is part of the key");
    // Joining and leaving makes many messages of one player.
    let busy = (0..100).fold(game, |game, _| game.and(bob(), take_seat(1)).and_leave_if_waiting(bob()));
    let recorded = |seq: u64| busy.session().recorded(&Actor::Player(ada()), command_id(seq)).is_some();
    assert!(recorded(2), "a seated player's commands are not pushed out by others");
}

#[test]
fn repeats_survive_replay() {
    let game = tic_tac_toe([0, 3, 1]);
    let replayed = game.messages().iter().try_fold(None, |session, message| Session::fold(session, message).map(Some));
    let replayed = replayed.expect("it folds").expect("it is not empty");
    assert_eq!(replayed.recorded(&Actor::Player(ada()), command_id(6)), Some(Seq(6)));
    assert_eq!(replayed, *game.session());
}

#[test]
fn a_gap_or_a_step_back_in_time_does_not_fold() {
    let game = tic_tac_toe([0, 3]);
    let [first, second, third, ..] = game.messages() else { panic!("there are more") };
    let session = Session::fold(None, first).expect("the first message folds");
    assert!(Session::fold(Some(session.clone()), third).is_err());
    assert!(Session::fold(None, second).is_err());
    let mut early = second.clone();
    early.at = first.at;
    assert!(Session::fold(Some(session), &early).is_err());
}

#[test]
fn a_damaged_message_does_not_fold() {
    let game = tic_tac_toe([0]);
    let last = game.messages().last().expect("there is one");
    for event in [placed(0, 1), placed(1, 0), placed(1, 99), Event::Played(json!("?")), Event::Started] {
        let mut damaged = last.clone();
        damaged.seq = Seq(5);
        damaged.at = Timestamp::from_ms(last.at.as_ms() + 1);
        damaged.events = vec![event.clone()];
        assert!(Session::fold(Some(game.session().clone()), &damaged).is_err(), "{event:?}");
    }
}

#[test]
fn the_id_of_a_game_comes_from_who_creates_it_and_the_command() {
    assert_eq!(GameId::of_create(&ada(), command_id(1)), GameId::of_create(&ada(), command_id(1)));
    assert_ne!(GameId::of_create(&ada(), command_id(1)), GameId::of_create(&bob(), command_id(1)));
    assert_ne!(GameId::of_create(&ada(), command_id(1)), GameId::of_create(&ada(), command_id(2)));
}

#[test]
fn ids_are_checked_where_they_enter() {
    for bad in ["", "a b", "a#b", "é", "a\u{0}", &"x".repeat(65)] {
        assert!(PlayerId::parse(bad).is_err(), "{bad:?}");
    }
    assert!(PlayerId::parse("auth0|62f0-A.b_c@d").is_ok());
    assert!(GameId::parse("67e5504410b1426f9247bb680e5fe0c8").is_err());
    assert!(GameId::parse("{67e55044-10b1-426f-9247-bb680e5fe0c8}").is_err());
    assert!(GameId::parse("67e55044-10b1-426f-9247-bb680e5fe0c8").is_ok());
}

/// Leaving is possible only while a seat is free, so this test's Bob comes and goes at a table for one more.
trait Leave {
    fn and_leave_if_waiting(self, player: PlayerId) -> Given;
}

impl Leave for Given {
    fn and_leave_if_waiting(self, player: PlayerId) -> Given {
        if self.session().turn().is_empty() { self.and(player, Command::LeaveSeat) } else { self }
    }
}
