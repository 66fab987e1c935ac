//! The parameters of a template.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{resolve::entries, text};

/// The value of every parameter: what somebody chose, or its default.
///
/// # Errors
/// When there is no such parameter, when one has no value, or one that is not among its `AllowedValues`.
pub(super) fn values<'a>(
    declared: &'a Value,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<&'a str, Value>, String> {
    let mut parameters = BTreeMap::new();
    for (name, declared) in entries(declared) {
        let value = given.get(name).map(|value| json!(value)).or_else(|| declared.get("Default").cloned());
        let value = value.ok_or_else(|| format!("the parameter {name} has no default; give it a value"))?;
        if let Some(allowed) = declared["AllowedValues"].as_array()
            && !allowed.iter().any(|allowed| text(allowed) == text(&value))
        {
            return Err(format!("the parameter {name} cannot be {value}"));
        }
        parameters.insert(name, listed(declared, value));
    }
    match given.keys().find(|name| !parameters.contains_key(name.as_str())) {
        Some(unknown) => Err(format!("it has no parameter called {unknown}")),
        None => Ok(parameters),
    }
}

/// A list where the parameter is one: `a,b`.
fn listed(declared: &Value, value: Value) -> Value {
    let kind = declared["Type"].as_str().unwrap_or_default();
    match text(&value) {
        Some(text) if kind == "CommaDelimitedList" || kind.starts_with("List<") => {
            json!(text.split(',').map(str::trim).collect::<Vec<_>>())
        }
        Some(_) | None => value,
    }
}
