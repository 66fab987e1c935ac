//! What is agreed beside the rules: the start, the host, private games, spectators.

use serde_json::{Value, json};
use turnlog_domain::{
    Actor, Command, Context, Event, Game, GameId, Invitation, Phase, PlayerId, Rejection, Seat, Timestamp, decide,
    testing::{
        Given, command_id, given_at, invitation, key_id, of_seat, player, renewed_invitation, seat_taken, server_part,
        take_seat,
    },
};
use turnlog_games::kinds;

use crate::{ada, bob, cleo};

fn table(table: Value) -> Given {
    given_at(&kinds(), "liars-dice", json!({}), table)
}

fn host() -> PlayerId {
    player("host")
}

fn kick(seat: u8) -> Command {
    Command::kick(Seat(seat))
}

fn names(events: &[Event]) -> Vec<&str> {
    events.iter().map(Event::name).collect()
}

#[test]
fn tables_outside_their_limits_are_refused() {
    for wishes in [
        json!([]),
        json!({ "max_players": 7 }),
        json!({ "min_players": 1 }),
        json!({ "min_players": 4, "max_players": 3 }),
        json!({ "start": "now" }),
        json!({ "strat": "host" }),
        json!({ "clock": { "seconds": 4 } }),
        json!({ "clock": { "seconds": 86_401 } }),
        json!({ "clock": { "days": 0 } }),
        json!({ "clock": { "days": 11 } }),
        json!({ "clock": { "fischer": { "initial_ms": 9_999, "increment_ms": 0 } } }),
        json!({ "clock": { "fischer": { "initial_ms": 60_000, "increment_ms": 600_001 } } }),
        json!({ "clock": { "fischer": { "initial_ms": 60_000, "increment_ms": 0 } }, "timeout": "default_move" }),
    ] {
        let create = Command::Create { kind: "liars-dice".to_owned(), options: json!({}), settings: wishes.clone() };
        let answer = decide(None, &Actor::Player(ada()), &create, &Context::new(&kinds(), Timestamp::from_ms(1)));
        assert!(matches!(answer, Err(Rejection::InvalidOptions { .. })), "{wishes}: {answer:?}");
    }
}

#[test]
fn only_kinds_with_default_moves_play_on_with_them() {
    for kind in kinds().iter() {
        let table = json!({ "clock": { "seconds": 30 }, "timeout": "default_move" });
        let create = Command::Create { kind: kind.name().to_owned(), options: json!({}), settings: table };
        let key = key_id();
        let game = GameId::of_create(&ada(), command_id(1));
        let known = kinds();
        let context =
            Context { server: Some((&key, server_part(game))), ..Context::new(&known, Timestamp::from_ms(1)) };
        let answer = decide(None, &Actor::Player(ada()), &create, &context);
        assert_eq!(answer.is_ok(), kind.default_moves(), "{}: {answer:?}", kind.name());
    }
}

#[test]
fn a_full_table_starts_with_as_many_seats_as_were_agreed() {
    let game = table(json!({ "max_players": 3 })).and(ada(), take_seat(0)).and(bob(), take_seat(1));
    game.when(player("dan"), take_seat(3)).then_rejected(Rejection::NoSuchSeat);
    let events = game.when(cleo(), take_seat(2)).events();
    assert_eq!(names(&events), ["seat_taken", "started", "played"]);
}

#[test]
fn the_host_starts_with_those_who_are_there_and_they_move_up() {
    let game = table(json!({ "start": "host", "min_players": 2 })).and(ada(), take_seat(1));
    game.when(ada(), Command::Start).then_rejected(Rejection::TooFewPlayers);
    let game = game.and(bob(), take_seat(4));
    game.when(bob(), Command::Start).then_rejected(Rejection::NotHost);
    let events = game.when(ada(), Command::Start).events();
    assert_eq!(names(&events), ["started", "played"]);
    assert_eq!(events[1].data()["rolled"]["dice"], json!([5, 5]));
    let game = game.and(ada(), Command::Start);
    assert_eq!((game.state().seat_of(&ada()), game.state().seat_of(&bob())), (Some(Seat(0)), Some(Seat(1))));
    game.when(ada(), Command::Start).then_rejected(Rejection::AlreadyStarted);
    table(json!({})).and(ada(), take_seat(0)).when(ada(), Command::Start).then_rejected(Rejection::StartsWhenFull);
}

#[test]
fn the_creator_is_host_while_seated_and_then_the_lowest_seat() {
    let game = table(json!({ "start": "host" }));
    assert_eq!(game.state().host(), Some(&host()));
    let game = game.and(host(), take_seat(2)).and(bob(), take_seat(3)).and(ada(), take_seat(5));
    assert_eq!(game.state().host(), Some(&host()));
    let game = game.and(host(), Command::LeaveSeat);
    assert_eq!(game.state().host(), Some(&bob()));
    assert_eq!(game.and(bob(), Command::LeaveSeat).state().host(), Some(&ada()));
}

#[test]
fn the_host_sends_players_away_for_good() {
    let game = table(json!({ "start": "host" })).and(host(), take_seat(0)).and(ada(), take_seat(1));
    game.when(ada(), kick(0)).then_rejected(Rejection::NotHost);
    game.when(host(), kick(6)).then_rejected(Rejection::NoSuchSeat);
    game.when(host(), kick(3)).then([]);
    // Whoever sends themself away just leaves, and may come back.
    game.when(host(), kick(0)).then([Event::SeatLeft(of_seat(0))]);
    game.when(host(), kick(1)).then([Event::Kicked(of_seat(1))]);
    let game = game.and(host(), kick(1));
    game.when(ada(), Command::take_seat(None)).then_rejected(Rejection::Kicked);
    assert_eq!(game.state().may_watch(&ada(), None), Err(Rejection::Kicked));
    assert_eq!(game.state().may_keep_watching(&ada()), Err(Rejection::Kicked));
    let game = game.and(bob(), take_seat(1));
    let late = |name| Command::Kick { seat: Seat(1), player: Some(player(name)) };
    // Ada has left, and Bob has done nothing to be sent away for.
    game.when(host(), late("ada")).then_rejected(Rejection::SeatTaken);
    game.when(host(), late("bob")).then([Event::Kicked(of_seat(1))]);
    game.clone().and(bob(), Command::LeaveSeat).when(host(), late("bob")).then([]);
    let started = game.and(host(), Command::Start);
    started.when(host(), kick(1)).then_rejected(Rejection::AlreadyStarted);
}

#[test]
fn seats_are_not_chosen_where_that_is_agreed() {
    let game = table(json!({ "choose_seats": false }));
    game.when(ada(), take_seat(3)).then_rejected(Rejection::NoChoiceOfSeats);
    game.when(ada(), Command::take_seat(None)).then([seat_taken(0, ada())]);
}

#[test]
fn a_private_game_asks_for_its_code() {
    let game = table(json!({ "private": true }));
    let code = invitation(game.state().id());
    let sit = |invitation| Command::TakeSeat { seat: Some(Seat(0)), entropy: None, invitation };
    let wrong = Invitation::parse(&"00".repeat(16)).expect("it is one");
    for refused in [None, Some(wrong)] {
        game.when(ada(), sit(refused)).then_rejected(Rejection::NotInvited);
        assert_eq!(game.state().may_watch(&ada(), refused.as_ref()), Err(Rejection::NotInvited));
    }
    game.when(ada(), sit(Some(code))).then([seat_taken(0, ada())]);
    assert_eq!(game.state().may_watch(&ada(), Some(&code)), Ok(()));
    // Who made it, and who sits there, need no code.
    assert_eq!(game.state().may_watch(&host(), None), Ok(()));
    assert_eq!(game.and(ada(), sit(Some(code))).state().may_watch(&ada(), None), Ok(()));
}

#[test]
fn the_host_renews_the_code_and_the_one_before_lets_nobody_in() {
    let given = table(json!({ "private": true, "max_players": 3 }));
    let first = invitation(given.state().id());
    let sit = |invitation| Command::TakeSeat { seat: None, entropy: None, invitation };
    let given = given.and(host(), sit(None)).and(ada(), sit(Some(first)));
    given.when(ada(), Command::RenewInvitation).then_rejected(Rejection::NotHost);
    given.when(cleo(), Command::RenewInvitation).then_rejected(Rejection::NotHost);
    let renewed = given.and(host(), Command::RenewInvitation);
    let (game, seq) = (renewed.state(), renewed.state().seq());
    let second = renewed_invitation(game.id(), seq);
    assert_eq!(game.invitation_renewed(), Some(seq));
    assert_eq!((game.is_invitation(&first), game.is_invitation(&second)), (false, true));
    renewed.when(bob(), sit(Some(first))).then_rejected(Rejection::NotInvited);
    assert_eq!(game.may_watch(&bob(), Some(&first)), Err(Rejection::NotInvited));
    assert_eq!(game.may_watch(&bob(), Some(&second)), Ok(()));
    // Those at the table stay, and so do those who follow the game.
    assert_eq!(game.may_watch(&ada(), None), Ok(()));
    assert_eq!(game.may_keep_watching(&bob()), Ok(()));
    let seen = game.redact(&renewed.messages()[3].events[0], game.viewer(&host())).expect("it is an event");
    assert_eq!((seen.name(), seen.data()), ("invitation_renewed", json!({})));
    // Once more, after the start too.
    let again = renewed.and(bob(), sit(Some(second))).and(host(), Command::RenewInvitation);
    assert_eq!((*again.state().phase() == Phase::Playing, again.state().is_invitation(&second)), (true, false));
    let stored = Game::from_json(&kinds(), &again.state().to_json()).expect("it is today's layout");
    assert_eq!(stored.invitation_renewed(), Some(again.state().seq()));
    table(json!({})).and(host(), sit(None)).when(host(), Command::RenewInvitation).then_rejected(Rejection::NotPrivate);
}

#[test]
fn neither_the_code_nor_its_hash_reaches_anybody() {
    let game = table(json!({ "private": true }));
    let created = &game.messages()[0].events[0];
    let code = invitation(game.state().id());
    assert!(!created.data().to_string().contains(&code.tell()));
    let seen = game.state().redact(created, game.state().viewer(&host())).expect("it is an event");
    assert_eq!(seen.data()["invitation"], Value::Null);
    assert!(!format!("{code:?}").contains(&code.tell()));
}

#[test]
fn a_table_without_spectators_shows_a_running_game_to_its_players_only() {
    let game = table(json!({ "spectators": false, "max_players": 2 })).and(ada(), take_seat(0));
    assert_eq!(game.state().may_watch(&cleo(), None), Ok(()));
    let game = game.and(bob(), take_seat(1));
    assert_eq!(*game.state().phase(), Phase::Playing);
    assert_eq!(game.state().may_watch(&cleo(), None), Err(Rejection::NoSpectators));
    assert_eq!(game.state().may_keep_watching(&cleo()), Err(Rejection::NoSpectators));
    assert_eq!(game.state().may_watch(&bob(), None), Ok(()));
    assert_eq!(game.state().may_keep_watching(&bob()), Ok(()));
}
