//! Intrinsic functions, parameters and conditions: a template with values instead of formulas.

mod conditions;
mod functions;

use std::{cell::RefCell, collections::BTreeMap};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use self::functions::{is_intrinsic, join, merge, pseudo_parameter, select, split};
use super::{arns, text, transforms, yaml::Document};
use crate::aws::REGION;

/// Attributes of a resource that say what becomes of it on AWS, and what they may say.
const FATES: [(&str, &[&str]); 2] = [
    ("DeletionPolicy", &["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"]),
    ("UpdateReplacePolicy", &["Delete", "Retain", "Snapshot"]),
];

/// A resource with every formula resolved.
#[derive(Debug, Clone)]
pub(super) struct Resource {
    pub(super) id: String,
    /// For example `AWS::DynamoDB::Table`.
    pub(super) kind: String,
    /// Its name on AWS, as far as the template gives one, or its logical id.
    pub(super) name: String,
    pub(super) properties: Value,
    pub(super) metadata: Value,
    /// The names of its events, in the order of the file.
    pub(super) events: Vec<String>,
}

/// Resolves the formulas of one template.
#[derive(Debug)]
pub(super) struct Resolver<'a> {
    document: &'a Value,
    file: &'a Document,
    parameters: &'a BTreeMap<String, Value>,
    /// Logical id to name.
    names: BTreeMap<&'a str, String>,
    /// What each condition came to; none: it is being decided.
    decided: RefCell<BTreeMap<String, Option<bool>>>,
    /// Whether the template has the transform of the language extensions.
    is_extended: bool,
}

/// What resolving has to say beside the value.
pub(super) type Warnings = Vec<String>;

impl<'a> Resolver<'a> {
    /// `parameters` has the value of every parameter.
    pub(super) fn new(file: &'a Document, parameters: &'a BTreeMap<String, Value>) -> Self {
        let document = &file.value;
        let is_extended = transforms::of(document).any(|name| name == transforms::LANGUAGE_EXTENSIONS);
        let (names, decided) = (BTreeMap::new(), RefCell::default());
        let mut resolver = Self { document, file, parameters, names, decided, is_extended };
        resolver.names = entries(&document["Resources"])
            .map(|(id, resource)| {
                let kind = resource["Type"].as_str().unwrap_or_default();
                (id, resolver.name_of(kind, resource).unwrap_or_else(|| arns::generated_name(kind, id)))
            })
            .collect();
        // What is wrong with a condition is told by whoever decides it next.
        resolver.decided.take();
        resolver
    }

    /// The name that the template gives to a resource.
    fn name_of(&self, kind: &str, resource: &Value) -> Option<String> {
        let property = arns::name_property(kind)?;
        // Whatever is wrong with the formula is told where the property itself is read.
        let name = self.resolve(&resource["Properties"][property], "", &mut Warnings::new())?;
        text(&name).filter(|name| !name.is_empty())
    }

    /// Every resource whose condition holds, in the order of the file.
    pub(super) fn resources(&self, warnings: &mut Warnings) -> Result<Vec<Resource>, String> {
        let section = self.document["Resources"].as_object().ok_or("it has no Resources")?;
        let mut resources = Vec::new();
        for id in self.file.order.sorted(section, &["Resources".to_owned()]) {
            let resource = &section[&id];
            if resource["Condition"].as_str().is_none_or(|name| self.holds(name, warnings)) {
                resources.push(self.resource(id, resource, warnings)?);
            }
        }
        Ok(resources)
    }

    fn resource(&self, id: String, resource: &Value, warnings: &mut Warnings) -> Result<Resource, String> {
        let kind = resource["Type"].as_str().ok_or_else(|| format!("resource {id} has no Type"))?;
        if !id.chars().all(|letter| letter.is_ascii_alphanumeric()) {
            warnings.push(format!("{id}: a logical id has letters and digits only; AWS refuses this one."));
        }
        let mut properties = resource["Properties"].clone();
        if let (Some(globals), "AWS::Serverless::Function") = (self.document["Globals"]["Function"].as_object(), kind) {
            merge(&mut properties, globals);
        }
        self.check_fates(&id, resource, warnings);
        let place = ["Resources", &id, "Properties", "Events"].map(str::to_owned);
        let events = properties["Events"].as_object().map(|events| self.file.order.sorted(events, &place));
        Ok(Resource {
            kind: kind.to_owned(),
            name: self.names.get(id.as_str()).cloned().unwrap_or_else(|| id.clone()),
            properties: self.resolve(&properties, &id, warnings).unwrap_or_default(),
            metadata: self.resolve(&resource["Metadata"], &id, warnings).unwrap_or_default(),
            events: events.unwrap_or_default(),
            id,
        })
    }

    /// Nothing is deleted or replaced here, but what AWS would refuse is named.
    fn check_fates(&self, id: &str, resource: &Value, warnings: &mut Warnings) {
        for (name, allowed) in FATES {
            let (written, place) = (&resource[name], format!("{id}.{name}"));
            if written.is_object() {
                self.extension("a formula", &place, warnings);
            }
            let value = self.resolve(written, &place, warnings).filter(|value| !value.is_null());
            if value.as_ref().is_some_and(|value| !value.as_str().is_some_and(|value| allowed.contains(&value))) {
                warnings.push(format!("{place} must be one of {}; AWS refuses it.", allowed.join(", ")));
            }
        }
    }

    /// Says that something needs the language extensions where a template does not ask for them.
    pub(super) fn extension(&self, what: &str, place: &str, warnings: &mut Warnings) {
        if !self.is_extended {
            let transform = transforms::LANGUAGE_EXTENSIONS;
            warnings.push(format!("{place}: {what} needs the transform {transform}; AWS refuses it without."));
        }
    }

    /// The value of a formula; `None` is `AWS::NoValue`, which takes its property away.
    pub(super) fn resolve(&self, value: &Value, place: &str, warnings: &mut Warnings) -> Option<Value> {
        match value {
            Value::Array(items) => Some(items.iter().filter_map(|item| self.resolve(item, place, warnings)).collect()),
            Value::Object(object) => match object.iter().next() {
                Some((name, argument)) if object.len() == 1 && is_intrinsic(name) => {
                    self.call(name, argument, place, warnings)
                }
                _ => {
                    let field =
                        |(name, value): (&String, &Value)| Some((name.clone(), self.resolve(value, place, warnings)?));
                    Some(Value::Object(object.iter().filter_map(field).collect()))
                }
            },
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Some(value.clone()),
        }
    }

    fn call(&self, name: &str, argument: &Value, place: &str, warnings: &mut Warnings) -> Option<Value> {
        // None: the argument has the wrong form.
        let result: Option<Option<Value>> = match name {
            "Ref" => match argument {
                Value::String(name) => Some(self.reference(name, place, warnings)),
                Value::Object(_) => {
                    self.extension("a formula inside of Ref", place, warnings);
                    let name = self.resolve(argument, place, warnings);
                    name.as_ref().and_then(Value::as_str).map(|name| self.reference(name, place, warnings))
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
            },
            "Fn::GetAtt" => self.get_attribute(argument, place, warnings).map(Some),
            "Fn::Sub" => self.substitute(argument, place, warnings).map(Some),
            "Fn::If" => argument[0].as_str().map(|condition| {
                let branch = if self.holds(condition, warnings) { 1 } else { 2 };
                self.resolve(&argument[branch], place, warnings)
            }),
            _ => return self.call_plain(name, argument, place, warnings),
        };
        result.unwrap_or_else(|| Some(impossible(name, place, warnings)))
    }

    /// A function whose arguments are resolved before it is called.
    fn call_plain(&self, name: &str, argument: &Value, place: &str, warnings: &mut Warnings) -> Option<Value> {
        let argument = self.resolve(argument, place, warnings)?;
        let result = match name {
            "Fn::Join" => join(&argument),
            "Fn::Select" => select(&argument),
            "Fn::Split" => split(&argument),
            "Fn::FindInMap" => match self.find_in_map(&argument) {
                Some(found) => Some(found),
                // With the language extensions, a fourth argument says what an absent entry stands for.
                None if argument[3].is_object() => {
                    self.extension("DefaultValue", place, warnings);
                    return argument[3].get("DefaultValue").cloned();
                }
                None => None,
            },
            "Fn::Base64" => text(&argument).map(|text| json!(BASE64_STANDARD.encode(text))),
            "Fn::GetAZs" => Some(json!(["a", "b", "c"].map(|zone| format!("{REGION}{zone}")))),
            "Fn::Length" => {
                self.extension(name, place, warnings);
                argument.as_array().map(|items| json!(items.len()))
            }
            "Fn::ToJsonString" => {
                self.extension(name, place, warnings);
                (argument.is_array() || argument.is_object()).then(|| json!(argument.to_string()))
            }
            _ => {
                warnings.push(format!("{place}: {name} is not understood; the value is left empty."));
                return Some(Value::Null);
            }
        };
        Some(result.unwrap_or_else(|| impossible(name, place, warnings)))
    }

    fn reference(&self, name: &str, place: &str, warnings: &mut Warnings) -> Option<Value> {
        if name == "AWS::NoValue" {
            return None;
        }
        let known = pseudo_parameter(name).or_else(|| self.parameters.get(name).cloned());
        let known = known.or_else(|| {
            let kind = self.document["Resources"][name]["Type"].as_str().unwrap_or_default();
            self.names.get(name).map(|name| json!(arns::reference(kind, name)))
        });
        let known = known.or_else(|| self.generated(name));
        Some(known.unwrap_or_else(|| {
            warnings.push(format!("{place}: nothing is called {name}; the value is left empty."));
            Value::Null
        }))
    }

    /// A resource that SAM makes beside a function.
    fn generated(&self, name: &str) -> Option<Value> {
        let function = name.strip_suffix("Role")?;
        let is_function = self.document["Resources"][function]["Type"] == "AWS::Serverless::Function";
        is_function.then(|| json!(name))
    }

    fn get_attribute(&self, argument: &Value, place: &str, warnings: &mut Warnings) -> Option<Value> {
        let path: Vec<String> = match argument {
            Value::String(path) => path.splitn(2, '.').map(str::to_owned).collect(),
            Value::Array(path) => path.iter().filter_map(|step| text(&self.resolve(step, place, warnings)?)).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return None,
        };
        let (id, attribute) = path.split_first().filter(|(_, attribute)| !attribute.is_empty())?;
        Some(json!(self.attribute(id, &attribute.join("."), place, warnings)))
    }

    fn attribute(&self, id: &str, attribute: &str, place: &str, warnings: &mut Warnings) -> String {
        let resource = &self.document["Resources"][id];
        let kind = match self.generated(id) {
            Some(_) if resource.is_null() => "AWS::IAM::Role",
            Some(_) | None => resource["Type"].as_str().unwrap_or_default(),
        };
        if kind.is_empty() {
            warnings.push(format!("{place}: nothing is called {id}; the value is left empty."));
            return String::new();
        }
        let name = self.names.get(id).map_or(id, String::as_str);
        arns::attribute(kind, name, attribute).unwrap_or_else(|| {
            warnings.push(format!("{place}: the attribute {attribute} of {kind} is not understood; its name is used."));
            name.to_owned()
        })
    }

    fn find_in_map(&self, argument: &Value) -> Option<Value> {
        let path = argument.as_array()?;
        let step = |found: &'a Value, key: &Value| found.get(text(key)?);
        path.get(..3)?.iter().try_fold(&self.document["Mappings"], step).cloned()
    }

    fn substitute(&self, argument: &Value, place: &str, warnings: &mut Warnings) -> Option<Value> {
        let (pattern, own) = match argument {
            Value::Array(parts) => (parts.first()?.as_str()?, self.resolve(parts.get(1)?, place, warnings)?),
            Value::String(pattern) => (pattern.as_str(), Value::Null),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return None,
        };
        let mut result = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}')?;
            result.push_str(before);
            match (name.strip_prefix('!'), own.get(name).and_then(text), name.split_once('.')) {
                (Some(literal), _, _) => result.extend(["${", literal, "}"]),
                (None, Some(value), _) => result.push_str(&value),
                (None, None, Some((id, attribute))) => {
                    result.push_str(&self.attribute(id, attribute, place, warnings));
                }
                (None, None, None) => {
                    let value = self.reference(name, place, warnings);
                    result.push_str(&value.as_ref().and_then(text).unwrap_or_default());
                }
            }
            rest = after;
        }
        result.push_str(rest);
        Some(json!(result))
    }
}

pub(super) fn entries(section: &Value) -> impl Iterator<Item = (&str, &Value)> {
    section.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

fn impossible(name: &str, place: &str, warnings: &mut Warnings) -> Value {
    warnings.push(format!("{place}: {name} cannot be carried out; the value is left empty."));
    Value::Null
}
