//! The log, its fold, and ids.

use serde_json::json;
use turnlog_domain::{
    Actor, Command, Event, Game, GameId, PlayerId, Rejection, Seq, Timestamp,
    testing::{Given, command_id, given, played, player, take_seat},
};
use turnlog_games::kinds;

use crate::{ada, bob, placed, tic_tac_toe};

#[test]
fn a_move_that_names_a_head_before_ones_own_last_move_is_outdated() {
    let game = tic_tac_toe([0, 4]);
    let repeat = |seen| Command::Play { action: json!({ "cell": 8 }), seen: Some(Seq(seen)) };
    assert_eq!(game.state().seq(), Seq(5));
    game.when(ada(), repeat(3)).then_rejected(Rejection::Outdated);
    // The other player's move in between does not make it so.
    game.when(ada(), repeat(4)).then([placed(0, 8)]);
    game.when(ada(), repeat(5)).then([placed(0, 8)]);
}

#[test]
fn recent_commands_are_remembered_within_their_limits() {
    let game = given(&kinds(), "tic-tac-toe").and(ada(), take_seat(0));
    let host = Actor::Player(player("host"));
    assert_eq!(game.state().recorded(&host, command_id(1)), Some(Seq(1)));
    assert_eq!(game.state().recorded(&Actor::Player(ada()), command_id(1)), None, "the player is part of the key");
    // Joining and leaving makes many messages of one player.
    let busy = (0..100).fold(game, |game, _| game.and(bob(), take_seat(1)).and_leave_if_waiting(bob()));
    let recorded = |seq: u64| busy.state().recorded(&Actor::Player(ada()), command_id(seq)).is_some();
    assert!(recorded(2), "a seated player's commands are not pushed out by others");
}

#[test]
fn repeats_survive_replay() {
    let given = tic_tac_toe([0, 3, 1]);
    let replayed =
        given.messages().iter().try_fold(None, |game, message| Game::fold(&kinds(), game, message).map(Some));
    let replayed = replayed.expect("it folds").expect("it is not empty");
    assert_eq!(replayed.recorded(&Actor::Player(ada()), command_id(6)), Some(Seq(6)));
    assert_eq!(replayed, *given.state());
}

#[test]
fn a_gap_or_a_step_back_in_time_does_not_fold() {
    let given = tic_tac_toe([0, 3]);
    let [first, second, third, ..] = given.messages() else { panic!("there are more") };
    let game = Game::fold(&kinds(), None, first).expect("the first message folds");
    assert!(Game::fold(&kinds(), Some(game.clone()), third).is_err());
    assert!(Game::fold(&kinds(), None, second).is_err());
    let mut early = second.clone();
    early.at = first.at;
    assert!(Game::fold(&kinds(), Some(game), &early).is_err());
}

#[test]
fn a_damaged_message_does_not_fold() {
    let game = tic_tac_toe([0]);
    let last = game.messages().last().expect("there is one");
    for event in [placed(0, 1), placed(1, 0), placed(1, 99), played(json!("?")), Event::Started] {
        let mut damaged = last.clone();
        damaged.seq = Seq(5);
        damaged.at = Timestamp::from_ms(last.at.as_ms() + 1);
        damaged.events = vec![event.clone()];
        assert!(Game::fold(&kinds(), Some(game.state().clone()), &damaged).is_err(), "{event:?}");
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
        if self.state().turn().is_empty() { self.and(player, Command::LeaveSeat) } else { self }
    }
}
