//! Logs that somebody has made up: neither the fold nor the verification takes them for games.

use serde_json::{Value, json};
use turnlog_domain::{
    Command, Event, FoldError, Message, OfOffer, OfferKind, Seat, Seq, TakenBack, Timestamp, Unverified,
    testing::{Given, command_id, given_at, play, player, take_seat},
    verify,
};
use turnlog_games::kinds;

use crate::{ada, bob, tic_tac_toe};

fn for_two(kind: &str) -> Given {
    given_at(&kinds(), kind, json!({}), json!({ "max_players": 2 })).and(ada(), take_seat(0)).and(bob(), take_seat(1))
}

/// One more message at the end of a log.
fn add(log: &mut Vec<Message>, name: &str, events: Vec<Event>) {
    let last = log.last().expect("a log has a beginning").clone();
    let (seq, at) = (last.seq.next(), Timestamp::from_ms(last.at.as_ms() + 1));
    let actor = turnlog_domain::Actor::Player(player(name));
    log.push(Message { seq, at, actor, events, command: command_id(seq.0), ..last });
}

fn taken_back(to: Seq, position: Value) -> Event {
    Event::TakenBack(Box::new(TakenBack {
        to,
        last_moves: vec![None, None],
        position: Some(position),
        kind_version: 1,
    }))
}

#[test]
fn a_game_of_chance_that_promises_nothing_is_none() {
    let ended = for_two("liars-dice").and(ada(), Command::Resign);
    let mut forged = ended.messages().to_vec();
    let Some(Event::Created(created)) = forged[0].events.first_mut() else { panic!("it begins with its creation") };
    created.chance = None;
    forged.last_mut().expect("there is one").events.retain(|event| event.name() != "seed_revealed");
    assert_eq!(
        verify(&kinds(), &forged),
        Err(Unverified::Damaged(FoldError::NotCreated { seq: Seq(1), reason: "it promises nothing about its chance" }))
    );
}

#[test]
fn a_deal_cannot_be_taken_back() {
    let game = for_two("crazy-eights");
    let position: Value = serde_json::from_str(game.state().position().stored().get()).expect("it is JSON");
    let (ada, bob) = (Seat(0), Seat(1));
    let of = |seat| OfOffer { seat, offer: OfferKind::TakeBack };
    let mut forged = game.messages().to_vec();
    add(&mut forged, "ada", vec![Event::Offered(of(ada))]);
    let restored = taken_back(Seq(3), position);
    add(&mut forged, "bob", vec![Event::Accepted(of(bob)), restored]);
    let reason = "what chance has shown is not taken back";
    let invalid = FoldError::InvalidEvent { seq: Seq(5), index: 1, reason };
    assert_eq!(verify(&kinds(), &forged), Err(Unverified::Damaged(invalid)));
}

#[test]
fn a_take_back_restores_what_there_was_and_only_what_was_offered() {
    let accept = Command::accept(OfferKind::TakeBack);
    let game = tic_tac_toe([0, 4]).and(bob(), Command::Offer(OfferKind::TakeBack)).and(ada(), accept);
    let ended = game.and(bob(), play(json!({ "cell": 8 }))).and(ada(), Command::Resign);
    assert_eq!(verify(&kinds(), ended.messages()), Ok(()));
    let is_agreed = |message: &Message| message.events.iter().any(|event| event.name() == "taken_back");
    let at = ended.messages().iter().position(is_agreed).expect("it was taken back");
    let change = |change: fn(&mut TakenBack)| {
        let mut forged = ended.messages().to_vec();
        let Some(Event::TakenBack(taken_back)) = forged[at].events.last_mut() else { panic!("it was taken back") };
        change(taken_back);
        verify(&kinds(), &forged)
    };
    let differs = Err(Unverified::Differs(ended.messages()[at].seq));
    assert_eq!(change(|taken_back| taken_back.last_moves[1] = Some(Seq(2))), differs);
    let later = tic_tac_toe([0, 4]).state().position().stored();
    let later: Value = serde_json::from_str(later.get()).expect("it is JSON");
    let mut forged = ended.messages()[..at].to_vec();
    let mut events = ended.messages()[at].events.clone();
    events[1] = taken_back(Seq(4), later);
    add(&mut forged, "ada", events.clone());
    add(&mut forged, "ada", vec![Event::Resigned(turnlog_domain::testing::of_seat(0))]);
    let Some(Event::Finished(outcome)) = ended.messages().last().and_then(|message| message.events.last()) else {
        panic!("the game is over")
    };
    forged.last_mut().expect("there is one").events.push(Event::Finished(outcome.clone()));
    assert_eq!(verify(&kinds(), &forged), differs);
    // Without an offer there is nothing that all have agreed on.
    let mut unasked = tic_tac_toe([0, 4]).messages().to_vec();
    add(&mut unasked, "ada", vec![events[1].clone()]);
    assert!(matches!(verify(&kinds(), &unasked), Err(Unverified::Damaged(FoldError::InvalidEvent { index: 0, .. }))));
}
