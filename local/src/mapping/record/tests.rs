use std::collections::BTreeSet;

use aws_sdk_dynamodbstreams::{
    primitives::DateTime,
    types::{Identity, StreamRecord as Content, StreamViewType},
};

use super::*;

type Item = HashMap<String, AttributeValue>;

fn with(cells: &str) -> Item {
    HashMap::from([
        ("game_id".to_owned(), AttributeValue::S("g".to_owned())),
        ("seq".to_owned(), AttributeValue::N("1".to_owned())),
        ("cells".to_owned(), AttributeValue::S(cells.to_owned())),
    ])
}

fn written(operation: OperationType, old: Option<Item>, new: Option<Item>) -> StreamRecord {
    let mut keys = with("");
    keys.remove("cells");
    let content = Content::builder()
        .approximate_creation_date_time(DateTime::from_secs(1_700_000_000))
        .set_keys(Some(keys))
        .set_new_image(new)
        .set_old_image(old)
        .sequence_number("100000000000000000007")
        .size_bytes(94)
        .stream_view_type(StreamViewType::NewAndOldImages);
    StreamRecord::builder()
        .event_id("e")
        .event_name(operation)
        .event_version("1.1")
        .event_source("aws:dynamodb")
        .aws_region("dynoxide")
        .dynamodb(content.build())
        .build()
}

fn shape(view: &str) -> Shape {
    Shape { view: View::parse(view), partition_key: "game_id".to_owned(), arn: aws::stream_arn("Messages") }
}

fn seen(record: &StreamRecord, view: &str) -> Value {
    serde_json::from_str(&Record::read(record, &shape(view)).unwrap().json).unwrap()
}

/// E, first line; A.2: regions and ARNs as on AWS.
#[test]
fn a_function_sees_the_record_as_on_aws() {
    let record = written(OperationType::Insert, None, Some(with("x")));
    let expected = json!({
        "eventID": "e",
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_700_000_000,
            "Keys": {"game_id": {"S": "g"}, "seq": {"N": "1"}},
            "NewImage": {"game_id": {"S": "g"}, "seq": {"N": "1"}, "cells": {"S": "x"}},
            "SequenceNumber": "100000000000000000007",
            "SizeBytes": 32,
            "StreamViewType": "NEW_IMAGE",
        },
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/Messages/stream/2020-01-01T00:00:00.000",
    });
    assert_eq!(seen(&record, "NEW_IMAGE"), expected);
}

/// A.2: no record for a write that changes nothing.
#[test]
fn a_write_that_changes_nothing_is_no_record() {
    let same = written(OperationType::Modify, Some(with("x")), Some(with("x")));
    assert!(Record::read(&same, &shape("NEW_IMAGE")).is_none());
    let other = written(OperationType::Modify, Some(with("x")), Some(with("y")));
    assert!(Record::read(&other, &shape("NEW_IMAGE")).is_some());
    let without_images = written(OperationType::Modify, None, None);
    assert!(Record::read(&without_images, &shape("KEYS_ONLY")).is_some());
}

/// E: `StreamViewType`. A.2: records are read whole and cut down to the declared view.
#[test]
fn the_declared_view_decides_which_images_are_shown() {
    let record = written(OperationType::Modify, Some(with("x")), Some(with("y")));
    for (view, new, old) in [
        ("KEYS_ONLY", false, false),
        ("NEW_IMAGE", true, false),
        ("OLD_IMAGE", false, true),
        ("NEW_AND_OLD_IMAGES", true, true),
    ] {
        let seen = seen(&record, view);
        assert_eq!((seen["dynamodb"]["NewImage"].is_object(), seen["dynamodb"]["OldImage"].is_object()), (new, old));
        assert_eq!(seen["dynamodb"]["StreamViewType"], view);
    }
}

/// E: with `NEW_IMAGE` a REMOVE has no image. A.2: an expired item names who removed it.
#[test]
fn an_expired_item_names_the_service_that_removed_it() {
    let identity = Identity::builder().r#type("Service").principal_id("dynamodb.amazonaws.com").build();
    let mut record = written(OperationType::Remove, Some(with("x")), None);
    record.user_identity = Some(identity);
    let seen = seen(&record, "NEW_IMAGE");
    assert_eq!(seen["userIdentity"], json!({"type": "Service", "principalId": "dynamodb.amazonaws.com"}));
    assert!(seen["dynamodb"].get("NewImage").is_none() && seen["dynamodb"].get("OldImage").is_none());
}

#[test]
fn every_type_of_attribute_keeps_its_form() {
    use aws_sdk_dynamodbstreams::primitives::Blob;
    let all = AttributeValue::L(vec![
        AttributeValue::Bool(true),
        AttributeValue::Null(true),
        AttributeValue::B(Blob::new("hi")),
        AttributeValue::Ss(vec!["a".to_owned()]),
        AttributeValue::Ns(vec!["1".to_owned()]),
        AttributeValue::Bs(vec![Blob::new("hi")]),
        AttributeValue::M(HashMap::from([("n".to_owned(), AttributeValue::N("1e3".to_owned()))])),
    ]);
    let expected = json!({"L": [
        {"BOOL": true}, {"NULL": true}, {"B": "aGk="}, {"SS": ["a"]}, {"NS": ["1"]}, {"BS": ["aGk="]},
        {"M": {"n": {"N": "1e3"}}},
    ]});
    assert_eq!(value(&all), expected);
}

#[test]
fn sequence_numbers_are_ordered_as_numbers() {
    let mut sequences = ["100", "99", "00100000000000000000000000000000000000007", "7"].map(Sequence::new);
    sequences.sort();
    assert_eq!(sequences.map(|sequence| sequence.0), ["7", "99", "100", "00100000000000000000000000000000000000007"]);
}

/// E, "Order with a parallelization factor": order is kept per item only. A.2: virtual shards by partition key.
#[test]
fn an_item_has_one_lane_and_a_partition_key_one_shard() {
    let lane = |game: &str, seq: u32, lanes: Lanes| {
        let item = HashMap::from([
            ("game_id".to_owned(), AttributeValue::S(game.to_owned())),
            ("seq".to_owned(), AttributeValue::N(seq.to_string())),
        ]);
        let content = Content::builder().set_keys(Some(item.clone())).set_new_image(Some(item)).sequence_number("1");
        let record = StreamRecord::builder().event_name(OperationType::Insert).dynamodb(content.build()).build();
        Record::read(&record, &shape("NEW_IMAGE")).unwrap().lane(lanes)
    };
    let games = |lanes: Lanes| (0..100).map(move |game| lane(&format!("game {game}"), 1, lanes));
    let moves = |lanes: Lanes| (0..100).map(move |seq| lane("g", seq, lanes)).collect::<BTreeSet<_>>();
    let shards = Lanes { shards: 4, per_shard: 1 };
    assert_eq!(games(shards).collect::<BTreeSet<_>>().len(), 4);
    assert_eq!(moves(shards).len(), 1, "a game is in order as long as its shard is processed by one batch at a time");
    for lanes in [Lanes { shards: 1, per_shard: 3 }, Lanes { shards: 4, per_shard: 3 }] {
        assert_eq!(games(lanes).collect::<BTreeSet<_>>().len(), lanes.count());
        assert!(games(lanes).eq(games(lanes)), "an item is always in order");
        assert_eq!(moves(lanes).len(), 3);
        let shard = |lane: &usize| lane / 3;
        assert_eq!(moves(lanes).iter().map(shard).collect::<BTreeSet<_>>().len(), 1);
    }
}
