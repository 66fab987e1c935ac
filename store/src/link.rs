//! A stored message as a link in the chain of its log.

use serde::Serialize;
use serde_dynamo::{AttributeValue, Item};
use turnlog_domain::Timestamp;

use crate::{
    attributes::{SdkItem, differences},
    direct::{DirectEntry, owner_of},
    entry::{LogFault, MessageItem},
    hash::Hash,
    messages::Messages,
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

impl Link {
    /// Reads an item of the Messages table.
    ///
    /// # Errors
    /// When it has not the attributes of a stored message.
    pub fn of_item(item: &Item) -> Result<Self, LogFault> {
        let log = item.get(Messages::GAME_ID);
        if matches!(log, Some(AttributeValue::S(log)) if owner_of(log).is_some()) {
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
