//! Games that are played the same way every time, so that what is stored of them is the same, too.

use std::{future::Future, pin::Pin};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_dynamo::Item;
use serde_json::{Value, json};
use turnlog_domain::{
    Actor, Audience, Bot, Command, Entropy, Game, GameId, OfferKind, PlayerId, Seat, Timestamp, testing,
};
use turnlog_store::{Appended, Log, Origin};
use turnlog_tests::Database;

use crate::store::{ada, bob, now};

/// Plays a game from its creation on.
type Play = fn(Course) -> Pin<Box<dyn Future<Output = Course> + Send>>;

/// Every course, under the name of its golden file.
pub(super) static COURSES: &[(&str, Play)] = &[
    ("tic-tac-toe", |course| Box::pin(marks(course))),
    ("connect-four", |course| Box::pin(discs(course))),
    ("rock-paper-scissors", |course| Box::pin(hands(course))),
    ("liars-dice", |course| Box::pin(dice(course))),
    ("crazy-eights", |course| Box::pin(cards(course))),
    ("chess", |course| Box::pin(chess(course))),
    ("agreements", |course| Box::pin(agreements(course))),
    ("private-table", |course| Box::pin(private_table(course))),
    ("rematch", |course| Box::pin(rematch(course))),
    ("abandoned", |course| Box::pin(abandoned(course))),
];

/// Moves of a kind whose legal ones are chosen from, at most: enough for every shape to occur.
const MOVES_MAX: usize = 120;

/// A game under way.
pub(super) struct Course {
    log: Log,
    pub(super) game: GameId,
    number: u64,
    at: Timestamp,
}

impl Course {
    pub(super) fn new(database: &Database) -> Self {
        let game = GameId::of_create(&ada(), testing::command_id(1));
        Self { log: database.log(), game, number: 0, at: now(0) }
    }

    async fn by<'a>(&mut self, origin: impl Into<Origin<'a>>, command: Command) -> Appended {
        self.number += 1;
        self.at = Timestamp::from_ms(self.at.as_ms() + 1000);
        let id = testing::command_id(self.number);
        let appended = self.log.append(self.game, id, origin, &command, self.at).await;
        appended.unwrap_or_else(|error| panic!("{command:?}: {error}"))
    }

    async fn ada(&mut self, command: Command) {
        self.by(&Actor::Player(ada()), command).await;
    }

    async fn bob(&mut self, command: Command) {
        self.by(&Actor::Player(bob()), command).await;
    }

    /// Created by Ada.
    async fn create(&mut self, kind: &str, options: Value, table: Value) {
        self.ada(Command::Create { kind: kind.to_owned(), options, settings: table }).await;
    }

    async fn both_sit(&mut self) {
        self.ada(sit(Some(0))).await;
        self.bob(sit(Some(1))).await;
    }

    pub(super) async fn game(&self) -> Game {
        self.log.current(self.game).await.expect("it loads").expect("it is there").game
    }

    /// Lets whoever is in turn make one of their legal moves, as `choose` says, until the game is over.
    async fn play_out(&mut self, choose: impl Fn(usize, &[Value]) -> usize) {
        for turn in 0..MOVES_MAX {
            let game = self.game().await;
            let Some(&seat) = game.turn().first() else { return };
            let player = game.occupant(seat).expect("somebody sits there").player_id.clone();
            let actions = game.position().legal_actions(seat);
            let action = actions[choose(turn, &actions) % actions.len()].clone();
            self.by(&Actor::Player(player), testing::play(action)).await;
        }
    }

    /// The items of the log, as they are stored.
    pub(super) async fn items(&self, database: &Database) -> Vec<Value> {
        items_of(database, &self.game.to_string()).await
    }
}

/// The items of a log, in DynamoDB's JSON.
pub(super) async fn items_of(database: &Database, log: &str) -> Vec<Value> {
    let client = database.client();
    let query = client.query().table_name(database.table("MessagesTable")).key_condition_expression("game_id = :game");
    let query = query.expression_attribute_values(":game", AttributeValue::S(log.to_owned()));
    let items = query.send().await.expect("it reads").items.expect("there are items");
    items.into_iter().map(|item| json!(Item::from(item))).collect()
}

pub(super) fn sit(seat: Option<u8>) -> Command {
    Command::take_seat(seat.map(Seat))
}

fn contributing(entropy: &str) -> Command {
    let entropy = serde_json::from_value::<Entropy>(json!(entropy)).expect("it is hexadecimal");
    Command::TakeSeat { seat: None, entropy: Some(entropy), invitation: None }
}

fn eve() -> PlayerId {
    testing::player("eve")
}

fn has(action: &Value, key: &str) -> bool {
    action.get(key).is_some()
}

async fn marks(mut course: Course) -> Course {
    course.create("tic-tac-toe", json!({ "size": 4, "line": 3 }), json!({})).await;
    course.both_sit().await;
    let actor = Actor::Player(ada());
    let origin = Origin { actor: &actor, connection: Some("L0SM9cOFvHcCIhw="), arrived: None };
    course.by(origin, testing::play(json!({ "cell": 0 }))).await;
    course.play_out(|turn, _| turn * 5).await;
    course
}

async fn discs(mut course: Course) -> Course {
    course.create("connect-four", json!({}), json!({})).await;
    course.both_sit().await;
    course.play_out(|turn, _| turn * turn * 3 + turn).await;
    course
}

async fn hands(mut course: Course) -> Course {
    course.create("rock-paper-scissors", json!({ "best_of": 3 }), json!({})).await;
    course.both_sit().await;
    course.play_out(|turn, _| turn * turn + turn / 3).await;
    course
}

async fn three_sit(course: &mut Course) {
    course.ada(contributing("00ff")).await;
    course.bob(contributing("abcdef")).await;
    course.by(&Actor::Player(eve()), sit(None)).await;
}

async fn dice(mut course: Course) -> Course {
    course.create("liars-dice", json!({ "dice": 2 }), json!({ "max_players": 3 })).await;
    three_sit(&mut course).await;
    for _ in 0..2 {
        let (seat, game) = (course.game().await.turn()[0], course.game().await);
        let player = game.occupant(seat).expect("somebody sits there").player_id.clone();
        let action = game.position().legal_actions(seat).into_iter().find(|action| has(action, "bid"));
        course.by(&Actor::Player(player), testing::play(action.expect("bids go on"))).await;
    }
    course.by(&Actor::Player(eve()), Command::Resign).await;
    course.play_out(|turn, actions| actions.iter().position(|action| has(action, "challenge")).unwrap_or(turn)).await;
    course
}

async fn cards(mut course: Course) -> Course {
    course.create("crazy-eights", json!({ "hand": 8 }), json!({ "max_players": 3 })).await;
    three_sit(&mut course).await;
    // Whoever may draw draws, so that the pile runs out.
    let draws = |turn: usize, actions: &[Value]| {
        let draw = actions.iter().position(|action| has(action, "draw"));
        let pass = actions.iter().position(|action| has(action, "pass"));
        if turn < 60 { draw.or(pass.filter(|_| turn.is_multiple_of(3))).unwrap_or(0) } else { 0 }
    };
    for turn in 0..70 {
        let game = course.game().await;
        let Some(&seat) = game.turn().first() else { break };
        let player = game.occupant(seat).expect("somebody sits there").player_id.clone();
        let actions = game.position().legal_actions(seat);
        let action = actions[draws(turn, &actions) % actions.len()].clone();
        course.by(&Actor::Player(player), testing::play(action)).await;
    }
    course.by(&Actor::Player(eve()), Command::Resign).await;
    course.play_out(|_, _| 0).await;
    course
}

async fn chess(mut course: Course) -> Course {
    course
        .create("chess", json!({}), json!({ "clock": { "fischer": { "initial_ms": 300_000, "increment_ms": 2000 } } }))
        .await;
    course.both_sit().await;
    let opening = "e2e4 e7e5 g1f3 b8c6 f1b5 a7a6 b5c6 d7c6 e1g1 f7f6";
    let repeated = "g1h1 g8h6 h1g1 h6g8 g1h1 g8h6 h1g1 h6g8";
    for (turn, uci) in opening.split(' ').chain(repeated.split(' ')).enumerate() {
        let player = if turn % 2 == 0 { ada() } else { bob() };
        course.by(&Actor::Player(player), testing::play(json!({ "uci": uci }))).await;
    }
    course.ada(testing::play(json!({ "claim": "threefold" }))).await;
    course
}

async fn agreements(mut course: Course) -> Course {
    course.create("connect-four", json!({}), json!({ "clock": { "seconds": 30 }, "timeout": "loss" })).await;
    course.both_sit().await;
    let column = |column: u8| testing::play(json!({ "column": column }));
    course.ada(column(3)).await;
    course.bob(column(3)).await;
    course.ada(Command::Offer(OfferKind::Draw)).await;
    course.bob(Command::decline(OfferKind::Draw)).await;
    course.bob(Command::Offer(OfferKind::TakeBack)).await;
    course.ada(Command::accept(OfferKind::TakeBack)).await;
    course.bob(Command::Offer(OfferKind::Draw)).await;
    course.bob(Command::withdraw(OfferKind::Draw)).await;
    course.ada(Command::Offer(OfferKind::Pause)).await;
    course.bob(Command::accept(OfferKind::Pause)).await;
    course.ada(Command::Resume).await;
    let say = |to, text: &str| Command::Say { to, text: text.to_owned(), invitation: None };
    course.ada(say(Audience::All, "Hello")).await;
    course.ada(say(Audience::Player(bob()), "Psst")).await;
    course.by(&Actor::Player(eve()), say(Audience::Spectators, "Ooh")).await;
    course.ada(Command::Mute { player: eve() }).await;
    course.at = Timestamp::from_ms(course.at.as_ms() + 60_000);
    course.by(&Actor::System, Command::ClaimTimeout).await;
    course.ada(Command::Offer(OfferKind::Rematch)).await;
    course.bob(Command::accept(OfferKind::Rematch)).await;
    course
}

async fn private_table(mut course: Course) -> Course {
    let table = json!({ "private": true, "start": "host", "choose_seats": false, "max_players": 4, "spectators": false,
        "clock": { "days": 3 }, "timeout": "default_move" });
    course.create("crazy-eights", json!({}), table).await;
    course.ada(sit(None)).await;
    course.ada(Command::AddBot { seat: None, bot: Bot::Random }).await;
    course.ada(Command::AddBot { seat: None, bot: Bot::Search }).await;
    course.ada(Command::kick(Seat(1))).await;
    course.ada(Command::LeaveSeat).await;
    course.ada(sit(None)).await;
    course.ada(Command::RenewInvitation).await;
    course.ada(Command::Start).await;
    course
}

/// The game that follows on a finished one.
async fn rematch(mut course: Course) -> Course {
    course.create("tic-tac-toe", json!({}), json!({})).await;
    course.ada(sit(Some(0))).await;
    course.ada(Command::AddBot { seat: None, bot: Bot::Search }).await;
    course.ada(Command::Resign).await;
    course.ada(Command::Offer(OfferKind::Rematch)).await;
    let bot = course.game().await.occupant(Seat(1)).expect("the bot sits there").player_id.clone();
    course.by(&Actor::Player(bot), Command::accept(OfferKind::Rematch)).await;
    let finished = course.game().await;
    let (id, at) = (testing::command_id(20), Timestamp::from_ms(course.at.as_ms() + 1000));
    course.log.append_rematch(&finished, id, &Actor::Player(ada()), at).await.expect("it is made");
    (course.game, course.number, course.at) = (finished.rematch().expect("it was agreed"), 20, at);
    course.ada(sit(None)).await;
    course
}

/// Closed by the system.
async fn abandoned(mut course: Course) -> Course {
    course.create("tic-tac-toe", json!({}), json!({})).await;
    course.ada(sit(None)).await;
    course.at = Timestamp::from_ms(course.at.as_ms() + 2 * 24 * 60 * 60 * 1000);
    course.by(&Actor::System, Command::Abandon).await;
    course
}
