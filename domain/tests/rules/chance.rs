//! Chance: the construction that docs/fairness.md describes, and the verification of finished games.

use serde_json::{Value, json};
use turnlog_domain::{
    Actor, Chance, Command, Context, Entropy, Event, GameId, KeyId, Message, Played, Rejection, Seat, Seed, Seq,
    ServerPart, Timestamp, Unverified, decide,
    testing::{Given, given_at, given_with, key_id, play, player, server_part},
    verify,
};
use turnlog_games::kinds;

use crate::{ada, bob, cleo};

fn join(entropy: &str) -> Command {
    let entropy = Some(Entropy::parse(entropy).expect("it is hexadecimal"));
    Command::TakeSeat { seat: None, entropy, invitation: None }
}

fn dice() -> Given {
    given_at(&kinds(), "liars-dice", json!({ "dice": 2 }), json!({ "max_players": 2 }))
        .and(ada(), join("0102"))
        .and(bob(), join("ff"))
}

/// The first legal action of whoever is in turn, until the game is over.
fn played_out(mut given: Given) -> Given {
    for turn in 0.. {
        let game = given.state();
        let Some(&seat) = game.turn().first() else { break };
        let actions = game.position().legal_actions(seat);
        let player = game.occupant(seat).expect("a seat in turn is taken").player_id.clone();
        given = given.clone().and(player, play(actions[(turn * 7) % actions.len()].clone()));
    }
    given
}

#[test]
fn the_test_vector_of_the_document_holds() {
    let game = GameId::parse("67e55044-10b1-426f-9247-bb680e5fe0c8").expect("it is an id");
    let part = ServerPart::derive(b"turnlog test key", game);
    let contributions = [Some(Entropy::parse("0102").expect("it is one")), None];
    let seed = Seed::mix(game, &part, contributions.iter().map(Option::as_ref));
    let mut chance = seed.chance(Seq(3));
    let vector = json!({
        "commitment": part.commitment(),
        "dice": chance.roll(10, 6),
        "cards": chance.shuffle(10),
    });
    let document = include_str!("../../../docs/fairness.md");
    let stated = document.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).expect("it has a vector");
    assert_eq!(vector, serde_json::from_str::<Value>(stated).expect("it is JSON"));
}

#[test]
fn the_key_stream_is_that_of_rfc_8439() {
    // Appendix A.1, test vector 1: the first block of the all-zero key begins with these bytes.
    let mut chance = Chance::of_key([0; 32]);
    assert_eq!(chance.below(u32::MAX), u32::from_le_bytes([0x76, 0xb8, 0xe0, 0xad]));
    assert_eq!(chance.below(u32::MAX), u32::from_le_bytes([0xa0, 0xf1, 0x3d, 0x90]));
}

#[test]
fn words_that_would_favour_small_numbers_are_passed_over() {
    // 4294967292 is the largest multiple of six in 32 bits.
    let mut chance = Chance::of_words([u32::MAX, 4_294_967_292, 4_294_967_291, 7].into_iter());
    assert_eq!(chance.below(6), 5);
    assert_eq!(chance.below(6), 1);
    assert_eq!(chance.below(0), 0, "there is nothing to choose from");
}

#[test]
fn every_order_of_three_comes_from_a_shuffle() {
    let orders = (0..3).flat_map(|first| (0..2).map(move |second| [first, second]));
    let shuffled = orders.map(|words| Chance::of_words(words.into_iter()).shuffle(3).order().expect("it is one"));
    let mut shuffled: Vec<Vec<u8>> = shuffled.collect();
    shuffled.sort();
    shuffled.dedup();
    assert_eq!(shuffled.len(), 6);
}

#[test]
fn a_game_of_chance_commits_before_anybody_contributes_and_reveals_at_the_end() {
    let game = dice();
    let part = server_part(game.state().id());
    let created = game.messages()[0].events[0].data();
    assert_eq!(created["chance"], json!({ "key": "test", "commitment": part.commitment() }));
    let ended = game.when(ada(), Command::Resign).events();
    let names: Vec<&str> = ended.iter().map(Event::name).collect();
    assert_eq!(names, ["resigned", "played", "finished", "seed_revealed"]);
    let Some(Event::SeedRevealed(revealed)) = ended.last() else { panic!("it is revealed") };
    assert_eq!(revealed.server_part.server_part(), part);
}

#[test]
fn kinds_without_chance_commit_to_nothing() {
    let game = crate::tic_tac_toe([0]);
    assert_eq!(game.messages()[0].events[0].data()["chance"], Value::Null);
    let names: Vec<&str> = game.when(ada(), Command::Resign).events().iter().map(Event::name).collect();
    assert_eq!(names, ["resigned", "finished"]);
}

#[test]
fn what_a_player_contributes_changes_every_roll() {
    let rolled = |entropy: &str| {
        let game = given_at(&kinds(), "liars-dice", json!({}), json!({ "max_players": 2 })).and(ada(), join("00"));
        game.when(bob(), join(entropy)).events()[2].data()
    };
    assert_eq!(rolled("01"), rolled("01"));
    assert_ne!(rolled("01"), rolled("02"));
}

#[test]
fn contributions_spread_differently_make_another_seed() {
    let game = GameId::parse("67e55044-10b1-426f-9247-bb680e5fe0c8").expect("it is an id");
    let part = ServerPart::derive(b"key", game);
    let of = |texts: [Option<&str>; 2]| {
        let contributions = texts.map(|text| text.map(|text| Entropy::parse(text).expect("it is one")));
        let mut chance = Seed::mix(game, &part, contributions.iter().map(Option::as_ref)).chance(Seq(1));
        chance.below(u32::MAX)
    };
    assert_ne!(of([Some("0102"), None]), of([Some("01"), Some("02")]));
    assert_ne!(of([Some("01"), None]), of([None, Some("01")]));
}

#[test]
fn a_decision_without_the_right_key_is_not_made() {
    let game = dice();
    let (other, key) = (ServerPart::derive(b"another key", game.state().id()), key_id());
    let bid = play(json!({ "bid": { "count": 1, "face": 2 } }));
    for server in [None, Some((&key, other))] {
        let later = Timestamp::from_ms(game.state().at().as_ms() + 1);
        let known = kinds();
        let context = Context { server, ..Context::new(&known, later) };
        let answer = decide(Some(game.state()), &Actor::Player(ada()), &bid, &context);
        assert_eq!(answer, Err(Rejection::Unprepared));
    }
}

#[test]
fn contributions_and_key_ids_are_checked_where_they_enter() {
    for bad in ["", "0", "0g", "AA", &"00".repeat(33)] {
        assert!(Entropy::parse(bad).is_err(), "{bad}");
    }
    assert!(Entropy::parse(&"ab".repeat(32)).is_ok());
    for bad in ["", "a b", &"k".repeat(33)] {
        assert!(KeyId::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn finished_games_are_verified() {
    assert_eq!(verify(&kinds(), dice().messages()), Err(Unverified::NotFinished));
    let ended = played_out(dice());
    assert_eq!(verify(&kinds(), ended.messages()), Ok(()));
    let cards = given_with(&kinds(), "crazy-eights", json!({}));
    let cards = ["ada", "bob", "cleo", "dan", "eve", "fay"]
        .into_iter()
        .fold(cards, |game, name| game.and(player(name), Command::take_seat(None)));
    let cards = cards.and(cleo(), Command::Resign);
    assert_eq!(verify(&kinds(), played_out(cards).messages()), Ok(()));
    let private = given_at(&kinds(), "liars-dice", json!({}), json!({ "max_players": 2, "private": true }));
    let code = Some(turnlog_domain::testing::invitation(private.state().id()));
    let sit = Command::TakeSeat { seat: None, entropy: None, invitation: code };
    let private = private.and(ada(), sit.clone()).and(bob(), sit).and(ada(), Command::Resign);
    assert_eq!(verify(&kinds(), private.messages()), Ok(()));
}

#[test]
fn verification_names_the_first_message_that_chance_did_not_cause() {
    let ended = played_out(dice());
    let mut forged: Vec<Message> = ended.messages().to_vec();
    let Some(Event::Played(Played { payload: roll, .. })) = forged[2].events.last_mut() else {
        panic!("it is the first roll")
    };
    let rolled = roll["rolled"]["roll"]["rolled"].as_array_mut().expect("there are dice");
    // Dice of equal faces would change nothing.
    rolled[0] = json!(rolled[0].as_u64().expect("a face") % 6 + 1);
    let answer = verify(&kinds(), &forged[..]);
    assert!(matches!(answer, Err(Unverified::Differs(Seq(3)) | Unverified::Damaged(_))), "{answer:?}");
    let forged = [&forged[..3], &[resigned_at(&forged[2], ended.messages())]].concat();
    assert_eq!(verify(&kinds(), &forged), Err(Unverified::Differs(Seq(3))));
}

/// Ada's resignation right after `last`, with the end of the game `log`.
fn resigned_at(last: &Message, log: &[Message]) -> Message {
    let ended = dice().when(ada(), Command::Resign).events();
    let Some(Event::SeedRevealed(_)) = log.last().and_then(|message| message.events.last()) else {
        panic!("the game revealed its seed")
    };
    let at = Timestamp::from_ms(last.at.as_ms() + 1);
    Message { seq: last.seq.next(), at, actor: Actor::Player(ada()), events: ended, ..last.clone() }
}

#[test]
fn a_revealed_part_that_was_not_committed_to_does_not_fold() {
    let ended = dice().and(ada(), Command::Resign);
    let mut forged = ended.messages().to_vec();
    let last = forged.last_mut().expect("there is one");
    let other = json!({ "server_part": "00".repeat(32) });
    *last.events.last_mut().expect("there is one") =
        Event::from_parts("seed_revealed", 1, other).expect("it is of that shape");
    assert!(matches!(verify(&kinds(), &forged), Err(Unverified::Damaged(_))));
}

#[test]
fn nothing_secret_is_printed() {
    let game = dice();
    let part = server_part(game.state().id());
    assert_eq!(format!("{part:?}"), "ServerPart(secret)");
    let seed = Seed::mix(game.state().id(), &part, []);
    assert_eq!(format!("{seed:?} {:?}", seed.chance(Seq(1))), "Seed(secret) Chance");
    assert_eq!(game.state().seat_of(&ada()), Some(Seat(0)));
}
