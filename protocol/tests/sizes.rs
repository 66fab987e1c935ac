//! Sizes: whatever kind is played, its views and messages fit into their frames.

use serde_json::{Value, json};
use turnlog_domain::{
    Actor, Command, Entropy, GameId, Kind, Message, OfferKind, Seat, Timestamp, Viewer,
    testing::{Given, command_id, decide_with_log, given_at, play, player},
};
use turnlog_games::kinds;
use turnlog_protocol::{
    Accepted, Answer, KindView, Push, View, WireMessage, encode, fitting, fitting_last,
    limits::{ACTIONS_MAX, SERVER_FRAME_BYTES_MAX, VIEW_BYTES_MAX},
};

/// Moves after which a game is long enough.
const MOVES_MAX: usize = 400;

/// The options with the largest numbers that the kind accepts.
fn largest_options(kind: Kind) -> Value {
    let create = |options: &Value| {
        let (ada, command) = (player("ada"), Command::create(kind.name(), options.clone()));
        let game = GameId::of_create(&ada, command_id(1));
        decide_with_log(&kinds(), game, &[], None, &Actor::Player(ada), &command, Timestamp::from_ms(1))
    };
    let created = create(&json!({})).expect("every kind takes an empty object as its options");
    let mut options = created[0].data()["options"].clone();
    let defaults = options.as_object().cloned().unwrap_or_default();
    let all = |number: u64| {
        let bend = |(name, value): (&String, &Value)| {
            (name.clone(), if value.is_number() { json!(number) } else { value.clone() })
        };
        defaults.iter().map(bend).collect::<Value>()
    };
    if let Some(largest) = (1..=64).rev().map(all).find(|options| create(options).is_ok()) {
        options = largest;
    }
    options
}

fn full_table(kind: Kind) -> Given {
    let clock = json!({ "fischer": { "initial_ms": 86_400_000, "increment_ms": 600_000 } });
    let given = given_at(&kinds(), kind.name(), largest_options(kind), json!({ "clock": clock }));
    let seats = given.state().seats().len();
    (0..seats).fold(given, |given, seat| {
        // The longest names that player ids can have, and the most that they can contribute to chance.
        let entropy = Entropy::parse(&"ab".repeat(32)).ok();
        let take = Command::TakeSeat { seat: None, entropy, invitation: None };
        given.and(player(&format!("{seat}{}", "x".repeat(63))), take)
    })
}

/// Makes every offer that is possible, so that all of them are open.
fn with_offers(given: &Given) -> Given {
    let occupant = given.state().seats()[0].as_ref().expect("the table is full").player_id.clone();
    let mut offering = given.clone();
    for offer in [OfferKind::Draw, OfferKind::TakeBack, OfferKind::Pause] {
        let command = Command::Offer(offer);
        if offering.when(occupant.clone(), command.clone()).is_accepted() {
            offering = offering.and(occupant.clone(), command);
        }
    }
    offering
}

/// Plays the first or the last legal action until none is left; looks at every state on the way.
fn play_out(mut given: Given, is_last: bool, look: impl Fn(&Given)) {
    for _ in 0..MOVES_MAX {
        look(&given);
        let game = given.state();
        let Some(&seat) = game.turn().first() else { return };
        let mut actions = game.position().legal_actions(seat);
        let action = actions.swap_remove(if is_last { actions.len() - 1 } else { 0 });
        let occupant = game.seats()[seat.index()].as_ref().expect("a seat in turn is taken");
        given = given.clone().and(occupant.player_id.clone(), play(action));
    }
}

#[test]
fn views_and_pushes_of_every_kind_fit_at_every_moment() {
    for kind in kinds().iter() {
        for is_last in [false, true] {
            play_out(full_table(kind), is_last, |given| check_sizes(kind, &with_offers(given), given.messages()));
        }
    }
}

/// The view with everything that may be open, beside the last message that a move caused.
fn check_sizes(kind: Kind, given: &Given, moved: &[Message]) {
    let game = given.state();
    // All of a table's seats see nearly the same.
    for viewer in [Viewer::Seat(Seat(0)), Viewer::Spectator] {
        let view = View::of(game, viewer);
        let bytes = encode(&view).len();
        assert!(bytes <= VIEW_BYTES_MAX, "{}: a view of {bytes} bytes", kind.name());
        let message = WireMessage::of(game, &moved[moved.len() - 1], viewer).expect("it is readable");
        let (game_id, seq) = (game.id(), game.seq().0);
        let push = encode(&Push::Messages { game: game_id, seq, messages: vec![message], view: Box::new(view) });
        assert!(push.len() <= SERVER_FRAME_BYTES_MAX, "{}: a push of {} bytes", kind.name(), push.len());
    }
    let occupant = &game.seats()[0].as_ref().expect("the table is full").player_id;
    check_frame(kind, Accepted::moment(game, game, occupant));
    for seat in game.turn() {
        check_frame(kind, Accepted::actions(game, seat));
    }
}

fn check_frame(kind: Kind, body: Accepted) {
    let text = encode(&Answer::Accepted { id: Some(command_id(1).into()), body });
    assert!(text.len() <= SERVER_FRAME_BYTES_MAX, "{}: a frame of {} bytes", kind.name(), text.len());
}

/// What an answer to `actions` lists, and whether it is cut.
fn listed(given: &Given, seat: Seat) -> (Vec<Value>, bool) {
    let answer = json!(Accepted::actions(given.state(), seat));
    (answer["actions"].as_array().expect("it is a list").clone(), answer["cut"] == true)
}

#[test]
fn actions_are_those_of_the_seat_in_turn_and_cut_where_there_are_more_than_are_listed() {
    let all = |given: &Given, seat| given.state().position().legal_actions(seat);
    let small = full_table(kinds().find("chess").expect("it is a kind"));
    assert_eq!(listed(&small, Seat(0)), (all(&small, Seat(0)), false));
    assert_eq!(all(&small, Seat(0)).len(), 20);
    assert_eq!(listed(&small, Seat(1)), (vec![], false), "white is in turn");
    let large = full_table(kinds().find("tic-tac-toe").expect("it is a kind"));
    assert_eq!(listed(&large, Seat(0)), (all(&large, Seat(0))[..ACTIONS_MAX].to_vec(), true));
    let occupant = small.state().seats()[1].as_ref().expect("the table is full").player_id.clone();
    let over = small.and(occupant, Command::Resign);
    assert!(!all(&over, Seat(0)).is_empty(), "the rules know nothing of the end");
    assert_eq!(listed(&over, Seat(0)), (vec![], false), "the game is over");
}

#[test]
fn kinds_come_in_the_order_of_the_server_and_in_pages_that_fit() {
    let views = KindView::all(&kinds());
    let page = |after: Option<&str>| {
        let body = Accepted::kinds(&views, after);
        check_frame(kinds().iter().next().expect("there are kinds"), body.clone());
        let answer = json!(body);
        let names = answer["kinds"].as_array().expect("it is a list").iter();
        let names: Vec<String> = names.map(|kind| kind["name"].as_str().expect("it is a text").to_owned()).collect();
        (names, answer["more"] == true)
    };
    let (mut names, mut more) = page(None);
    while more {
        let next = page(names.last().map(String::as_str));
        names.extend(next.0);
        more = next.1;
    }
    let expected: Vec<&str> = kinds().iter().map(Kind::name).collect();
    assert_eq!(names, expected);
    assert_eq!(page(expected.get(1).copied()).0[0], expected[2]);
    assert_eq!(page(expected.last().copied()), (vec![], false));
    assert_eq!(page(Some("no-such-kind")), (vec![], false));
}

#[test]
fn pages_are_cut_by_bytes_and_hold_one_message_at_least() {
    let given = full_table(kinds().iter().next().expect("there are kinds"));
    let redact = |message| WireMessage::of(given.state(), message, Viewer::Spectator).expect("it is readable");
    let messages: Vec<WireMessage> = given.messages().iter().map(redact).collect();
    let bytes = |messages: &[WireMessage]| messages.iter().map(|message| encode(message).len() + 1).sum::<usize>();
    assert_eq!(fitting(&messages, bytes(&messages)), 3);
    assert_eq!(fitting(&messages, bytes(&messages) - 1), 2);
    assert_eq!(fitting(&messages, bytes(&messages[..1])), 1);
    assert_eq!(fitting_last(&messages, bytes(&messages[1..])), 2);
    assert_eq!(fitting(&messages, 0), 1);
    assert_eq!(fitting(&[], 0), 0);
}
