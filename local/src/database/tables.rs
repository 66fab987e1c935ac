//! Makes the tables of the template where they are missing.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::{
    DatabaseError,
    upstream::{CallError, Upstream},
};
use crate::{aws::table_arn, template::model::TableSpec};

/// How long a new table may take to become usable.
const CREATING_MAX: Duration = Duration::from_secs(30);

/// How often a table that is being made is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A table as the event source mappings see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) name: String,
    /// As the database names it.
    pub(super) arn: String,
    pub(crate) partition_key: String,
    pub(crate) stream: Option<Stream>,
}

/// A table's stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stream {
    /// As the database names it; functions see [`stream_arn`](crate::aws::stream_arn).
    pub(crate) arn: String,
    /// The `StreamViewType` that the template declares. The database itself always keeps both images, because only
    /// then can writes be told that change nothing.
    pub(crate) view: String,
}

/// Makes the table unless it is there already.
///
/// # Errors
/// When the database refuses.
pub(super) async fn make(upstream: &Upstream, spec: &TableSpec) -> Result<Table, DatabaseError> {
    let failed = |operation, message: String| DatabaseError::Table { table: spec.name.clone(), operation, message };
    let there = match describe(upstream, &spec.name).await {
        Ok(there) => there,
        Err(error) => return Err(failed("DescribeTable", error.to_string())),
    };
    let description = if let Some(description) = there {
        report_differences(spec, &description);
        description
    } else {
        upstream
            .call("CreateTable", &creation(spec))
            .await
            .map_err(|error| failed("CreateTable", error.to_string()))?;
        active(upstream, &spec.name).await.map_err(|message| failed("CreateTable", message))?
    };
    if let Some(attribute) = &spec.expiry_attribute {
        enable_expiry(upstream, spec, attribute).await.map_err(|message| failed("UpdateTimeToLive", message))?;
    }
    let stream = match &spec.stream_view {
        None => None,
        Some(view) => {
            let arn = description["LatestStreamArn"]
                .as_str()
                .ok_or_else(|| failed("DescribeTable", "it exists, but without a stream".to_owned()))?;
            Some(Stream { arn: arn.to_owned(), view: view.clone() })
        }
    };
    let arn = description["TableArn"].as_str().map_or_else(|| table_arn(&spec.name), str::to_owned);
    Ok(Table { name: spec.name.clone(), arn, partition_key: partition_key(&spec.create), stream })
}

async fn describe(upstream: &Upstream, name: &str) -> Result<Option<Value>, CallError> {
    match upstream.call("DescribeTable", &json!({ "TableName": name })).await {
        Ok(mut answer) => Ok(Some(answer["Table"].take())),
        Err(CallError::Refused { name, .. }) if name == "ResourceNotFoundException" => Ok(None),
        Err(error) => Err(error),
    }
}

async fn active(upstream: &Upstream, name: &str) -> Result<Value, String> {
    let deadline = Instant::now() + CREATING_MAX;
    while Instant::now() < deadline {
        match describe(upstream, name).await {
            Ok(Some(description)) if description["TableStatus"] == "ACTIVE" => return Ok(description),
            Ok(_) => tokio::time::sleep(LOOK_EVERY).await,
            Err(error) => return Err(error.to_string()),
        }
    }
    Err("it did not become active".to_owned())
}

/// Only what makes up the table. Backups, encryption and the like mean nothing on one machine.
fn creation(spec: &TableSpec) -> Value {
    const KEPT: [&str; 6] = [
        "AttributeDefinitions",
        "KeySchema",
        "GlobalSecondaryIndexes",
        "LocalSecondaryIndexes",
        "BillingMode",
        "ProvisionedThroughput",
    ];
    let mut body = Map::new();
    for key in KEPT {
        if let Some(value) = spec.create.get(key) {
            body.insert(key.to_owned(), value.clone());
        }
    }
    body.insert("TableName".to_owned(), spec.name.clone().into());
    if spec.stream_view.is_some() {
        let stream = json!({ "StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES" });
        body.insert("StreamSpecification".to_owned(), stream);
    }
    Value::Object(body)
}

async fn enable_expiry(upstream: &Upstream, spec: &TableSpec, attribute: &str) -> Result<(), String> {
    let body = json!({
        "TableName": spec.name,
        "TimeToLiveSpecification": { "Enabled": true, "AttributeName": attribute },
    });
    match upstream.call("UpdateTimeToLive", &body).await {
        Ok(_) => Ok(()),
        // It is enabled already.
        Err(CallError::Refused { name, .. }) if name == "ValidationException" => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// A table is never changed here: a developer who changed its keys or indexes is told instead.
fn report_differences(spec: &TableSpec, description: &Value) {
    if spec.create["KeySchema"] != description["KeySchema"] {
        tracing::warn!(
            table = spec.name,
            "the keys in the template differ from the existing table; it is kept as it is"
        );
    }
    let existing = index_names(description);
    for index in index_names(&spec.create).iter().filter(|name| !existing.contains(name)) {
        tracing::warn!(table = spec.name, index, "the existing table lacks an index that the template has");
    }
}

fn index_names(table: &Value) -> Vec<String> {
    ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"]
        .iter()
        .filter_map(|kind| table[*kind].as_array())
        .flatten()
        .filter_map(|index| index["IndexName"].as_str().map(str::to_owned))
        .collect()
}

fn partition_key(create: &Value) -> String {
    let keys = create["KeySchema"].as_array().map(Vec::as_slice).unwrap_or_default();
    let hash = keys.iter().find(|key| key["KeyType"] == "HASH");
    hash.and_then(|key| key["AttributeName"].as_str()).unwrap_or_default().to_owned()
}
