//! Mappings on a real stream. No function can be invoked here: what its answers mean is decided in `batch`.

use std::time::Instant;

use aws_sdk_dynamodbstreams::types::OperationType;
use serde_json::{Value, json};

use super::{record::Record, *};
use crate::{
    access::Access,
    database::{Data, Engine},
    lambda::Endpoints,
    limits::LambdaLimits,
    parameters::Parameters,
    template::model::{Destination, TableSpec},
};

mod shards;
mod tumbling;

pub(super) fn table() -> TableSpec {
    TableSpec {
        id: "MessagesTable".to_owned(),
        name: "messages".to_owned(),
        create: json!({
            "AttributeDefinitions": [{"AttributeName": "game_id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "game_id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        }),
        stream_view: Some("NEW_IMAGE".to_owned()),
        expiry_attribute: None,
    }
}

pub(super) fn spec() -> MappingSpec {
    MappingSpec {
        id: "Push".to_owned(),
        function: "PushFunction".to_owned(),
        table: "MessagesTable".to_owned(),
        batch_size: 2,
        window_seconds: 0,
        tumbling_seconds: 0,
        parallelization: 1,
        retries_max: Some(0),
        record_age_seconds_max: Some(0),
        bisect: false,
        report_item_failures: true,
        starting_position: StartingPosition::TrimHorizon,
        on_failure: Some(Destination::Queue("Failures".to_owned())),
        filters: Vec::new(),
    }
}

pub(super) async fn put(database: &Database, game: &str, cells: &str) {
    let item = json!({"game_id": {"S": game}, "cells": {"S": cells}});
    database.call_as_function("PutItem", &json!({"TableName": "messages", "Item": item})).await;
}

pub(super) fn lambda(database: &Database) -> Lambda {
    let endpoints = Endpoints::default();
    Lambda::new(
        Vec::new(),
        &endpoints,
        &Parameters::open(database.folder()).unwrap(),
        &LambdaLimits::default(),
        &Circumstances::good(),
        &Access::to_nothing(),
    )
    .unwrap()
}

/// A database with the table, and a mapping of it that does not run.
async fn at_rest(spec: MappingSpec) -> (Database, Mapping) {
    let database =
        Database::open(&Data::Ephemeral, &[table()], Engine::default(), &Circumstances::good(), &Access::to_nothing())
            .await
            .unwrap();
    let (lambda, limits) = (lambda(&database), MappingLimits::default());
    let mapping = Mapping::new(spec, lambda, database.clone(), Circumstances::good(), limits).unwrap();
    (database, mapping)
}

/// What a function would see of a page.
fn seen(page: &source::Page, mapping: &Mapping) -> Vec<Record> {
    page.records.iter().filter_map(|record| Record::read(record, &mapping.shape)).collect()
}

/// A.2: no record for a write that changes nothing; images as declared. E: an iterator goes on where another stopped.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_is_read_as_on_aws() {
    let (database, mapping) = at_rest(spec()).await;
    for cells in ["a", "a", "b"] {
        put(&database, "g", cells).await;
    }
    let shard = mapping.source.shards().await.unwrap().remove(0);
    let iterator = mapping.source.iterator(&shard.id, &Start::Oldest).await.unwrap();
    let page = mapping.source.read(&iterator).await.unwrap();
    assert_eq!(page.records.len(), 3);
    assert_eq!(page.records[1].event_name(), Some(&OperationType::Modify));
    let records = seen(&page, &mapping);
    assert_eq!(records.len(), 2, "the second write changed nothing");
    let last: Value = serde_json::from_str(&records[1].json).unwrap();
    assert_eq!(last["dynamodb"]["NewImage"]["cells"], json!({"S": "b"}));
    assert!(last["dynamodb"].get("OldImage").is_none());
    let arn = last["eventSourceARN"].as_str().unwrap();
    assert!(arn.starts_with("arn:aws:dynamodb:us-east-1:000000000000:table/messages/stream/20"), "{arn}");

    put(&database, "g", "c").await;
    let after = Start::After(records[1].sequence.clone());
    let iterator = mapping.source.iterator(&shard.id, &after).await.unwrap();
    let rest = seen(&mapping.source.read(&iterator).await.unwrap(), &mapping);
    assert_eq!(rest.len(), 1);
    let iterator = mapping.source.iterator(&shard.id, &Start::Latest).await.unwrap();
    assert!(mapping.source.read(&iterator).await.unwrap().records.is_empty());
    database.stop().await;
}

/// The lines of the failure queue, as soon as there are so many records in them.
async fn losses(database: &Database, records: u64) -> Vec<Value> {
    let file = database.folder().join("queues/Failures.jsonl");
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let count: u64 = lines.iter().map(|line| line["DDBStreamBatchInfo"]["batchSize"].as_u64().unwrap()).sum();
        assert!(count <= records, "nothing is given up twice");
        if count == records {
            return lines;
        }
        assert!(Instant::now() < deadline, "{count} of {records} came");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// E: records that become too old without having been processed go to the failure destination, and reading goes on;
/// a restart goes on where the mapping was.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_processed_in_time_is_kept_and_a_restart_goes_on_after_it() {
    let database =
        Database::open(&Data::Ephemeral, &[table()], Engine::default(), &Circumstances::good(), &Access::to_nothing())
            .await
            .unwrap();
    let lambda = lambda(&database);
    let running = spawn(spec(), lambda.clone(), database.clone(), Circumstances::good()).unwrap();
    for game in ["a", "b", "c"] {
        put(&database, game, "").await;
    }
    let lines = losses(&database, 3).await;
    assert!(lines.iter().all(|line| line["requestContext"]["condition"] == "RecordAgeExceeded"));
    assert!(lines.iter().all(|line| line["requestContext"]["approximateInvokeCount"] == 0));
    running.stop().await;
    put(&database, "d", "").await;
    let running = spawn(spec(), lambda, database.clone(), Circumstances::good()).unwrap();
    let lines = losses(&database, 4).await;
    assert_eq!(lines.last().unwrap()["DDBStreamBatchInfo"]["batchSize"], 1);
    running.stop().await;
    database.stop().await;
}

/// Issue 13, 25. A.2: a record of an item that the engine itself has removed because it expired says so, where filters find it;
/// one that somebody removed does not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_finds_what_has_expired() {
    let path = std::env::temp_dir().join(format!("local-stack-{}", uuid::Uuid::new_v4().simple()));
    let opened = async || {
        let table = TableSpec { expiry_attribute: Some("expires_at".to_owned()), ..table() };
        let (good, nobody) = (Circumstances::good(), Access::to_nothing());
        Database::open(&Data::Folder(path.clone()), &[table], Engine::default(), &good, &nobody).await.unwrap()
    };
    let database = opened().await;
    let expired = json!({"game_id": {"S": "expired"}, "expires_at": {"N": "1000000000"}});
    database.call_as_function("PutItem", &json!({"TableName": "messages", "Item": expired})).await;
    put(&database, "removed", "").await;
    let removed = json!({"TableName": "messages", "Key": {"game_id": {"S": "removed"}}});
    database.call_as_function("DeleteItem", &removed).await;
    database.stop().await;
    drop(database);
    // It sweeps when it opens.
    let database = opened().await;
    let filter = r#"{"userIdentity":{"type":["Service"],"principalId":["dynamodb.amazonaws.com"]}}"#;
    let spec = MappingSpec { filters: vec![filter.to_owned()], ..spec() };
    let running = spawn(spec.clone(), lambda(&database), database.clone(), Circumstances::good()).unwrap();
    let lines = losses(&database, 1).await;
    running.stop().await;
    let limits = MappingLimits::default();
    let mapping = Mapping::new(spec, lambda(&database), database.clone(), Circumstances::good(), limits).unwrap();
    let shard = mapping.source.shards().await.unwrap().remove(0);
    let iterator = mapping.source.iterator(&shard.id, &Start::Oldest).await.unwrap();
    let records = seen(&mapping.source.read(&iterator).await.unwrap(), &mapping);
    let records: Vec<Value> = records.iter().map(|record| serde_json::from_str(&record.json).unwrap()).collect();
    let removal = |game: &str| {
        let of_game = |record: &&Value| record["dynamodb"]["Keys"]["game_id"]["S"] == game;
        records.iter().filter(of_game).find(|record| record["eventName"] == "REMOVE").unwrap()
    };
    assert!(removal("removed").get("userIdentity").is_none(), "a person removed it");
    let expired = removal("expired");
    assert_eq!(expired["userIdentity"], json!({"type": "Service", "principalId": "dynamodb.amazonaws.com"}));
    assert_eq!(lines[0]["DDBStreamBatchInfo"]["startSequenceNumber"], expired["dynamodb"]["SequenceNumber"]);
    database.stop().await;
    drop(database);
    std::fs::remove_dir_all(&path).unwrap();
}

/// E: LATEST is where the stream ends at the first start; a later one goes on from there, and not from its own end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_latest_records_are_those_since_the_first_start() {
    let latest = || MappingSpec { starting_position: StartingPosition::Latest, ..spec() };
    let (database, mapping) = at_rest(latest()).await;
    put(&database, "before", "").await;
    let written = chrono::Utc::now().timestamp();
    // Times of records are whole seconds, and a record of the second in which the mapping started counts as later.
    let deadline = Instant::now() + Duration::from_secs(20);
    while chrono::Utc::now().timestamp() == written {
        assert!(Instant::now() < deadline, "the clock stands still");
        tokio::task::yield_now().await;
    }
    assert_eq!(mapping.first_start(), Start::Latest);
    assert_eq!(mapping.first_start(), Start::Oldest, "what is older than the first start is skipped all the same");
    // Written while nobody reads, as after a stop: it must not be lost.
    put(&database, "after", "").await;
    let running = spawn(latest(), lambda(&database), database.clone(), Circumstances::good()).unwrap();
    let lines = losses(&database, 1).await;
    let sequence = lines[0]["DDBStreamBatchInfo"]["startSequenceNumber"].clone();
    put(&database, "later", "").await;
    let lines = losses(&database, 2).await;
    assert_eq!(lines[0]["DDBStreamBatchInfo"]["startSequenceNumber"], sequence);
    running.stop().await;
    let shard = mapping.source.shards().await.unwrap().remove(0);
    let iterator = mapping.source.iterator(&shard.id, &Start::Oldest).await.unwrap();
    let all = seen(&mapping.source.read(&iterator).await.unwrap(), &mapping);
    assert_eq!(all[1].sequence.as_str(), sequence.as_str().unwrap(), "the first one is older");
    database.stop().await;
}
