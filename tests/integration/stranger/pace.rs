//! AWS's latencies, cold starts and polling, its several shards, and what comes before a connection is quite open.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use turnlog_tests::eventually;

use super::{Chat, Talker, heard, heard_item, say_at_once, start, turnlog};

/// Rooms whose keys fall into several shards.
const ROOMS: [&str; 16] = [
    "room-a", "room-b", "room-c", "room-d", "room-e", "room-f", "room-g", "room-h", "room-i", "room-j", "room-k",
    "room-l", "room-m", "room-n", "room-o", "room-p",
];

/// In how many batches the lines of a transaction came that wrote one line in each room.
async fn batches(chat: &Chat) -> usize {
    say_at_once(chat, &ROOMS).await;
    let mut batches = BTreeSet::new();
    for (at, room) in ROOMS.iter().enumerate() {
        let id = format!("{room} line {at}");
        let item = eventually(&id, || heard_item(chat, &id)).await;
        batches.insert(item["came_with"].as_s().expect("it is text").clone());
    }
    batches.len()
}

/// A.2: several shards, by partition key. The chat's two batches at once and its batch size of 10 make four batches at
/// most of one shard.
#[tokio::test]
async fn several_shards_are_read_at_the_same_time() {
    let one = batches(&start(&[]).await).await;
    assert!(one <= 4, "{one} batches of one shard");
    let several = batches(&start(&["--stream-shards", "8"]).await).await;
    assert!(several >= 8, "{several} batches of eight shards");
}

/// E, A.2: at the pace of AWS answers come, and records arrive from several shards that are polled.
#[tokio::test]
async fn a_chat_goes_on_at_the_pace_of_aws() {
    let chat = start(&["--timing", "aws"]).await;
    let mut ann = Talker::open(&chat).await;
    assert_eq!(ann.ask("status", json!({})).await, "an answer all the same");
    ann.say("room-1", 1, "slowly").await;
    eventually("the line", || heard(&chat, "room-1 slowly")).await;
    let batches = batches(&chat).await;
    assert!(batches > 4, "{batches} batches are those of one shard");
}

/// D.7, D.8: a push may come before the connection is quite open, and is then told that it is gone.
#[tokio::test]
async fn an_early_push_finds_nobody() {
    let chat = start(&["--timing", "aws", "--connection-opening", "5000"]).await;
    let mut ann = Talker::open_with(&chat, "?key=ann&remember=1").await.expect("ann may come in");
    let id = heard(&chat, "opened ann").await.expect("it was noted");
    let whisper = json!({ "what": "whisper", "text": "hi" }).to_string();
    let event = json!({ "body": whisper, "requestContext": { "connectionId": id } }).to_string();
    let push = || async {
        let (succeeded, printed) = turnlog(&chat, &["invoke", "Talk", "--event", &event]).await;
        assert!(succeeded, "{printed}");
        let answer: Value = serde_json::from_str(&printed).expect("it prints what the function returns");
        answer["body"].as_str().expect("a status").to_owned()
    };
    assert_eq!(push().await, "410");
    eventually("the end of that time", || async { (push().await == "200").then_some(()) }).await;
    assert_eq!(ann.text().await, "hi");
}
