//! Every action in every phase by everybody: the code that it is refused with, or that it is not.

use std::fmt::Write as _;

use serde_json::json;
use turnlog_domain::{
    Actor, Audience, Bot, Command, Invitation, OfferKind, Phase, PlayerId, Seat, Timestamp,
    testing::{Given, decide_with_log, given_at, invitation, play, player},
};
use turnlog_games::kinds;
use turnlog_protocol::Refusal;

/// Who tries it: the host, who is in turn; a player who is not; one who gave up in the running game; one who was sent away;
/// somebody at a public table; somebody at a private one without its code, and one with it.
const PERSONS: [&str; 7] = ["ada", "bob", "dan", "kim", "stranger", "uninvited", "spectator"];
const PHASES: [&str; 4] = ["waiting", "playing", "paused", "finished"];

/// Dice for four, of whom the host has sent one away, in that phase.
fn game(phase: &str, is_private: bool) -> Given {
    let table = json!({ "start": "host", "max_players": 4, "private": is_private });
    let game = given_at(&kinds(), "liars-dice", json!({}), table);
    let code = Some(invitation(game.state().id())).filter(|_| is_private);
    let sit = |seat| Command::TakeSeat { seat: Some(Seat(seat)), entropy: None, invitation: code };
    let waiting = ["ada", "bob", "dan", "kim"]
        .into_iter()
        .zip(0..)
        .fold(game, |game, (name, seat)| game.and(player(name), sit(seat)))
        .and(player("ada"), Command::kick(Seat(3)));
    if phase == "waiting" {
        return waiting;
    }
    let playing = waiting.and(player("ada"), Command::Start).and(player("dan"), Command::Resign);
    match phase {
        "playing" => playing,
        "paused" => playing
            .and(player("bob"), Command::Offer(OfferKind::Pause))
            .and(player("ada"), Command::accept(OfferKind::Pause)),
        _ => playing.and(player("bob"), Command::Resign),
    }
}

fn actions(code: Option<Invitation>) -> Vec<(&'static str, Command)> {
    let say = |to| Command::Say { to, text: "Hello".to_owned(), invitation: code };
    let create = Command::Create { kind: "liars-dice".to_owned(), options: json!({}), settings: json!({}) };
    let join = |seat: Option<u8>| Command::TakeSeat { seat: seat.map(Seat), entropy: None, invitation: code };
    vec![
        ("create", create),
        ("rematch", Command::CreateRematch),
        ("join", join(None)),
        ("join 1", join(Some(1))),
        ("join 9", join(Some(9))),
        ("leave", Command::LeaveSeat),
        ("add_bot", Command::AddBot { seat: None, bot: Bot::Random }),
        ("kick 1", Command::kick(Seat(1))),
        ("kick eve", Command::Kick { seat: Seat(1), player: Some(player("eve")) }),
        ("start", Command::Start),
        ("play", play(json!({ "bid": { "count": 1, "face": 2 } }))),
        ("play {}", play(json!({}))),
        ("play 0", play(json!({ "bid": { "count": 0, "face": 2 } }))),
        ("resign", Command::Resign),
        ("claim", Command::ClaimTimeout),
        ("offer draw", Command::Offer(OfferKind::Draw)),
        ("offer back", Command::Offer(OfferKind::TakeBack)),
        ("offer again", Command::Offer(OfferKind::Rematch)),
        ("accept", Command::accept(OfferKind::Draw)),
        ("decline", Command::decline(OfferKind::Draw)),
        ("withdraw", Command::withdraw(OfferKind::Draw)),
        ("resume", Command::Resume),
        ("say all", say(Audience::All)),
        ("say bob", say(Audience::Player(player("bob")))),
        ("say around", say(Audience::Spectators)),
        ("mute bob", Command::Mute { player: player("bob") }),
        ("renew", Command::RenewInvitation),
        ("abandon", Command::Abandon),
    ]
}

/// What comes of it: the code, `ok`, or `same` where nothing has to be done.
fn outcome(given: &Given, person: &PlayerId, command: &Command) -> &'static str {
    let (game, actor) = (given.state(), Actor::Player(person.clone()));
    let before = game.to_json();
    let at = Timestamp::from_ms(game.at().as_ms() + 1);
    let decided = decide_with_log(&kinds(), game.id(), given.messages(), Some(game), &actor, command, at);
    assert_eq!(game.to_json(), before, "a decision changes nothing");
    match decided {
        Ok(events) if events.is_empty() => "same",
        Ok(_) => "ok",
        Err(rejection) => Refusal::from(rejection).code.as_str(),
    }
}

#[test]
fn every_action_in_every_phase_by_everybody_is_answered_as_the_table_says() {
    let mut table = String::new();
    for phase in PHASES {
        let (public, private) = (game(phase, false), game(phase, true));
        let _ = writeln!(table, "{phase}: {}", PERSONS.join(" "));
        let code = invitation(private.state().id());
        for (row, (name, _)) in actions(None).into_iter().enumerate() {
            let cells = PERSONS.map(|person| {
                let game = if person == "stranger" { &public } else { &private };
                let (_, command) = actions(Some(code).filter(|_| person != "uninvited")).swap_remove(row);
                outcome(game, &player(person), &command)
            });
            let _ = writeln!(table, "{name}: {}", cells.join(" "));
        }
    }
    assert_eq!(table, include_str!("matrix.txt"), "now:\n{table}");
}

#[test]
fn the_phases_of_the_table_are_what_they_are_called() {
    assert_eq!(*game("waiting", true).state().phase(), Phase::Waiting);
    assert_eq!(*game("playing", true).state().phase(), Phase::Playing);
    assert_eq!(*game("paused", true).state().phase(), Phase::Paused);
    assert!(matches!(game("finished", true).state().phase(), Phase::Finished(_)));
    assert_eq!(game("playing", true).state().turn(), [Seat(0)]);
}

#[test]
fn what_is_nested_too_deeply_is_refused_wherever_it_stands() {
    let nested = |depth: usize| (0..depth).fold(json!(1), |inner, _| json!({ "bid": inner }));
    let playing = game("playing", true);
    assert_eq!(outcome(&playing, &player("ada"), &play(nested(100))), "malformed_move");
    for (options, table) in [(nested(100), json!({})), (json!({}), nested(100))] {
        let create = Command::Create { kind: "chess".to_owned(), options, settings: table };
        let actor = Actor::Player(player("ada"));
        let refused =
            decide_with_log(&kinds(), playing.state().id(), &[], None, &actor, &create, Timestamp::from_ms(1));
        assert_eq!(Refusal::from(refused.expect_err("it is no choice")).code.as_str(), "invalid_options");
    }
    for field in ["move", "options", "table"] {
        let frame = json!({ "id": "00000000-0000-4000-8000-000000000001", "action": "play", field: nested(200) });
        let bad = turnlog_protocol::Frame::parse(&frame.to_string()).expect_err("it is too deep");
        assert_eq!(bad.refusal.code.as_str(), "bad_frame", "{field}");
    }
}
