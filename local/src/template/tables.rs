//! The tables of a template.

use serde_json::{Map, Value, json};

use super::{lookup::TABLE_TYPES, model::TableSpec, of_types, resolve::Resource};

/// What `CreateTable` takes over from the template as it stands.
const TAKEN_OVER: [&str; 4] = ["AttributeDefinitions", "GlobalSecondaryIndexes", "KeySchema", "LocalSecondaryIndexes"];

pub(super) fn read(resources: &[Resource]) -> Vec<TableSpec> {
    let read =
        |resource: &Resource| if resource.kind == TABLE_TYPES[0] { table(resource) } else { simple_table(resource) };
    of_types(resources, &TABLE_TYPES).map(read).collect()
}

/// SAM's table with a key and nothing else.
fn simple_table(resource: &Resource) -> TableSpec {
    let key = &resource.properties["PrimaryKey"];
    let name = key["Name"].as_str().unwrap_or("id");
    let kind = match key["Type"].as_str() {
        Some("Number") => "N",
        Some("Binary") => "B",
        Some(_) | None => "S",
    };
    TableSpec {
        id: resource.id.clone(),
        name: resource.name.clone(),
        create: json!({
            "AttributeDefinitions": [{ "AttributeName": name, "AttributeType": kind }],
            "KeySchema": [{ "AttributeName": name, "KeyType": "HASH" }],
            "TableName": resource.name,
            "BillingMode": "PAY_PER_REQUEST",
        }),
        stream_view: None,
        expiry_attribute: None,
    }
}

fn table(resource: &Resource) -> TableSpec {
    let properties = &resource.properties;
    let taken = TAKEN_OVER.iter().filter_map(|name| Some(((*name).to_owned(), properties.get(name)?.clone())));
    let mut create: Map<String, Value> = taken.collect();
    create.insert("TableName".to_owned(), json!(resource.name));
    create.insert("BillingMode".to_owned(), json!("PAY_PER_REQUEST"));
    let expiry = &properties["TimeToLiveSpecification"];
    let is_enabled = super::text(&expiry["Enabled"]).as_deref() == Some("true");
    TableSpec {
        id: resource.id.clone(),
        name: resource.name.clone(),
        create: Value::Object(create),
        stream_view: super::text(&properties["StreamSpecification"]["StreamViewType"]),
        expiry_attribute: super::text(&expiry["AttributeName"]).filter(|_| is_enabled),
    }
}
