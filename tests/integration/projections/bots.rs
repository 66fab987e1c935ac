//! `bots`: whatever becomes of their doorbells, bots move once.

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
            "Keys": { "game_id": { "S": game.to_string() }, "item": { "S": "state#2" } },
            "SequenceNumber": stream_number(4),
            "SizeBytes": 40,
            "StreamViewType": "NEW_IMAGE",
        },
    })
}

/// Rings, and tells from which record on it has to ring again.
async fn ring(app: &bots::App, doorbells: &[Value]) -> Option<String> {
    let event: Event = serde_json::from_value(json!({ "Records": doorbells })).expect("it is an event");
    let response: DynamoDbEventResponse =
        bots::handle(app, LambdaEvent::new(event, Context::default())).await.expect("it never fails as a whole");
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
async fn a_lost_reply_makes_no_second_move() {
    let database = Database::start().await;
    let game = game(&database).await;
    database.faults().plan("PutItem", Fault::LoseReply);
    assert_eq!(ring(&app(&database), &[doorbell(game)]).await, None);
    assert_eq!(movers(&database, game).await, ["ada", "bot:search:1"]);
    let bot = PlayerId::parse("bot:search:1").expect("bots have ids");
    assert!(database.log().current(game).await.expect("it reads").is_some_and(|it| it.session.seat_of(&bot).is_some()));
}
