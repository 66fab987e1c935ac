//! Talk at the table.

use serde_json::json;
use turnlog_domain::{
    Actor, Audience, Command, Event, Muted, PlayerId, Rejection, Said, Seat, Viewer, limits,
    testing::{Given, given_at, invitation, player},
};
use turnlog_games::kinds;

use crate::{ada, bob, cleo, tic_tac_toe};

fn say(to: Audience, text: &str) -> Command {
    Command::Say { to, text: text.to_owned(), invitation: None }
}

fn to(player: PlayerId) -> Audience {
    Audience::Player(player)
}

fn said(player_id: PlayerId, to: Audience, text: Option<&str>) -> Event {
    Event::Said(Said { player_id, to, text: text.map(str::to_owned) })
}

fn heard(game: &Given, event: &Event, viewer: Viewer) -> bool {
    let seen = game.state().redact(event, viewer).expect("it is an event");
    !seen.data()["text"].is_null()
}

#[test]
fn seats_talk_to_all_or_to_one_and_spectators_among_themselves() {
    let game = tic_tac_toe([]);
    let (seats, eve) = ([Viewer::Seat(Seat(0)), Viewer::Seat(Seat(1))], player("eve"));
    game.when(ada(), say(Audience::All, "Hello")).then([said(ada(), Audience::All, Some("Hello"))]);
    game.when(ada(), say(to(bob()), "Psst")).then([said(ada(), to(bob()), Some("Psst"))]);
    for (speaker, audience) in [
        (ada(), Audience::Spectators),
        (ada(), to(ada())),
        (ada(), to(eve.clone())),
        (eve.clone(), Audience::All),
        (eve.clone(), to(ada())),
    ] {
        game.when(speaker, say(audience, "Hello")).then_rejected(Rejection::WrongAudience);
    }
    let among = game.when(eve, say(Audience::Spectators, "Look")).events().remove(0);
    assert!(heard(&game, &among, Viewer::Spectator) && !seats.iter().any(|seat| heard(&game, &among, *seat)));
    let all = said(ada(), Audience::All, Some("Hello"));
    assert!(heard(&game, &all, Viewer::Spectator) && seats.iter().all(|seat| heard(&game, &all, *seat)));
}

#[test]
fn a_whisper_is_hidden_from_everybody_else_even_after_the_end() {
    let game = given_at(&kinds(), "liars-dice", json!({}), json!({ "max_players": 3 }));
    let game = [ada(), bob(), cleo()].into_iter().fold(game, |game, name| game.and(name, Command::take_seat(None)));
    let whisper = game.when(ada(), say(to(bob()), "Psst")).events().remove(0);
    let over = game.clone().and(ada(), Command::Resign).and(bob(), Command::Resign);
    for game in [game, over] {
        assert!(heard(&game, &whisper, Viewer::Seat(Seat(0))) && heard(&game, &whisper, Viewer::Seat(Seat(1))));
        assert!(!heard(&game, &whisper, Viewer::Seat(Seat(2))) && !heard(&game, &whisper, Viewer::Spectator));
        let seen = game.state().redact(&whisper, Viewer::Spectator);
        assert_eq!(seen, Ok(said(ada(), to(bob()), None)));
    }
}

#[test]
fn a_whisper_follows_its_player_not_the_seat() {
    let table = json!({ "start": "host" });
    let game = given_at(&kinds(), "liars-dice", json!({}), table)
        .and(ada(), turnlog_domain::testing::take_seat(0))
        .and(bob(), turnlog_domain::testing::take_seat(1))
        .and(cleo(), turnlog_domain::testing::take_seat(3));
    let whisper = game.when(ada(), say(to(bob()), "Psst")).events().remove(0);
    let game = game.and(bob(), Command::LeaveSeat).and(ada(), Command::Start);
    assert_eq!(game.state().seat_of(&cleo()), Some(Seat(1)));
    assert!(!heard(&game, &whisper, Viewer::Seat(Seat(1))));
}

#[test]
fn texts_are_limited_and_cleaned() {
    let game = tic_tac_toe([]);
    let answer = |text: &str| game.when(ada(), say(Audience::All, text));
    for text in ["a\u{0}b", "a\nb", "\u{1b}[31m", "\u{85}"] {
        answer(text).then_rejected(Rejection::UnreadableText);
    }
    for text in ["", "   ", "\u{200b}\u{202e}", &"x".repeat(limits::TALK_LENGTH_MAX + 1)] {
        answer(text).then_rejected(Rejection::TextLength);
    }
    let longest = "\u{1f600}".repeat(limits::TALK_LENGTH_MAX);
    answer(&longest).then([said(ada(), Audience::All, Some(&longest))]);
    // Direction and width cannot be faked; joiners, which emoji and scripts need, stay.
    answer("a\u{202e}b\u{200b}c\u{feff}\u{2066}d").then([said(ada(), Audience::All, Some("abcd"))]);
    answer("\u{1f468}\u{200d}\u{1f469}").then([said(ada(), Audience::All, Some("\u{1f468}\u{200d}\u{1f469}"))]);
    answer("\u{645}\u{6cc}\u{200c}\u{62e}").then([said(ada(), Audience::All, Some("\u{645}\u{6cc}\u{200c}\u{62e}"))]);
}

#[test]
fn nobody_speaks_too_often() {
    let hello = || say(Audience::All, "Hello");
    let game = (0..limits::TALK_PER_PLAYER_MAX).fold(tic_tac_toe([]), |game, _| game.and(ada(), hello()));
    game.when(ada(), hello()).then_rejected(Rejection::TooMuchTalk { retry_after_ms: 5000 });
    game.when(bob(), hello()).then([said(bob(), Audience::All, Some("Hello"))]);
    let later = limits::TALK_WINDOW_MS - 4000;
    game.when_by(Actor::Player(ada()), hello(), later).then([said(ada(), Audience::All, Some("Hello"))]);
}

#[test]
fn spectators_do_not_keep_the_players_from_talking() {
    let look = || say(Audience::Spectators, "Look");
    let texts = (0..limits::TALK_OF_SPECTATORS_MAX).map(|text| player(&format!("eve{}", text / 4)));
    let game = texts.fold(tic_tac_toe([]), |game, eve| game.and_later(Actor::Player(eve), look(), 1));
    game.when_by(Actor::Player(player("fay")), look(), 1)
        .then_rejected(Rejection::TooMuchTalk { retry_after_ms: 9980 });
    let hello = say(Audience::All, "Hello");
    game.when_by(Actor::Player(ada()), hello, 1).then([said(ada(), Audience::All, Some("Hello"))]);
}

#[test]
fn the_host_mutes() {
    let game = tic_tac_toe([]);
    let mute = || Command::Mute { player: bob() };
    game.when(bob(), mute()).then_rejected(Rejection::NotHost);
    game.when(ada(), mute()).then([Event::Muted(Muted { player_id: bob() })]);
    let game = game.and(ada(), mute());
    game.when(ada(), mute()).then([]);
    game.when(bob(), say(Audience::All, "Hello")).then_rejected(Rejection::Muted);
}

#[test]
fn only_those_who_may_watch_talk() {
    let private = given_at(&kinds(), "tic-tac-toe", json!({}), json!({ "private": true }));
    let code = invitation(private.state().id());
    private.when(ada(), say(Audience::Spectators, "Hello")).then_rejected(Rejection::NotInvited);
    let invited = Command::Say { to: Audience::Spectators, text: "Hello".to_owned(), invitation: Some(code) };
    private.when(ada(), invited).then([said(ada(), Audience::Spectators, Some("Hello"))]);
}
