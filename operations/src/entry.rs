//! Whole logs as they are stored, item by item: how they leave a table, and how they come back into one.
//!
//! Nothing is interpreted on the way: a [`RawEntry`] keeps every attribute with its type, also those that this code does
//! not know. A [`Chain`](crate::Chain) tells whether the entries of a log follow on each other.

use serde::{Deserialize, Serialize};
use serde_dynamo::{AttributeValue, Item};
use turnlog_domain::{GameId, Seq};
use turnlog_store::{Messages, StoreError, attributes::SdkItem, owner_of, pause};

use crate::limits::{ATTEMPTS_MAX, RAW_PAGE_ENTRIES_MAX};

/// An item of the Messages table with everything that is stored in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawEntry {
    log: String,
    seq: Seq,
    item: Item,
}

/// An entry as a line of text: the form of DynamoDB's own exports.
#[derive(Serialize, Deserialize)]
struct Line<T> {
    #[serde(rename = "Item")]
    item: T,
}

/// Something is not an item of the Messages table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RawFault {
    /// The text is not that of an item.
    #[error("no item in DynamoDB's JSON: {0}")]
    Text(String),
    /// Its key is none of the Messages table.
    #[error("an item without the log of a game or of a player, or without its position there: {0}")]
    Key(String),
}

/// What became of an entry that was to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RawPut {
    /// It is stored.
    Stored,
    /// It was there already, the same in every attribute.
    Same,
    /// Another one is at its position, and stays there.
    Other,
}

impl RawFault {
    fn of_key(item: &Item) -> Self {
        let key = |name: &str| item.get(name).and_then(|value| serde_json::to_string(value).ok()).unwrap_or_default();
        Self::Key(format!("game_id {}, seq {}", key("game_id"), key("seq")))
    }
}

impl RawEntry {
    /// The entry that an item is.
    ///
    /// # Errors
    /// When it has no key of the Messages table.
    pub fn of_item(item: Item) -> Result<Self, RawFault> {
        let is_log = |log: &str| game_of(log).is_some() || owner_of(log).is_some();
        match position_of(&item).filter(|(log, _)| is_log(log)) {
            Some((log, seq)) => Ok(Self { log: log.to_owned(), seq: Seq(seq), item }),
            None => Err(RawFault::of_key(&item)),
        }
    }

    /// Reads a line of [`RawEntry::to_line`], or of one of DynamoDB's exports.
    ///
    /// # Errors
    /// When it holds no entry.
    pub fn parse(line: &str) -> Result<Self, RawFault> {
        let line: Line<Item> = serde_json::from_str(line).map_err(|error| RawFault::Text(error.to_string()))?;
        Self::of_item(line.item)
    }

    /// The entry as one line without its end: `{"Item":{"at":{"N":"…"},…}}`, attributes in the order of their names.
    ///
    /// # Panics
    /// Never: an item has texts as names, and values that JSON has.
    pub fn to_line(&self) -> String {
        // A JSON value sorts its names; the item itself has them in no order.
        let item = serde_json::to_value(&self.item).expect("an item has texts as names");
        serde_json::to_string(&Line { item }).expect("a JSON value is JSON")
    }

    /// The key of its log: a game's id, or `player#<id>`.
    pub fn log(&self) -> &str {
        &self.log
    }

    /// Its position in the log.
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// Whether it stands in the log of a game, and not in a player's inbox.
    pub fn is_of_game(&self) -> bool {
        owner_of(&self.log).is_none()
    }

    /// Its attributes.
    pub fn item(&self) -> &Item {
        &self.item
    }

    /// The next entries of a log after `after`, at most [`RAW_PAGE_ENTRIES_MAX`], fewer only at its end; strongly consistent.
    /// What stands between two positions is none of them, and is passed over.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn page(messages: &Messages, log: &str, after: Seq) -> Result<Vec<Self>, StoreError> {
        let items = messages.items(log, after, RAW_PAGE_ENTRIES_MAX).await?;
        Ok(items.into_iter().filter_map(|item| Self::of_item(item).ok()).collect())
    }

    /// Stores it as it is, if its position is free. Never changes what is there.
    ///
    /// # Errors
    /// When it cannot be said whether it is stored; it may be given again.
    pub async fn put(&self, messages: &Messages) -> Result<RawPut, StoreError> {
        for round in 1.. {
            match messages.put_if_free(self.sdk_item()).await {
                Ok(None) => return Ok(RawPut::Stored),
                Ok(Some(taken)) if taken == self.item => return Ok(RawPut::Same),
                Ok(Some(_)) => return Ok(RawPut::Other),
                // Should it have taken effect, the next round finds it there.
                Err(error) if error.is_retryable() && round < ATTEMPTS_MAX => pause(round).await,
                Err(error) => return Err(error),
            }
        }
        unreachable!("the last round returns")
    }

    fn sdk_item(&self) -> SdkItem {
        self.item.clone().into()
    }
}

/// The game of a log; none for an inbox, and for an id that is written otherwise than Turnlog writes it.
pub(crate) fn game_of(log: &str) -> Option<GameId> {
    GameId::parse(log).ok().filter(|game| game.to_string() == log)
}

/// In which log an item of the Messages table stands, and at which position: 1, 2, 3 … Nothing at any other has ever been
/// a message.
pub(crate) fn position_of(item: &Item) -> Option<(&str, u64)> {
    let (log, seq) = key_of(item)?;
    Some((log, seq.parse().ok().filter(|&seq| seq > 0)?))
}

/// The key of an item of the Messages table as it is stored. Every item has one, whatever else it holds.
pub(crate) fn key_of(item: &Item) -> Option<(&str, &str)> {
    match (item.get(Messages::GAME_ID), item.get(Messages::SEQ)) {
        (Some(AttributeValue::S(log)), Some(AttributeValue::N(seq))) => Some((log, seq)),
        (Some(_) | None, Some(_) | None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GAME: &str = "11111111-1111-5111-8111-111111111111";

    #[test]
    fn a_line_keeps_every_attribute_and_its_type() {
        let line = format!(
            r#"{{"Item":{{"a":{{"BOOL":true}},"b":{{"B":"AAEC"}},"c":{{"L":[{{"N":"1.50"}},{{"NULL":true}}]}},"game_id":{{"S":"{GAME}"}},"m":{{"M":{{"x":{{"SS":["a","b"]}},"y":{{"NS":["1"]}}}}}},"seq":{{"N":"7"}},"text":{{"S":"ä\"\n"}}}}}}"#
        );
        let entry = RawEntry::parse(&line).expect("it is an item");
        assert_eq!((entry.log(), entry.seq()), (GAME, Seq(7)));
        assert_eq!(entry.to_line(), line);
        let stored = Item::from(entry.sdk_item());
        assert_eq!(RawEntry::of_item(stored), Ok(entry));
    }

    #[test]
    fn what_is_no_item_of_the_log_is_refused() {
        let key = |log: &str, seq: &str| format!(r#"{{"Item":{{"game_id":{{"S":"{log}"}},"seq":{seq}}}}}"#);
        for line in [
            key("a game", r#"{"N":"1"}"#),
            key("player#", r#"{"N":"1"}"#),
            key(GAME, r#"{"N":"0"}"#),
            key(GAME, r#"{"S":"1"}"#),
            key(GAME, r#"{"N":"1.5"}"#),
            key(GAME, r#"{"N":"-1"}"#),
            r#"{"Item":{}}"#.to_owned(),
        ] {
            assert!(matches!(RawEntry::parse(&line), Err(RawFault::Key(_))), "{line}");
        }
        let fault = RawEntry::parse(&key(GAME, r#"{"N":"1.5"}"#)).expect_err("it is none");
        assert!(fault.to_string().ends_with(&format!(r#"game_id {{"S":"{GAME}"}}, seq {{"N":"1.5"}}"#)), "{fault}");
        for line in ["", "{", "[]", "{}", r#"{"Item":{"seq":7}}"#, r#"{"NewImage":{}}"#] {
            assert!(matches!(RawEntry::parse(line), Err(RawFault::Text(_))), "{line}");
        }
    }
}
