//! A stream record as a function sees it.

use std::{
    cmp::Ordering,
    collections::HashMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use aws_sdk_dynamodbstreams::types::{AttributeValue, OperationType, Record as StreamRecord};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};

use super::size;
use crate::aws;

/// A position in a shard. Ordered as a number, though it may have more digits than any integer type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sequence(String);

impl Sequence {
    pub(super) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Ord for Sequence {
    fn cmp(&self, other: &Self) -> Ordering {
        let (left, right) = (self.0.trim_start_matches('0'), other.0.trim_start_matches('0'));
        left.len().cmp(&right.len()).then_with(|| left.cmp(right))
    }
}

impl PartialOrd for Sequence {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// One record, ready to be sent.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) sequence: Sequence,
    /// When it was written, in seconds since 1970.
    pub(super) written_at: i64,
    /// The same for all records of one partition key.
    pub(super) partition_hash: u64,
    /// The same for all records of one item.
    pub(super) item_hash: u64,
    /// An element of `Records` in the function's event.
    pub(super) json: String,
}

/// How many batches of a shard are processed at once, each of a lane of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lanes {
    /// For how many shards it stands. A partition key has one of them.
    pub(super) shards: usize,
    /// `ParallelizationFactor`. Within a shard, order is kept per item only.
    pub(super) per_shard: usize,
}

impl Lanes {
    pub(super) fn count(self) -> usize {
        self.shards * self.per_shard
    }
}

/// What the records of one stream have in common.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) view: View,
    pub(super) partition_key: String,
    /// The stream's name on AWS.
    pub(super) arn: String,
}

/// The images that a stream shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    KeysOnly,
    NewImage,
    OldImage,
    NewAndOldImages,
}

impl View {
    /// The view with this name; CloudFormation has refused any other.
    pub(super) fn parse(name: &str) -> Self {
        match name {
            "KEYS_ONLY" => Self::KeysOnly,
            "NEW_IMAGE" => Self::NewImage,
            "OLD_IMAGE" => Self::OldImage,
            _ => Self::NewAndOldImages,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::KeysOnly => "KEYS_ONLY",
            Self::NewImage => "NEW_IMAGE",
            Self::OldImage => "OLD_IMAGE",
            Self::NewAndOldImages => "NEW_AND_OLD_IMAGES",
        }
    }

    fn shows_new(self) -> bool {
        matches!(self, Self::NewImage | Self::NewAndOldImages)
    }

    fn shows_old(self) -> bool {
        matches!(self, Self::OldImage | Self::NewAndOldImages)
    }
}

impl Record {
    /// Which of these lanes it belongs to.
    pub(super) fn lane(&self, lanes: Lanes) -> usize {
        let one_of = |count: usize, hash: u64| {
            let count = u64::try_from(count).expect("lanes are few");
            usize::try_from(hash % count).expect("lanes are few")
        };
        one_of(lanes.shards, self.partition_hash) * lanes.per_shard + one_of(lanes.per_shard, self.item_hash)
    }

    /// What a function sees of a record; nothing when the write changed nothing, because DynamoDB writes no record
    /// then.
    pub(super) fn read(record: &StreamRecord, shape: &Shape) -> Option<Self> {
        let content = record.dynamodb()?;
        let (new, old) = (content.new_image(), content.old_image());
        if record.event_name() == Some(&OperationType::Modify) && new.is_some() && new == old {
            return None;
        }
        let written_at =
            content.approximate_creation_date_time().map_or(0, aws_sdk_dynamodbstreams::primitives::DateTime::secs);
        let sequence = Sequence::new(content.sequence_number()?);
        let mut body = Map::new();
        let mut size = content.keys().map_or(0, size::of_item);
        body.insert("ApproximateCreationDateTime".to_owned(), written_at.into());
        body.insert("Keys".to_owned(), content.keys().map(item).unwrap_or_default());
        if let Some(new) = new.filter(|_| shape.view.shows_new()) {
            size += size::of_item(new);
            body.insert("NewImage".to_owned(), item(new));
        }
        if let Some(old) = old.filter(|_| shape.view.shows_old()) {
            size += size::of_item(old);
            body.insert("OldImage".to_owned(), item(old));
        }
        body.insert("SequenceNumber".to_owned(), sequence.as_str().into());
        body.insert("SizeBytes".to_owned(), size.into());
        body.insert("StreamViewType".to_owned(), shape.view.name().into());
        let mut json = json!({
            "eventID": record.event_id(),
            "eventName": record.event_name().map(OperationType::as_str),
            "eventVersion": record.event_version().unwrap_or("1.1"),
            "eventSource": "aws:dynamodb",
            "awsRegion": aws::REGION,
            "dynamodb": body,
            "eventSourceARN": shape.arn,
        });
        if let Some(identity) = record.user_identity() {
            // DynamoDB tells of nobody but itself, for items that have expired. dynoxide writes the names of both fields
            // as they are in events of functions and not as in the model of the Streams API, so that the SDK misses them.
            json["userIdentity"] = json!({
                "type": identity.r#type().unwrap_or("Service"),
                "principalId": identity.principal_id().unwrap_or("dynamodb.amazonaws.com"),
            });
        }
        let (partition_hash, item_hash) = key_hashes(content.keys(), &shape.partition_key);
        Some(Self { sequence, written_at, partition_hash, item_hash, json: json.to_string() })
    }
}

/// Of the partition key, and of the whole key.
fn key_hashes(keys: Option<&HashMap<String, AttributeValue>>, partition_key: &str) -> (u64, u64) {
    let mut hasher = DefaultHasher::new();
    let mut hash = |key: Option<&AttributeValue>| {
        key.map(|key| value(key).to_string()).hash(&mut hasher);
        hasher.finish()
    };
    let partition_hash = hash(keys.and_then(|keys| keys.get(partition_key)));
    let mut others = keys.into_iter().flatten().filter(|(name, _)| *name != partition_key);
    (partition_hash, hash(others.next().map(|(_, sort_key)| sort_key)))
}

fn item(item: &HashMap<String, AttributeValue>) -> Value {
    item.iter().map(|(name, attribute)| (name.clone(), value(attribute))).collect::<Map<_, _>>().into()
}

/// An attribute in DynamoDB's own JSON.
fn value(attribute: &AttributeValue) -> Value {
    match attribute {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::Bool(yes) => json!({ "BOOL": yes }),
        AttributeValue::Null(yes) => json!({ "NULL": yes }),
        AttributeValue::B(bytes) => json!({ "B": BASE64_STANDARD.encode(bytes) }),
        AttributeValue::Ss(texts) => json!({ "SS": texts }),
        AttributeValue::Ns(numbers) => json!({ "NS": numbers }),
        AttributeValue::Bs(blobs) => {
            json!({ "BS": blobs.iter().map(|bytes| BASE64_STANDARD.encode(bytes)).collect::<Vec<_>>() })
        }
        AttributeValue::L(values) => json!({ "L": values.iter().map(value).collect::<Vec<_>>() }),
        AttributeValue::M(values) => json!({ "M": item(values) }),
        // A type that DynamoDB gets after this was written.
        AttributeValue::Unknown { .. } | _ => Value::Null,
    }
}

#[cfg(test)]
mod tests;
