//! What is kept of records that a mapping gave up, in the form of AWS.

use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::{batch::Condition, failures::Failures, lane, record::Record};
use crate::template::model::Destination;

/// Records that were given up, and everything that AWS tells about it.
#[derive(Debug)]
pub(super) struct Loss<'a> {
    pub(super) at: DateTime<Utc>,
    /// Of the last invocation.
    pub(super) request_id: String,
    pub(super) function_arn: String,
    pub(super) condition: Condition,
    pub(super) invocations: u32,
    pub(super) ending: Ending,
    pub(super) shard_id: &'a str,
    pub(super) stream_arn: &'a str,
    pub(super) records: &'a [Record],
}

/// How the last invocation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    NeverInvoked,
    /// The function answered and reported failures.
    Reported,
    FunctionError,
}

/// Where the losses of one mapping go.
#[derive(Debug, Clone)]
pub(super) struct Destinations {
    mapping: uuid::Uuid,
    failures: Option<Failures>,
}

impl Destinations {
    pub(super) fn new(folder: &Path, mapping: &str, destination: Option<Destination>) -> Self {
        let mapping = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, mapping.as_bytes());
        Self { mapping, failures: destination.map(|destination| Failures::new(folder, destination)) }
    }

    /// Keeps a loss, so that a crash does not lose it again.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn keep(&self, loss: &Loss<'_>) -> std::io::Result<()> {
        let Some(failures) = &self.failures else { return Ok(()) };
        failures.keep(loss.record(), || self.object_key(loss), || lane::event(loss.records.iter()))
    }

    /// The name that AWS gives such an object.
    fn object_key(&self, loss: &Loss<'_>) -> String {
        let day = loss.at.format("%Y/%m/%d/%Y-%m-%dT%H.%M.%S");
        format!("aws/lambda/{}/{}/{day}-{}", self.mapping, loss.shard_id, uuid::Uuid::new_v4())
    }
}

impl Loss<'_> {
    /// The invocation record in AWS's form.
    fn record(&self) -> Value {
        let (first, last) = (self.records.first(), self.records.last());
        let sequence = |record: Option<&Record>| record.map(|record| record.sequence.as_str().to_owned());
        let mut record = json!({
            "requestContext": {
                "requestId": self.request_id,
                "functionArn": self.function_arn,
                "condition": self.condition.name(),
                "approximateInvokeCount": self.invocations,
            },
            "version": "1.0",
            "timestamp": self.at.to_rfc3339_opts(SecondsFormat::Millis, true),
            "DDBStreamBatchInfo": {
                "shardId": self.shard_id,
                "startSequenceNumber": sequence(first),
                "endSequenceNumber": sequence(last),
                "approximateArrivalOfFirstRecord": arrival(first),
                "approximateArrivalOfLastRecord": arrival(last),
                "batchSize": self.records.len(),
                "streamArn": self.stream_arn,
            },
        });
        match self.ending {
            Ending::NeverInvoked => {}
            Ending::Reported => record["responseContext"] = json!({ "statusCode": 200, "executedVersion": "$LATEST" }),
            Ending::FunctionError => {
                record["responseContext"] =
                    json!({ "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" });
            }
        }
        record
    }
}

fn arrival(record: Option<&Record>) -> Option<String> {
    let time = DateTime::from_timestamp(record?.written_at, 0)?;
    Some(time.to_rfc3339_opts(SecondsFormat::Secs, true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::record::Sequence;

    fn loss(records: &[Record], ending: Ending) -> Loss<'_> {
        Loss {
            at: DateTime::from_timestamp_millis(1_700_000_000_021).unwrap(),
            request_id: "r".to_owned(),
            function_arn: "arn:f".to_owned(),
            condition: Condition::RetryAttemptsExhausted,
            invocations: 4,
            ending,
            shard_id: "shardId-1",
            stream_arn: "arn:s",
            records,
        }
    }

    fn records() -> [Record; 2] {
        [1, 2].map(|number| Record {
            sequence: Sequence::new(&number.to_string()),
            written_at: 1_700_000_000 + number,
            partition_hash: 0,
            item_hash: 0,
            json: number.to_string(),
        })
    }

    /// E: on-failure destination JSON.
    #[test]
    fn a_queue_receives_the_batch_info_without_the_records() {
        let folder = std::env::temp_dir().join(format!("local-stack-{}", uuid::Uuid::new_v4().simple()));
        let destinations = Destinations::new(&folder, "Push", Some(Destination::Queue("Failures".to_owned())));
        let records = records();
        destinations.keep(&loss(&records, Ending::FunctionError)).unwrap();
        destinations.keep(&loss(&records, Ending::NeverInvoked)).unwrap();
        let lines = std::fs::read_to_string(folder.join("queues/Failures.jsonl")).unwrap();
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let expected = json!({
            "requestContext": {
                "requestId": "r",
                "functionArn": "arn:f",
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": 4,
            },
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "version": "1.0",
            "timestamp": "2023-11-14T22:13:20.021Z",
            "DDBStreamBatchInfo": {
                "shardId": "shardId-1",
                "startSequenceNumber": "1",
                "endSequenceNumber": "2",
                "approximateArrivalOfFirstRecord": "2023-11-14T22:13:21Z",
                "approximateArrivalOfLastRecord": "2023-11-14T22:13:22Z",
                "batchSize": 2,
                "streamArn": "arn:s",
            },
        });
        assert_eq!(lines[0], expected);
        assert!(lines[1].get("responseContext").is_none());
        std::fs::remove_dir_all(&folder).unwrap();
    }

    /// E: a bucket receives the whole event.
    #[test]
    fn a_bucket_receives_the_whole_event_as_text() {
        let folder = std::env::temp_dir().join(format!("local-stack-{}", uuid::Uuid::new_v4().simple()));
        let destinations = Destinations::new(&folder, "Games", Some(Destination::Bucket("Failures".to_owned())));
        let records = records();
        let loss = loss(&records, Ending::Reported);
        destinations.keep(&loss).unwrap();
        let day = folder.join("buckets/Failures/aws/lambda").join(destinations.mapping.to_string());
        let day = day.join("shardId-1/2023/11/14");
        let object = std::fs::read_dir(day).unwrap().next().unwrap().unwrap();
        assert!(object.file_name().to_str().unwrap().starts_with("2023-11-14T22.13.20-"));
        let stored: Value = serde_json::from_slice(&std::fs::read(object.path()).unwrap()).unwrap();
        assert_eq!(stored["payload"], r#"{"Records":[1,2]}"#);
        assert_eq!(stored["responseContext"], json!({"statusCode": 200, "executedVersion": "$LATEST"}));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
