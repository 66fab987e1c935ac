//! Where the reading of a table stands.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use crate::{attributes::SdkItem, error::StoreError, messages::Messages};

/// Where a scan stands, so that it can go on from there later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor(BTreeMap<String, Key>);

/// The value of an attribute that is part of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Key {
    S(String),
    N(String),
}

impl Cursor {
    /// Right after the message at `seq` of a log of the Messages table.
    pub fn after_message(log: &str, seq: u64) -> Self {
        let key = [(Messages::GAME_ID, Key::S(log.to_owned())), (Messages::SEQ, Key::N(seq.to_string()))];
        Self(key.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// Where DynamoDB says that a page ended.
    ///
    /// # Errors
    /// When a part of that key is neither a text nor a number.
    pub fn of_item(item: SdkItem) -> Result<Self, StoreError> {
        let key = |(name, value): (String, AttributeValue)| match (value.as_s(), value.as_n()) {
            (Ok(text), _) => Ok((name, Key::S(text.clone()))),
            (_, Ok(number)) => Ok((name, Key::N(number.clone()))),
            (Err(_), Err(_)) => Err(StoreError::unreadable("Scan", "a key of another type")),
        };
        Ok(Self(item.into_iter().map(key).collect::<Result<_, _>>()?))
    }

    /// The key after which the next page begins.
    pub fn into_item(self) -> SdkItem {
        let value = |key| match key {
            Key::S(text) => AttributeValue::S(text),
            Key::N(number) => AttributeValue::N(number),
        };
        self.0.into_iter().map(|(name, key)| (name, value(key))).collect()
    }
}
