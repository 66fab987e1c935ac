//! The Runtime API 2018-06-01 for one process, on a port of its own: that is how the stack knows who asks.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard},
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    Json, Router,
    body::{self, Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, Response, StatusCode},
    routing::{get, post},
    serve::ListenerExt as _,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::{
        Notify,
        mpsc::{self, Permit, Receiver, Sender},
    },
    task::JoinHandle,
};
use uuid::Uuid;

use super::{
    event::{Event, Report, too_large, trace_id},
    freezer::Freezer,
};
use crate::{
    door::{Door, Pages},
    functions::FunctionError,
    limits::RESPONSE_BYTES_MAX,
};

/// How many reports of a process may wait; it makes two for each event.
const REPORTS_MAX: usize = 8;

/// Names one attempt at an event; a runtime that knows it sends it back.
const INVOCATION_ID: &str = "lambda-runtime-invocation-id";

/// The Runtime API of one process.
#[derive(Debug)]
pub(super) struct RuntimeApi {
    address: SocketAddr,
    shared: Arc<Shared>,
    reports: Receiver<Report>,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    desk: Mutex<Desk>,
    /// An event was put onto the desk.
    offered: Notify,
    reports: Sender<Report>,
}

/// Where the process finds its next event.
#[derive(Debug, Default)]
struct Desk {
    event: Option<Event>,
    /// The event that the process has.
    taken: Option<Taken>,
    freezer: Option<Freezer>,
}

/// How an event is named that a process has.
#[derive(Debug)]
struct Taken {
    request_id: String,
    /// Of this attempt, which a process may name when it answers.
    invocation_id: String,
}

impl RuntimeApi {
    /// Listens on a free port.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn listen() -> Result<Self, std::io::Error> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let address = listener.local_addr()?;
        let (reporter, reports) = mpsc::channel(REPORTS_MAX);
        let shared = Arc::new(Shared { desk: Mutex::default(), offered: Notify::new(), reports: reporter });
        let app = Door::at(address).guard(router(Arc::clone(&shared)), Pages::None);
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "no TCP_NODELAY");
            }
        });
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, app).await {
                tracing::error!(%error, "a Runtime API ended");
            }
        });
        Ok(Self { address, shared, reports, server })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on the process stands still whenever it asks for an event and there is none.
    pub(super) fn freeze_between_events(&self, freezer: Freezer) {
        self.shared.desk().freezer = Some(freezer);
    }

    /// Puts an event where the process finds it when it asks. The one before has ended.
    pub(super) fn offer(&self, event: Event) {
        let mut desk = self.shared.desk();
        desk.event = Some(event);
        if let Some(freezer) = &mut desk.freezer {
            freezer.thaw();
        }
        self.shared.offered.notify_one();
    }

    /// Waits for what the process tells next.
    pub(super) async fn report(&mut self) -> Report {
        match self.reports.recv().await {
            Some(report) => report,
            // Only a server that ended with a bug gives up its end; the time-outs see to the rest.
            None => std::future::pending().await,
        }
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .with_state(shared)
}

/// A long poll without end: the answer comes when there is an event.
async fn next(State(shared): State<Arc<Shared>>) -> Response<Body> {
    let (event, invocation_id) = shared.next_event().await;
    let deadline = (SystemTime::now() + event.timeout).duration_since(UNIX_EPOCH).unwrap_or_default();
    Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", event.request_id)
        .header(INVOCATION_ID, invocation_id)
        .header("lambda-runtime-deadline-ms", deadline.as_millis().to_string())
        .header("lambda-runtime-invoked-function-arn", event.function_arn)
        .header("lambda-runtime-trace-id", trace_id())
        .body(Body::from(event.body))
        .expect("request ids, numbers and ARNs are header values")
}

async fn response(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> (StatusCode, Json<Value>) {
    let Ok(bytes) = body::to_bytes(body, RESPONSE_BYTES_MAX).await else {
        let _ = shared.complete(&id, &headers, Err(too_large())).await;
        return refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLarge",
            "Exceeded maximum allowed payload size",
        );
    };
    let answer = String::from_utf8(bytes.into()).map_err(|error| FunctionError {
        error_type: "Runtime.InvalidResponse".to_owned(),
        error_message: format!("the response is no text: {error}"),
    });
    shared.complete(&id, &headers, answer).await
}

async fn error(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Json<Value>) {
    let error = diagnosed(&headers, &body);
    shared.complete(&id, &headers, Err(error)).await
}

async fn init_error(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> (StatusCode, Json<Value>) {
    tell(shared.room().await, Report::NotInitialised(diagnosed(&headers, &body)));
    accepted()
}

fn tell(room: Option<Permit<'_, Report>>, report: Report) {
    if let Some(room) = room {
        room.send(report);
    } else {
        tracing::debug!("a process went on after its end");
    }
}

/// What a function says of its error: in the body, or at least in a header.
fn diagnosed(headers: &HeaderMap, body: &[u8]) -> FunctionError {
    #[derive(Debug, Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Diagnostic {
        error_type: String,
        error_message: String,
    }
    let Diagnostic { mut error_type, error_message } = serde_json::from_slice(body).unwrap_or_default();
    if error_type.is_empty() {
        let header = headers.get("lambda-runtime-function-error-type").and_then(|value| value.to_str().ok());
        header.unwrap_or("Unhandled").clone_into(&mut error_type);
    }
    FunctionError { error_type, error_message }
}

impl Shared {
    /// Waits until there is an event, with the process at rest. A process that breaks off its question takes no event along:
    /// nothing is awaited between the event and its report, for which there is room before.
    async fn next_event(&self) -> (Event, String) {
        loop {
            let room = self.room().await;
            {
                let mut desk = self.desk();
                if let Some(event) = desk.event.take() {
                    let invocation_id = Uuid::new_v4().to_string();
                    let request_id = event.request_id.clone();
                    desk.taken = Some(Taken { request_id, invocation_id: invocation_id.clone() });
                    tell(room, Report::Taken);
                    return (event, invocation_id);
                }
                if let Some(freezer) = &mut desk.freezer {
                    freezer.freeze();
                }
            }
            drop(room);
            self.offered.notified().await;
        }
    }

    /// Takes the end of an event from the process that has it, once.
    async fn complete(
        &self,
        id: &str,
        headers: &HeaderMap,
        answer: Result<String, FunctionError>,
    ) -> (StatusCode, Json<Value>) {
        let named = headers.get(INVOCATION_ID);
        let is_meant = |taken: &mut Taken| {
            taken.request_id == id && named.is_none_or(|named| named == taken.invocation_id.as_str())
        };
        // As with the next event: what is taken is told without a pause in which the process may break off.
        let room = self.room().await;
        if self.desk().taken.take_if(is_meant).is_none() {
            return refused(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID");
        }
        tell(room, Report::Answered(answer));
        accepted()
    }

    /// Room for one report; none when nobody listens any more.
    async fn room(&self) -> Option<Permit<'_, Report>> {
        self.reports.reserve().await.ok()
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().expect("nothing panics while it is held")
    }
}

fn accepted() -> (StatusCode, Json<Value>) {
    (StatusCode::ACCEPTED, Json(json!({ "status": "OK" })))
}

fn refused(status: StatusCode, error_type: &str, message: &str) -> (StatusCode, Json<Value>) {
    (status, Json(json!({ "errorType": error_type, "errorMessage": message })))
}

#[cfg(test)]
mod tests {
    use std::{pin::pin, task::Poll, time::Duration};

    use super::*;

    /// Issue 13, 1. A.2: a request that a process breaks off, at whatever moment, takes neither an event nor an answer along.
    #[tokio::test]
    async fn a_process_that_breaks_off_a_request_loses_nothing() {
        let mut api = RuntimeApi::listen().unwrap();
        let shared = Arc::clone(&api.shared);
        let (request_id, timeout) = ("one".to_owned(), Duration::from_secs(1));
        api.offer(Event { request_id, function_arn: "arn".to_owned(), timeout, body: Bytes::new() });
        // Where there is no room for a report, a request waits.
        let fill = async || {
            for _ in 0..REPORTS_MAX {
                tell(shared.room().await, Report::Taken);
            }
        };
        fill().await;
        assert!(futures::poll!(pin!(shared.next_event())).is_pending());
        for _ in 0..REPORTS_MAX {
            api.report().await;
        }
        let Poll::Ready((event, _)) = futures::poll!(pin!(shared.next_event())) else { panic!("the event is lost") };
        assert_eq!(event.request_id, "one");
        assert!(matches!(api.report().await, Report::Taken));

        fill().await;
        let headers = HeaderMap::new();
        let answer = || shared.complete("one", &headers, Ok("answer".to_owned()));
        assert!(futures::poll!(pin!(answer())).is_pending());
        for _ in 0..REPORTS_MAX {
            api.report().await;
        }
        assert_eq!(answer().await.0, StatusCode::ACCEPTED, "the answer is lost");
        assert!(matches!(api.report().await, Report::Answered(Ok(_))));
    }
}
