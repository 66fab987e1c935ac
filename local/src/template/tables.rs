//! The tables of a template.

use serde_json::{Map, Value, json};

use super::{model::TableSpec, of_type, resolve::Resource};

/// What `CreateTable` takes over from the template as it stands.
const TAKEN_OVER: [&str; 4] = ["AttributeDefinitions", "GlobalSecondaryIndexes", "KeySchema", "LocalSecondaryIndexes"];

pub(super) fn read(resources: &[Resource]) -> Vec<TableSpec> {
    of_type(resources, "AWS::DynamoDB::Table").map(table).collect()
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
