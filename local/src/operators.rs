//! What operators and their programs ask a stack: whether it is up, whether it takes requests, and what it has counted.

use std::sync::{Arc, RwLock};

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use serde_json::{Value, json};
use tokio::task::AbortHandle;

use crate::{database::Database, gateway::Gateway, metrics};

/// The type of Prometheus' text form.
const TEXT_FORM: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Whether a stack takes requests. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Readiness(Arc<RwLock<Phase>>);

#[derive(Debug, Default)]
enum Phase {
    #[default]
    Starting,
    /// With its event source mappings, each of which has to go on.
    Running(Vec<AbortHandle>),
    Stopping,
}

impl Readiness {
    /// The tables are open, and these mappings run.
    pub(crate) fn begin(&self, mappings: Vec<AbortHandle>) {
        self.set(Phase::Running(mappings));
    }

    /// The stack begins to stop.
    pub(crate) fn end(&self) {
        self.set(Phase::Stopping);
    }

    /// # Errors
    /// With the reason why not.
    fn check(&self) -> Result<(), &'static str> {
        match &*self.0.read().expect("nothing panics while it is held") {
            Phase::Starting => Err("The stack is starting."),
            Phase::Stopping => Err("The stack is stopping."),
            Phase::Running(mappings) if mappings.iter().any(AbortHandle::is_finished) => {
                Err("An event source mapping has ended; the log says why.")
            }
            Phase::Running(_) => Ok(()),
        }
    }

    fn set(&self, phase: Phase) {
        *self.0.write().expect("nothing panics while it is held") = phase;
    }
}

/// What `/health` says beside "ok", to those who may know it.
#[derive(Debug, Clone)]
pub(crate) struct Addresses {
    /// Where the tables are.
    pub(crate) dynamodb: String,
    /// Where the first API is.
    pub(crate) websocket: Option<String>,
}

/// `GET /health`: the process answers. With addresses, it also says how much memory it takes without its functions.
pub(crate) fn health(addresses: Option<Addresses>) -> Router {
    let answer = move || async move {
        Json(match addresses {
            Some(Addresses { dynamodb, websocket }) => {
                json!({ "status": "ok", "dynamodb": dynamodb, "websocket": websocket, "rss_bytes": rss_bytes() })
            }
            None => json!({ "status": "ok" }),
        })
    };
    Router::new().route("/health", get(answer))
}

/// `GET /ready`: 200 while the stack takes requests, else 503 with the reason.
pub(crate) fn ready(readiness: Readiness) -> Router {
    let answer = move || async move {
        match readiness.check() {
            Ok(()) => (StatusCode::OK, Json(json!({ "status": "ready" }))),
            Err(reason) => not_ready(reason),
        }
    };
    Router::new().route("/ready", get(answer))
}

fn not_ready(reason: &str) -> (StatusCode, Json<Value>) {
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "not_ready", "reason": reason })))
}

/// `GET /metrics`: everything that was counted and timed. What only has a present is looked at now.
pub(crate) fn metrics(gateways: Vec<Gateway>, database: Database) -> Router {
    Router::new().route("/metrics", get(exposition)).with_state((gateways, database))
}

async fn exposition(State((gateways, database)): State<(Vec<Gateway>, Database)>) -> impl IntoResponse {
    for (api, count) in gateways.iter().map(Gateway::open_connections) {
        metrics::open_connections(api, count);
    }
    for (file, bytes) in database.sizes_bytes() {
        metrics::database_size(file, bytes);
    }
    if let Some(bytes) = rss_bytes() {
        metrics::memory(bytes);
    }
    ([(header::CONTENT_TYPE, TEXT_FORM)], metrics::recorder().render())
}

/// The resident memory of this process; none where the system does not tell.
fn rss_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(1024 * kilobytes.trim().strip_suffix(" kB")?.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stack_is_ready_from_when_its_mappings_run_until_it_stops() {
        let readiness = Readiness::default();
        assert_eq!(readiness.check(), Err("The stack is starting."));
        let mappings = [(); 2].map(|()| tokio::spawn(std::future::pending::<()>()));
        readiness.begin(mappings.iter().map(tokio::task::JoinHandle::abort_handle).collect());
        assert_eq!(readiness.check(), Ok(()));
        let [_goes_on, ends] = mappings;
        ends.abort();
        ends.await.unwrap_err();
        assert_eq!(readiness.check(), Err("An event source mapping has ended; the log says why."));
        readiness.end();
        assert_eq!(readiness.check(), Err("The stack is stopping."));
    }
}
