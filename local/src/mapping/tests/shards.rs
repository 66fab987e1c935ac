//! Shards that have parents and are closed, as those of AWS. The embedded database has only one, which stays open, so
//! that its place is taken by a stream that answers as DynamoDB Streams does.

use std::{net::Ipv4Addr, sync::Mutex};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap};
use tokio::net::TcpListener;

use super::*;

const PARENT: &str = "shardId-00000001-parent";
const CHILD: &str = "shardId-00000002-child";

/// Every call, as operation and shard.
type Calls = Arc<Mutex<Vec<(String, String)>>>;

/// A stream with a closed shard and its child, each of which has one record. Returns where it is.
async fn serve(calls: Calls) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().fallback(answer).with_state(calls);
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    endpoint
}

async fn answer(State(calls): State<Calls>, headers: HeaderMap, body: Bytes) -> String {
    let operation = headers["x-amz-target"].to_str().unwrap().rsplit('.').next().unwrap().to_owned();
    let body: Value = serde_json::from_slice(&body).unwrap();
    // Iterators are called after their shards.
    let shard = body["ShardId"].as_str().or(body["ShardIterator"].as_str()).unwrap_or_default().to_owned();
    calls.lock().unwrap().push((operation.clone(), shard.clone()));
    let answer = match (operation.as_str(), shard.as_str()) {
        ("DescribeStream", _) => json!({ "StreamDescription": { "Shards": [
            { "ShardId": CHILD, "ParentShardId": PARENT },
            { "ShardId": PARENT, "ParentShardId": "shardId-00000000-trimmed" },
        ] } }),
        ("GetShardIterator", shard) => json!({ "ShardIterator": shard }),
        ("GetRecords", PARENT) => json!({ "Records": [record("101")] }),
        ("GetRecords", CHILD) => json!({ "Records": [record("102")], "NextShardIterator": "the end" }),
        ("GetRecords", _) => json!({ "Records": [], "NextShardIterator": "the end" }),
        other => panic!("{other:?}"),
    };
    answer.to_string()
}

fn record(sequence: &str) -> Value {
    let key = json!({ "game_id": { "S": "g" } });
    let content = json!({
        "ApproximateCreationDateTime": 1_700_000_000, "Keys": key, "NewImage": key, "SequenceNumber": sequence,
        "StreamViewType": "NEW_IMAGE",
    });
    json!({ "eventID": sequence, "eventName": "INSERT", "dynamodb": content })
}

async fn run(mapping: Mapping, until: impl Future<Output = ()>) {
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(mapping.run(stopped));
    until.await;
    stop.send_replace(true);
    running.await.unwrap();
}

/// E: in order per shard: a child is read when its parent is closed and wholly processed, and no shard a second time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shard_is_read_after_its_parent_and_never_again() {
    let calls = Calls::default();
    let endpoint = serve(Arc::clone(&calls)).await;
    let (database, mut mapping) = at_rest(spec()).await;
    mapping.source = Source::new(&endpoint, None, "a-stream", &mapping.limits);
    run(mapping, async {
        let lines = losses(&database, 2).await;
        let shards: Vec<_> = lines.iter().map(|line| line["DDBStreamBatchInfo"]["shardId"].clone()).collect();
        assert_eq!(shards, [PARENT, CHILD]);
    })
    .await;
    let called = |calls: &Calls| -> Vec<(String, String)> {
        let calls = calls.lock().unwrap();
        calls.iter().filter(|(operation, _)| operation != "DescribeStream").cloned().collect()
    };
    let call = |operation: &str, shard: &str| (operation.to_owned(), shard.to_owned());
    let first = called(&calls);
    let parent_first = [call("GetShardIterator", PARENT), call("GetRecords", PARENT), call("GetShardIterator", CHILD)];
    assert_eq!(first[..3], parent_first);

    let limits = MappingLimits::default();
    let mut mapping = Mapping::new(spec(), lambda(&database), database.clone(), Circumstances::good(), limits).unwrap();
    mapping.source = Source::new(&endpoint, None, "a-stream", &mapping.limits);
    let deadline = Instant::now() + Duration::from_secs(20);
    run(mapping, async {
        while called(&calls).len() < first.len() + 2 {
            assert!(Instant::now() < deadline, "{:?}", called(&calls));
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(called(&calls)[first.len()..].iter().all(|(_, shard)| shard != PARENT), "{:?}", called(&calls));
    database.stop().await;
}

/// E: in order per shard: what the checkpoints say decides which shards are read.
#[tokio::test]
async fn a_shard_is_next_when_its_parent_has_ended_or_is_gone() {
    let (database, mapping) = at_rest(spec()).await;
    let shard = |id: &str, parent: Option<&str>| Shard { id: id.to_owned(), parent: parent.map(str::to_owned) };
    let all = [shard("a", Some("trimmed")), shard("b", Some("a")), shard("c", Some("b")), shard("d", None)];
    let next = || -> Vec<&str> {
        all.iter().filter(|shard| mapping.is_next(shard, &all)).map(|shard| shard.id.as_str()).collect()
    };
    let save = |id: &str, ended| {
        let mut position = checkpoint::Position::default();
        position.ended = ended;
        mapping.checkpoints.save(id, position).unwrap();
    };
    assert_eq!(next(), ["a", "d"]);
    save("a", false);
    assert_eq!(next(), ["a", "d"], "it is being read");
    save("a", true);
    assert_eq!(next(), ["b", "d"]);
    save("b", true);
    assert_eq!(next(), ["c", "d"]);
    database.stop().await;
}
