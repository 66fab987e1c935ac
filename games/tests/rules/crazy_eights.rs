//! Crazy eights.

use serde_json::{Value, json};
use turnlog_domain::{
    Chance, Outcome, Rules, Seat, Viewer,
    testing::{Given, given_at, played, player},
};
use turnlog_games::{CardEvent, CardMove, CrazyEights, kinds};

/// A game of two whose deck is dealt in this order; all cards that it does not name follow in theirs.
fn dealt(hand: u8, first: &[&str]) -> CrazyEights {
    let mut deck: Vec<u8> = first.iter().map(|card| place(card)).collect();
    deck.extend((0..52).filter(|card| !first.iter().any(|named| place(named) == *card)));
    let options = serde_json::from_value(json!({ "hand": hand })).expect("they are options");
    let mut game = CrazyEights::setup(&options).expect("they are within limits");
    let event = json!({ "dealt": { "players": 2, "hand": hand, "deck": { "shuffled": deck } } });
    game.evolve(&serde_json::from_value(event).expect("it is an event")).expect("it is a deal");
    game
}

fn place(card: &str) -> u8 {
    let ranks = "A23456789TJQK";
    let index = |letters: &str, letter: &str| u8::try_from(letters.find(letter).expect("a letter")).expect("few");
    index("CDHS", &card[1..]) * 13 + index(ranks, &card[..1])
}

fn decide(game: &CrazyEights, seat: u8, action: Value) -> Result<Vec<CardEvent>, &'static str> {
    let action: CardMove = serde_json::from_value(action).expect("it is an action");
    let words = &mut Chance::of_words(std::iter::repeat(0));
    game.decide(Seat(seat), &action, words).map_err(|illegal| illegal.0)
}

fn apply(game: &mut CrazyEights, events: &[CardEvent]) {
    for event in events {
        game.evolve(event).expect("it was decided");
    }
}

fn act(game: &mut CrazyEights, seat: u8, action: Value) {
    let events = decide(game, seat, action).expect("it is allowed");
    apply(game, &events);
}

fn card(card: &str) -> Value {
    json!({ "play": { "card": card } })
}

const HANDS: [&str; 7] = ["2C", "9H", "8S", "3C", "9C", "KD", "5C"];

#[test]
fn cards_follow_suit_or_rank_and_eights_are_wild() {
    let mut game = dealt(3, &HANDS);
    assert_eq!(decide(&game, 0, card("9H")).err(), Some("That card matches neither suit nor rank."));
    assert_eq!(decide(&game, 0, card("3C")).err(), Some("You do not hold that card."));
    assert_eq!(decide(&game, 0, card("8S")).err(), Some("Name the suit that must follow your eight."));
    let named = json!({ "play": { "card": "2C", "suit": "H" } });
    assert_eq!(decide(&game, 0, named).err(), Some("Only an eight names a suit."));
    act(&mut game, 0, card("2C"));
    act(&mut game, 1, card("9C"));
    act(&mut game, 0, card("9H"));
    assert_eq!(game.turn(), [Seat(1)]);
    act(&mut game, 1, json!({ "draw": {} }));
    act(&mut game, 1, json!({ "pass": {} }));
    act(&mut game, 0, json!({ "play": { "card": "8S", "suit": "D" } }));
    assert_eq!(game.outcome(), Some(Outcome::places(vec![1, 2], "out_of_cards")));
}

#[test]
fn one_card_is_drawn_before_one_passes() {
    let mut game = dealt(3, &HANDS);
    assert_eq!(decide(&game, 0, json!({ "pass": {} })).err(), Some("Draw a card before you pass."));
    act(&mut game, 0, json!({ "draw": {} }));
    let refused = "You have drawn already, or nothing is left to draw.";
    assert_eq!(decide(&game, 0, json!({ "draw": {} })).err(), Some(refused));
    assert_eq!(game.turn(), [Seat(0)]);
    act(&mut game, 0, json!({ "pass": {} }));
    assert_eq!(game.turn(), [Seat(1)]);
}

#[test]
fn the_discards_are_shuffled_when_the_pile_runs_out() {
    let mut game = dealt(3, &HANDS);
    act(&mut game, 0, card("2C"));
    while json!(game.view(Viewer::Spectator))["pile"] != 0 {
        let seat = game.turn()[0].0;
        act(&mut game, seat, json!({ "draw": {} }));
        act(&mut game, seat, json!({ "pass": {} }));
    }
    let seat = game.turn()[0].0;
    let events = decide(&game, seat, json!({ "draw": {} })).expect("two cards lie under the top");
    assert!(matches!(events[..], [CardEvent::Reshuffled { .. }, CardEvent::Drew { .. }]), "{events:?}");
    act(&mut game, seat, json!({ "draw": {} }));
    let view = json!(game.view(Viewer::Spectator));
    assert_eq!((&view["discards"], &view["pile"]), (&json!(["2C"]), &json!(0)));
}

#[test]
fn hands_pile_and_drawn_cards_are_hidden() {
    let game: Given = ["ada", "bob"]
        .into_iter()
        .fold(given_at(&kinds(), "crazy-eights", json!({ "hand": 3 }), json!({ "max_players": 2 })), |game, name| {
            game.and(player(name), turnlog_domain::Command::take_seat(None))
        });
    let deal = game.messages()[2].events.last().expect("it was dealt");
    let of = |viewer| game.state().redact(deal, viewer).expect("it is an event").data()["dealt"]["deck"].clone();
    let seen = |viewer| {
        let deck = of(viewer)["shuffled"].clone();
        let places = deck.as_array().expect("a deck").iter().enumerate();
        places.filter(|(_, card)| !card.is_null()).map(|(place, _)| place).collect::<Vec<_>>()
    };
    assert_eq!(seen(Viewer::Seat(Seat(0))), [0, 1, 2, 6]);
    assert_eq!(seen(Viewer::Seat(Seat(1))), [3, 4, 5, 6]);
    assert_eq!(seen(Viewer::Spectator), [6]);
    let drew = played(json!({ "drew": { "seat": 0, "card": "5C" } }));
    let hidden = played(json!({ "drew": { "seat": 0, "card": null } }));
    assert_eq!(game.state().redact(&drew, Viewer::Seat(Seat(1))), Ok(hidden));
}

#[test]
fn a_player_who_leaves_puts_their_hand_under_the_pile() {
    let game = dealt(3, &HANDS);
    let mut left = game.clone();
    let events = left.drop_out(Seat(0), &mut Chance::none()).expect("it goes on");
    apply(&mut left, &events);
    assert_eq!(left.outcome(), Some(Outcome::places(vec![2, 1], "last_at_the_table")));
    assert_eq!(json!(left.view(Viewer::Spectator))["pile"], json!(48));
}

#[test]
fn a_terminal_shows_ones_own_hand() {
    let text = CrazyEights::text(&dealt(3, &HANDS).view(Viewer::Seat(Seat(1))));
    assert_eq!(text, "Player 1: 3 cards\nPlayer 2: 3C 9C KD\nTop: 5C, suit C, 45 to draw\n");
}
