//! `bots`: whatever becomes of their doorbells, bots move once.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lambda_events::{dynamodb::Event, streams::DynamoDbEventResponse};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};
use turnlog_domain::{Bot, Command, GameId, PlayerId, Seq, testing};
use turnlog_projections::bots;
use turnlog_tests::{Database, Fault};

use super::stream_number;
use crate::store::{actor, ada, cell, join, now};

fn app(database: &Database) -> bots::App {
    bots::App::new(database.messages(), database.games(), database.keys())
}

/// A game in which Ada has moved, and a bot is to answer.
async fn game(database: &Database) -> GameId {
    let (log, id) = (database.log(), testing::command_id(1));
    let game = GameId::of_create(&ada(), id);
    let add = Command::AddBot { seat: None, bot: Bot::Search };
    let create = Command::create("tic-tac-toe", json!({}));
    for (number, command) in [(1, create), (2, join(0)), (3, add), (4, cell(4))] {
        log.append(game, testing::command_id(number), &actor(&ada()), &command, now(number)).await.expect("accepted");
    }
    game
}

/// Games of chess between two bots, which think about every move as long as they may.
async fn games_of_bots(database: &Database, count: u64) -> Vec<GameId> {
    let log = database.log();
    let add = || Command::AddBot { seat: None, bot: Bot::Search };
    let mut games = Vec::new();
    for number in 0..count {
        let command = |offset: u64| testing::command_id(1 + number * 10 + offset);
        let game = GameId::of_create(&ada(), command(0));
        let commands = [Command::create("chess", json!({})), add(), add(), Command::Start];
        for (offset, step) in (0..).zip(commands) {
            log.append(game, command(offset), &actor(&ada()), &step, now(offset)).await.expect("accepted");
        }
        games.push(game);
    }
    games
}

/// A record of the Games table, of which only the keys count.
fn doorbell(game: GameId) -> Value {
    json!({
        "eventID": format!("{game}"),
        "eventName": "MODIFY",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-central-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_700_000_000,
            "Keys": { "game_id": { "S": game.to_string() }, "item": { "S": "state" } },
            "SequenceNumber": stream_number(4),
            "SizeBytes": 40,
            "StreamViewType": "NEW_IMAGE",
        },
    })
}

/// Rings, and tells from which record on it has to ring again.
async fn ring(app: &bots::App, doorbells: &[Value]) -> Option<String> {
    let event: Event = serde_json::from_value(json!({ "Records": doorbells })).expect("it is an event");
    let mut context = Context::default();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    context.deadline = u64::try_from(now.as_millis()).expect("it fits for some time") + 60_000;
    let response: DynamoDbEventResponse =
        bots::handle(app, LambdaEvent::new(event, context)).await.expect("it never fails as a whole");
    response.batch_item_failures.into_iter().next().map(|failure| failure.item_identifier.expect("it is named"))
}

async fn movers(database: &Database, game: GameId) -> Vec<String> {
    let tail = database.messages().tail(game, Seq(3)).await.expect("it reads");
    tail.iter().filter_map(|entry| entry.message.actor.player()).map(|player| player.as_str().to_owned()).collect()
}

#[tokio::test]
async fn a_doorbell_that_rings_often_and_everywhere_moves_once() {
    let database = Database::start().await;
    let game = game(&database).await;
    let (one, other) = (app(&database), app(&database));
    let doorbells = [doorbell(game), doorbell(game)];
    assert_eq!(tokio::join!(ring(&one, &doorbells), ring(&other, &doorbells)), (None, None));
    for app in [&one, &app(&database)] {
        assert_eq!(ring(app, &doorbells).await, None);
    }
    assert_eq!(movers(&database, game).await, ["ada", "bot:search:1"]);
}

#[tokio::test]
async fn a_bot_that_cannot_read_asks_for_its_doorbell_again() {
    let database = Database::start().await;
    let game = game(&database).await;
    // The SDK asks three times before the function gives up.
    for _ in 0..3 {
        database.faults().plan("Query", Fault::InternalError);
    }
    assert_eq!(ring(&app(&database), &[doorbell(game)]).await, Some(stream_number(4)));
    assert_eq!(movers(&database, game).await, ["ada"]);
    assert_eq!(ring(&app(&database), &[doorbell(game)]).await, None);
    assert_eq!(movers(&database, game).await, ["ada", "bot:search:1"]);
}

#[tokio::test]
async fn bots_give_way_soon_when_nobody_waits_for_them() {
    let database = Database::start().await;
    let games = games_of_bots(&database, 1).await;
    assert_eq!(ring(&app(&database), &[doorbell(games[0])]).await, None);
    let moves = movers(&database, games[0]).await.len() - 1;
    let most = turnlog_projections::limits::BOT_COMMANDS_AMONG_BOTS_MAX as usize;
    assert!((1..=most).contains(&moves), "{moves} moves after the start");
}

#[tokio::test]
async fn the_bots_of_a_batch_think_at_the_same_time() {
    const GAMES: u64 = 12;
    let database = Database::start().await;
    let games = games_of_bots(&database, GAMES).await;
    let doorbells: Vec<Value> = games.iter().map(|game| doorbell(*game)).collect();
    let began = std::time::Instant::now();
    assert_eq!(ring(&app(&database), &doorbells).await, None);
    let (took, one_by_one) = (began.elapsed(), turnlog_projections::limits::BOT_THINKING_MAX * 2 * 12);
    assert!(took < one_by_one / 2, "{GAMES} games took {took:?}");
    for game in games {
        assert!(movers(&database, game).await.len() > 1, "every game has gone on");
    }
}

#[tokio::test]
async fn a_lost_reply_makes_no_second_move() {
    let database = Database::start().await;
    let game = game(&database).await;
    database.faults().plan("PutItem", Fault::LoseReply);
    assert_eq!(ring(&app(&database), &[doorbell(game)]).await, None);
    assert_eq!(movers(&database, game).await, ["ada", "bot:search:1"]);
    let bot = PlayerId::parse("bot:search:1").expect("bots have ids");
    assert!(database.log().current(game).await.expect("it reads").is_some_and(|it| it.game.seat_of(&bot).is_some()));
}
