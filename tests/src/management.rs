//! A management API of which each connection behaves as a test wants it: AWS's own cannot be made to hang.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::post,
};
use serde_json::Value;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use turnlog_store::Management;

use crate::stack::eventually;

/// How long an attempt may take: longer than any test waits for it.
const ATTEMPT_TIMEOUT: Duration = Duration::from_hours(1);

/// What becomes of the frames of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// This many are refused with status 429 before the first is taken.
    Throttled(usize),
    /// None is answered until [`FakeManagement::let_go`].
    Hanging,
    /// The connection is gone: status 410.
    Gone,
}

/// The API. Dropping it ends it.
#[derive(Debug)]
pub struct FakeManagement {
    endpoint: String,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    connections: Mutex<BTreeMap<String, Seen>>,
    is_free: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Seen {
    manner: Option<Manner>,
    attempts: usize,
    taken: Vec<Value>,
    is_ended: bool,
}

impl FakeManagement {
    /// Starts it on a free port. Connections take every frame until they are told otherwise.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn start() -> Self {
        let (is_free, _) = watch::channel(false);
        let shared = Arc::new(Shared { connections: Mutex::default(), is_free });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let endpoint = format!("http://{}", listener.local_addr().expect("it is bound"));
        let app = Router::new().route("/@connections/{id}", post(take).delete(end)).with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move { axum::serve(listener, app).await.expect("it serves") });
        Self { endpoint, shared, server }
    }

    /// Where it listens.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The client that functions have, at this address.
    pub fn client(&self) -> Management {
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-central-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::for_tests()))
            .endpoint_url(&self.endpoint)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .sleep_impl(aws_smithy_async::rt::sleep::SharedAsyncSleep::new(
                aws_smithy_async::rt::sleep::TokioSleep::new(),
            ))
            .build();
        Management::new(&config, ATTEMPT_TIMEOUT)
    }

    /// Lets a connection behave in that manner from now on.
    pub fn behave(&self, connection: &str, manner: Manner) {
        self.shared.connections().entry(connection.to_owned()).or_default().manner = Some(manner);
    }

    /// Answers everything that hangs.
    pub fn let_go(&self) {
        self.shared.is_free.send_replace(true);
    }

    /// How often a connection was tried.
    pub fn attempts(&self, connection: &str) -> usize {
        self.shared.connections().get(connection).map_or(0, |seen| seen.attempts)
    }

    /// The frames that a connection has taken.
    pub fn taken(&self, connection: &str) -> Vec<Value> {
        self.shared.connections().get(connection).map(|seen| seen.taken.clone()).unwrap_or_default()
    }

    /// Whether it was asked to end a connection.
    pub fn has_ended(&self, connection: &str) -> bool {
        self.shared.connections().get(connection).is_some_and(|seen| seen.is_ended)
    }

    /// Waits until a connection has taken that many frames, and returns them.
    pub async fn takes(&self, connection: &str, count: usize) -> Vec<Value> {
        let taken = || async { Some(self.taken(connection)).filter(|taken| taken.len() >= count) };
        eventually("the frames of a connection", taken).await
    }
}

impl Drop for FakeManagement {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Shared {
    fn connections(&self) -> MutexGuard<'_, BTreeMap<String, Seen>> {
        self.connections.lock().expect("no test panics while it holds the lock")
    }

    fn attempt(&self, id: &str) -> Option<Manner> {
        let mut connections = self.connections();
        let seen = connections.entry(id.to_owned()).or_default();
        seen.attempts += 1;
        let manner = seen.manner;
        if let Some(Manner::Throttled(left)) = manner {
            seen.manner = left.checked_sub(2).map(|left| Manner::Throttled(left + 1));
        }
        manner
    }
}

async fn take(State(shared): State<Arc<Shared>>, Path(id): Path<String>, body: String) -> StatusCode {
    match shared.attempt(&id) {
        Some(Manner::Throttled(_)) => return StatusCode::TOO_MANY_REQUESTS,
        Some(Manner::Gone) => return StatusCode::GONE,
        Some(Manner::Hanging) => {
            let freed = shared.is_free.subscribe().wait_for(|is_free| *is_free).await.is_ok();
            assert!(freed, "the sender lives as long as the server");
        }
        None => {}
    }
    let frame = serde_json::from_str(&body).expect("frames are JSON");
    shared.connections().entry(id).or_default().taken.push(frame);
    StatusCode::OK
}

async fn end(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> StatusCode {
    shared.connections().entry(id).or_default().is_ended = true;
    StatusCode::NO_CONTENT
}
