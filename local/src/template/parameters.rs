//! The parameters of a template.

use std::collections::BTreeMap;

use regex_lite::Regex;
use serde_json::{Value, json};

use super::{resolve::entries, text};

/// The value of every parameter: what somebody chose, or its default.
///
/// # Errors
/// When there is no such parameter, when one has no value, or one that the template does not allow.
pub(super) fn values<'a>(
    declared: &'a Value,
    given: &BTreeMap<String, String>,
    warnings: &mut Vec<String>,
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
        check(name, declared, &value, warnings)?;
        parameters.insert(name, listed(declared, value));
    }
    match given.keys().find(|name| !parameters.contains_key(name.as_str())) {
        Some(unknown) => Err(format!("it has no parameter called {unknown}")),
        None => Ok(parameters),
    }
}

/// The other things that a template may ask of a value.
fn check(name: &str, declared: &Value, value: &Value, warnings: &mut Vec<String>) -> Result<(), String> {
    let kind = declared["Type"].as_str().unwrap_or_default();
    if kind.starts_with("AWS::SSM::Parameter::Value<") {
        warnings.push(format!(
            "The parameter {name} names a value in AWS's parameter store, which is not read; the name itself is used."
        ));
    }
    let value = text(value).unwrap_or_default();
    let limit = |limit: &str| text(&declared[limit]).and_then(|limit| limit.parse::<f64>().ok());
    // More characters than a number can say exactly are none that anybody types.
    let (length, number) = (f64::from(u32::try_from(value.chars().count()).unwrap_or(u32::MAX)), value.parse::<f64>());
    for (least, most, measured) in [("MinLength", "MaxLength", Some(length)), ("MinValue", "MaxValue", number.ok())] {
        let Some(measured) = measured else { continue };
        if limit(least).is_some_and(|least| measured < least) || limit(most).is_some_and(|most| measured > most) {
            return Err(format!("the parameter {name} cannot be {value:?}: its {least} or {most} does not allow it"));
        }
    }
    let Some(pattern) = declared["AllowedPattern"].as_str() else { return Ok(()) };
    match Regex::new(&format!(r"\A(?:{pattern})\z")) {
        Ok(regex) if !regex.is_match(&value) => {
            Err(format!("the parameter {name} cannot be {value:?}: its AllowedPattern {pattern} does not allow it"))
        }
        Ok(_) => Ok(()),
        Err(error) => {
            warnings.push(format!("The AllowedPattern of the parameter {name} is not understood: {error}."));
            Ok(())
        }
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
