//! Intrinsic functions, parameters and conditions: a template with values instead of formulas.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::text;
use crate::aws::{ACCOUNT_ID, REGION};

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
}

/// Resolves the formulas of one template.
#[derive(Debug)]
pub(super) struct Resolver<'a> {
    document: &'a Value,
    parameters: BTreeMap<&'a str, Value>,
    /// Logical id to name.
    names: BTreeMap<&'a str, String>,
}

/// The property that names a resource, by its type.
const NAMES: [(&str, &str); 4] = [
    ("AWS::DynamoDB::Table", "TableName"),
    ("AWS::Serverless::Function", "FunctionName"),
    ("AWS::SQS::Queue", "QueueName"),
    ("AWS::S3::Bucket", "BucketName"),
];

impl<'a> Resolver<'a> {
    pub(super) fn new(document: &'a Value) -> Self {
        let defaults = entries(&document["Parameters"]).map(|(name, parameter)| (name, parameter["Default"].clone()));
        let names = entries(&document["Resources"]).map(|(id, resource)| {
            let kind = resource["Type"].as_str().unwrap_or_default();
            let property = NAMES.iter().find(|(of, _)| *of == kind).map(|(_, property)| property);
            let name = property.and_then(|property| resource["Properties"][property].as_str());
            (id, name.unwrap_or(id).to_owned())
        });
        Self { document, parameters: defaults.collect(), names: names.collect() }
    }

    /// Every resource whose condition holds.
    pub(super) fn resources(&self, warnings: &mut Vec<String>) -> Result<Vec<Resource>, String> {
        let section = self.document["Resources"].as_object().ok_or("it has no Resources")?;
        let globals = self.document["Globals"]["Function"].as_object();
        let mut resources = Vec::new();
        for (id, resource) in section {
            if resource["Condition"].as_str().is_some_and(|name| !self.holds(name, warnings)) {
                continue;
            }
            let kind = resource["Type"].as_str().ok_or_else(|| format!("resource {id} has no Type"))?;
            let mut properties = resource["Properties"].clone();
            if let (Some(globals), "AWS::Serverless::Function") = (globals, kind) {
                merge(&mut properties, globals);
            }
            resources.push(Resource {
                id: id.clone(),
                kind: kind.to_owned(),
                name: self.names.get(id.as_str()).cloned().unwrap_or_else(|| id.clone()),
                properties: self.resolve(&properties, id, warnings).unwrap_or_default(),
                metadata: resource["Metadata"].clone(),
            });
        }
        Ok(resources)
    }

    /// The value of a formula; `None` is `AWS::NoValue`, which takes its property away.
    fn resolve(&self, value: &Value, place: &str, warnings: &mut Vec<String>) -> Option<Value> {
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

    fn call(&self, name: &str, argument: &Value, place: &str, warnings: &mut Vec<String>) -> Option<Value> {
        match name {
            "Ref" => self.reference(argument.as_str()?, place, warnings),
            "Fn::GetAtt" => {
                let path: Vec<String> = argument.as_array()?.iter().filter_map(text).collect();
                let (id, attribute) = path.split_first()?;
                Some(json!(self.attribute(id, &attribute.join("."))))
            }
            "Fn::Sub" => self.substitute(argument, place, warnings),
            "Fn::Join" => {
                let separator = argument[0].as_str()?.to_owned();
                let Some(Value::Array(parts)) = self.resolve(&argument[1], place, warnings) else { return None };
                Some(json!(parts.iter().filter_map(text).collect::<Vec<_>>().join(&separator)))
            }
            "Fn::If" => {
                let branch = if self.holds(argument[0].as_str()?, warnings) { 1 } else { 2 };
                self.resolve(&argument[branch], place, warnings)
            }
            "Fn::FindInMap" => {
                let Some(Value::Array(path)) = self.resolve(argument, place, warnings) else { return None };
                let step = |found: &'a Value, key: &Value| found.get(text(key)?);
                path.iter().try_fold(&self.document["Mappings"], step).cloned()
            }
            _ => {
                warnings.push(format!("{place}: {name} is not understood; the value is left empty."));
                Some(Value::Null)
            }
        }
    }

    fn reference(&self, name: &str, place: &str, warnings: &mut Vec<String>) -> Option<Value> {
        if name == "AWS::NoValue" {
            return None;
        }
        let known = pseudo_parameter(name).map(Value::from).or_else(|| self.parameters.get(name).cloned());
        let known = known.or_else(|| self.names.get(name).map(|name| json!(name)));
        Some(known.unwrap_or_else(|| {
            warnings.push(format!("{place}: nothing is called {name}; the value is left empty."));
            Value::Null
        }))
    }

    /// An attribute of a resource: an ARN that ends in its name, or its name.
    fn attribute(&self, id: &str, attribute: &str) -> String {
        let name = self.names.get(id).map_or(id, String::as_str);
        let kind = self.document["Resources"][id]["Type"].as_str().unwrap_or_default();
        let service = kind.split("::").nth(1).unwrap_or("local").to_lowercase();
        match (kind, attribute) {
            ("AWS::DynamoDB::Table", "Arn") => format!("arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/{name}"),
            ("AWS::DynamoDB::Table", "StreamArn") => {
                format!("arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/{name}/stream/local")
            }
            ("AWS::Serverless::Function", "Arn") => format!("arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{name}"),
            ("AWS::S3::Bucket", "Arn") => format!("arn:aws:s3:::{name}"),
            (_, "Arn") => format!("arn:aws:{service}:{REGION}:{ACCOUNT_ID}:{name}"),
            _ => name.to_owned(),
        }
    }

    fn substitute(&self, argument: &Value, place: &str, warnings: &mut Vec<String>) -> Option<Value> {
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
                (None, None, Some((id, attribute))) => result.push_str(&self.attribute(id, attribute)),
                (None, None, None) => {
                    let value = self.reference(name, place, warnings)?;
                    result.push_str(&text(&value).unwrap_or_default());
                }
            }
            rest = after;
        }
        result.push_str(rest);
        Some(json!(result))
    }

    /// Whether a condition of the template holds.
    fn holds(&self, name: &str, warnings: &mut Vec<String>) -> bool {
        self.is_true(&self.document["Conditions"][name], name, warnings)
    }

    fn is_true(&self, condition: &Value, place: &str, warnings: &mut Vec<String>) -> bool {
        let Some((name, argument)) = condition.as_object().and_then(|object| object.iter().next()) else {
            warnings.push(format!("Conditions.{place} is not understood; it counts as false."));
            return false;
        };
        let parts = || argument.as_array().map(Vec::as_slice).unwrap_or_default();
        match name.as_str() {
            "Condition" => argument.as_str().is_some_and(|name| self.holds(name, warnings)),
            "Fn::Not" => !parts().first().is_some_and(|part| self.is_true(part, place, warnings)),
            "Fn::And" => parts().iter().all(|part| self.is_true(part, place, warnings)),
            "Fn::Or" => parts().iter().any(|part| self.is_true(part, place, warnings)),
            "Fn::Equals" => {
                let mut value = |index: usize| self.resolve(&argument[index], place, warnings).as_ref().and_then(text);
                value(0) == value(1)
            }
            _ => {
                warnings.push(format!("Conditions.{place}: {name} is not understood; it counts as false."));
                false
            }
        }
    }
}

fn entries(section: &Value) -> impl Iterator<Item = (&str, &Value)> {
    section.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

fn is_intrinsic(name: &str) -> bool {
    name == "Ref" || name.starts_with("Fn::")
}

fn pseudo_parameter(name: &str) -> Option<&'static str> {
    Some(match name {
        "AWS::Region" => REGION,
        "AWS::AccountId" => ACCOUNT_ID,
        "AWS::Partition" => "aws",
        "AWS::URLSuffix" => "amazonaws.com",
        "AWS::StackName" | "AWS::StackId" => "local",
        _ => return None,
    })
}

/// Puts the globals of functions under the properties of one: its own come first, maps are merged.
fn merge(properties: &mut Value, globals: &Map<String, Value>) {
    let Value::Object(own) = properties else { return };
    for (name, global) in globals {
        match (own.get_mut(name), global) {
            (None, _) => {
                own.insert(name.clone(), global.clone());
            }
            (Some(own), Value::Object(global)) => merge(own, global),
            (Some(_), _) => {}
        }
    }
}
