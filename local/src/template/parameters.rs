//! The parameters of a template.

use std::collections::BTreeMap;

use regex_lite::Regex;
use serde_json::{Value, json};

use super::{resolve::entries, text};

/// The value of every parameter: what somebody chose, or its default.
///
/// # Errors
/// When there is no such parameter, when one has no value, or one that the template does not allow.
pub(super) fn values(
    declared: &Value,
    given: &BTreeMap<String, String>,
    warnings: &mut Vec<String>,
) -> Result<BTreeMap<String, Value>, String> {
    let (mut parameters, mut missing) = (BTreeMap::new(), Vec::new());
    for (name, declared) in entries(declared) {
        let default = || declared.get("Default").filter(|value| !value.is_null()).cloned();
        let Some(value) = given.get(name).map(|value| json!(value)).or_else(default) else {
            missing.push(name);
            continue;
        };
        if let Some(allowed) = declared["AllowedValues"].as_array()
            && !allowed.iter().any(|allowed| text(allowed) == text(&value))
        {
            return Err(format!("the parameter {name} cannot be {value}"));
        }
        check(name, declared, &value, warnings)?;
        parameters.insert(name.to_owned(), listed(declared, value));
    }
    if !missing.is_empty() {
        return Err(without_value(&missing));
    }
    match given.keys().find(|name| !parameters.contains_key(*name)) {
        Some(unknown) => Err(format!("it has no parameter called {unknown}")),
        None => Ok(parameters),
    }
}

/// Names every parameter that has no value yet, and how it gets one.
fn without_value(names: &[&str]) -> String {
    let options: Vec<_> = names.iter().map(|name| format!("--parameter {name}=VALUE")).collect();
    let (names, options) = (names.join(", "), options.join(" "));
    format!("parameters without a default need a value: {names}; give it with {options}")
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
