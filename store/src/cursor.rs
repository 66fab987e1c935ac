//! Where a scan stands, and a page of it.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{
    operation::scan::{ScanOutput, builders::ScanFluentBuilder},
    types::{AttributeValue, ReturnConsumedCapacity},
};
use serde::{Deserialize, Serialize};

use crate::{attributes::SdkItem, error::StoreError, limits::SCAN_PAGE_ITEMS_MAX};

/// Where a scan stands, so that it can go on from there later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor(BTreeMap<String, Key>);

/// The value of an attribute that is part of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Key {
    S(String),
    N(String),
}

/// A page of a scan.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// What stands on it.
    pub items: Vec<T>,
    /// Where the next one begins; none after the last.
    pub next: Option<Cursor>,
    /// Read units that it cost.
    pub units: f64,
}

impl Cursor {
    /// Right after the message at `seq` of a log of the Messages table.
    pub fn after_message(log: &str, seq: u64) -> Self {
        let key = [("game_id", Key::S(log.to_owned())), ("seq", Key::N(seq.to_string()))];
        Self(key.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    pub(crate) fn of_item(item: SdkItem) -> Result<Self, StoreError> {
        let key = |(name, value): (String, AttributeValue)| match (value.as_s(), value.as_n()) {
            (Ok(text), _) => Ok((name, Key::S(text.clone()))),
            (_, Ok(number)) => Ok((name, Key::N(number.clone()))),
            (Err(_), Err(_)) => Err(StoreError::unreadable("Scan", "a key of another type")),
        };
        Ok(Self(item.into_iter().map(key).collect::<Result<_, _>>()?))
    }

    pub(crate) fn to_item(&self) -> SdkItem {
        let value = |key: &Key| match key {
            Key::S(text) => AttributeValue::S(text.clone()),
            Key::N(number) => AttributeValue::N(number.clone()),
        };
        self.0.iter().map(|(name, key)| (name.clone(), value(key))).collect()
    }
}

/// Reads one page.
pub(crate) async fn page<T>(
    scan: ScanFluentBuilder,
    after: Option<&Cursor>,
    read: impl Fn(SdkItem) -> Result<T, StoreError>,
) -> Result<Page<T>, StoreError> {
    // A page ends at 1 MB in any case. The embedded database, though, reads a table to its end for a page without a limit.
    let limit = scan.get_limit().unwrap_or(SCAN_PAGE_ITEMS_MAX);
    let scan = scan.limit(limit).set_exclusive_start_key(after.map(Cursor::to_item));
    let sent = scan.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await;
    let ScanOutput { items, last_evaluated_key, consumed_capacity, .. } =
        sent.map_err(|error| StoreError::of("Scan", &error))?;
    Ok(Page {
        items: items.unwrap_or_default().into_iter().map(read).collect::<Result<_, _>>()?,
        next: last_evaluated_key.map(Cursor::of_item).transpose()?,
        units: consumed_capacity.and_then(|capacity| capacity.capacity_units).unwrap_or_default(),
    })
}
