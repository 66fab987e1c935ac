//! A DynamoDB that a whole stack can be pointed to, and that a test can hold up or break.

use std::{
    collections::BTreeMap,
    future::pending,
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Notify, task::JoinHandle};

/// An embedded DynamoDB behind a proxy of the test's own.
#[derive(Debug)]
pub struct Proxy {
    endpoint: String,
    shared: Arc<Shared>,
    servers: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    upstream: String,
    http: reqwest::Client,
    rules: Mutex<Vec<Rule>>,
    requests: Mutex<BTreeMap<String, usize>>,
    held: Notify,
}

#[derive(Debug)]
struct Rule {
    operation: &'static str,
    table: &'static str,
    left: usize,
    effect: Effect,
}

/// What a rule does to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// It is answered with an internal error and has no effect.
    Fail,
    /// It has no effect and is never answered.
    Hold,
    /// It takes effect and is never answered.
    Swallow,
}

impl Proxy {
    /// Starts one, without any table.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn start() -> Self {
        let database = dynoxide::Database::memory().expect("memory is there");
        let (inner, upstream) = listen().await;
        let inner = tokio::spawn(dynoxide::server::serve_on(inner, database));
        let http = reqwest::Client::new();
        let shared = Arc::new(Shared {
            upstream,
            http,
            rules: Mutex::default(),
            requests: Mutex::default(),
            held: Notify::new(),
        });
        let (outer, endpoint) = listen().await;
        let app = Router::new().fallback(forward).with_state(shared.clone());
        let outer = tokio::spawn(async move { axum::serve(outer, app).await.expect("it serves") });
        Self { endpoint, shared, servers: vec![inner, outer] }
    }

    /// Where it listens.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The next `count` such requests are answered with an internal error and have no effect.
    pub fn fail(&self, operation: &'static str, table: &'static str, count: usize) {
        self.shared.rules().push(Rule { operation, table, left: count, effect: Effect::Fail });
    }

    /// The next such request has no effect and is never answered.
    pub fn hold(&self, operation: &'static str, table: &'static str) {
        self.shared.rules().push(Rule { operation, table, left: 1, effect: Effect::Hold });
    }

    /// The next such request takes effect and is never answered.
    pub fn swallow(&self, operation: &'static str, table: &'static str) {
        self.shared.rules().push(Rule { operation, table, left: 1, effect: Effect::Swallow });
    }

    /// Waits until a request is held or swallowed.
    pub async fn holds(&self) {
        self.shared.held.notified().await;
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        self.shared.requests().clear();
    }

    /// The requests on tables since they were forgotten, as `operation table`.
    pub fn requests(&self) -> BTreeMap<String, usize> {
        self.shared.requests().clone()
    }

    /// Whether every rule has been met as often as it says.
    pub fn is_spent(&self) -> bool {
        self.shared.rules().is_empty()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        for server in &self.servers {
            server.abort();
        }
    }
}

impl Shared {
    fn rules(&self) -> MutexGuard<'_, Vec<Rule>> {
        self.rules.lock().expect("no test panics while it holds the lock")
    }

    fn requests(&self) -> MutexGuard<'_, BTreeMap<String, usize>> {
        self.requests.lock().expect("no test panics while it holds the lock")
    }

    fn count(&self, operation: &str, table: &str) {
        if table.is_empty() {
            return;
        }
        *self.requests().entry(format!("{operation} {table}")).or_default() += 1;
    }

    fn effect(&self, operation: &str, table: &str) -> Option<Effect> {
        let mut rules = self.rules();
        let position = rules.iter().position(|rule| rule.operation == operation && rule.table == table)?;
        let rule = &mut rules[position];
        rule.left -= 1;
        let effect = rule.effect;
        if rule.left == 0 {
            rules.remove(position);
        }
        Some(effect)
    }
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    (listener, format!("http://{address}"))
}

async fn forward(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default();
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    let table = request["TableName"].as_str().unwrap_or_default();
    shared.count(operation, table);
    match shared.effect(operation, table) {
        None => pass(&shared, &headers, body).await,
        Some(Effect::Fail) => {
            let error = json!({ "__type": "InternalServerError", "message": "planned by a test" });
            (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response()
        }
        Some(Effect::Hold) => {
            shared.held.notify_one();
            pending().await
        }
        Some(Effect::Swallow) => {
            pass(&shared, &headers, body).await;
            shared.held.notify_one();
            pending().await
        }
    }
}

async fn pass(shared: &Shared, headers: &HeaderMap, body: Bytes) -> Response {
    let mut headers = headers.clone();
    headers.remove("host");
    let sent = shared.http.post(&shared.upstream).headers(headers).body(body).send().await;
    let answer = sent.expect("the embedded database answers");
    let (status, headers) = (answer.status(), answer.headers().clone());
    (status, headers, answer.bytes().await.expect("it answers whole")).into_response()
}
