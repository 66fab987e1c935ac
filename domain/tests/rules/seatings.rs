//! How often seats are taken at a table that waits.

use serde_json::{Value, json};
use turnlog_domain::{
    Actor, Bot, Command, PlayerId, Rejection, Seat, Timestamp,
    limits::{SEATINGS_OF_GUESTS_MAX, SEATINGS_OF_RETURNING_GUESTS_MAX, SEATINGS_PER_PLAYER_MAX, SEATINGS_WINDOW_MS},
    testing::{Given, given_at, player},
    verify,
};
use turnlog_games::kinds;

use crate::{ada, bob};

fn waiting() -> Given {
    given_at(&kinds(), "liars-dice", json!({}), json!({ "start": "host" }))
}

fn host() -> PlayerId {
    player("host")
}

fn sit() -> Command {
    Command::take_seat(None)
}

/// Somebody takes a seat and leaves it, so many times, within two milliseconds each.
fn comes_and_goes(game: Given, who: &PlayerId, times: usize) -> Given {
    (0..times).fold(game, |game, _| {
        let game = game.and_later(Actor::Player(who.clone()), sit(), 1);
        game.and_later(Actor::Player(who.clone()), Command::LeaveSeat, 1)
    })
}

fn refused(retry_after_ms: u64) -> Rejection {
    Rejection::TooManySeatChanges { retry_after_ms }
}

fn remembered(game: &Given) -> usize {
    let state: Value = serde_json::from_str(&game.state().to_json()).expect("it is JSON");
    state["seating"].as_array().map_or(0, Vec::len)
}

#[test]
fn a_player_who_comes_and_goes_waits_until_the_oldest_no_longer_counts() {
    for who in [ada(), host()] {
        let game = comes_and_goes(waiting(), &who, SEATINGS_PER_PLAYER_MAX);
        let since_the_first = 2 * SEATINGS_PER_PLAYER_MAX as u64 - 1;
        let (actor, left) = (Actor::Player(who), SEATINGS_WINDOW_MS - since_the_first);
        game.when_by(actor.clone(), sit(), 1).then_rejected(refused(left - 1));
        game.when_by(actor.clone(), sit(), left - 1).then_rejected(refused(1));
        assert!(game.when_by(actor, sit(), left).is_accepted());
        assert!(game.when(bob(), sit()).is_accepted(), "the others feel nothing");
    }
}

#[test]
fn leaving_is_never_refused() {
    let game = comes_and_goes(waiting(), &ada(), SEATINGS_PER_PLAYER_MAX - 1).and_later(Actor::Player(ada()), sit(), 1);
    assert!(game.when(ada(), Command::LeaveSeat).is_accepted());
}

#[test]
fn several_accounts_together_do_no_more_and_keep_nobody_out() {
    let accounts: Vec<PlayerId> = (0..4).map(|number| player(&format!("eve{number}"))).collect();
    let rounds = SEATINGS_OF_RETURNING_GUESTS_MAX / accounts.len();
    let game = accounts.iter().fold(waiting(), |game, who| comes_and_goes(game, who, rounds));
    for who in &accounts {
        assert!(matches!(game.when(who.clone(), sit()).rejection(), Rejection::TooManySeatChanges { .. }), "{who}");
    }
    // Whoever did not sit here lately has room, and the host has nothing to do with it.
    let game = game.and(ada(), sit()).and(host(), sit());
    assert!(game.when(host(), Command::kick(game.state().seat_of(&ada()).expect("she sits"))).is_accepted());
    assert!(game.when(host(), Command::AddBot { seat: None, bot: Bot::Random }).is_accepted());
    assert!(game.when(host(), Command::Start).is_accepted());
}

#[test]
fn however_many_accounts_there_are_what_is_stored_is_bounded() {
    let accounts = (0..SEATINGS_OF_GUESTS_MAX).map(|number| player(&format!("{number:064}")));
    let game = accounts.fold(waiting(), |game, who| comes_and_goes(game, &who, 1));
    assert!(matches!(game.when(ada(), sit()).rejection(), Rejection::TooManySeatChanges { .. }));
    let game = comes_and_goes(game, &host(), SEATINGS_PER_PLAYER_MAX);
    assert!(!game.when(host(), sit()).is_accepted());
    assert_eq!(remembered(&game), SEATINGS_OF_GUESTS_MAX + SEATINGS_PER_PLAYER_MAX);
    assert_eq!(remembered(&game.clone().and_later(Actor::Player(ada()), sit(), SEATINGS_WINDOW_MS)), 1);
}

#[test]
fn setting_bots_on_seats_counts_for_the_host_and_sending_them_away_does_not() {
    let seated = waiting().and(host(), sit());
    let game = (1..SEATINGS_PER_PLAYER_MAX).fold(seated, |game, _| {
        let game = game.and(host(), Command::AddBot { seat: Some(Seat(1)), bot: Bot::Random });
        game.and(host(), Command::kick(Seat(1)))
    });
    let add = Command::AddBot { seat: None, bot: Bot::Random };
    assert!(matches!(game.when(host(), add).rejection(), Rejection::TooManySeatChanges { .. }));
    let game = game.and(ada(), sit()).and(bob(), sit());
    assert!(game.when(host(), Command::kick(Seat(1))).is_accepted());
}

#[test]
fn nothing_is_remembered_once_the_game_has_started() {
    let game = comes_and_goes(waiting(), &ada(), 3).and(ada(), sit()).and(bob(), sit());
    assert_eq!(remembered(&game), 5);
    let game = game.and(ada(), Command::Start);
    assert_eq!(remembered(&game), 0);
}

#[test]
fn a_log_from_before_the_limit_is_verified_as_any() {
    let table = json!({ "max_players": 2 });
    let slowly = |game: Given, command| game.and_later(Actor::Player(ada()), command, SEATINGS_WINDOW_MS);
    let game = (0..=SEATINGS_PER_PLAYER_MAX).fold(given_at(&kinds(), "liars-dice", json!({}), table), |game, _| {
        slowly(slowly(game, sit()), Command::LeaveSeat)
    });
    let game = game.and(bob(), sit()).and(ada(), sit()).and(ada(), Command::Resign);
    let mut log = game.messages().to_vec();
    for (message, at) in log.iter_mut().zip(1..) {
        message.at = Timestamp::from_ms(at);
    }
    assert_eq!(verify(&kinds(), &log), Ok(()));
}
