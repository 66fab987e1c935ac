//! Small helpers around the SDK's attribute values.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    types::AttributeValue,
};

use crate::error::StoreError;

/// An item as the SDK has it.
pub type SdkItem = HashMap<String, AttributeValue>;

/// What a conditional write returned, or the error that says that its condition failed. Anything else is a fault.
pub(crate) fn conditional<O, E>(
    operation: &'static str,
    sent: Result<O, SdkError<E, HttpResponse>>,
) -> Result<Result<O, E>, StoreError>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match sent {
        Ok(output) => Ok(Ok(output)),
        Err(SdkError::ServiceError(error)) if error.err().code() == Some("ConditionalCheckFailedException") => {
            Ok(Err(error.into_err()))
        }
        Err(error) => Err(StoreError::of(operation, &error)),
    }
}

/// Puts an item if a condition holds, and tells whether it did.
pub(crate) async fn put_if<const N: usize>(
    client: &Client,
    table: &str,
    item: SdkItem,
    condition: &str,
    values: [(&str, AttributeValue); N],
) -> Result<bool, StoreError> {
    let put = client.put_item().table_name(table).set_item(Some(item)).condition_expression(condition);
    let put = values.into_iter().fold(put, |put, (name, value)| put.expression_attribute_values(name, value));
    Ok(conditional("PutItem", put.send().await)?.is_ok())
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
