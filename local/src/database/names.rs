//! Tables and streams have AWS's names in front of the database, whatever the database itself calls them.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    http::{Response, StatusCode, header},
    response::IntoResponse as _,
};
use http_body_util::{BodyExt as _, Collected};
use serde_json::{Value, json};

use super::tables::Table;
use crate::aws::{REGION, STREAM_LABEL, stream_arn, table_arn};

/// The operations whose answers name tables or streams, and nothing that is somebody's data.
const NAMING: [&str; 6] =
    ["CreateTable", "DeleteTable", "DescribeStream", "DescribeTable", "ListStreams", "UpdateTable"];

/// The operations that give or take iterators.
const READING: [&str; 2] = ["GetRecords", "GetShardIterator"];

/// The fields of requests that name a stream.
const STREAM_FIELDS: [&str; 2] = ["StreamArn", "ExclusiveStartStreamArn"];

/// The tables of the template. Cheap to clone. Others keep the names that the database gives them.
#[derive(Debug, Clone)]
pub(super) struct Names {
    tables: Arc<Vec<Named>>,
}

#[derive(Debug)]
struct Named {
    /// The ARNs by which the database knows the table and its stream.
    internal: String,
    internal_stream: Option<String>,
    /// Those of AWS.
    arn: String,
    stream: String,
}

/// A request as the database understands it.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) body: Bytes,
    /// The stream that it is about, by AWS's name.
    pub(super) stream: Option<String>,
}

impl Names {
    pub(super) fn new<'a>(tables: impl Iterator<Item = &'a Table>) -> Self {
        let named = |table: &Table| {
            let internal_stream = table.stream.as_ref().map(|stream| stream.arn.clone());
            let (arn, stream) = (table_arn(&table.name), stream_arn(&table.name));
            Named { internal: table.arn.clone(), internal_stream, arn, stream }
        };
        Self { tables: Arc::new(tables.map(named).collect()) }
    }

    /// Gives the streams that a request names the names of the database.
    pub(super) fn request(&self, operation: &str, body: Bytes) -> Asked {
        if !concerns(operation) {
            return Asked { body, stream: None };
        }
        let Ok(mut request) = serde_json::from_slice::<Value>(&body) else { return Asked { body, stream: None } };
        let mut about = None;
        for field in STREAM_FIELDS {
            let Some(Value::String(arn)) = request.get_mut(field) else { continue };
            let Some(table) = self.tables.iter().find(|table| table.stream == *arn) else { continue };
            if let Some(internal) = &table.internal_stream {
                about = Some(std::mem::replace(arn, internal.clone()));
            }
        }
        if let Some(Value::String(iterator)) = request.get_mut("ShardIterator")
            && let Some((arn, rest)) = iterator.split_once(BEFORE_ITERATOR)
            && self.tables.iter().any(|table| table.stream == arn)
        {
            about = Some(arn.to_owned());
            *iterator = rest.to_owned();
        }
        if about.is_none() {
            return Asked { body, stream: None };
        }
        Asked { body: request.to_string().into(), stream: about }
    }

    /// Gives everything that a successful answer names the names of AWS.
    pub(super) async fn answer(
        &self,
        operation: &str,
        asked: Option<String>,
        answer: Response<Body>,
    ) -> Response<Body> {
        if !concerns(operation) || !answer.status().is_success() {
            return answer;
        }
        let (mut parts, body) = answer.into_parts();
        let Ok(bytes) = body.collect().await.map(Collected::to_bytes) else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        let Ok(mut content) = serde_json::from_slice::<Value>(&bytes) else {
            return Response::from_parts(parts, Body::from(bytes));
        };
        if NAMING.contains(&operation) {
            self.rename(&mut content);
        } else if let Some(stream) = asked {
            mark_iterators(&mut content, &stream);
        }
        parts.headers.remove(header::CONTENT_LENGTH);
        // It is the checksum of the answer as it was.
        parts.headers.remove("x-amz-crc32");
        Response::from_parts(parts, Body::from(content.to_string()))
    }

    fn rename(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Some(renamed) = self.renamed(text) {
                    *text = renamed;
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.rename(item)),
            Value::Object(fields) => {
                fields.values_mut().for_each(|field| self.rename(field));
                for (arn, label) in [("LatestStreamArn", "LatestStreamLabel"), ("StreamArn", "StreamLabel")] {
                    let is_ours =
                        fields.get(arn).is_some_and(|arn| self.tables.iter().any(|table| *arn == *table.stream));
                    if is_ours {
                        fields.insert(label.to_owned(), STREAM_LABEL.into());
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// The name on AWS of a table, an index or a stream.
    fn renamed(&self, arn: &str) -> Option<String> {
        self.tables.iter().find_map(|table| match arn.strip_prefix(&table.internal)? {
            rest if rest.starts_with("/stream/") => Some(table.stream.clone()),
            rest if rest.is_empty() || rest.starts_with('/') => Some(format!("{}{rest}", table.arn)),
            _ => None,
        })
    }
}

fn concerns(operation: &str) -> bool {
    NAMING.contains(&operation) || READING.contains(&operation)
}

/// What stands between the ARN of a stream and the rest of an iterator, as on AWS.
const BEFORE_ITERATOR: &str = "|1|";

/// Lets iterators begin with their stream, as on AWS: the right to read is asked for by it. Records name our region, and
/// who removed an item in the words of the API's model.
fn mark_iterators(content: &mut Value, stream: &str) {
    for field in ["ShardIterator", "NextShardIterator"] {
        if let Some(Value::String(iterator)) = content.get_mut(field) {
            *iterator = format!("{stream}{BEFORE_ITERATOR}{iterator}");
        }
    }
    for record in content.get_mut("Records").and_then(Value::as_array_mut).into_iter().flatten() {
        record["awsRegion"] = REGION.into();
        if let Some(identity) = record.get_mut("userIdentity").filter(|identity| identity["PrincipalId"].is_null()) {
            *identity = json!({ "PrincipalId": identity["principalId"], "Type": identity["type"] });
        }
    }
}
