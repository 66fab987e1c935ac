//! Which records a redriven batch has. The function itself is not needed for that.

use std::time::Duration;

use rusqlite::Connection;
use serde_json::json;

use super::*;
use crate::{
    access::Access,
    database::{Data, Engine},
    mapping::tests::{put, spec, table},
};

async fn opened() -> Database {
    Database::open(&Data::Ephemeral, &[table()], Engine::default(), &Circumstances::good(), &Access::to_nothing())
        .await
        .unwrap()
}

/// The invocation record of everything that is in the stream now, as one batch.
async fn given_up(database: &Database) -> Value {
    let stream = database.table("MessagesTable").unwrap().stream.clone().unwrap();
    let source = Source::new(&database.own_endpoint(), database.own_http(), &stream.arn, &MappingLimits::default());
    let shard = source.shards().await.unwrap().remove(0).id;
    let iterator = source.iterator(&shard, &Start::Oldest).await.unwrap();
    let mut sequences = Vec::new();
    let unlimited = MappingLimits { read_bytes_max: usize::MAX, ..MappingLimits::default() };
    let source = Source::new(&database.own_endpoint(), database.own_http(), &stream.arn, &unlimited);
    for record in source.read(&iterator).await.unwrap().records {
        sequences.push(record.dynamodb.unwrap().sequence_number.unwrap());
    }
    let info = json!({
        "shardId": shard,
        "startSequenceNumber": sequences.first(),
        "endSequenceNumber": sequences.last(),
        "batchSize": sequences.len(),
    });
    json!({ "DDBStreamBatchInfo": info })
}

/// As after 24 hours.
fn trim(database: &Database, records: u32) {
    let connection = Connection::open(database.folder().join("dynamodb.sqlite")).unwrap();
    let oldest = "DELETE FROM _stream_records WHERE id IN (SELECT id FROM _stream_records ORDER BY id LIMIT ?1)";
    assert_eq!(connection.execute(oldest, [records]).unwrap(), usize::try_from(records).unwrap());
}

async fn found(database: &Database, lanes: usize, failure: &Value) -> Result<usize, String> {
    let spec = spec();
    let read = read(&spec, database, Lanes { shards: lanes, per_shard: 1 }, failure);
    let records = tokio::time::timeout(Duration::from_secs(20), read).await.expect("it comes to an end");
    records.map(|records| records.len())
}

/// Issue 3. E: a stream keeps its records for 24 hours; a batch of which some are gone is not processed by the rest,
/// whether there are newer ones or none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_the_stream_no_longer_has_stays_where_it_is() {
    for newer in [0, 1] {
        for trimmed in [1, 2, 3] {
            let database = opened().await;
            for game in ["a", "b", "c"] {
                put(&database, game, "").await;
            }
            let failure = given_up(&database).await;
            assert_eq!(found(&database, 1, &failure).await, Ok(3));
            for _ in 0..newer {
                put(&database, "d", "").await;
            }
            trim(&database, trimmed);
            let reason = found(&database, 1, &failure).await.unwrap_err();
            assert!(reason.contains(&format!("of its 3 records, {} are found", 3 - trimmed)), "{reason}");
            database.stop().await;
        }
    }
}

/// Issue 3. E: `GetRecords` returns at most 1 MB, and a batch may have more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_of_more_than_one_answer_is_redriven_whole() {
    let database = opened().await;
    let large = "x".repeat(300 * 1024);
    for game in ["a", "b", "c", "d", "e", "f", "g"] {
        put(&database, game, &large).await;
    }
    let failure = given_up(&database).await;
    assert_eq!(found(&database, 1, &failure).await, Ok(7));
    database.stop().await;
}

/// Issue 3. What one lane gave up was in the hands of several: with another number of lanes it cannot be told apart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_of_a_stack_with_other_lanes_stays_where_it_is() {
    let database = opened().await;
    for game in 0..20 {
        put(&database, &game.to_string(), "").await;
    }
    let failure = given_up(&database).await;
    assert_eq!(found(&database, 1, &failure).await, Ok(20));
    assert!(found(&database, 4, &failure).await.is_err());
    database.stop().await;
}
