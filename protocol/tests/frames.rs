//! Frames of clients: those of the fixtures are read, everything else is refused with its code.

use serde_json::{Value, json};
use turnlog_domain::{Audience, Bot, Command, GameId, Moment, OfferKind, Seat, Seq, Text, Timestamp, testing::player};
use turnlog_protocol::{Accepted, Answer, ErrorCode, Frame, FrameId, Request, encode};

const ID: &str = "00000000-0000-4000-8000-000000000001";
const GAME: &str = "11111111-1111-5111-8111-111111111111";

fn refusal(frame: &Value) -> (Option<String>, ErrorCode) {
    let bad = Frame::parse(&frame.to_string()).expect_err("the frame is bad");
    (bad.id.map(String::from), bad.refusal.code)
}

/// The command that a frame carries.
fn command(frame: &str) -> Command {
    let request = Frame::parse(frame).expect("it is good").request;
    let Request::Command { command, .. } = request else { panic!("{request:?} is no command") };
    command
}

#[test]
fn an_action_that_changes_a_game_is_the_command_of_its_name() {
    let (offer, seq, seat) = (OfferKind::Draw, Some(Seq(4)), Some(Seat(1)));
    for (action, fields, expected) in [
        ("join", json!({ "seat": 1 }), Command::take_seat(seat)),
        ("add_bot", json!({ "seat": 1, "bot": "search" }), Command::AddBot { seat, bot: Bot::Search }),
        ("leave", json!({}), Command::LeaveSeat),
        ("kick", json!({ "seat": 1, "player": "bob" }), Command::Kick { seat: Seat(1), player: Some(player("bob")) }),
        ("start", json!({}), Command::Start),
        ("play", json!({ "move": 7, "seq": 4 }), Command::Play { action: json!(7), seen: seq }),
        ("resign", json!({}), Command::Resign),
        ("claim", json!({}), Command::ClaimTimeout),
        ("offer", json!({ "offer": "draw" }), Command::Offer(offer)),
        ("accept", json!({ "offer": "draw", "seq": 4 }), Command::Accept { offer, seq }),
        ("decline", json!({ "offer": "draw", "seq": 4 }), Command::Decline { offer, seq }),
        ("withdraw", json!({ "offer": "draw", "seq": 4 }), Command::Withdraw { offer, seq }),
        ("resume", json!({}), Command::Resume),
        (
            "say",
            json!({ "text": "Hello" }),
            Command::Say { to: Audience::All, text: "Hello".to_owned(), invitation: None },
        ),
        ("mute", json!({ "player": "bob" }), Command::Mute { player: player("bob") }),
        ("renew_invitation", json!({}), Command::RenewInvitation),
    ] {
        let mut frame = json!({ "id": ID, "action": action, "game": GAME });
        frame.as_object_mut().expect("it is an object").extend(fields.as_object().expect("it is one").clone());
        assert_eq!(command(&frame.to_string()), expected, "{action}");
    }
}

#[test]
fn what_only_the_system_does_has_no_action() {
    for action in ["abandon", "create_rematch", "Resign", ""] {
        let frame = json!({ "id": ID, "action": action, "game": GAME });
        assert_eq!(refusal(&frame), (Some(ID.to_owned()), ErrorCode::UnknownAction), "{action}");
    }
}

#[test]
fn the_frames_of_the_fixtures_are_read() {
    let fixtures: Vec<Value> = serde_json::from_str(include_str!("../fixtures/client.json")).expect("it is JSON");
    assert!(!fixtures.is_empty());
    for fixture in fixtures {
        let frame = Frame::parse(&fixture["frame"].to_string()).expect("a frame of the fixtures is good");
        assert_eq!(fixture["frame"]["action"], frame.action, "{}", fixture["name"]);
        let id = frame.id.map(String::from);
        assert_eq!(fixture["frame"]["id"].as_str(), id.as_deref(), "{}", fixture["name"]);
    }
}

#[test]
fn what_is_no_frame_is_refused_without_an_id() {
    for text in ["", "hello", "[]", "null", "4", "{", "{\"action\":\"ping\"}", "{\"id\":7,\"action\":\"ping\"}"] {
        let bad = Frame::parse(text).expect_err("it is no frame");
        assert_eq!((bad.id, bad.refusal.code), (None, ErrorCode::BadFrame), "{text}");
    }
}

#[test]
fn an_id_in_capitals_comes_back_as_it_came_and_is_the_same_command() {
    let ids = ["6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6BA7B810-9DAD-11D1-80B4-00C04FD430C8"];
    let read = ids.map(|id| Frame::parse(&json!({ "id": id, "action": "ping" }).to_string()).expect("it is good").id);
    let read = read.map(|id| id.expect("it has one"));
    assert_eq!(read.each_ref().map(FrameId::as_str), ids);
    assert_eq!(read[0].command(), read[1].command());
    let [_, capitals] = ids;
    let answers = [
        Answer::Accepted { id: Some(read[1].clone()), body: Accepted::Ping { now: 1, seq: None } },
        Answer::failed(Some(read[1].clone()), ErrorCode::TryAgain),
        Frame::parse(&json!({ "id": capitals, "action": "dance" }).to_string()).expect_err("it is unknown").into(),
        Frame::parse(&json!({ "id": capitals, "action": "join" }).to_string()).expect_err("a field is missing").into(),
        Frame::parse(&format!(r#"{{"id":"{capitals}","action":"#)).expect_err("it has no end").into(),
    ];
    for answer in answers {
        let answer: Value = serde_json::from_str(&encode(&answer)).expect("it is JSON");
        assert_eq!(answer["id"], capitals, "{answer}");
    }
}

#[test]
fn what_is_broken_is_refused_by_its_id_wherever_one_can_be_found() {
    for text in [
        format!(r#"{{"id":"{ID}","action":"ping""#),
        format!(r#"{{"id":"{ID}","action":"ping",}}"#),
        format!(r#"{{"action":"play","move":{{"cell":NaN}},"id":"{ID}"}}"#),
        format!("{{\"action\":\"say\",\"text\":\"two\nlines\",\"id\":\"{ID}\"}}"),
    ] {
        let bad = Frame::parse(&text).expect_err("it is no JSON");
        assert_eq!((bad.id.map(String::from), bad.refusal.code), (Some(ID.to_owned()), ErrorCode::BadFrame), "{text}");
    }
}

#[test]
fn half_of_a_surrogate_pair_is_mended_in_every_field() {
    let frame = format!(r#"{{"id":"{ID}","action":"say","game":"{GAME}","text":"Hello \ud83d","x\udc00":"\uD800"}}"#);
    let frame = Frame::parse(&frame).expect("it is good");
    assert!(
        matches!(&frame.request, Request::Command { command: Command::Say { text, .. }, .. } if text == "Hello \u{fffd}"),
        "{frame:?}"
    );
    let frame =
        format!(r#"{{"id":"{ID}","action":"play","game":"{GAME}","move":{{"\ude00":["\ud83d\ude00\ud83d"]}}}}"#);
    let Command::Play { action, .. } = command(&frame) else { panic!("it moves") };
    assert_eq!(action, json!({ "\u{fffd}": ["😀\u{fffd}"] }));
}

/// A frame with these fields, as a library writes it that knows no whole numbers.
fn with_floats(fields: &str) -> Request {
    let text = format!(r#"{{"id":"{ID}","game":"{GAME}",{fields}}}"#);
    Frame::parse(&text).unwrap_or_else(|bad| panic!("{text}: {bad:?}")).request
}

#[test]
fn whole_numbers_may_be_written_with_a_fraction_of_zero_or_an_exponent() {
    let game = GameId::parse(GAME).expect("it is an id");
    let seat = |fields: &str| {
        let Request::Command { command: Command::TakeSeat { seat, .. }, .. } = with_floats(fields) else {
            panic!("it joins: {fields}")
        };
        seat
    };
    assert_eq!(seat(r#""action":"join","seat":1.0"#), Some(Seat(1)));
    assert_eq!(seat(r#""action":"join","seat":-0.0"#), Some(Seat(0)));
    let kick = Request::Command { game, command: Command::kick(Seat(255)) };
    assert_eq!(with_floats(r#""action":"kick","seat":2.55e2"#), kick);
    assert_eq!(
        with_floats(r#""action":"history","after":4e0,"limit":1e1"#),
        Request::History { game, after: Seq(4), limit: 10, invitation: None }
    );
    assert_eq!(with_floats(r#""action":"read","seq":7.0"#), Request::Read { seq: Seq(7) });
    assert_eq!(
        with_floats(r#""action":"view","at":{"time":1.7e12}"#),
        Request::View { game, moment: Moment::At(Timestamp::from_ms(1_700_000_000_000)), invitation: None }
    );
    let played = with_floats(r#""action":"play","seq":4.0,"move":{"bid":{"count":3.0,"faces":[5.0,4.5]}}"#);
    let action = json!({ "bid": { "count": 3, "faces": [5, 4.5] } });
    assert_eq!(played, Request::Command { game, command: Command::Play { action, seen: Some(Seq(4)) } });
    let created =
        with_floats(r#""action":"create","kind":"chess","options":{"size":3.0},"table":{"clock":{"days":2.0}}"#);
    let (options, table) = (json!({ "size": 3 }), json!({ "clock": { "days": 2 } }));
    assert_eq!(created, Request::Create { kind: "chess".to_owned(), options, settings: table });
}

#[test]
fn what_is_said_of_a_number_that_is_refused_is_true() {
    for (fields, message) in [
        (r#""action":"join","seat":4.5"#, "The field seat must be a whole number from 0 to 255."),
        (r#""action":"join","seat":-1.0"#, "The field seat must be a whole number from 0 to 255."),
        (r#""action":"join","seat":256"#, "The field seat must be a whole number from 0 to 255."),
        (r#""action":"watch","after":0.5"#, "The field after must be a whole number from 0 to 18446744073709551615."),
        (r#""action":"watch","after":1e300"#, "The field after must be a whole number from 0 to 18446744073709551615."),
        (r#""action":"watch","after":-1"#, "The field after must be a whole number from 0 to 18446744073709551615."),
        (r#""action":"history","limit":0.0"#, "The field limit must be a whole number from 1 to 18446744073709551615."),
        (
            r#""action":"view","at":{"seq":-1}"#,
            r#"The field at must be {"seq":…} or {"time":…}, a whole number from 0 to 18446744073709551615."#,
        ),
    ] {
        let text = format!(r#"{{"id":"{ID}","game":"{GAME}",{fields}}}"#);
        let bad = Frame::parse(&text).expect_err("it is refused");
        assert_eq!((bad.refusal.code, bad.refusal.message.as_str()), (ErrorCode::BadField, message), "{text}");
    }
}

#[test]
fn a_frame_without_a_known_action_is_refused_by_its_id() {
    let id = Some(ID.to_owned());
    assert_eq!(refusal(&json!({ "id": ID })), (id.clone(), ErrorCode::BadFrame));
    assert_eq!(refusal(&json!({ "id": ID, "action": 4 })), (id.clone(), ErrorCode::BadFrame));
    assert_eq!(refusal(&json!({ "id": ID, "action": "$connect" })), (id.clone(), ErrorCode::UnknownAction));
    assert_eq!(refusal(&json!({ "id": ID, "action": "dance" })), (id, ErrorCode::UnknownAction));
}

#[test]
fn fields_of_the_wrong_type_are_refused() {
    for fields in [
        json!({ "action": "create" }),
        json!({ "action": "create", "kind": 4 }),
        json!({ "action": "join" }),
        json!({ "action": "join", "game": "x" }),
        json!({ "action": "join", "game": GAME, "seat": "0" }),
        json!({ "action": "join", "game": GAME, "seat": -1 }),
        json!({ "action": "join", "game": GAME, "seat": 256 }),
        json!({ "action": "join", "game": GAME, "seat": 0.5 }),
        json!({ "action": "play", "game": GAME }),
        json!({ "action": "play", "game": GAME, "move": {}, "seq": "4" }),
        json!({ "action": "watch", "game": GAME, "after": -1 }),
        json!({ "action": "history", "game": GAME, "limit": 0 }),
        json!({ "action": "history", "game": GAME, "invitation": "code" }),
        json!({ "action": "view", "game": GAME }),
        json!({ "action": "view", "at": { "seq": 1 } }),
        json!({ "action": "view", "game": GAME, "at": 1 }),
        json!({ "action": "view", "game": GAME, "at": {} }),
        json!({ "action": "view", "game": GAME, "at": { "seq": 1, "time": 1 } }),
        json!({ "action": "view", "game": GAME, "at": { "seq": null } }),
        json!({ "action": "view", "game": GAME, "at": { "seq": "1" } }),
        json!({ "action": "view", "game": GAME, "at": { "seq": 1.5 } }),
        json!({ "action": "view", "game": GAME, "at": { "time": -1 } }),
        json!({ "action": "view", "game": GAME, "at": { "time": "2026-01-01" } }),
        json!({ "action": "view", "game": GAME, "at": { "seq": 1 }, "invitation": "code" }),
        json!({ "action": "actions" }),
        json!({ "action": "kinds", "after": 1 }),
        json!({ "action": "join", "game": GAME, "entropy": "c0ffe" }),
        json!({ "action": "join", "game": GAME, "invitation": 4 }),
        json!({ "action": "kick", "game": GAME }),
        json!({ "action": "kick", "game": GAME, "seat": 1, "player": "" }),
        json!({ "action": "add_bot", "game": GAME }),
        json!({ "action": "add_bot", "game": GAME, "bot": "Search" }),
        json!({ "action": "add_bot", "game": GAME, "bot": "random", "seat": 0.5 }),
        json!({ "action": "offer", "game": GAME, "offer": "peace" }),
        json!({ "action": "accept", "game": GAME }),
        json!({ "action": "accept", "game": GAME, "offer": "draw", "seq": "7" }),
        json!({ "action": "say", "game": GAME, "to": "all" }),
        json!({ "action": "say", "game": GAME, "to": { "player": "a b" }, "text": "Hello" }),
        json!({ "action": "say", "game": GAME, "to": ["all"], "text": "Hello" }),
        json!({ "action": "mute", "game": GAME }),
        json!({ "action": "sendmessage", "message": "Hello" }),
        json!({ "action": "sendmessage", "message": "Hello", "destinationPlayerId": 2 }),
        json!({ "action": "sendmessage", "message": 7, "destinationPlayerId": "2" }),
        json!({ "action": "inbox", "after": "all" }),
        json!({ "action": "inbox", "limit": 0 }),
        json!({ "action": "read" }),
        json!({ "action": "block" }),
        json!({ "action": "unblock", "player": "a b" }),
        json!({ "action": "players" }),
        json!({ "action": "players", "ids": [] }),
        json!({ "action": "players", "ids": ["a b"] }),
        json!({ "action": "players", "ids": vec!["ada"; 51] }),
        json!({ "action": "ping", "game": 4 }),
        json!({ "action": "ping", "seq": {} }),
    ] {
        let mut frame = fields.clone();
        frame["id"] = json!(ID);
        assert_eq!(refusal(&frame), (Some(ID.to_owned()), ErrorCode::BadField), "{fields}");
    }
}

#[test]
fn a_moment_is_named_by_its_message_or_by_its_time() {
    let moment = |at: Value| {
        let frame = json!({ "id": ID, "action": "view", "game": GAME, "at": at });
        let Request::View { moment, .. } = Frame::parse(&frame.to_string()).expect("it is good").request else {
            panic!("it looks back")
        };
        moment
    };
    assert_eq!(moment(json!({ "seq": 0 })), Moment::After(Seq(0)));
    assert_eq!(moment(json!({ "seq": u64::MAX })), Moment::After(Seq(u64::MAX)));
    assert_eq!(moment(json!({ "seq": null, "time": 7, "zone": "UTC" })), Moment::At(Timestamp::from_ms(7)));
}

#[test]
fn what_is_said_is_meant_for_all_unless_it_names_somebody() {
    let ask = |to: Value| {
        let frame = json!({ "id": ID, "action": "say", "game": GAME, "to": to, "text": "Hello" });
        let Command::Say { to, .. } = command(&frame.to_string()) else { panic!("it speaks") };
        to
    };
    assert_eq!([ask(Value::Null), ask(json!("all"))], [Audience::All, Audience::All]);
    assert_eq!(ask(json!("spectators")), Audience::Spectators);
    assert_eq!(ask(json!({ "player": "bob" })), Audience::Player(player("bob")));
}

#[test]
fn a_frame_that_is_too_large_is_refused_by_its_id() {
    let frame = json!({ "id": ID, "action": "ping", "padding": "x".repeat(16 * 1024) });
    assert_eq!(refusal(&frame), (Some(ID.to_owned()), ErrorCode::FrameTooLarge));
}

#[test]
fn nesting_without_end_is_refused() {
    let bad = Frame::parse(&"[".repeat(10_000)).expect_err("it is no frame");
    assert_eq!(bad.refusal.code, ErrorCode::BadFrame);
}

#[test]
fn every_code_is_documented() {
    let documentation = include_str!("../../docs/protocol.md");
    for code in ErrorCode::ALL {
        assert!(documentation.contains(&format!("`{}`", code.as_str())), "{} is missing", code.as_str());
    }
}

#[test]
fn only_the_prototypes_frame_may_come_without_an_id() {
    let plain = r#"{"action":"sendmessage","message":"Hello","destinationPlayerId":"2"}"#;
    let frame = Frame::parse(plain).expect("it is good");
    let expected = Request::SendMessage { to: player("2"), text: Text::parse("Hello").expect("it is fine") };
    assert_eq!((frame.id, frame.request), (None, expected));
    let fields = json!({ "routeKey": "sendmessage", "playerId": "ada", "id": null });
    let mut with_more: Value = serde_json::from_str(plain).expect("it is JSON");
    with_more.as_object_mut().expect("it is an object").extend(fields.as_object().expect("it is one").clone());
    assert_eq!(Frame::parse(&with_more.to_string()).map(|frame| frame.id), Ok(None));
    with_more["id"] = json!("not a UUID");
    assert_eq!(refusal(&with_more), (None, ErrorCode::BadFrame));
}

#[test]
fn direct_messages_are_cleaned_like_all_talk() {
    let refused = |text: &str| {
        refusal(&json!({ "id": ID, "action": "sendmessage", "destinationPlayerId": "bob", "message": text })).1
    };
    assert_eq!(refused(""), ErrorCode::TextLength);
    assert_eq!(refused(&"x".repeat(501)), ErrorCode::TextLength);
    assert_eq!(refused("bell\u{7}"), ErrorCode::UnreadableText);
}
