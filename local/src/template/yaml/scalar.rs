//! What a scalar without quotes means: the types of YAML 1.1, as CloudFormation and SAM read them.
//!
//! The patterns are those of the type repository of YAML 1.1 (yaml.org/type), but for two: `y` and `n` stay text, as in
//! every parser that AWS uses, and a decimal fraction has one point, so that `10.0.0.1` stays text.

use std::sync::LazyLock;

use regex_lite::Regex;
use serde_json::{Number, Value, json};

/// A scalar that is not what it looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Surprise {
    /// It is a number, in a notation that few people mean.
    IsNumber,
    /// It is text by YAML 1.1, and was seen to become another number in CloudFormation.
    /// Sources: aws/serverless-application-model#200, aws/aws-cli#6908.
    MayBeNumber,
}

const TRUE: [&str; 9] = ["yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"];
const FALSE: [&str; 9] = ["no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"];
const NULL: [&str; 5] = ["", "~", "null", "Null", "NULL"];

static INTEGER: LazyLock<[(Regex, u32); 4]> = LazyLock::new(|| {
    [
        (pattern("[-+]?0b[0-1_]+"), 2),
        (pattern("[-+]?0[0-7_]+"), 8),
        (pattern("[-+]?(0|[1-9][0-9_]*)"), 10),
        (pattern("[-+]?0x[0-9a-fA-F_]+"), 16),
    ]
});
static BASE_60: LazyLock<Regex> = LazyLock::new(|| pattern(r"[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+"));
static FRACTION: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[-+]?([0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)([eE][-+][0-9]+)?"));
static FRACTION_60: LazyLock<Regex> = LazyLock::new(|| pattern(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*"));
/// `08`, `1e5` and `1.5e5`: the parser in CloudFormation takes more for fractions than YAML 1.1 does.
static MAY_BE_NUMBER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[-+]?0[0-9_]+|[-+]?[0-9][0-9_]*(\.[0-9_]*)?[eE][-+]?[0-9]+"));

fn pattern(pattern: &str) -> Regex {
    Regex::new(&format!("^(?:{pattern})$")).expect("it is one of the patterns above")
}

/// The value of a scalar that stands without quotes and tag. What means nothing else is text: dates too, which
/// CloudFormation does not know.
pub(super) fn value(text: &str) -> Value {
    if NULL.contains(&text) {
        return Value::Null;
    }
    if TRUE.contains(&text) || FALSE.contains(&text) {
        return json!(TRUE.contains(&text));
    }
    integer(text).or_else(|| fraction(text)).map_or_else(|| json!(text), Value::Number)
}

/// Whether somebody who writes this may mean something else.
pub(super) fn surprise(text: &str, value: &Value) -> Option<Surprise> {
    let is_octal = INTEGER[1].0.is_match(text);
    let is_odd = is_octal || BASE_60.is_match(text) || FRACTION_60.is_match(text);
    match value {
        Value::Number(_) if is_odd => Some(Surprise::IsNumber),
        Value::String(_) if MAY_BE_NUMBER.is_match(text) => Some(Surprise::MayBeNumber),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A whole number; none if it is another scalar, or one that has no room in 64 bits and stays the text that it is.
fn integer(text: &str) -> Option<Number> {
    let number = match INTEGER.iter().find(|(pattern, _)| pattern.is_match(text)) {
        Some((_, base)) => {
            let (sign, digits) = signed(text);
            let prefix = match base {
                2 => "0b",
                16 => "0x",
                _ => "",
            };
            sign * i128::from_str_radix(&plain(digits.trim_start_matches(prefix)), *base).ok()?
        }
        None if BASE_60.is_match(text) => {
            let (sign, digits) = signed(text);
            sign * plain(digits)
                .split(':')
                .try_fold(0_i128, |sum, part| sum.checked_mul(60)?.checked_add(part.parse().ok()?))?
        }
        None => return None,
    };
    Number::from_i128(number)
}

/// A decimal fraction. `.inf` and `.nan` have no place in JSON and stay text.
fn fraction(text: &str) -> Option<Number> {
    let (sign, digits) = signed(text);
    let (sign, digits) = (if sign < 0 { -1.0 } else { 1.0 }, plain(digits));
    let number: f64 = if FRACTION.is_match(text) {
        digits.parse().ok()?
    } else if FRACTION_60.is_match(text) {
        digits.split(':').try_fold(0.0, |sum, part| Some(sum * 60.0 + part.parse::<f64>().ok()?))?
    } else {
        return None;
    };
    Number::from_f64(sign * number)
}

fn signed(text: &str) -> (i128, &str) {
    match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// The digits without the lines that set them apart.
fn plain(digits: &str) -> String {
    digits.replace('_', "")
}

#[cfg(test)]
mod tests;
