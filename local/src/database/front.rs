//! What functions reach under `AWS_ENDPOINT_URL_DYNAMODB`: passes requests on, and tells who reads the streams.
//!
//! The one place where a function's call can be looked at, refused or made to fail.

use std::{
    net::{Ipv4Addr, SocketAddr},
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex},
    task::Poll,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, Request, Response, StatusCode, header, request::Parts},
    response::IntoResponse as _,
    serve::ListenerExt as _,
};
use futures::FutureExt as _;
use serde::Deserialize;
use serde_json::json;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use super::{
    faulty::{self, Replica},
    names::Names,
    signal::{Signal, Written},
    upstream::Upstream,
};
use crate::{
    access::{
        Access, Caller, Denial,
        dynamodb::{self, PartitionKeys},
    },
    circumstances::Circumstances,
    door::{Door, Pages},
    durability::Durable,
    faults::Fault,
    limits,
};

/// The listener that functions talk to.
#[derive(Debug)]
pub(super) struct Front {
    address: SocketAddr,
    router: Router,
    running: Mutex<Option<(oneshot::Sender<()>, JoinHandle<()>)>>,
}

#[derive(Debug, Clone)]
struct Passing {
    upstream: Upstream,
    signal: Signal,
    durable: Durable,
    circumstances: Circumstances,
    access: Access,
    keys: Arc<PartitionKeys>,
    names: Names,
    replica: Replica,
}

impl Front {
    /// Listens on a free port of the loopback interface.
    ///
    /// # Errors
    /// When there is no port.
    pub(super) async fn serve(
        upstream: Upstream,
        (signal, durable): (Signal, Durable),
        circumstances: Circumstances,
        access: Access,
        (keys, names): (PartitionKeys, Names),
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let replica = Replica::new(&circumstances.faults);
        let router =
            Router::new().fallback(pass).layer(DefaultBodyLimit::max(limits::DATABASE_REQUEST_BYTES_MAX)).with_state(
                Passing { upstream, signal, durable, circumstances, access, keys: Arc::new(keys), names, replica },
            );
        let router = Door::at(address).guard(router, Pages::None);
        let (stop, stopped) = oneshot::channel::<()>();
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "no TCP_NODELAY");
            }
        });
        let server = axum::serve(listener, router.clone()).with_graceful_shutdown(async {
            // An error means that the front was dropped, which is a reason to stop as well.
            let _ = stopped.await;
        });
        let task = tokio::spawn(async move {
            if let Err(error) = server.await {
                tracing::error!(%error, "the front of the database ended");
            }
        });
        Ok(Self { address, router, running: Mutex::new(Some((stop, task))) })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What answers there.
    pub(super) fn router(&self) -> &Router {
        &self.router
    }

    /// Lets requests that are under way end, within limits.
    pub(super) async fn stop(&self) {
        let running = self.running.lock().expect("nothing panics while it is held").take();
        let Some((stop, mut task)) = running else { return };
        let _ = stop.send(());
        // Cancel-safe: the task is kept, and ended when it is late.
        if tokio::time::timeout(limits::DATABASE_STOPPING, &mut task).await.is_err() {
            task.abort();
        }
    }
}

impl Passing {
    /// Tells who waits for it what was written.
    fn tell(&self, written: &Written) {
        if *written != Written::Nothing {
            self.durable.committed();
        }
        self.signal.tell(written);
    }

    /// # Errors
    /// When the caller may not do that. What nobody signed is refused by the database itself.
    fn check(&self, parts: &Parts, body: &[u8]) -> Result<(), Denial> {
        let Some(caller) = self.access.caller(&parts.headers, &parts.uri) else { return Ok(()) };
        if caller == Caller::Developer {
            return Ok(());
        }
        let with_context = self.access.has_conditions(&caller);
        let needs = dynamodb::needs(operation(&parts.headers), body, &self.keys, with_context);
        needs.iter().try_for_each(|need| self.access.check(&caller, need))
    }
}

/// In a task of its own as soon as it has to wait: a caller who leaves must not take the announcement of the write along.
async fn pass(State(passing): State<Passing>, parts: Parts, body: Bytes) -> Response<Body> {
    let mut passing_on = Box::pin(AssertUnwindSafe(pass_on(passing, parts, body)).catch_unwind());
    let passed = match futures::poll!(&mut passing_on) {
        Poll::Ready(passed) => passed.ok(),
        Poll::Pending => tokio::spawn(passing_on).await.ok().and_then(Result::ok),
    };
    passed.unwrap_or_else(|| {
        tracing::error!("a request ended with a bug");
        unavailable()
    })
}

async fn pass_on(passing: Passing, parts: Parts, body: Bytes) -> Response<Body> {
    if let Err(denial) = passing.check(&parts, &body) {
        return refused(StatusCode::BAD_REQUEST, denial.name(), denial.message());
    }
    let written = written(operation(&parts.headers), &body);
    let Circumstances { faults, timing } = &passing.circumstances;
    let latency = if written == Written::Nothing { timing.database_read } else { timing.database_write };
    latency.pass().await;
    if faults.strikes(Fault::Throttled) {
        return throttled();
    }
    if let Some(refusal) = faulty::conflict(faults, operation(&parts.headers), &body) {
        return refusal;
    }
    let read = passing.replica.read(operation(&parts.headers), &body);
    if let Some(stale) = read.as_ref().and_then(|read| passing.replica.stale(read)) {
        return stale;
    }
    let operation = operation(&parts.headers).to_owned();
    let asked = passing.names.request(&operation, body);
    match passing.upstream.forward(Request::from_parts(parts, asked.body)).await {
        Ok(answer) => {
            if answer.status().is_success() {
                passing.tell(&written);
                if written != Written::Nothing && faults.strikes(Fault::LostReply) {
                    return unavailable();
                }
            }
            match read {
                Some(read) => passing.replica.remember(read, answer).await,
                None => passing.names.answer(&operation, asked.stream, answer).await,
            }
        }
        Err(error) => {
            tracing::warn!(%error, "the database does not answer");
            // The write may have happened.
            passing.tell(&written);
            unavailable()
        }
    }
}

/// The operation that a request asks for, `PutItem` for example.
fn operation(headers: &HeaderMap) -> &str {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    target.rsplit('.').next().unwrap_or_default()
}

/// Which streams may have a new record after a request.
fn written(operation: &str, body: &[u8]) -> Written {
    #[derive(Deserialize)]
    struct OneTable {
        #[serde(rename = "TableName")]
        name: String,
    }
    match operation {
        "PutItem" | "UpdateItem" | "DeleteItem" => match serde_json::from_slice(body) {
            // A table may be named by its ARN.
            Ok(OneTable { name }) => Written::Table(name.rsplit('/').next().unwrap_or_default().to_owned()),
            Err(_) => Written::Several,
        },
        "BatchWriteItem"
        | "TransactWriteItems"
        | "ExecuteStatement"
        | "ExecuteTransaction"
        | "BatchExecuteStatement" => Written::Several,
        _ => Written::Nothing,
    }
}

/// A fault that every SDK repeats.
fn unavailable() -> Response<Body> {
    refused(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", "Internal server error")
}

/// What DynamoDB answers when requests come faster than the table takes them.
fn throttled() -> Response<Body> {
    refused(StatusCode::BAD_REQUEST, "ThrottlingException", "Rate of requests exceeds the allowed throughput.")
}

/// A refusal in DynamoDB's own form.
fn refused(status: StatusCode, name: &str, message: &str) -> Response<Body> {
    // What all services of AWS have in common has another prefix than what is DynamoDB's own.
    let is_common = matches!(name, "AccessDeniedException" | "ExpiredTokenException");
    let prefix = if is_common { "com.amazon.coral.service" } else { "com.amazonaws.dynamodb.v20120810" };
    let body = json!({ "__type": format!("{prefix}#{name}"), "message": message }).to_string();
    (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.0")], body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_to_one_table_wakes_the_readers_of_that_table() {
        let put = br#"{"Item":{"TableName":{"S":"no"}},"TableName":"messages"}"#;
        assert_eq!(written("PutItem", put), Written::Table("messages".to_owned()));
        let by_arn = br#"{"TableName":"arn:aws:dynamodb:us-east-1:000000000000:table/messages"}"#;
        assert_eq!(written("DeleteItem", by_arn), Written::Table("messages".to_owned()));
        assert_eq!(written("TransactWriteItems", b"{}"), Written::Several);
    }

    #[test]
    fn a_read_wakes_nobody() {
        for operation in ["GetItem", "Query", "BatchGetItem", "DescribeTable", ""] {
            assert_eq!(written(operation, b"{}"), Written::Nothing);
        }
    }
}
