//! Small helpers around the SDK's attribute values.

use std::collections::HashMap;

use aws_sdk_dynamodb::{Client, error::SdkError, types::AttributeValue};
use turnlog_domain::Seq;

use crate::error::StoreError;

/// An item as the SDK has it.
pub type SdkItem = HashMap<String, AttributeValue>;

/// Puts an item unless one that is as far or further is there, which counts as success.
pub(crate) async fn put_forwards(client: &Client, table: &str, item: SdkItem, seq: Seq) -> Result<(), StoreError> {
    let put = client.put_item().table_name(table).set_item(Some(item));
    let put = put.condition_expression("attribute_not_exists(seq) OR seq < :seq");
    match put.expression_attribute_values(":seq", number(seq.0)).send().await {
        Ok(_) => Ok(()),
        Err(SdkError::ServiceError(error)) if error.err().is_conditional_check_failed_exception() => Ok(()),
        Err(error) => Err(StoreError::of("PutItem", &error)),
    }
}

/// A text.
pub fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

/// A number.
pub fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// The text of an attribute; none where it is not there or no text.
pub fn text_of<'a>(item: &'a SdkItem, name: &str) -> Option<&'a str> {
    item.get(name).and_then(|value| value.as_s().ok()).map(String::as_str)
}

/// The number of an attribute; none where it is not there or no whole number.
pub fn number_of(item: &SdkItem, name: &str) -> Option<u64> {
    item.get(name).and_then(|value| value.as_n().ok()).and_then(|number| number.parse().ok())
}

/// The attributes in which two items differ, in the order of their names.
pub(crate) fn differences(expected: &SdkItem, stored: &SdkItem) -> Vec<String> {
    let names = expected.keys().chain(stored.keys().filter(|name| !expected.contains_key(*name)));
    let mut names: Vec<String> = names.filter(|name| expected.get(*name) != stored.get(*name)).cloned().collect();
    names.sort();
    names
}
