//! The check of stored logs and read models, item by item: what an auditor needs beside the fold.

use serde::Serialize;
use serde_dynamo::{AttributeValue, Item};
use turnlog_domain::{GameId, Timestamp};

use crate::{
    attributes::{SdkItem, differences, number_of},
    direct::{DirectEntry, owner_of},
    entry::{Folded, LogFault, MessageItem},
    error::StoreError,
    games::{Doorbell, Games, row_differences, row_item, snapshot_differences, snapshot_item, snapshot_name},
    hash::Hash,
    players::{PlayerGame, Players},
};

/// A stored message as a link in the chain of its log, whether or not its events can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its time.
    pub at: Timestamp,
    /// The hash that it has of the one before.
    pub prev_hash: Hash,
    /// The hash that the next one should have of it.
    pub hash: Hash,
    /// Attributes that no message has, and that no hash covers.
    pub uncovered: Vec<String>,
}

/// How an item that is derived from a log stands to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Agreement {
    /// It is what the log adds up to.
    Equal,
    /// There is none.
    Missing,
    /// It has come to another message.
    At(u64),
    /// It is as far as the log, and these attributes are different.
    Differs(Vec<String>),
}

impl Link {
    /// Reads an item of the Messages table.
    ///
    /// # Errors
    /// When it has not the attributes of a stored message.
    pub fn of_item(item: &Item) -> Result<Self, LogFault> {
        let is_direct = key_of(item).is_some_and(|(log, _)| owner_of(log).is_some());
        if is_direct {
            let entry = DirectEntry::from_item(item.clone())?;
            return Self::of_known(&entry.item(), entry.message.at, entry.prev_hash(), entry.hash(), item);
        }
        let known: MessageItem = serde_dynamo::from_item(item.clone()).map_err(unreadable)?;
        Self::of_known(&known, Timestamp::from_ms(known.at), &known.prev_hash, known.hash(), item)
    }

    fn of_known(
        known: &impl Serialize,
        at: Timestamp,
        prev_hash: &str,
        hash: Hash,
        item: &Item,
    ) -> Result<Self, LogFault> {
        let known: SdkItem = serde_dynamo::to_item(known).map_err(unreadable)?;
        let uncovered = differences(&known, &item.clone().into());
        Ok(Self { at, prev_hash: Hash::from_stored(prev_hash), hash, uncovered })
    }
}

fn unreadable(error: serde_dynamo::Error) -> LogFault {
    LogFault::Unreadable(error.to_string())
}

/// The row of a game as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRow {
    version: u32,
    item: SdkItem,
}

impl Games {
    /// The row of a game as it is stored, in the version that this code reads.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn row_as_stored(&self, game: GameId) -> Result<Option<StoredRow>, StoreError> {
        let Some(version) = self.read().await? else { return Ok(None) };
        Ok(self.stored_row(version, game).await?.map(|item| StoredRow { version, item }))
    }

    /// How what is kept of a game at an earlier message stands to what the log added up to there.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn compare_snapshot(&self, folded: &Folded) -> Result<Agreement, StoreError> {
        let (game, seq) = (folded.game.id(), folded.game.seq());
        let stored = self.item(game, &snapshot_name(seq)).await?;
        Ok(compare(stored.as_ref(), &snapshot_item(folded), snapshot_differences))
    }
}

impl StoredRow {
    /// The message that it has come to.
    pub fn seq(&self) -> Option<u64> {
        number_of(&self.item, "seq")
    }

    /// How it stands to what a log adds up to. A state of another layout of the kind is not compared: nobody reads it.
    pub fn compare(&self, folded: &Folded) -> Agreement {
        compare(Some(&self.item), &row_item(self.version, folded, Doorbell::Silent), row_differences)
    }
}

impl Players {
    /// How the stored standings of some players in one version stand to what the log adds up to, in their order.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn compare(&self, version: u32, standings: &[&PlayerGame]) -> Result<Vec<Agreement>, StoreError> {
        let items = self.standings(version, standings).await?;
        Ok(items.iter().map(|(expected, stored)| compare(stored.as_ref(), expected, differences)).collect())
    }
}

fn compare(
    stored: Option<&SdkItem>,
    expected: &SdkItem,
    differences: fn(&SdkItem, &SdkItem) -> Vec<String>,
) -> Agreement {
    let Some(stored) = stored else { return Agreement::Missing };
    let names = differences(expected, stored);
    let seq = |item| number_of(item, "seq");
    match seq(stored) {
        _ if names.is_empty() => Agreement::Equal,
        Some(at) if Some(at) != seq(expected) => Agreement::At(at),
        Some(_) | None => Agreement::Differs(names),
    }
}

/// The game of a log; none for an inbox, and for an id that is written otherwise than Turnlog writes it.
pub fn game_of(log: &str) -> Option<GameId> {
    GameId::parse(log).ok().filter(|game| game.to_string() == log)
}

/// In which log an item of the Messages table stands, and at which position: 1, 2, 3 … Nothing at any other has ever been
/// a message.
pub fn position_of(item: &Item) -> Option<(&str, u64)> {
    let (log, seq) = key_of(item)?;
    Some((log, seq.parse().ok().filter(|&seq| seq > 0)?))
}

/// The key of an item of the Messages table as it is stored. Every item has one, whatever else it holds.
pub fn key_of(item: &Item) -> Option<(&str, &str)> {
    match (item.get("game_id"), item.get("seq")) {
        (Some(AttributeValue::S(log)), Some(AttributeValue::N(seq))) => Some((log, seq)),
        (Some(_) | None, Some(_) | None) => None,
    }
}
