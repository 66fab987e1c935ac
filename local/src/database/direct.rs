//! The embedded database without the way over HTTP, for the operations that games consist of and those that read streams.
//!
//! Only what succeeds is answered here. Everything else takes the way over HTTP, where dynoxide words every refusal as
//! DynamoDB does: a request that was refused has changed nothing, so it may be asked a second time.

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, Response, header},
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// What DynamoDB's own protocol is called.
const CONTENT_TYPE: &str = "application/x-amz-json-1.0";

/// The embedded database, called in this process. Cheap to clone.
#[derive(Clone)]
pub(super) struct Direct {
    database: dynoxide::Database,
}

impl std::fmt::Debug for Direct {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Direct").finish_non_exhaustive()
    }
}

impl Direct {
    pub(super) fn new(database: dynoxide::Database) -> Self {
        Self { database }
    }

    /// Carries out a request; none when it has to take the way over HTTP.
    pub(super) fn answer(&self, headers: &HeaderMap, body: &Bytes) -> Option<Response<Body>> {
        let has = |name: header::HeaderName, value: &str| headers.get(name).is_some_and(|found| found == value);
        // What is unsigned is refused, and that in DynamoDB's words.
        if !has(header::CONTENT_TYPE, CONTENT_TYPE) || !headers.contains_key(header::AUTHORIZATION) {
            return None;
        }
        let target = headers.get("x-amz-target")?.to_str().ok()?;
        let json = self.run(target, body)?;
        let answer = Response::builder()
            .header(header::CONTENT_TYPE, CONTENT_TYPE)
            .header("x-amzn-requestid", Uuid::new_v4().to_string());
        answer.body(Body::from(json)).ok()
    }

    fn run(&self, target: &str, body: &[u8]) -> Option<Vec<u8>> {
        let database = &self.database;
        match target {
            "DynamoDB_20120810.PutItem" => run(body, |request| database.put_item(request)),
            "DynamoDB_20120810.GetItem" => run(body, |request| database.get_item(request)),
            "DynamoDB_20120810.UpdateItem" => run(body, |request| database.update_item(request)),
            "DynamoDB_20120810.DeleteItem" => run(body, |request| database.delete_item(request)),
            "DynamoDB_20120810.Query" => run(body, |request| database.query(request)),
            "DynamoDBStreams_20120810.GetRecords" => run(body, |request| database.get_records(request)),
            "DynamoDBStreams_20120810.GetShardIterator" => run(body, |request| database.get_shard_iterator(request)),
            _ => None,
        }
    }
}

fn run<Q: DeserializeOwned, A: Serialize>(
    body: &[u8],
    operation: impl FnOnce(Q) -> dynoxide::Result<A>,
) -> Option<Vec<u8>> {
    let answer = operation(serde_json::from_slice(body).ok()?).ok()?;
    serde_json::to_vec(&answer).ok()
}
