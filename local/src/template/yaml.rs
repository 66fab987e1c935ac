//! From YAML to JSON: the short forms of the intrinsic functions (`!Ref x`) become the long ones (`{"Ref": x}`).
//!
//! CloudFormation reads YAML 1.1, the library YAML 1.2: it finds the scalars, and `scalar` says what they mean.

mod json;
mod scalar;

use std::collections::BTreeMap;

use saphyr::{Mapping, ScalarStyle, Tag, Yaml, YamlLoader};
use saphyr_parser::Parser;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use self::scalar::Surprise;

/// A template as it stands in its file.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) value: Value,
    pub(super) order: Order,
    /// What of it AWS may read in another way than its author.
    pub(super) warnings: Vec<String>,
}

/// The keys of every mapping as they stand in the file, by the keys that lead to it.
#[derive(Debug, Default)]
pub(super) struct Order(BTreeMap<Vec<String>, Vec<String>>);

impl Order {
    /// The keys of the mapping that stands at this place.
    pub(super) fn sorted(&self, mapping: &Map<String, Value>, place: &[String]) -> Vec<String> {
        let known = self.0.get(place).into_iter().flatten();
        let positions: BTreeMap<_, _> = known.enumerate().map(|(position, key)| (key, position)).collect();
        let mut keys: Vec<_> = mapping.keys().cloned().collect();
        keys.sort_by_key(|key| positions.get(key).copied().unwrap_or(usize::MAX));
        keys
    }

    pub(super) fn insert(&mut self, place: &[String], keys: Vec<String>) {
        self.0.insert(place.to_vec(), keys);
    }
}

/// Reads YAML text, or JSON.
///
/// # Errors
/// When it is no YAML, has a key twice, or is not one document.
pub(super) fn parse(text: &str) -> Result<Document, String> {
    // SAM looks for JSON first as well: there, `1e5` is a number.
    if serde_json::from_str::<IgnoredAny>(text).is_ok_and(|_| text.trim_start().starts_with('{')) {
        return json::parse(text).map_err(|error| error.to_string());
    }
    let mut loader = YamlLoader::default();
    loader.early_parse(false);
    Parser::new_from_str(text).load(&mut loader, true).map_err(|error| error.to_string())?;
    if let Some(error) = loader.error() {
        return Err(error.to_string());
    }
    let document = match <[Yaml<'_>; 1]>::try_from(loader.into_documents()) {
        Ok([document]) => document,
        Err(documents) => return Err(format!("it has {} documents", documents.len())),
    };
    let mut conversion = Conversion { place: Vec::new(), order: Order::default(), warnings: Vec::new() };
    let value = conversion.convert(document)?;
    Ok(Document { value, order: conversion.order, warnings: conversion.warnings })
}

struct Conversion {
    /// The keys that lead to what is converted.
    place: Vec<String>,
    order: Order,
    warnings: Vec<String>,
}

impl Conversion {
    fn convert(&mut self, yaml: Yaml<'_>) -> Result<Value, String> {
        Ok(match yaml {
            Yaml::Representation(text, style, tag) => self.scalar(&text, style, tag.as_deref())?,
            Yaml::Sequence(items) => {
                let mut array = Vec::new();
                for (index, item) in items.into_iter().enumerate() {
                    array.push(self.within(index.to_string(), item)?);
                }
                Value::Array(array)
            }
            Yaml::Mapping(mapping) => Value::Object(self.mapping(mapping)?),
            Yaml::Tagged(tag, value) if tag.handle == "!" => intrinsic(&tag.suffix, self.convert(*value)?),
            Yaml::Tagged(tag, _) => return Err(format!("{}the tag {tag} is not understood", self.here())),
            Yaml::Value(_) | Yaml::Alias(_) | Yaml::BadValue => {
                return Err(format!("{}a value cannot be read", self.here()));
            }
        })
    }

    fn within(&mut self, key: String, yaml: Yaml<'_>) -> Result<Value, String> {
        self.place.push(key);
        let value = self.convert(yaml);
        self.place.pop();
        value
    }

    fn here(&self) -> String {
        if self.place.is_empty() { String::new() } else { format!("{}: ", self.place.join(".")) }
    }

    /// A mapping with its merge keys (`<<`): what it says itself comes before what is merged into it, and of several
    /// the first comes before the others.
    fn mapping(&mut self, mapping: Mapping<'_>) -> Result<Map<String, Value>, String> {
        let (mut own, mut keys, mut merged) = (Map::new(), Vec::new(), Vec::new());
        for (key, value) in mapping {
            let is_merge = matches!(&key, Yaml::Representation(text, ScalarStyle::Plain, None) if text == "<<");
            if is_merge {
                merged.push(self.convert(value)?);
                continue;
            }
            let key = self.key(key)?;
            let value = self.within(key.clone(), value)?;
            keys.push(key.clone());
            if own.insert(key.clone(), value).is_some() {
                return Err(format!("{}the key {key} stands there twice", self.here()));
            }
        }
        for merged in merged {
            let several = match merged {
                Value::Array(several) => several,
                one @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
                    vec![one]
                }
            };
            for merged in several {
                let Value::Object(merged) = merged else {
                    return Err(format!("{}only mappings can be merged into one", self.here()));
                };
                for (key, value) in merged.into_iter().filter(|(key, _)| !own.contains_key(key)).collect::<Vec<_>>() {
                    keys.push(key.clone());
                    own.insert(key, value);
                }
            }
        }
        self.order.insert(&self.place, keys);
        Ok(own)
    }

    /// A key is text, whatever it would be as a value.
    fn key(&mut self, key: Yaml<'_>) -> Result<String, String> {
        match self.convert(key)? {
            Value::String(key) => Ok(key),
            Value::Number(number) => Ok(number.to_string()),
            Value::Bool(flag) => Ok(flag.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => Err(format!("{}a key is no text", self.here())),
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, String> {
        let Some(tag) = tag else {
            return Ok(match style {
                ScalarStyle::Plain => self.plain(text),
                ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted | ScalarStyle::Literal | ScalarStyle::Folded => {
                    json!(text)
                }
            });
        };
        if tag.handle == "!" {
            return Ok(intrinsic(&tag.suffix, json!(text)));
        }
        let value = scalar::value(text);
        let fits = match (tag.handle.as_str(), tag.suffix.as_str()) {
            // `! x` is text as well.
            ("", "!") | ("tag:yaml.org,2002:", "str") => return Ok(json!(text)),
            ("tag:yaml.org,2002:", "null") => value.is_null(),
            ("tag:yaml.org,2002:", "bool") => value.is_boolean(),
            ("tag:yaml.org,2002:", "int") => value.is_i64() || value.is_u64(),
            ("tag:yaml.org,2002:", "float") => value.is_number(),
            // Among them those of YAML that CloudFormation does not know: binary, omap, pairs, set and timestamp.
            _ => return Err(format!("{}the tag {tag} is not understood", self.here())),
        };
        if fits { Ok(value) } else { Err(format!("{}{text} is no {}", self.here(), tag.suffix)) }
    }

    fn plain(&mut self, text: &str) -> Value {
        let value = scalar::value(text);
        let here = self.here();
        match scalar::surprise(text, &value) {
            Some(Surprise::IsNumber) => self.warnings.push(format!(
                "{here}{text} without quotes is the number {value} in YAML 1.1; write '{text}' if text is meant."
            )),
            Some(Surprise::MayBeNumber) => self.warnings.push(format!(
                "{here}{text} without quotes is text in YAML 1.1, but AWS was seen to make a number of such; write '{text}'."
            )),
            None => {}
        }
        value
    }
}

fn intrinsic(name: &str, value: Value) -> Value {
    match (name, &value) {
        ("Ref" | "Condition", _) => json!({ name: value }),
        ("GetAtt", Value::String(text)) => {
            let (resource, attribute) = text.split_once('.').unwrap_or((text, ""));
            json!({ "Fn::GetAtt": [resource, attribute] })
        }
        _ => json!({ format!("Fn::{name}"): value }),
    }
}

#[cfg(test)]
mod tests;
