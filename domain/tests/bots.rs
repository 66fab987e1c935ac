//! Bots: they play by the rules, know no more than their seat, and search better than they guess.

use serde_json::{Value, json};
use turnlog_domain::{
    Actor, Bot, Chance, Command, Context, Event, Game, Message, OfferKind, Outcome, Phase, PlayerId, Position,
    Rejection, Seat, SeatTaken, Thinking, Timestamp, decide,
    testing::{Given, given, given_at, of_seat, play, player, run_bots, seat_taken, take_seat},
};
use turnlog_games::kinds;

/// The chance of a bot in a test.
fn chance(number: u8) -> Chance {
    Chance::of_key([number; 32])
}

/// What a bot chooses in a state with `moves` moves to try and all the time in the world.
fn choose(position: &dyn Position, seat: Seat, bot: Bot, number: u8, moves: u32) -> Value {
    let mut thinking = Thinking { chance: chance(number), moves, may_go_on: &mut || true };
    position.choose(seat, bot, &mut thinking).expect("a seat in turn has an action")
}

fn apply(position: &mut dyn Position, events: &[Value]) {
    for event in events {
        position.evolve(event).expect("a kind applies what it decided");
    }
}

fn add_bot(seat: u8, bot: Bot) -> Command {
    Command::AddBot { seat: Some(Seat(seat)), bot }
}

fn bot_id(text: &str) -> PlayerId {
    PlayerId::parse(text).expect("bots have ids too")
}

fn bot_seated(seat: u8, bot: Bot) -> Event {
    let player_id = bot_id(&format!("bot:{}:{seat}", bot.name()));
    Event::SeatTaken(SeatTaken { seat: Seat(seat), player_id, entropy: None, bot: Some(bot) })
}

fn outcome(game: &Given) -> Outcome {
    match game.state().phase() {
        Phase::Finished(outcome) => outcome.clone(),
        Phase::Waiting | Phase::Playing | Phase::Paused => panic!("the game is not over"),
    }
}

/// A game between two bots, played to the end on bare rules: much quicker than with a game.
fn duel(kind: &str, bots: [Bot; 2], number: u8, moves: u32) -> Outcome {
    let mut position = given(&kinds(), kind).state().position().boxed();
    while let Some(&seat) = position.turn().first() {
        let action = choose(&*position, seat, bots[seat.index()], number, moves);
        let events = position.decide(seat, &action, &mut Chance::none()).expect("a bot plays by the rules");
        apply(&mut *position, &events);
    }
    position.outcome().expect("nobody is in turn only at the end")
}

/// What the search wins against random moves in `rounds` games on either seat, a draw counting half.
fn score(kind: &str, rounds: u8, moves: u32) -> f64 {
    let mut score = 0.0;
    for number in 0..rounds {
        for (seat, bots) in [(0, [Bot::Search, Bot::Random]), (1, [Bot::Random, Bot::Search])] {
            let outcome = duel(kind, bots, number, moves);
            score += match outcome.winners().first() {
                None => 0.5,
                Some(&winner) => f64::from(u8::from(winner == Seat(seat))),
            };
        }
    }
    score / f64::from(rounds) / 2.0
}

#[test]
fn the_search_beats_random_moves() {
    let tic_tac_toe = score("tic-tac-toe", 8, 1200);
    assert!(tic_tac_toe >= 0.9, "tic-tac-toe: {tic_tac_toe}");
    let connect_four = score("connect-four", 4, 3000);
    assert!(connect_four >= 0.9, "connect-four: {connect_four}");
}

#[test]
fn the_search_takes_a_mate_in_one() {
    let mut game = given(&kinds(), "chess").and(player("ada"), take_seat(0)).and(player("bob"), take_seat(1));
    for (index, uci) in ["e2e4", "e7e5", "d1h5", "b8c6", "f1c4", "g8f6"].into_iter().enumerate() {
        let mover = if index % 2 == 0 { "ada" } else { "bob" };
        game = game.and(player(mover), play(json!({ "uci": uci })));
    }
    assert_eq!(choose(game.state().position(), Seat(0), Bot::Search, 1, 8000)["uci"], "h5f7");
}

#[test]
fn six_bots_play_games_for_six() {
    for kind in ["liars-dice", "crazy-eights"] {
        let mut game = given_at(&kinds(), kind, json!({}), json!({ "start": "host" }));
        for seat in 0..6 {
            game = game.and(player("host"), add_bot(seat, if seat % 2 == 0 { Bot::Search } else { Bot::Random }));
        }
        assert_eq!(outcome(&run_bots(game.and(player("host"), Command::Start), 40)).as_places().len(), 6);
    }
}

#[test]
fn a_hidden_choice_makes_no_difference_to_a_bot() {
    let game = |choice: &str| -> Game {
        let given = given(&kinds(), "rock-paper-scissors").and(player("host"), take_seat(0));
        let given = given.and(player("host"), add_bot(1, Bot::Search));
        given.and(player("host"), play(json!({ "choose": choice }))).state().clone()
    };
    let choice = |game: Game, number| {
        let mut thinking = Thinking { chance: chance(number), moves: 200, may_go_on: &mut || true };
        game.choose(Seat(1), Bot::Search, &mut thinking)
    };
    for number in 0..20 {
        assert_eq!(choice(game("rock"), number), choice(game("scissors"), number));
    }
}

#[test]
fn a_search_ends_with_its_time_and_its_moves() {
    let game = given(&kinds(), "connect-four");
    let mut asked = 0;
    let mut may_go_on = || {
        asked += 1;
        asked <= 3
    };
    let mut thinking = Thinking { chance: chance(1), moves: 1_000_000, may_go_on: &mut may_go_on };
    assert!(game.state().position().choose(Seat(0), Bot::Search, &mut thinking).is_some());
    assert_eq!(asked, 4);
    let mut thinking = Thinking { chance: chance(1), moves: 0, may_go_on: &mut || panic!("it has no moves to try") };
    assert!(game.state().position().choose(Seat(0), Bot::Search, &mut thinking).is_some());
}

#[test]
fn only_the_host_adds_bots_and_only_before_the_start() {
    let waiting = given(&kinds(), "tic-tac-toe").and(player("ada"), take_seat(0));
    waiting.when(player("host"), add_bot(1, Bot::Search)).then_rejected(Rejection::NotHost);
    waiting.when(player("ada"), add_bot(0, Bot::Search)).then_rejected(Rejection::SeatTaken);
    waiting.when(player("ada"), add_bot(2, Bot::Search)).then_rejected(Rejection::NoSuchSeat);
    let started = waiting.and(player("bob"), take_seat(1));
    started.when(player("ada"), add_bot(1, Bot::Search)).then_rejected(Rejection::AlreadyStarted);
}

#[test]
fn a_bot_takes_a_free_seat_and_completes_the_table() {
    let waiting = given(&kinds(), "tic-tac-toe").and(player("ada"), take_seat(0));
    let add = Command::AddBot { seat: None, bot: Bot::Search };
    waiting.when(player("ada"), add).then([bot_seated(1, Bot::Search), Event::Started]);
}

#[test]
fn adding_a_bot_that_is_there_changes_nothing() {
    let waiting = given(&kinds(), "tic-tac-toe").and(player("host"), add_bot(0, Bot::Search));
    waiting.when(player("host"), add_bot(0, Bot::Search)).then([]);
    waiting.when(player("host"), add_bot(0, Bot::Random)).then_rejected(Rejection::SeatTaken);
}

#[test]
fn a_game_of_bots_only_starts_when_its_host_says_so() {
    let one = given(&kinds(), "tic-tac-toe").and(player("host"), add_bot(0, Bot::Search));
    one.when(player("host"), Command::Start).then_rejected(Rejection::StartsWhenFull);
    one.when(player("host"), add_bot(1, Bot::Random)).then([bot_seated(1, Bot::Random)]);
    let full = one.and(player("host"), add_bot(1, Bot::Random));
    full.when(player("eve"), Command::Start).then_rejected(Rejection::NotHost);
    full.when(player("host"), Command::Start).then([Event::Started]);
}

#[test]
fn a_bot_is_sent_away_and_may_come_back() {
    let game = given(&kinds(), "tic-tac-toe").and(player("host"), add_bot(0, Bot::Search));
    let game = game.and(player("host"), Command::kick(Seat(0)));
    assert_eq!(game.state().kicked(), []);
    game.when(player("host"), add_bot(0, Bot::Search)).then([bot_seated(0, Bot::Search)]);
    game.when(player("ada"), take_seat(0)).then([seat_taken(0, player("ada"))]);
}

#[test]
fn a_bot_is_never_the_host() {
    let game = given(&kinds(), "tic-tac-toe").and(player("host"), add_bot(0, Bot::Search));
    assert_eq!(game.state().host(), Some(&player("host")));
    let game = game.and(player("ada"), take_seat(1));
    assert_eq!(game.state().host(), Some(&player("ada")));
    assert_eq!(game.state().people().collect::<Vec<_>>(), [&player("ada")]);
}

#[test]
fn nobody_gets_the_id_of_a_bot() {
    let bot = bot_id("bot:search:0");
    assert!(PlayerId::parse_person(bot.as_str()).is_err());
    assert!(PlayerId::parse_person("bot:").is_err());
    assert_eq!(PlayerId::parse_person("bottom").expect("that is a person"), player("bottom"));
}

/// Ada against a bot, with one move by either.
fn against_a_bot() -> Given {
    let game =
        given(&kinds(), "tic-tac-toe").and(player("ada"), take_seat(0)).and(player("ada"), add_bot(1, Bot::Search));
    run_bots(game.and(player("ada"), play(json!({ "cell": 4 }))), 100)
}

#[test]
fn bots_accept_what_costs_nothing_and_decline_draws() {
    let offered = |offer| against_a_bot().and(player("ada"), Command::Offer(offer));
    let task = |game: &Given| game.state().bot_task().and_then(|task| task.answer);
    // They name the offer, so that an task which comes late answers no other.
    let (draw, pause) = (offered(OfferKind::Draw), offered(OfferKind::Pause));
    let seq = Some(draw.state().seq());
    assert_eq!(task(&draw), Some(Command::Decline { offer: OfferKind::Draw, seq }));
    assert_eq!(task(&pause), Some(Command::Accept { offer: OfferKind::Pause, seq }));
    let back = run_bots(offered(OfferKind::TakeBack), 100);
    assert_eq!(back.state().position().legal_actions(Seat(0)).len(), 9);
    assert_eq!(against_a_bot().state().bot_task(), None);
}

#[test]
fn a_bot_plays_again_and_is_there_at_once() {
    let over = against_a_bot().and(player("ada"), Command::Resign);
    let over = run_bots(over.and(player("ada"), Command::Offer(OfferKind::Rematch)), 1);
    let game_id = over.state().rematch().expect("the bot agreed");
    let (ada, at) = (Actor::Player(player("ada")), over.state().at());
    let kinds = kinds();
    let context = Context { earlier: Some(over.state()), ..Context::new(&kinds, at) };
    let events = decide(None, &ada, &Command::CreateRematch, &context).expect("it may be made");
    let bot = SeatTaken { seat: Seat(0), player_id: bot_id("bot:search:1"), entropy: None, bot: Some(Bot::Search) };
    assert_eq!(events[1..], [Event::SeatTaken(bot)]);
    let message = Message { game: game_id, events, actor: ada, ..over.messages()[0].clone() };
    let game = Game::fold(&kinds, None, &message).expect("it folds");
    assert_eq!((game.host(), game.people().count()), (Some(&player("ada")), 0));

    // Ada sends it away, and thinks better of it.
    let ask = |game: &Game, command| {
        let at = Timestamp::from_ms(game.at().as_ms() + 1);
        decide(Some(game), &message.actor, &command, &Context::new(&kinds, at))
    };
    let events = ask(&game, Command::kick(Seat(0))).expect("she is the host");
    let at = Timestamp::from_ms(game.at().as_ms() + 1);
    let kick = Message { seq: game.seq().next(), at, events, ..message.clone() };
    let game = Game::fold(&kinds, Some(game), &kick).expect("it folds");
    let add = |bot| Command::AddBot { seat: None, bot };
    assert_eq!(ask(&game, add(Bot::Random)), Err(Rejection::Reserved));
    assert_eq!(ask(&game, add(Bot::Search)), Ok(vec![message.events[1].clone()]));
}

#[test]
fn an_errand_has_the_same_command_however_often_it_is_run() {
    let game =
        given(&kinds(), "tic-tac-toe").and(player("ada"), take_seat(1)).and(player("ada"), add_bot(0, Bot::Random));
    let [one, two] = [game.state().bot_task(), game.state().clone().bot_task()].map(|task| task.expect("it moves"));
    assert_eq!(one.command, two.command);
    assert_eq!(one.player, bot_id("bot:random:0"));
    let later = run_bots(game, 1).and(player("ada"), play(json!({ "cell": 8 })));
    assert_ne!(later.state().bot_task().map(|task| task.command), Some(one.command));
    assert_eq!(of_seat(0).seat, one.seat);
}
