//! Items that are read by their keys, many at a time.

use aws_sdk_dynamodb::{Client, types::KeysAndAttributes};

use crate::{
    attributes::SdkItem,
    error::{StoreError, StoreErrorKind},
};

/// Keys of one `BatchGetItem`, which is AWS's limit.
const KEYS_MAX: usize = 100;
/// Rounds of a `BatchGetItem` that bring nothing, after which its table counts as throttled.
const IDLE_ROUNDS_MAX: usize = 5;

/// The items that exist under these keys, in no order.
///
/// # Errors
/// When the table cannot be read.
pub(crate) async fn get_items(
    client: &Client,
    table: &str,
    keys: Vec<SdkItem>,
    is_consistent: bool,
) -> Result<Vec<SdkItem>, StoreError> {
    let mut items = Vec::new();
    for batch in keys.chunks(KEYS_MAX) {
        let (mut keys, mut idle) = (batch.to_vec(), 0);
        while !keys.is_empty() {
            let count = keys.len();
            let request = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(is_consistent).build();
            let request = request.map_err(|error| StoreError::invalid("BatchGetItem", error))?;
            let sent = client.batch_get_item().request_items(table, request).send().await;
            let answer = sent.map_err(|error| StoreError::of("BatchGetItem", &error))?;
            items.extend(answer.responses.unwrap_or_default().remove(table).unwrap_or_default());
            let left = answer.unprocessed_keys.unwrap_or_default().remove(table);
            keys = left.map(|left| left.keys).unwrap_or_default();
            idle += usize::from(keys.len() == count);
            if idle == IDLE_ROUNDS_MAX {
                return Err(StoreError::new(StoreErrorKind::Throttled, "BatchGetItem", "keys were left unprocessed"));
            }
        }
    }
    Ok(items)
}
