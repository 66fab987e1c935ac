//! Sizes: whatever kind is played, its views and messages fit into their frames.

use serde_json::{Value, json};
use turnlog_domain::{
    Actor, Command, Kind, Seat, Timestamp, Viewer, decide,
    testing::{Given, given_with, play, player},
};
use turnlog_protocol::{
    Push, View, WireMessage, encode, fitting, fitting_last,
    limits::{SERVER_FRAME_BYTES_MAX, VIEW_BYTES_MAX},
};

/// The options with the largest numbers that the kind accepts.
fn largest_options(kind: &Kind) -> Value {
    let create = |options: &Value| {
        let command = Command::Create { kind: kind.name().to_owned(), options: options.clone() };
        decide(None, &Actor::Player(player("ada")), &command, Timestamp::from_ms(1))
    };
    let created = create(&json!({})).expect("every kind takes an empty object as its options");
    let mut options = created[0].data()["options"].clone();
    let names: Vec<String> = options.as_object().into_iter().flat_map(|fields| fields.keys().cloned()).collect();
    let all = |number: u64| names.iter().map(|name| (name.clone(), json!(number))).collect::<Value>();
    if let Some(largest) = (1..=64).rev().map(all).find(|options| create(options).is_ok()) {
        options = largest;
    }
    options
}

fn full_table(kind: &Kind) -> Given {
    let given = given_with(kind.name(), largest_options(kind));
    let seats = given.session().position().seats();
    (0..seats).fold(given, |given, seat| {
        // The longest names that player ids can have.
        given.and(player(&format!("{seat}{}", "x".repeat(63))), Command::TakeSeat { seat: Some(Seat(seat)) })
    })
}

/// Plays the first legal action until none is left; looks at every state on the way.
fn play_out(mut given: Given, look: impl Fn(&Given)) {
    loop {
        look(&given);
        let session = given.session();
        let Some(&seat) = session.turn().first() else { return };
        let action = session.position().legal_actions(seat).into_iter().next().expect("somebody can move");
        let occupant = session.seats()[seat.index()].as_ref().expect("a seat in turn is taken");
        given = given.clone().and(occupant.player_id.clone(), play(action));
    }
}

#[test]
fn views_and_pushes_of_every_kind_fit_at_every_moment() {
    for kind in Kind::all() {
        play_out(full_table(kind), |given| {
            let (session, messages) = (given.session(), given.messages());
            let viewers = (0..session.position().seats()).map(|seat| Viewer::Seat(Seat(seat)));
            for viewer in viewers.chain([Viewer::Spectator]) {
                let view = View::of(session, viewer);
                let bytes = encode(&view).len();
                assert!(bytes <= VIEW_BYTES_MAX, "{}: a view of {bytes} bytes", kind.name());
                let message = WireMessage::of(session, &messages[messages.len() - 1], viewer).expect("it is readable");
                let (game, seq) = (session.game(), session.seq().0);
                let push = encode(&Push::Messages { game, seq, messages: vec![message], view: Box::new(view) });
                assert!(push.len() <= SERVER_FRAME_BYTES_MAX, "{}: a push of {} bytes", kind.name(), push.len());
            }
        });
    }
}

#[test]
fn pages_are_cut_by_bytes_and_hold_one_message_at_least() {
    let given = full_table(&Kind::all()[0]);
    let redact = |message| WireMessage::of(given.session(), message, Viewer::Spectator).expect("it is readable");
    let messages: Vec<WireMessage> = given.messages().iter().map(redact).collect();
    let bytes = |messages: &[WireMessage]| messages.iter().map(|message| encode(message).len() + 1).sum::<usize>();
    assert_eq!(fitting(&messages, bytes(&messages)), 3);
    assert_eq!(fitting(&messages, bytes(&messages) - 1), 2);
    assert_eq!(fitting(&messages, bytes(&messages[..1])), 1);
    assert_eq!(fitting_last(&messages, bytes(&messages[1..])), 2);
    assert_eq!(fitting(&messages, 0), 1);
    assert_eq!(fitting(&[], 0), 0);
}
