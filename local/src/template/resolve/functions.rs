//! Intrinsic functions that need nothing but their arguments.

use serde_json::{Map, Value, json};

use crate::{
    aws::{ACCOUNT_ID, REGION, STACK_NAME},
    template::text,
};

pub(super) fn is_intrinsic(name: &str) -> bool {
    name == "Ref" || name.starts_with("Fn::")
}

pub(super) fn pseudo_parameter(name: &str) -> Option<Value> {
    Some(match name {
        "AWS::Region" => json!(REGION),
        "AWS::AccountId" => json!(ACCOUNT_ID),
        "AWS::Partition" => json!("aws"),
        "AWS::URLSuffix" => json!("amazonaws.com"),
        "AWS::NotificationARNs" => json!([]),
        "AWS::StackName" => json!(STACK_NAME),
        "AWS::StackId" => json!(format!("arn:aws:cloudformation:{REGION}:{ACCOUNT_ID}:stack/{STACK_NAME}/local")),
        _ => return None,
    })
}

/// `[separator, [part, …]]`
pub(super) fn join(argument: &Value) -> Option<Value> {
    let parts: Vec<_> = argument[1].as_array()?.iter().filter_map(text).collect();
    Some(json!(parts.join(argument[0].as_str()?)))
}

/// `[index, [item, …]]`
pub(super) fn select(argument: &Value) -> Option<Value> {
    let index: usize = text(&argument[0])?.parse().ok()?;
    argument[1].get(index).cloned()
}

/// `[separator, text]`
pub(super) fn split(argument: &Value) -> Option<Value> {
    let parts: Vec<_> = argument[1].as_str()?.split(argument[0].as_str()?).collect();
    Some(json!(parts))
}

/// Puts the globals of functions under the properties of one: its own come first, maps are merged.
pub(super) fn merge(properties: &mut Value, globals: &Map<String, Value>) {
    if properties.is_null() {
        *properties = json!({});
    }
    let Value::Object(own) = properties else { return };
    for (name, global) in globals {
        match (own.get_mut(name), global) {
            (None, _) => {
                own.insert(name.clone(), global.clone());
            }
            (Some(own), Value::Object(global)) => merge(own, global),
            // SAM puts the lists of the globals before those of the function.
            (Some(Value::Array(own)), Value::Array(global)) => {
                own.splice(0..0, global.iter().cloned());
            }
            (Some(_), _) => {}
        }
    }
}
