//! The check of stored logs and read models, item by item: what an auditor needs beside the fold.

use serde::Serialize;
use serde_dynamo::{AttributeValue, Item};
use turnlog_domain::{GameId, Seq};

use crate::{
    attributes::{SdkItem, differences, number_of, text_of},
    direct::message::DirectEntry,
    entry::{Entry, Folded, LogFault, MessageItem},
    error::StoreError,
    games::{Doorbell, Games, row_differences, row_item, snapshot_differences, snapshot_item, snapshot_name},
    hash::Hash,
    players::{PlayerGame, Players},
};

/// A stored message as a link in the chain of its log, whether or not its events can be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// Its position.
    pub seq: u64,
    /// Its time, in milliseconds.
    pub at: u64,
    /// The hash that it has of the one before.
    pub prev_hash: Hash,
    /// The hash that the next one should have of it.
    pub hash: Hash,
    /// What it holds.
    pub content: Content,
    item: Hashed,
}

/// The attributes over which the hash of a message goes.
#[derive(Debug, Clone, PartialEq)]
enum Hashed {
    Game(Box<MessageItem>),
    Direct(Box<DirectEntry>),
}

/// What a link holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A message of a game, or why its events cannot be read.
    Game(Box<Result<Entry, LogFault>>),
    /// A direct message.
    Direct,
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
    /// When it has not the attributes of a stored message, or others beside them, which no hash would cover.
    pub fn of_item(item: Item) -> Result<Self, LogFault> {
        if item.contains_key("events") { Self::of_game(item) } else { Self::of_direct(item) }
    }

    fn of_direct(item: Item) -> Result<Self, LogFault> {
        let entry = DirectEntry::from_item(item.clone())?;
        let known = entry.item();
        require_only(&known, &item)?;
        Ok(Self {
            prev_hash: Hash::from_stored(&known.prev_hash),
            seq: known.seq,
            at: known.at,
            hash: entry.hash(),
            content: Content::Direct,
            item: Hashed::Direct(Box::new(entry)),
        })
    }

    fn of_game(item: Item) -> Result<Self, LogFault> {
        let known: MessageItem = serde_dynamo::from_item(item.clone()).map_err(unreadable)?;
        require_only(&known, &item)?;
        Ok(Self {
            hash: known.hash(),
            prev_hash: Hash::from_stored(&known.prev_hash),
            seq: known.seq,
            at: known.at,
            content: Content::Game(Box::new(Entry::from_item(item))),
            item: Hashed::Game(Box::new(known)),
        })
    }

    /// The hash that this message would have with another hash of the one before, and everything else as it stands.
    pub fn hash_after(&self, prev_hash: &Hash) -> Hash {
        match &self.item {
            Hashed::Game(item) => item.hash_after(prev_hash.as_str()),
            Hashed::Direct(entry) => entry.hash_after(prev_hash.as_str()),
        }
    }
}

/// Refuses an item with attributes beside those that are known, which no hash would cover.
fn require_only(known: &impl Serialize, item: &Item) -> Result<(), LogFault> {
    let known: Item = serde_dynamo::to_item(known).map_err(unreadable)?;
    if known == *item {
        return Ok(());
    }
    Err(LogFault::Unreadable("it has attributes that no message has".to_owned()))
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

    /// The hash that what is kept of a game at an earlier message has of that message; `None` when nothing is kept there.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn snapshot_head(&self, game: GameId, seq: Seq) -> Result<Option<Hash>, StoreError> {
        Ok(self.item(game, &snapshot_name(seq)).await?.as_ref().and_then(head_of))
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

    /// The hash that it has of that message.
    pub fn head(&self) -> Option<Hash> {
        head_of(&self.item)
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

fn head_of(item: &SdkItem) -> Option<Hash> {
    text_of(item, "head").map(Hash::from_stored)
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
