//! Liar's dice.

use serde_json::json;
use turnlog_domain::{
    Chance, Command, Event, Outcome, Rejection, Rules, Seat, Viewer,
    testing::{Given, given_at, play, played, player},
};
use turnlog_games::{BidOrChallenge, DiceEvent, LiarsDice, kinds};

use crate::{ada, bob, cleo};

fn bid(count: u8, face: u8) -> Command {
    play(json!({ "bid": { "count": count, "face": face } }))
}

fn challenge() -> Command {
    play(json!({ "challenge": {} }))
}

fn table(players: u8) -> Given {
    let game = given_at(&kinds(), "liars-dice", json!({}), json!({ "max_players": players }));
    let names = ["ada", "bob", "cleo"].into_iter().take(players.into());
    names.fold(game, |game, name| game.and(player(name), Command::take_seat(None)))
}

/// A game of two with these dice, ones wild, without a game around it.
fn rolled(dice: &[u32]) -> LiarsDice {
    let options = serde_json::from_value(json!({ "dice": dice.len() / 2 })).expect("they are options");
    let mut game = LiarsDice::setup(&options).expect("they are within limits");
    let words: Vec<u32> = dice.iter().map(|face| face - 1).collect();
    let events = game.begin(2, &mut Chance::of_words(words.into_iter()));
    apply(&mut game, &events);
    game
}

fn apply(game: &mut LiarsDice, events: &[DiceEvent]) {
    for event in events {
        game.evolve(event).expect("it was decided");
    }
}

fn act(game: &mut LiarsDice, seat: u8, action: serde_json::Value) {
    let action: BidOrChallenge = serde_json::from_value(action).expect("it is an action");
    let events = game.decide(Seat(seat), &action, &mut Chance::of_words(std::iter::repeat(0)));
    apply(game, &events.expect("it is allowed"));
}

fn loser(mut game: LiarsDice, count: u8, face: u8) -> serde_json::Value {
    act(&mut game, 0, json!({ "bid": { "count": count, "face": face } }));
    act(&mut game, 1, json!({ "challenge": {} }));
    json!(game.view(Viewer::Spectator))["last"]["loser"].clone()
}

#[test]
fn bids_rise_and_go_round() {
    let game = table(3).and(ada(), bid(2, 3));
    assert_eq!(game.state().turn(), [Seat(1)]);
    let refused = Rejection::IllegalMove { reason: "Bid more dice, or as many of a higher face." };
    for (count, face) in [(2, 3), (2, 2), (1, 6), (3, 7), (3, 0), (0, 6), (16, 2)] {
        game.when(bob(), bid(count, face)).then_rejected(refused.clone());
    }
    let event = json!({ "bid": { "seat": 1, "bid": { "count": 2, "face": 4 } } });
    game.when(bob(), bid(2, 4)).then([played(event)]);
    game.when(cleo(), bid(3, 4)).then_rejected(Rejection::NotYourTurn);
    table(2).when(ada(), challenge()).then_rejected(Rejection::IllegalMove { reason: "There is no bid to doubt." });
}

#[test]
fn a_challenge_costs_the_liar_or_the_doubter_a_die() {
    assert_eq!(loser(rolled(&[2, 3, 5, 3]), 2, 3), json!(1), "two threes are there");
    assert_eq!(loser(rolled(&[2, 3, 5, 3]), 3, 3), json!(0), "three are not");
    assert_eq!(loser(rolled(&[1, 3, 5, 3]), 3, 3), json!(1), "ones are wild");
}

#[test]
fn the_loser_begins_the_next_round_with_fewer_dice() {
    let game = table(2).and(ada(), bid(10, 6));
    let names: Vec<&str> = game.when(bob(), challenge()).events().iter().map(Event::name).collect();
    assert_eq!(names, ["played", "played"]);
    let game = game.and(bob(), challenge());
    assert_eq!(game.state().view(Viewer::Spectator)["dice"], json!([4, 5]));
    assert_eq!(game.state().turn(), [Seat(0)]);
}

#[test]
fn everybody_sees_their_own_dice_only() {
    let game = table(2);
    let roll = game.messages()[2].events.last().expect("it was rolled");
    let of = |viewer| {
        let seen = game.state().redact(roll, viewer).expect("it is an event").data();
        seen["rolled"]["roll"]["rolled"]
            .as_array()
            .expect("dice")
            .iter()
            .map(serde_json::Value::is_null)
            .collect::<Vec<_>>()
    };
    assert_eq!(of(Viewer::Seat(Seat(0))), [[false; 5], [true; 5]].concat());
    assert_eq!(of(Viewer::Spectator), [true; 10]);
    let view = game.state().view(Viewer::Seat(Seat(1)));
    assert!(view["cups"][0].is_null() && view["cups"][1].is_array());
}

#[test]
fn the_game_goes_on_without_those_who_leave_and_the_last_one_wins() {
    let game = table(3).and(ada(), bid(1, 2)).and(bob(), Command::Resign);
    assert_eq!(game.state().view(Viewer::Spectator)["dice"], json!([5, 0, 5]));
    assert_eq!(game.state().turn(), [Seat(2)]);
    game.when(bob(), bid(5, 5)).then_rejected(Rejection::Out);
    game.when(bob(), Command::Resign).then_rejected(Rejection::Out);
    let ended = game.when(ada(), Command::Resign).events();
    let outcome = Outcome::places(vec![2, 3, 1], "last_with_dice");
    assert!(ended.contains(&Event::Finished(outcome)), "{ended:?}");
}

#[test]
fn all_cups_are_open_after_the_end() {
    let game = table(2).and(ada(), Command::Resign);
    let roll = game.messages()[2].events.last().expect("it was rolled");
    assert_eq!(game.state().redact(roll, Viewer::Spectator).as_ref(), Ok(roll));
    assert!(game.state().view(Viewer::Spectator)["cups"][1].is_array());
}

#[test]
fn a_terminal_shows_ones_own_dice() {
    let mut game = rolled(&[2, 3, 5, 3]);
    act(&mut game, 0, json!({ "bid": { "count": 2, "face": 3 } }));
    let text = LiarsDice::text(&game.view(Viewer::Seat(Seat(0))));
    assert_eq!(text, "Player 1: [2, 3]\nPlayer 2: 2 dice\nBid: 2 x 3\n");
}
