//! How large an item is, counted as DynamoDB counts it: what databases say themselves differs between them.
//!
//! Source: "DynamoDB item sizes and formats", Amazon DynamoDB Developer Guide.

use std::collections::HashMap;

use aws_sdk_dynamodbstreams::types::{AttributeValue, StreamRecord};

/// The size of a stream record with these images.
pub(super) fn of_record(record: &StreamRecord) -> usize {
    [record.keys(), record.new_image(), record.old_image()].into_iter().flatten().map(of_item).sum()
}

/// The size of an item: of its attributes' names and values.
pub(super) fn of_item(item: &HashMap<String, AttributeValue>) -> usize {
    item.iter().map(|(name, value)| name.len() + of_value(value)).sum()
}

fn of_value(value: &AttributeValue) -> usize {
    /// What a list or a map takes beside its elements, and each of these beside its own size.
    const COLLECTION: usize = 3;
    const ELEMENT: usize = 1;
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => of_number(number),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::Bool(_) | AttributeValue::Null(_) => 1,
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::Ns(numbers) => numbers.iter().map(|number| of_number(number)).sum(),
        AttributeValue::Bs(blobs) => blobs.iter().map(|bytes| bytes.as_ref().len()).sum(),
        AttributeValue::L(values) => COLLECTION + values.iter().map(|value| ELEMENT + of_value(value)).sum::<usize>(),
        AttributeValue::M(values) => COLLECTION + values.len() * ELEMENT + of_item(values),
        // A type that DynamoDB gets after this was written.
        AttributeValue::Unknown { .. } | _ => 0,
    }
}

/// A byte for two significant digits, and one more.
fn of_number(number: &str) -> usize {
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').len().div_ceil(2) + 1
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodbstreams::primitives::Blob;

    use super::*;

    /// A.2: `SizeBytes` is not relied on. The rules are those of the page that is named above.
    #[test]
    fn every_type_has_its_size() {
        let number = |text: &str| AttributeValue::N(text.to_owned());
        let text = |text: &str| AttributeValue::S(text.to_owned());
        for (value, size) in [
            (text("héy"), 4),
            (number("0"), 1),
            (number("-12.50"), 3),
            (number("1200e10"), 2),
            (AttributeValue::B(Blob::new("abc")), 3),
            (AttributeValue::Bool(true), 1),
            (AttributeValue::Null(true), 1),
            (AttributeValue::Ss(vec!["ab".to_owned(), "c".to_owned()]), 3),
            (AttributeValue::Ns(vec!["1".to_owned(), "2".to_owned()]), 4),
            (AttributeValue::Bs(vec![Blob::new("ab")]), 2),
            (AttributeValue::L(vec![text("ab"), number("1")]), 9),
            (AttributeValue::M(HashMap::from([("name".to_owned(), text("ab"))])), 10),
        ] {
            assert_eq!(of_value(&value), size, "{value:?}");
        }
        let item = HashMap::from([("id".to_owned(), text("a")), ("n".to_owned(), number("7"))]);
        assert_eq!(of_item(&item), 6);
        let record = StreamRecord::builder().set_keys(Some(item.clone())).set_new_image(Some(item)).build();
        assert_eq!(of_record(&record), 12);
    }
}
