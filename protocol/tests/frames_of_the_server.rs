//! Frames of the server: their JSON is that of the fixtures, which the JavaScript client reads too.

use serde_json::{Value, json};
use turnlog_domain::{
    Audience, Bot, Command, Entropy, Event, Game, GameId, Kinds, Message, OfferKind, PlayerId, Rejection, Seat, Viewer,
    testing::{Given, given, given_at, invitation, play, player, take_seat},
};
use turnlog_games::kinds;
use turnlog_protocol::{
    Accepted, Answer, ErrorCode, Frame, FrameId, KindView, Player, Push, Refusal, View, WireDirect, WireMessage, encode,
};

fn id() -> Option<FrameId> {
    FrameId::parse("00000000-0000-4000-8000-000000000001").ok()
}

fn game_id() -> GameId {
    GameId::parse("11111111-1111-5111-8111-111111111111").expect("it is an id")
}

/// Ada and Bob sit, and Ada has played.
fn played() -> Given {
    given(&kinds(), "tic-tac-toe")
        .and(player("ada"), take_seat(0))
        .and(player("bob"), take_seat(1))
        .and(player("ada"), play(json!({ "cell": 4 })))
}

/// The game as it was after so many messages.
fn earlier(messages: &[Message], count: usize) -> Game {
    let fold = |game, message| Some(Game::fold(&kinds(), game, message).expect("a log folds"));
    messages[..count].iter().fold(None, fold).expect("there are messages")
}

fn wire(game: &Game, message: &Message) -> WireMessage {
    WireMessage::of(game, message, Viewer::Spectator).expect("a decided message is readable")
}

/// A table with everything that a view can tell of a running game.
fn talkative() -> Given {
    let table = json!({
        "start": "host",
        "private": true,
        "clock": { "fischer": { "initial_ms": 60_000, "increment_ms": 2000 } },
    });
    let given = given_at(&kinds(), "liars-dice", json!({ "dice": 2 }), table);
    let invitation = Some(invitation(given.state().id()));
    let sit = |entropy: &str| Command::TakeSeat { seat: None, entropy: Entropy::parse(entropy).ok(), invitation };
    given
        .and(player("ada"), sit("c0ffee"))
        .and(player("bob"), sit("beef"))
        .and(player("ada"), Command::Start)
        .and(player("ada"), play(json!({ "bid": { "count": 1, "face": 3 } })))
        .and(player("bob"), Command::Offer(OfferKind::Draw))
        .and(
            player("bob"),
            Command::Say { to: Audience::Player(player("ada")), text: "Well?".to_owned(), invitation: None },
        )
}

/// What the host of a private game learns, what is pushed to Bob, who whispered, and what to somebody who only watches.
fn frames_of_other_tables() -> Vec<(&'static str, String)> {
    let given = talkative();
    let (game, messages) = (given.state(), given.messages());
    let push = |viewer: Viewer| {
        let wire = |message| WireMessage::of(game, message, viewer).expect("a decided message is readable");
        let messages = messages[3..].iter().map(wire).collect();
        encode(&Push::Messages { game: game_id(), seq: game.seq().0, messages, view: Box::new(View::of(game, viewer)) })
    };
    vec![
        (
            "accepted create of a private game",
            encode(&Answer::Accepted {
                id: id(),
                body: Accepted::Command {
                    game: game_id(),
                    seq: 1,
                    seat: None,
                    invitation: Some("000102030405060708090a0b0c0d0e0f".to_owned()),
                    messages: vec![],
                    view: None,
                },
            }),
        ),
        ("pushed unwatched", encode(&Push::unwatched(game_id(), Rejection::Kicked))),
        ("pushed to a player of liars-dice", push(Viewer::Seat(Seat(1)))),
        ("pushed to a spectator of liars-dice", push(Viewer::Spectator)),
    ]
}

/// What Ada is told when the bot that she has added sits down, with which the game begins.
fn frames_of_bots() -> Vec<(&'static str, String)> {
    let add = Command::AddBot { seat: None, bot: Bot::Search };
    let given = given(&kinds(), "tic-tac-toe").and(player("ada"), take_seat(0)).and(player("ada"), add);
    let messages = vec![wire(given.state(), &given.messages()[2])];
    let view = Box::new(View::of(given.state(), Viewer::Seat(Seat(0))));
    vec![("pushed with a bot", encode(&Push::Messages { game: game_id(), seq: 3, messages, view }))]
}

/// The frames about direct messages.
fn frames_of_direct_messages() -> Vec<(&'static str, String)> {
    let accepted = |id, body: Accepted| encode(&Answer::Accepted { id, body });
    let messages = || {
        let direct = |(seq, from, text): (u64, &str, &str)| WireDirect {
            seq,
            at: 1_700_000_000_000 + seq,
            from: player(from),
            text: text.to_owned(),
        };
        [(2, "ada", "Hello"), (3, "eve", "Bye")].map(direct).to_vec()
    };
    vec![
        ("accepted sendmessage", accepted(id(), Accepted::Sent { to: player("2"), at: 1_700_000_000_001 })),
        (
            "accepted sendmessage without an id",
            accepted(None, Accepted::Sent { to: player("2"), at: 1_700_000_000_001 }),
        ),
        (
            "accepted inbox",
            accepted(
                id(),
                Accepted::Inbox { seq: 9, read: 1, messages: messages(), more: true, blocked: vec![player("mallory")] },
            ),
        ),
        ("accepted read", accepted(id(), Accepted::Read { read: 3 })),
        ("accepted block", accepted(id(), Accepted::Blocked { blocked: vec![player("mallory")] })),
        ("accepted unblock", accepted(id(), Accepted::Blocked { blocked: vec![] })),
        ("pushed inbox", encode(&Push::Inbox { seq: 3, messages: messages() })),
        ("pushed read", encode(&Push::Read { seq: 3 })),
    ]
}

fn frames() -> Vec<(&'static str, String)> {
    let given = played();
    let (game, messages) = (given.state(), given.messages());
    let last = || vec![wire(game, &messages[3])];
    let view = |viewer: Viewer| Box::new(View::of(game, viewer));
    let accepted = |body: Accepted| encode(&Answer::Accepted { id: id(), body });
    let (ada, seat) = (PlayerId::parse("ada").expect("it is an id"), Some(Seat(0)));
    let command = |seq, seat, messages, view| {
        accepted(Accepted::Command { game: game_id(), seq, seat, invitation: None, messages, view })
    };
    vec![
        ("accepted create", command(1, None, vec![], None)),
        ("accepted play", command(4, seat, last(), Some(view(Viewer::Seat(Seat(0)))))),
        ("accepted repeat", command(4, seat, vec![], None)),
        (
            "accepted watch",
            accepted(Accepted::Watch {
                game: game_id(),
                seq: 4,
                from: Some(2),
                messages: messages[1..].iter().map(|message| wire(game, message)).collect(),
                view: view(Viewer::Spectator),
                more: false,
                invitation: None,
            }),
        ),
        ("accepted unwatch", accepted(Accepted::Unwatch { game: game_id() })),
        ("accepted history", accepted(Accepted::History { game: game_id(), seq: 4, messages: last(), more: false })),
        ("accepted view", accepted(Accepted::moment(game, &earlier(messages, 3), &ada))),
        ("accepted actions", accepted(Accepted::actions(game, Seat(1)))),
        ("accepted kinds", accepted(Accepted::kinds(&KindView::all(&Kinds::new(kinds().find("liars-dice"))), None))),
        (
            "accepted players",
            accepted(Accepted::Players { players: vec![Player { player_id: ada, name: "Ada".to_owned() }] }),
        ),
        ("accepted ping", accepted(Accepted::Ping { now: 1_700_000_000_000, seq: Some(4) })),
        ("accepted ping without a game", accepted(Accepted::Ping { now: 1_700_000_000_000, seq: None })),
        ("rejected", encode(&Answer::rejected(id(), Refusal::new(ErrorCode::NotYourTurn, "It is not your turn.")))),
        ("rejected without an id", encode(&Answer::from(Frame::parse("hello").expect_err("it is no frame")))),
        ("rejected for a time", encode(&Answer::rejected(id(), Refusal::too_many_frames(50)))),
        ("failed", encode(&Answer::failed(id(), ErrorCode::TryAgain))),
        (
            "pushed messages",
            encode(&Push::Messages { game: game_id(), seq: 4, messages: last(), view: view(Viewer::Seat(Seat(1))) }),
        ),
        ("pushed behind", encode(&Push::Behind { game: game_id(), seq: 4 })),
        ("pushed closing", encode(&Push::closing(Refusal::token_expired()))),
    ]
    .into_iter()
    .chain(frames_of_other_tables())
    .chain(frames_of_bots())
    .chain(frames_of_direct_messages())
    .collect()
}

#[test]
fn the_frames_of_the_server_are_those_of_the_fixtures() {
    let frame = |text: &str| serde_json::from_str::<Value>(text).expect("a frame is JSON");
    let now: Vec<Value> = frames().iter().map(|(name, text)| json!({ "name": name, "frame": frame(text) })).collect();
    let fixtures: Vec<Value> = serde_json::from_str(include_str!("../fixtures/server.json")).expect("it is JSON");
    assert_eq!(now, fixtures, "now: {}", serde_json::to_string_pretty(&now).expect("it is JSON"));
}

#[test]
fn a_hidden_choice_makes_no_difference_in_any_frame() {
    let frames = |choice: &str, viewer: Viewer| {
        let given =
            given(&kinds(), "rock-paper-scissors").and(player("ada"), take_seat(0)).and(player("bob"), take_seat(1));
        let given = given.and(player("ada"), play(json!({ "choose": choice })));
        let (game, seq) = (given.state(), given.state().seq().0);
        let wire = |message| WireMessage::of(game, message, viewer).expect("a decided message is readable");
        let messages: Vec<WireMessage> = given.messages().iter().map(wire).collect();
        let view = Box::new(View::of(game, viewer));
        let watch = Accepted::Watch {
            game: game_id(),
            seq,
            from: None,
            messages: messages.clone(),
            view: view.clone(),
            more: false,
            invitation: None,
        };
        let history = Accepted::History { game: game_id(), seq, messages: messages.clone(), more: false };
        let push = Push::Messages { game: game_id(), seq, messages, view };
        [watch, history].map(|body| encode(&Answer::Accepted { id: id(), body })).concat() + &encode(&push)
    };
    for viewer in [Viewer::Seat(Seat(1)), Viewer::Spectator] {
        assert_eq!(frames("rock", viewer), frames("paper", viewer), "to the byte");
    }
    let own = Viewer::Seat(Seat(0));
    assert_ne!(frames("rock", own), frames("paper", own));
}

#[test]
fn the_system_has_no_player_id() {
    let given = played();
    let mut message = given.messages()[3].clone();
    message.actor = turnlog_domain::Actor::System;
    message.events = vec![Event::Started];
    let text = encode(&wire(given.state(), &message));
    assert!(!text.contains("player_id"), "{text}");
}

#[test]
fn an_earlier_moment_is_shown_to_whoever_the_player_was_then() {
    let table = json!({ "start": "host", "max_players": 3 });
    let given = given_at(&kinds(), "liars-dice", json!({}), table)
        .and(player("bob"), take_seat(1))
        .and(player("cleo"), take_seat(2))
        .and(player("bob"), Command::LeaveSeat)
        .and(player("bob"), take_seat(0))
        .and(player("cleo"), Command::LeaveSeat)
        .and(player("cleo"), take_seat(2))
        .and(player("bob"), Command::Start);
    let you = |name: &str| -> Vec<Value> {
        let moment = |count| Accepted::moment(given.state(), &earlier(given.messages(), count), &player(name));
        (1..=given.messages().len()).map(|count| json!(moment(count))["view"]["you"].clone()).collect()
    };
    let (none, seat) = (Value::Null, |seat: u8| json!(seat));
    assert_eq!(you("bob"), [none.clone(), seat(1), seat(1), none.clone(), seat(0), seat(0), seat(0), seat(0)]);
    // Who sits behind a free seat moves up when the game starts.
    assert_eq!(you("cleo"), [none.clone(), none.clone(), seat(2), seat(2), seat(2), none.clone(), seat(2), seat(1)]);
    assert_eq!(you("eve"), vec![none; 8]);
}

#[test]
fn the_end_opens_every_earlier_moment_and_tells_nobody_another_seat() {
    let given = given_at(&kinds(), "liars-dice", json!({}), json!({ "start": "host" }))
        .and(player("ada"), take_seat(0))
        .and(player("bob"), take_seat(1))
        .and(player("ada"), Command::Start);
    let dealt = given.state().clone();
    let cups = |head: &Game, name: &str| {
        let moment = json!(Accepted::moment(head, &dealt, &player(name)));
        let open = moment["view"]["game"]["cups"].as_array().expect("it is a list").iter().filter(|cup| !cup.is_null());
        (open.count(), moment["view"]["you"].clone(), moment["view"]["phase"].clone(), moment["head"].clone())
    };
    let running = given.clone().and(player("ada"), play(json!({ "bid": { "count": 1, "face": 3 } })));
    let head = running.state().seq().0;
    assert_eq!(cups(running.state(), "bob"), (1, json!(1), json!("playing"), json!(head)));
    assert_eq!(cups(running.state(), "eve"), (0, Value::Null, json!("playing"), json!(head)));
    let over = running.and(player("ada"), Command::Resign);
    assert_eq!(cups(over.state(), "bob"), (2, json!(1), json!("playing"), json!(head + 1)));
    assert_eq!(cups(over.state(), "eve"), (2, Value::Null, json!("playing"), json!(head + 1)));
}
