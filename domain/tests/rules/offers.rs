//! Offers: draw, take-back, pause and rematch.

use serde_json::json;
use turnlog_domain::{
    Actor, Command, Context, Event, GameId, OfOffer, OfferKind, Outcome, Phase, Rejection, RematchAgreed, Seat, Seq,
    Timestamp, decide,
    testing::{Given, command_id, given, given_at, player, take_seat},
};
use turnlog_games::kinds;

use crate::{ada, bob, cell, cleo, placed, tic_tac_toe};

const KINDS: [OfferKind; 3] = [OfferKind::Draw, OfferKind::TakeBack, OfferKind::Pause];

fn of(seat: u8, offer: OfferKind) -> OfOffer {
    OfOffer { seat: Seat(seat), offer }
}

#[test]
fn an_offer_is_made_accepted_declined_or_withdrawn() {
    for kind in KINDS {
        let game = tic_tac_toe([0, 4]);
        game.when(ada(), Command::Offer(kind)).then([Event::Offered(of(0, kind))]);
        game.when(bob(), Command::accept(kind)).then_rejected(Rejection::NoSuchOffer);
        game.when(player("eve"), Command::Offer(kind)).then_rejected(Rejection::NotSeated);
        let offered = game.and(ada(), Command::Offer(kind));
        offered.when(ada(), Command::Offer(kind)).then([]);
        offered.when(bob(), Command::Offer(kind)).then_rejected(Rejection::OfferOpen);
        offered.when(ada(), Command::accept(kind)).then_rejected(Rejection::OwnOffer);
        offered.when(ada(), Command::decline(kind)).then_rejected(Rejection::OwnOffer);
        offered.when(bob(), Command::withdraw(kind)).then_rejected(Rejection::NoSuchOffer);
        offered.when(ada(), Command::withdraw(kind)).then([Event::Withdrawn(of(0, kind))]);
        offered.when(bob(), Command::decline(kind)).then([Event::Declined(of(1, kind))]);
        let accepted = offered.when(bob(), Command::accept(kind)).events();
        assert_eq!(accepted[0], Event::Accepted(of(1, kind)));
        let withdrawn = offered.and(ada(), Command::withdraw(kind));
        withdrawn.when(bob(), Command::accept(kind)).then_rejected(Rejection::NoSuchOffer);
    }
}

#[test]
fn offers_lapse_with_the_next_move() {
    for kind in KINDS {
        let game = tic_tac_toe([0, 4]).and(bob(), Command::Offer(kind)).and(ada(), cell(1));
        assert!(game.state().offers().is_empty());
        game.when(ada(), Command::accept(kind)).then_rejected(Rejection::NoSuchOffer);
    }
}

#[test]
fn what_was_refused_is_not_offered_again_before_the_next_move() {
    let game =
        tic_tac_toe([0, 4]).and(ada(), Command::Offer(OfferKind::Draw)).and(bob(), Command::decline(OfferKind::Draw));
    game.when(ada(), Command::Offer(OfferKind::Draw)).then_rejected(Rejection::RefusedBefore);
    game.when(bob(), Command::accept(OfferKind::Draw)).then_rejected(Rejection::NoSuchOffer);
    // Who takes an offer back does not make it again at once either.
    let withdrawn =
        tic_tac_toe([0, 4]).and(ada(), Command::Offer(OfferKind::Draw)).and(ada(), Command::withdraw(OfferKind::Draw));
    withdrawn.when(ada(), Command::Offer(OfferKind::Draw)).then_rejected(Rejection::RefusedBefore);
    assert!(withdrawn.and(ada(), cell(1)).when(ada(), Command::Offer(OfferKind::Draw)).is_accepted());
    game.when(bob(), Command::Offer(OfferKind::Draw)).then([Event::Offered(of(1, OfferKind::Draw))]);
    game.and(ada(), cell(1))
        .when(ada(), Command::Offer(OfferKind::Draw))
        .then([Event::Offered(of(0, OfferKind::Draw))]);
}

#[test]
fn an_answer_that_names_an_offer_meets_no_later_one() {
    for offer in KINDS {
        let first = tic_tac_toe([0, 4]).and(ada(), Command::Offer(offer));
        let seq = Some(first.state().offers()[0].seq);
        assert_eq!(seq, Some(first.state().seq()));
        let answers = |seq| [Command::Accept { offer, seq }, Command::Decline { offer, seq }];
        let later = first.clone().and(ada(), cell(1)).and(bob(), cell(5)).and(ada(), Command::Offer(offer));
        for late in answers(seq) {
            assert!(first.when(bob(), late.clone()).is_accepted());
            later.when(bob(), late).then_rejected(Rejection::NoSuchOffer);
        }
        let withdraw = Command::Withdraw { offer, seq };
        assert!(first.when(ada(), withdraw.clone()).is_accepted());
        later.when(ada(), withdraw).then_rejected(Rejection::NoSuchOffer);
        for answer in answers(None) {
            assert!(later.when(bob(), answer).is_accepted(), "it answers whichever is open");
        }
    }
}

#[test]
fn an_agreed_draw_ends_the_game() {
    let game = tic_tac_toe([0]).and(ada(), Command::Offer(OfferKind::Draw));
    let drawn = Event::Finished(Outcome::draw(2, "agreed"));
    game.when(bob(), Command::accept(OfferKind::Draw)).then([Event::Accepted(of(1, OfferKind::Draw)), drawn]);
    tic_tac_toe([])
        .and(ada(), Command::Resign)
        .when(bob(), Command::Offer(OfferKind::Draw))
        .then_rejected(Rejection::Finished);
}

#[test]
fn a_take_back_restores_the_state_before_ones_last_move() {
    let before = tic_tac_toe([0, 4]);
    let offer = Command::Offer(OfferKind::TakeBack);
    let game = tic_tac_toe([0, 4, 1, 5]).and(ada(), offer.clone());
    let accept = Command::accept(OfferKind::TakeBack);
    assert_eq!(game.state().needs_earlier(&Actor::Player(bob()), &accept), Some(Seq(5)));
    for other in [ada(), cleo()] {
        assert_eq!(game.state().needs_earlier(&Actor::Player(other), &accept), None, "it completes nothing");
    }
    let game = game.and(bob(), Command::accept(OfferKind::TakeBack));
    assert_eq!(game.state().position().stored().get(), before.state().position().stored().get());
    assert_eq!(game.state().turn(), [Seat(0)]);
    game.when(ada(), cell(8)).then([placed(0, 8)]);
    // The next one goes back to before the move before, not to the same place again.
    let game = game.and(ada(), offer).and(bob(), Command::accept(OfferKind::TakeBack));
    assert_eq!(game.state().position().stored().get(), tic_tac_toe([]).state().position().stored().get());
    game.when(bob(), Command::Offer(OfferKind::TakeBack)).then_rejected(Rejection::NothingToTakeBack);
}

#[test]
fn a_repeat_that_comes_after_a_take_back_is_still_outdated() {
    let game = tic_tac_toe([0])
        .and(ada(), Command::Offer(OfferKind::TakeBack))
        .and(bob(), Command::accept(OfferKind::TakeBack));
    let late = Command::Play { action: json!({ "cell": 0 }), seen: Some(Seq(3)) };
    game.when(ada(), late).then_rejected(Rejection::Outdated);
}

#[test]
fn the_state_of_a_take_back_shows_itself_to_nobody_while_the_game_runs() {
    let game = tic_tac_toe([0])
        .and(ada(), Command::Offer(OfferKind::TakeBack))
        .and(bob(), Command::accept(OfferKind::TakeBack));
    let event = &game.messages().last().expect("there is one").events[1];
    assert!(!event.data()["position"].is_null());
    let seen = game.state().redact(event, game.state().viewer(&ada())).expect("it is an event");
    assert!(seen.data()["position"].is_null());
}

#[test]
fn nothing_is_taken_back_where_chance_has_spoken_or_the_log_is_not_at_hand() {
    let dice = given_at(&kinds(), "liars-dice", json!({}), json!({ "max_players": 2 }))
        .and(ada(), take_seat(0))
        .and(bob(), take_seat(1));
    dice.when(ada(), Command::Offer(OfferKind::TakeBack)).then_rejected(Rejection::NoTakeBacks);
    tic_tac_toe([]).when(ada(), Command::Offer(OfferKind::TakeBack)).then_rejected(Rejection::NothingToTakeBack);
    let game = tic_tac_toe([0]).and(ada(), Command::Offer(OfferKind::TakeBack));
    let later = Timestamp::from_ms(game.state().at().as_ms() + 1);
    let accept = Command::accept(OfferKind::TakeBack);
    let answer = decide(Some(game.state()), &Actor::Player(bob()), &accept, &Context::new(&kinds(), later));
    assert_eq!(answer, Err(Rejection::Unprepared));
}

#[test]
fn nothing_is_taken_back_to_before_a_hidden_choice_was_shown() {
    let choose = |choice| Command::Play { action: json!({ "choose": choice }), seen: None };
    let chosen = given(&kinds(), "rock-paper-scissors")
        .and(ada(), take_seat(0))
        .and(bob(), take_seat(1))
        .and(bob(), choose("rock"))
        .and(ada(), choose("scissors"));
    // Ada would choose again, knowing that Bob has chosen the rock.
    chosen.when(ada(), Command::Offer(OfferKind::TakeBack)).then_rejected(Rejection::NoTakeBacks);
    chosen.when(bob(), Command::Offer(OfferKind::TakeBack)).then_rejected(Rejection::NoTakeBacks);
}

#[test]
fn with_more_players_all_others_must_agree() {
    let game = given_at(&kinds(), "liars-dice", json!({}), json!({ "max_players": 4 }));
    let game = ["ada", "bob", "cleo", "dan"]
        .into_iter()
        .fold(game, |game, name| game.and(player(name), Command::take_seat(None)))
        .and(player("dan"), Command::Resign)
        .and(ada(), Command::Offer(OfferKind::Pause));
    game.when(player("dan"), Command::accept(OfferKind::Pause)).then_rejected(Rejection::Out);
    let accepted = |seat| Event::Accepted(of(seat, OfferKind::Pause));
    game.when(cleo(), Command::accept(OfferKind::Pause)).then([accepted(2)]);
    let game = game.and(cleo(), Command::accept(OfferKind::Pause));
    game.when(cleo(), Command::accept(OfferKind::Pause)).then([]);
    game.when(bob(), Command::accept(OfferKind::Pause)).then([accepted(1), Event::Paused]);
}

#[test]
fn a_paused_game_goes_on_when_somebody_resumes_or_ends_when_somebody_gives_up() {
    let game =
        tic_tac_toe([0]).and(ada(), Command::Offer(OfferKind::Pause)).and(bob(), Command::accept(OfferKind::Pause));
    assert_eq!(*game.state().phase(), Phase::Paused);
    game.when(ada(), Command::Offer(OfferKind::Draw)).then_rejected(Rejection::Paused);
    assert_eq!(game.when(bob(), Command::Resign).events().len(), 2);
    let game = game.and(ada(), Command::Resume);
    game.when(ada(), Command::Resume).then([]);
    game.when(bob(), cell(1)).then([placed(1, 1)]);
}

#[test]
fn nothing_but_going_on_and_giving_up_is_agreed_on_while_a_game_is_paused() {
    for kind in [OfferKind::Draw, OfferKind::TakeBack] {
        let game = tic_tac_toe([0, 4])
            .and(ada(), Command::Offer(kind))
            .and(bob(), Command::Offer(OfferKind::Pause))
            .and(ada(), Command::accept(OfferKind::Pause));
        game.when(bob(), Command::accept(kind)).then_rejected(Rejection::Paused);
        assert_eq!(game.state().needs_earlier(&Actor::Player(bob()), &Command::accept(kind)), None);
        game.when(bob(), Command::decline(kind)).then([Event::Declined(of(1, kind))]);
        // The offer stands, and can be answered when the game goes on.
        let resumed = game.and(ada(), Command::Resume);
        assert_eq!(resumed.when(bob(), Command::accept(kind)).events().len(), 2);
    }
}

#[test]
fn no_offer_that_stands_saves_who_has_no_time_left() {
    for kind in KINDS {
        let game = given_at(&kinds(), "tic-tac-toe", json!({}), json!({ "clock": { "seconds": 30 } }))
            .and(ada(), take_seat(0))
            .and(bob(), take_seat(1))
            .and(ada(), cell(0))
            .and(ada(), Command::Offer(kind));
        let accept = |later_ms| game.when_by(Actor::Player(bob()), Command::accept(kind), later_ms);
        assert!(accept(29_000).is_accepted());
        accept(29_001).then_rejected(Rejection::TimeIsUp);
    }
}

fn over() -> Given {
    tic_tac_toe([0]).and(bob(), Command::Resign)
}

#[test]
fn a_rematch_names_the_new_game_with_the_seats_rotated() {
    let rematch = Command::Offer(OfferKind::Rematch);
    tic_tac_toe([]).when(ada(), rematch.clone()).then_rejected(Rejection::NotFinished);
    let game = over().and(bob(), rematch.clone());
    let id = GameId::of_rematch(game.state().id(), game.state().seq().next());
    let agreed = RematchAgreed { game: id, players: vec![bob(), ada()] };
    let accepted = Event::Accepted(of(0, OfferKind::Rematch));
    game.when(ada(), Command::accept(OfferKind::Rematch)).then([accepted, Event::RematchAgreed(agreed)]);
    let game = game.and(ada(), Command::accept(OfferKind::Rematch));
    assert_eq!(game.state().rematch(), Some(id));
    game.when(ada(), rematch).then([]);
}

#[test]
fn the_game_of_a_rematch_keeps_its_seats_for_the_players() {
    let old = over().and(bob(), Command::Offer(OfferKind::Rematch)).and(ada(), Command::accept(OfferKind::Rematch));
    let (actor, at) = (Actor::Player(ada()), Timestamp::from_ms(1));
    let known = kinds();
    let context = Context { earlier: Some(old.state()), ..Context::new(&known, at) };
    let by_stranger = decide(None, &Actor::Player(cleo()), &Command::CreateRematch, &context);
    assert_eq!(by_stranger, Err(Rejection::NotSeated));
    let events = decide(None, &actor, &Command::CreateRematch, &context).expect("it was agreed");
    let created = events[0].data();
    assert_eq!((&created["reserved"], &created["kind"]), (&json!(["bob", "ada"]), &json!("tic-tac-toe")));
    assert_eq!(created["rematch_of"], json!(old.state().id().to_string()));
    let game = old.state().rematch().expect("it was agreed");
    let message = turnlog_domain::Message { game, seq: Seq(1), at, command: command_id(1), actor, events };
    let new = turnlog_domain::Game::fold(&kinds(), None, &message).expect("it folds");
    let sit = |player, seat: Option<u8>| {
        let command = Command::take_seat(seat.map(Seat));
        decide(Some(&new), &Actor::Player(player), &command, &Context::new(&kinds(), Timestamp::from_ms(2)))
    };
    assert_eq!(sit(cleo(), None), Err(Rejection::Reserved));
    assert_eq!(sit(ada(), Some(0)), Err(Rejection::Reserved));
    assert_eq!(sit(ada(), None), Ok(vec![turnlog_domain::testing::seat_taken(1, ada())]));
    let again = |player| {
        let actor = Actor::Player(player);
        decide(Some(&new), &actor, &Command::CreateRematch, &Context::new(&kinds(), Timestamp::from_ms(2)))
    };
    assert_eq!(again(bob()), Ok(Vec::new()), "it is made already");
    assert_eq!(again(cleo()), Err(Rejection::NotSeated), "a stranger learns nothing of it");
    let unagreed = over();
    let known = kinds();
    let context = Context { earlier: Some(unagreed.state()), ..Context::new(&known, at) };
    let answer = decide(None, &Actor::Player(ada()), &Command::CreateRematch, &context);
    assert_eq!(answer, Err(Rejection::NotFinished));
}

#[test]
fn a_rematch_starts_when_all_have_come_although_the_old_game_had_waited_for_its_host() {
    let old = given_at(&kinds(), "tic-tac-toe", json!({}), json!({ "start": "host" }))
        .and(player("host"), take_seat(0))
        .and(bob(), take_seat(1))
        .and(player("host"), Command::Start)
        .and(bob(), Command::Resign)
        .and(bob(), Command::Offer(OfferKind::Rematch))
        .and(player("host"), Command::accept(OfferKind::Rematch));
    let known = kinds();
    let context = Context { earlier: Some(old.state()), ..Context::new(&known, Timestamp::from_ms(1)) };
    let events = decide(None, &Actor::Player(bob()), &Command::CreateRematch, &context);
    assert_eq!(events.expect("it was agreed")[0].data()["table"]["start"], json!("full"));
}
