//! The projections behind the stream: any delivery schedule ends in the same rows.

mod at_once;
mod bots;
mod deliveries;
mod future;
mod long_log;
mod pushing;
mod rebuilding;
mod sweeping;

use aws_lambda_events::{dynamodb::Event, streams::DynamoDbEventResponse};
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};
use turnlog_domain::{GameId, Seq};
use turnlog_games::kinds;
use turnlog_projections::games;
use turnlog_tests::Database;

/// The stream records of a game, in the order of the log.
pub(crate) async fn records(database: &Database, game: GameId) -> Vec<Value> {
    records_of(database, &game.to_string()).await
}

/// The stream records of a log, in its order.
pub(crate) async fn records_of(database: &Database, log: &str) -> Vec<Value> {
    let client = database.client();
    let query = client.query().table_name(database.table("MessagesTable")).key_condition_expression("game_id = :game");
    let query = query.expression_attribute_values(":game", AttributeValue::S(log.to_owned()));
    let items = query.send().await.expect("it reads").items.expect("there are items");
    items.into_iter().map(|item| record(&json!(serde_dynamo::Item::from(item)))).collect()
}

pub(crate) fn record(image: &Value) -> Value {
    let (game, seq) = (image["game_id"]["S"].as_str(), image["seq"]["N"].as_str());
    let (game, seq) = (game.expect("it has a key"), seq.expect("it has a key"));
    json!({
        "eventID": format!("{game}/{seq}"),
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-central-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_700_000_000,
            "Keys": { "game_id": image["game_id"], "seq": image["seq"] },
            "NewImage": image,
            "SequenceNumber": stream_number(seq.parse().expect("it is a number")),
            "SizeBytes": 400,
            "StreamViewType": "NEW_IMAGE",
        },
    })
}

/// A stream number, which is none of the game's.
pub(crate) fn stream_number(seq: u64) -> String {
    format!("1000000000000000000000000{seq:06}")
}

pub(crate) fn app(database: &Database) -> games::App {
    games::App::new(database.messages(), database.games(), database.players())
}

/// Delivers records as one batch; returns the stream number from which it has to be delivered again.
pub(crate) async fn deliver(app: &games::App, records: &[Value]) -> Option<String> {
    let event: Event = serde_json::from_value(json!({ "Records": records })).expect("it is an event");
    let event = LambdaEvent::new(event, Context::default());
    let response: DynamoDbEventResponse = games::handle(app, event).await.expect("it never fails as a whole");
    let mut failures = response.batch_item_failures.into_iter();
    let first = failures.next();
    assert!(failures.next().is_none(), "the lowest failure is enough");
    first.map(|failure| failure.item_identifier.expect("an identifier is never missing"))
}

/// Whether the row of a game is the fold of its whole log.
pub(crate) async fn is_current(database: &Database, game: GameId) -> bool {
    let tail = database.messages().tail(game, Seq(0)).await.expect("it reads");
    let fold = |folded, entry| turnlog_store::Folded::fold(&kinds(), folded, entry).map(Some);
    let folded = tail.iter().try_fold(None, fold).expect("the log folds");
    database.games().row(game).await.expect("it reads") == folded
}
