//! The transforms of a template.

use serde_json::Value;

/// The transform that brings `Fn::ForEach` and other functions.
pub(super) const LANGUAGE_EXTENSIONS: &str = "AWS::LanguageExtensions";

/// What is carried out: SAM, and the language extensions.
pub(super) const KNOWN: [&str; 2] = [LANGUAGE_EXTENSIONS, "AWS::Serverless-2016-10-31"];

/// The names of a template's transforms.
pub(super) fn of(document: &Value) -> impl Iterator<Item = &str> {
    let transforms = match &document["Transform"] {
        Value::Array(transforms) => transforms.as_slice(),
        Value::Null => &[],
        one @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => std::slice::from_ref(one),
    };
    transforms.iter().map(|transform| transform.as_str().or(transform["Name"].as_str()).unwrap_or_default())
}
