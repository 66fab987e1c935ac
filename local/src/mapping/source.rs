//! Reads a stream, through nothing but the Streams API, so that the same code reads any DynamoDB.

use aws_sdk_dynamodbstreams::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
    error::{DisplayErrorContext, SdkError},
    operation::{get_records::GetRecordsError, get_shard_iterator::GetShardIteratorError},
    types::{Record as StreamRecord, ShardIteratorType},
};

use super::record::Sequence;
use crate::{aws, limits::MappingLimits};

/// One stream. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Source {
    client: Client,
    stream_arn: String,
    read_records_max: i32,
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
    After(Sequence),
}

/// What one call brought.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) records: Vec<StreamRecord>,
    /// None: the shard is closed, and this was the last of it.
    pub(super) next: Option<String>,
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
    pub(super) fn new(endpoint: &str, stream_arn: &str, limits: &MappingLimits) -> Self {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(endpoint)
            .region(Region::from_static(aws::REGION))
            .credentials_provider(Credentials::new("local", "local", None, None, "local stack"))
            .build();
        let read_records_max = i32::try_from(limits.read_records_max).unwrap_or(i32::MAX);
        Self { client: Client::from_conf(config), stream_arn: stream_arn.to_owned(), read_records_max }
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
        Ok(Page { records: answer.records.unwrap_or_default(), next })
    }
}

fn failed<E>(error: SdkError<E>) -> ReadError
where
    E: std::error::Error + 'static,
{
    ReadError::Failed(DisplayErrorContext(error).to_string())
}
