//! Reads a stream, through nothing but the Streams API, so that the same code reads any DynamoDB.

use aws_sdk_dynamodbstreams::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region, SharedHttpClient, StalledStreamProtectionConfig},
    error::{DisplayErrorContext, SdkError},
    operation::{get_records::GetRecordsError, get_shard_iterator::GetShardIteratorError},
    types::{Record as StreamRecord, ShardIteratorType},
};

use super::{record::Sequence, size};
use crate::{aws, limits::MappingLimits};

/// One stream. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Source {
    client: Client,
    stream_arn: String,
    read_records_max: i32,
    read_bytes_max: usize,
}

/// A part of a stream that is read in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shard {
    pub(super) id: String,
    /// The shard that has to be read first.
    pub(super) parent: Option<String>,
}

/// Where reading begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Start {
    Oldest,
    Latest,
    At(Sequence),
    After(Sequence),
}

/// What one call brought.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) records: Vec<StreamRecord>,
    /// None: the shard is closed, and this was the last of it.
    pub(super) next: Option<String>,
    /// Whether the database returned more than AWS would have: the rest was left out, and has to be read again.
    pub(super) is_cut: bool,
}

/// Why a shard was not read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    /// The iterator is too old. A new one goes on at the same place.
    #[error("the iterator has expired")]
    Expired,
    /// The records are no longer there. A new iterator begins with the oldest ones.
    #[error("the records are gone")]
    Trimmed,
    #[error("{0}")]
    Failed(String),
}

impl Source {
    /// A stream of the database at this address. `http` carries requests to it where that takes no socket.
    pub(super) fn new(
        endpoint: &str,
        http: Option<SharedHttpClient>,
        stream_arn: &str,
        limits: &MappingLimits,
    ) -> Self {
        let mut config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(endpoint)
            .region(Region::from_static(aws::REGION))
            .credentials_provider(Credentials::new("local", "local", None, None, "local stack"))
            // An answer is read whole, and watching how fast it comes would cost more than it tells.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        config.set_http_client(http);
        let read_records_max = i32::try_from(limits.read_records_max).unwrap_or(i32::MAX);
        Self {
            client: Client::from_conf(config.build()),
            stream_arn: stream_arn.to_owned(),
            read_records_max,
            read_bytes_max: limits.read_bytes_max,
        }
    }

    /// All shards that the stream has.
    ///
    /// # Errors
    /// When the stream is gone or the database does not answer.
    pub(super) async fn shards(&self) -> Result<Vec<Shard>, ReadError> {
        let mut shards = Vec::new();
        let mut last: Option<String> = None;
        loop {
            let request = self.client.describe_stream().stream_arn(&self.stream_arn);
            let answer = request.set_exclusive_start_shard_id(last).send().await.map_err(failed)?;
            let Some(stream) = answer.stream_description else { return Ok(shards) };
            for shard in stream.shards.unwrap_or_default() {
                if let Some(id) = shard.shard_id {
                    shards.push(Shard { id, parent: shard.parent_shard_id });
                }
            }
            last = stream.last_evaluated_shard_id;
            if last.is_none() {
                return Ok(shards);
            }
        }
    }

    /// A new iterator.
    ///
    /// # Errors
    /// [`ReadError::Trimmed`] when the place is no longer there.
    pub(super) async fn iterator(&self, shard: &str, start: &Start) -> Result<String, ReadError> {
        let (kind, after) = match start {
            Start::Oldest => (ShardIteratorType::TrimHorizon, None),
            Start::Latest => (ShardIteratorType::Latest, None),
            Start::At(sequence) => (ShardIteratorType::AtSequenceNumber, Some(sequence.as_str().to_owned())),
            Start::After(sequence) => (ShardIteratorType::AfterSequenceNumber, Some(sequence.as_str().to_owned())),
        };
        let request = self.client.get_shard_iterator().stream_arn(&self.stream_arn).shard_id(shard);
        let answer = request.shard_iterator_type(kind).set_sequence_number(after).send().await.map_err(|error| {
            let trimmed = error.as_service_error().is_some_and(GetShardIteratorError::is_trimmed_data_access_exception);
            if trimmed { ReadError::Trimmed } else { failed(error) }
        })?;
        answer.shard_iterator.ok_or_else(|| ReadError::Failed("no iterator was returned".to_owned()))
    }

    /// The next records.
    ///
    /// # Errors
    /// [`ReadError::Expired`] and [`ReadError::Trimmed`] ask for a new iterator.
    pub(super) async fn read(&self, iterator: &str) -> Result<Page, ReadError> {
        let request = self.client.get_records().shard_iterator(iterator).limit(self.read_records_max);
        let answer = request.send().await.map_err(|error| match error.as_service_error() {
            Some(GetRecordsError::ExpiredIteratorException(_)) => ReadError::Expired,
            Some(GetRecordsError::TrimmedDataAccessException(_)) => ReadError::Trimmed,
            Some(_) | None => failed(error),
        })?;
        // An empty text stands for none in some emulators.
        let next = answer.next_shard_iterator.filter(|next| !next.is_empty());
        let mut records = answer.records.unwrap_or_default();
        let whole = records.len();
        records.truncate(count_within(&records, self.read_bytes_max));
        Ok(Page { is_cut: records.len() < whole, records, next })
    }
}

/// How many records one answer of AWS would have: as many as fit, and at least one.
fn count_within(records: &[StreamRecord], bytes_max: usize) -> usize {
    let mut bytes = 0;
    let fits = |record: &&StreamRecord| {
        bytes += record.dynamodb().map_or(0, size::of_record);
        bytes <= bytes_max
    };
    records.iter().take_while(fits).count().max(records.len().min(1))
}

fn failed<E>(error: SdkError<E>) -> ReadError
where
    E: std::error::Error + 'static,
{
    ReadError::Failed(DisplayErrorContext(error).to_string())
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodbstreams::types::{AttributeValue, StreamRecord as Content};

    use super::*;

    /// E: `GetRecords` returns at most 1 MB. A.2: whatever the database says about sizes, which is 0 in some.
    #[test]
    fn an_answer_is_cut_where_awss_would_end() {
        let record = |bytes| {
            let content = Content::builder().size_bytes(0).new_image("", AttributeValue::S("x".repeat(bytes)));
            StreamRecord::builder().dynamodb(content.build()).build()
        };
        let records = [record(400_000), record(400_000), record(400_000)];
        assert_eq!(count_within(&records, 1024 * 1024), 2);
        assert_eq!(count_within(&records, 2 * 1024 * 1024), 3);
        assert_eq!(count_within(&records, 1000), 1, "one that is larger comes alone");
        assert_eq!(count_within(&[], 1000), 0);
    }
}
