//! A batch of stream records, sorted by game.

use std::collections::BTreeMap;

use aws_lambda_events::{
    dynamodb::{Event, EventRecord},
    streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse},
};
use tracing::error;
use turnlog_domain::{GameId, Seq};
use turnlog_store::{Entry, LogFault};

/// Where a record stands in its batch, and its stream number.
pub(crate) type Place = (usize, String);

/// What a batch says about one game.
#[derive(Debug, Default)]
pub(crate) struct GameRecords {
    /// Its new messages, in the order of their seq, each once.
    pub(crate) entries: Vec<Entry>,
    /// A record that cannot be read.
    pub(crate) fault: Option<LogFault>,
    /// Where its first record stands.
    first: Option<Place>,
}

/// A batch of records of the stream of the Messages table.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) games: BTreeMap<GameId, GameRecords>,
    /// Records that are no new message: something changed or removed one.
    pub(crate) tampered: Vec<Tampered>,
}

/// A message that was changed or removed, which nothing here ever does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tampered {
    pub(crate) game: String,
    pub(crate) seq: String,
    pub(crate) event: String,
}

impl Batch {
    pub(crate) fn of(event: Event) -> Self {
        let mut batch = Self::default();
        for (index, record) in event.records.into_iter().enumerate() {
            batch.add(index, record);
        }
        for records in batch.games.values_mut() {
            records.entries.sort_by_key(|entry| entry.message.seq);
            records.entries.dedup_by_key(|entry| entry.message.seq);
        }
        batch
    }

    fn add(&mut self, index: usize, record: EventRecord) {
        let keys: Keys = serde_dynamo::from_item(record.change.keys).unwrap_or_default();
        if record.event_name != "INSERT" {
            self.tampered.push(Tampered { game: keys.game_id, seq: keys.seq.to_string(), event: record.event_name });
            return;
        }
        let Ok(game) = GameId::parse(&keys.game_id) else {
            error!(game_id = keys.game_id, "record without a game id");
            return;
        };
        let records = self.games.entry(game).or_default();
        records.first.get_or_insert((index, record.change.sequence_number.unwrap_or_default()));
        match Entry::from_item(record.change.new_image) {
            Ok(entry) => records.entries.push(entry),
            Err(fault) => records.fault = Some(fault),
        }
    }
}

impl GameRecords {
    /// The first of the messages.
    pub(crate) fn first_seq(&self) -> Option<Seq> {
        self.entries.first().map(|entry| entry.message.seq)
    }

    /// The last of the messages.
    pub(crate) fn last_seq(&self) -> Option<Seq> {
        self.entries.last().map(|entry| entry.message.seq)
    }
}

/// The keys of a record, whatever else is wrong with it.
#[derive(Debug, Default, serde::Deserialize)]
struct Keys {
    game_id: String,
    seq: u64,
}

/// Reports the games that met an infrastructure error: the batch is delivered again from the first record of any of them.
pub(crate) fn failures<'a>(failed: impl IntoIterator<Item = &'a GameRecords>) -> DynamoDbEventResponse {
    report(failed.into_iter().filter_map(|records| records.first.as_ref()))
}

/// Reports records that have to be delivered again: the batch is, from the first of them.
pub(crate) fn report<'a>(failed: impl Iterator<Item = &'a Place>) -> DynamoDbEventResponse {
    let mut response = DynamoDbEventResponse::default();
    let first = failed.min_by_key(|(index, _)| *index);
    // An empty identifier would fail the whole batch, which is right when there is nothing better to name.
    if let Some((_, number)) = first {
        let mut failure = DynamoDbBatchItemFailure::default();
        failure.item_identifier = Some(number.clone());
        response.batch_item_failures.push(failure);
    }
    response
}
