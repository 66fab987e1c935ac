//! Frames of the server: their JSON is that of the fixtures, which the JavaScript client reads too.

use serde_json::{Value, json};
use turnlog_domain::{
    CommandId, Event, GameId, Message, PlayerId, Seat, Session, Viewer,
    testing::{Given, given, play, player, take_seat},
};
use turnlog_protocol::{Accepted, Answer, ErrorCode, Frame, Player, Push, Refusal, View, WireMessage, encode};

fn id() -> CommandId {
    CommandId::parse("00000000-0000-4000-8000-000000000001").expect("it is an id")
}

fn game() -> GameId {
    GameId::parse("11111111-1111-5111-8111-111111111111").expect("it is an id")
}

/// Ada and Bob sit, and Ada has played.
fn played() -> Given {
    given("tic-tac-toe")
        .and(player("ada"), take_seat(0))
        .and(player("bob"), take_seat(1))
        .and(player("ada"), play(json!({ "cell": 4 })))
}

fn wire(session: &Session, message: &Message) -> WireMessage {
    WireMessage::of(session, message, Viewer::Spectator).expect("a decided message is readable")
}

fn frames() -> Vec<(&'static str, String)> {
    let given = played();
    let (session, messages) = (given.session(), given.messages());
    let last = || vec![wire(session, &messages[3])];
    let view = |viewer: Viewer| Box::new(View::of(session, viewer));
    let accepted = |body: Accepted| encode(&Answer::Accepted { id: id(), body });
    let ada = PlayerId::parse("ada").expect("it is an id");
    let seat = Some(Seat(0));
    vec![
        (
            "accepted create",
            accepted(Accepted::Command { game: game(), seq: 1, seat: None, messages: vec![], view: None }),
        ),
        (
            "accepted play",
            accepted(Accepted::Command {
                game: game(),
                seq: 4,
                seat,
                messages: last(),
                view: Some(view(Viewer::Seat(Seat(0)))),
            }),
        ),
        ("accepted repeat", accepted(Accepted::Command { game: game(), seq: 4, seat, messages: vec![], view: None })),
        (
            "accepted watch",
            accepted(Accepted::Watch {
                game: game(),
                seq: 4,
                from: Some(2),
                messages: messages[1..].iter().map(|message| wire(session, message)).collect(),
                view: view(Viewer::Spectator),
                more: false,
            }),
        ),
        ("accepted history", accepted(Accepted::History { game: game(), seq: 4, messages: last(), more: false })),
        (
            "accepted players",
            accepted(Accepted::Players { players: vec![Player { player_id: ada, name: "Ada".to_owned() }] }),
        ),
        ("accepted ping", accepted(Accepted::Ping { now: 1_700_000_000_000, seq: Some(4) })),
        ("accepted ping without a game", accepted(Accepted::Ping { now: 1_700_000_000_000, seq: None })),
        (
            "rejected",
            encode(&Answer::rejected(Some(id()), Refusal::new(ErrorCode::NotYourTurn, "It is not your turn."))),
        ),
        ("rejected without an id", encode(&Answer::from(Frame::parse("hello").expect_err("it is no frame")))),
        ("failed", encode(&Answer::failed(id(), ErrorCode::TryAgain))),
        (
            "pushed messages",
            encode(&Push::Messages { game: game(), seq: 4, messages: last(), view: view(Viewer::Seat(Seat(1))) }),
        ),
        ("pushed behind", encode(&Push::Behind { game: game(), seq: 4 })),
    ]
}

#[test]
fn the_frames_of_the_server_are_those_of_the_fixtures() {
    let frame = |text: &str| serde_json::from_str::<Value>(text).expect("a frame is JSON");
    let now: Vec<Value> = frames().iter().map(|(name, text)| json!({ "name": name, "frame": frame(text) })).collect();
    let fixtures: Vec<Value> = serde_json::from_str(include_str!("../fixtures/server.json")).expect("it is JSON");
    assert_eq!(now, fixtures, "now: {}", serde_json::to_string_pretty(&now).expect("it is JSON"));
}

#[test]
fn the_system_has_no_player_id() {
    let given = played();
    let mut message = given.messages()[3].clone();
    message.actor = turnlog_domain::Actor::System;
    message.events = vec![Event::Started];
    let text = encode(&wire(given.session(), &message));
    assert!(!text.contains("player_id"), "{text}");
}
