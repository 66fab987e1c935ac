//! The failure destinations of a running stack, for a developer: what lies there, and giving it to its functions again.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use serde_json::{Value, json};

use crate::{
    circumstances::Circumstances,
    database::Database,
    invoke::Refusal,
    lambda::Lambda,
    mapping::{self, Failures},
    template::model::{Destination, MappingSpec},
};

/// Everything that the calls need.
#[derive(Debug)]
struct Shared {
    mappings: Vec<MappingSpec>,
    database: Database,
    lambda: Lambda,
    circumstances: Circumstances,
}

/// `GET /local/dlq` lists, `GET /local/dlq/{name}` shows, `POST …/redrive` repeats, and `DELETE` empties.
pub(crate) fn routes(
    mappings: Vec<MappingSpec>,
    database: Database,
    lambda: Lambda,
    circumstances: Circumstances,
) -> Router {
    Router::new()
        .route("/local/dlq", get(list))
        .route("/local/dlq/{name}", get(show).delete(purge))
        .route("/local/dlq/{name}/redrive", post(redrive))
        .with_state(Arc::new(Shared { mappings, database, lambda, circumstances }))
}

impl Shared {
    /// Every destination once, by name.
    fn destinations(&self) -> Vec<(String, Failures)> {
        let named = |mapping: &MappingSpec| mapping.on_failure.clone();
        let mut found: Vec<_> =
            self.mappings.iter().filter_map(named).map(|to| (name(&to), self.failures(to))).collect();
        found.sort_by(|(left, _), (right, _)| left.cmp(right));
        found.dedup_by(|(left, _), (right, _)| left == right);
        found
    }

    fn failures(&self, destination: Destination) -> Failures {
        Failures::new(self.database.folder(), destination)
    }

    fn find(&self, wanted: &str) -> Result<Failures, Refusal> {
        let found = self.destinations().into_iter().find(|(name, _)| name == wanted);
        found.map(|(_, failures)| failures).ok_or_else(|| {
            let message = format!("No mapping of this stack has the failure destination {wanted}.");
            Refusal::new(StatusCode::NOT_FOUND, "ResourceNotFoundException", message)
        })
    }

    /// The mapping that gave up a record, told by its function and stream.
    fn mapping_of(&self, wanted: &str, record: &Value) -> Option<&MappingSpec> {
        let function = record["requestContext"]["functionArn"].as_str()?;
        let table = record["DDBStreamBatchInfo"]["streamArn"].as_str()?;
        self.mappings.iter().find(|mapping| {
            let is_there = self.database.table(&mapping.table).is_some_and(|stored| {
                table.split("/stream/").next().is_some_and(|arn| arn.ends_with(&format!("/{}", stored.name)))
            });
            let destination = mapping.on_failure.as_ref().map(name);
            is_there && self.lambda.arn(&mapping.function) == function && destination.as_deref() == Some(wanted)
        })
    }

    /// Gives the records of one entry to their function.
    async fn repeat(&self, wanted: &str, record: &Value) -> Result<(), String> {
        let mapping = self.mapping_of(wanted, record).ok_or("no mapping of this stack has given it up")?;
        mapping::repeat(mapping, &self.database, &self.lambda, &self.circumstances, record).await
    }
}

fn name(destination: &Destination) -> String {
    match destination {
        Destination::Queue(name) | Destination::Bucket(name) => name.clone(),
    }
}

fn failed(error: std::io::Error) -> Refusal {
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "ServiceException", error.to_string())
}

async fn list(State(shared): State<Arc<Shared>>) -> Result<Json<Value>, Refusal> {
    let described = |(name, failures): (String, Failures)| {
        let count = failures.entries().map_err(failed)?.len();
        Ok(json!({ "name": name, "kind": failures.kind(), "entries": count }))
    };
    let destinations: Vec<Value> = shared.destinations().into_iter().map(described).collect::<Result<_, Refusal>>()?;
    Ok(Json(json!({ "destinations": destinations })))
}

async fn show(State(shared): State<Arc<Shared>>, Path(name): Path<String>) -> Result<Json<Value>, Refusal> {
    let entries = shared.find(&name)?.entries().map_err(failed)?;
    let records: Vec<_> = entries.into_iter().map(|entry| entry.record).collect();
    Ok(Json(json!({ "entries": records })))
}

async fn redrive(State(shared): State<Arc<Shared>>, Path(name): Path<String>) -> Result<Json<Value>, Refusal> {
    let failures = shared.find(&name)?;
    let (mut processed, mut kept) = (0, Vec::new());
    for entry in failures.entries().map_err(failed)? {
        match shared.repeat(&name, &entry.record).await {
            Ok(()) => {
                failures.remove(&entry).map_err(failed)?;
                processed += 1;
            }
            Err(reason) => kept.push(json!({ "entry": entry.record["DDBStreamBatchInfo"], "reason": reason })),
        }
    }
    Ok(Json(json!({ "processed": processed, "kept": kept })))
}

async fn purge(State(shared): State<Arc<Shared>>, Path(name): Path<String>) -> Result<Json<Value>, Refusal> {
    let removed = shared.find(&name)?.purge().map_err(failed)?;
    Ok(Json(json!({ "removed": removed })))
}
