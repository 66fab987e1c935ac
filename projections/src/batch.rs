//! A batch of stream records, sorted by game and by the owner of an inbox.

use std::collections::BTreeMap;

use aws_lambda_events::{
    dynamodb::{Event, EventRecord},
    streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse},
};
use tracing::error;
use turnlog_domain::{GameId, PlayerId, Seq};
use turnlog_store::{DirectEntry, Entry, LogFault, owner_of};

/// Where a record stands in its batch, and its stream number.
pub(crate) type RecordId = (usize, String);

/// What a batch says about one game.
#[derive(Debug, Default)]
pub(crate) struct GameRecords {
    /// Its new messages, in the order of their seq, each once.
    pub(crate) entries: Vec<Entry>,
    /// A record that cannot be read.
    pub(crate) fault: Option<LogFault>,
    /// Its first record.
    pub(crate) first: Option<RecordId>,
}

/// What a batch says about the direct messages of one player.
#[derive(Debug, Default)]
pub(crate) struct InboxRecords {
    /// The new ones, in the order of their seq, each once.
    pub(crate) entries: Vec<DirectEntry>,
    /// How far the player has read, as the last record has it.
    pub(crate) read: Option<Seq>,
    /// Whether connections of the older kind wait for what is unread.
    pub(crate) unread: bool,
    /// Their first record.
    pub(crate) first: Option<RecordId>,
}

/// A batch of records of the stream of the Messages table, or of the Players table.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) games: BTreeMap<GameId, GameRecords>,
    pub(crate) inboxes: BTreeMap<PlayerId, InboxRecords>,
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
        for records in batch.inboxes.values_mut() {
            records.entries.sort_by_key(|entry| entry.message.seq);
            records.entries.dedup_by_key(|entry| entry.message.seq);
        }
        batch
    }

    fn add(&mut self, index: usize, mut record: EventRecord) {
        let keys: Keys = serde_dynamo::from_item(std::mem::take(&mut record.change.keys)).unwrap_or_default();
        let record_id = (index, record.change.sequence_number.take().unwrap_or_default());
        match keys {
            Keys { player_id: Some(player), item: Some(item), .. } => {
                self.add_of_player(record_id, &player, &item, record);
            }
            Keys { game_id, seq, .. } => self.add_message(record_id, game_id, seq, record),
        }
    }

    fn add_message(&mut self, record_id: RecordId, game_id: String, seq: u64, record: EventRecord) {
        if record.event_name != "INSERT" {
            self.tampered.push(Tampered { game: game_id, seq: seq.to_string(), event: record.event_name });
            return;
        }
        if let Some(player) = owner_of(&game_id) {
            return self.add_direct(record_id, player, record);
        }
        let Ok(game) = GameId::parse(&game_id) else {
            error!(game_id, "record without a game id");
            return;
        };
        let records = self.games.entry(game).or_default();
        records.first.get_or_insert(record_id);
        match Entry::from_item(record.change.new_image) {
            Ok(entry) => records.entries.push(entry),
            Err(fault) => records.fault = Some(fault),
        }
    }

    fn add_direct(&mut self, record_id: RecordId, player: PlayerId, record: EventRecord) {
        match DirectEntry::from_item(record.change.new_image) {
            Ok(entry) => {
                let records = self.inboxes.entry(player).or_default();
                records.first.get_or_insert(record_id);
                records.entries.push(entry);
            }
            Err(fault) => error!(player_id = %player, reason = %fault, "direct message cannot be read"),
        }
    }

    fn add_of_player(&mut self, record_id: RecordId, player: &str, item: &str, record: EventRecord) {
        let Ok(player) = PlayerId::parse(player) else {
            error!(player_id = player, "record without a player id");
            return;
        };
        let image: PlayerImage = serde_dynamo::from_item(record.change.new_image).unwrap_or_default();
        let records = self.inboxes.entry(player).or_default();
        records.first.get_or_insert(record_id);
        match item {
            "inbox" => records.read = image.read_seq.map(Seq).max(records.read),
            "unread" => records.unread = true,
            // The mapping's filter lets nothing else through.
            _ => {}
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

/// The keys of a record of either table, whatever else is wrong with it.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Keys {
    game_id: String,
    seq: u64,
    player_id: Option<String>,
    item: Option<String>,
}

/// What is used of an item of the Players table.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct PlayerImage {
    read_seq: Option<u64>,
}

/// Reports the games that met an infrastructure error: the batch is delivered again from the first record of any of them.
pub(crate) fn failures<'a>(failed: impl IntoIterator<Item = &'a GameRecords>) -> DynamoDbEventResponse {
    report(failed.into_iter().filter_map(|records| records.first.as_ref()))
}

/// Reports records that have to be delivered again: the batch is, from the first of them.
pub(crate) fn report<'a>(failed: impl Iterator<Item = &'a RecordId>) -> DynamoDbEventResponse {
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
