//! One function's own binary without the stack: a Lambda Runtime API hands it events, which also stands in
//! for the parameter store, and its tables are a [`Database`].

use std::{
    process::Stdio,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    response::IntoResponse,
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    net::TcpListener,
    process::{Child, Command},
    sync::mpsc,
    task::JoinHandle,
    time::timeout,
};

use crate::{database::Database, stack::build_once};

/// How long a start or an answer may take.
const PATIENCE: Duration = Duration::from_mins(10);

/// The parameter with the keys behind chance.
const CHANCE_KEYS_PARAMETER: &str = "/test/chance-keys";

/// A running function. Dropping it kills it.
#[derive(Debug)]
pub struct Function {
    child: Child,
    events: mpsc::Sender<(String, Duration)>,
    answers: mpsc::Receiver<Value>,
    lines: Arc<Mutex<Vec<String>>>,
    server: JoinHandle<()>,
}

#[derive(Debug, Clone)]
struct RuntimeApi {
    events: Arc<tokio::sync::Mutex<mpsc::Receiver<(String, Duration)>>>,
    answers: mpsc::Sender<Value>,
}

impl Function {
    /// Starts the function of that name on the tables of a database, with further variables that go before ours.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn start(name: &str, database: &Database, variables: &[(&str, &str)]) -> Self {
        let binary = build_once().await.with_file_name("functions");
        let (events, to_serve) = mpsc::channel(1);
        let (to_answer, answers) = mpsc::channel(1);
        let api = RuntimeApi { events: Arc::new(tokio::sync::Mutex::new(to_serve)), answers: to_answer };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound").to_string();
        let server = tokio::spawn(async move { axum::serve(listener, routes(api)).await.expect("it serves") });
        let mut child = Command::new(binary)
            .env_clear()
            .envs(variables_of(database))
            .env("AWS_ENDPOINT_URL_SSM", format!("http://{address}"))
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("_HANDLER", name)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("it starts");
        let lines = Arc::default();
        listen(child.stdout.take().expect("it is piped"), &lines);
        listen(child.stderr.take().expect("it is piped"), &lines);
        Self { child, events, answers, lines, server }
    }

    /// Hands it an event, with so much time; returns what it answers.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn invoke(&mut self, event: &Value, time: Duration) -> Value {
        self.begin(event, time).await;
        let answer = timeout(PATIENCE, self.answers.recv()).await.expect("it answers in time");
        answer.expect("the Runtime API is there")
    }

    /// Hands it an event, with so much time, and does not wait for what it answers.
    ///
    /// # Panics
    /// When it has ended.
    pub async fn begin(&self, event: &Value, time: Duration) {
        self.events.send((event.to_string(), time)).await.expect("it asks for events");
    }

    /// The lines of JSON that it has written so far.
    ///
    /// # Panics
    /// Never.
    pub fn lines(&self) -> Vec<Value> {
        let lines = self.lines.lock().expect("nothing panics while it is held");
        lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// The most memory that it ever had, in bytes.
    ///
    /// # Panics
    /// When it has ended.
    pub fn memory_bytes_max(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id().expect("it runs"));
        let status = std::fs::read_to_string(path).expect("this is Linux");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("every process has it");
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().expect("it is a number");
        kilobytes * 1024
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn variables_of(database: &Database) -> Vec<(&'static str, String)> {
    let tables = [
        ("MESSAGES_TABLE", "MessagesTable"),
        ("GAMES_TABLE", "GamesTable"),
        ("PLAYERS_TABLE", "PlayersTable"),
        ("WEBSOCKETS_TABLE", "WebsocketsTable"),
    ];
    let others = [
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "group"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "stream"),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
        ("AWS_LAMBDA_LOG_LEVEL", "INFO"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", "http://127.0.0.1:9"),
        ("CHANCE_KEYS_PARAMETER", CHANCE_KEYS_PARAMETER),
        ("FRAMES_PER_SECOND", "0"),
        ("PUSH_AT_ONCE_MS", "0"),
    ];
    let tables = tables.map(|(variable, table)| (variable, database.table(table)));
    let others = others.map(|(variable, value)| (variable, value.to_owned()));
    let endpoint = ("AWS_ENDPOINT_URL_DYNAMODB", database.endpoint().to_owned());
    tables.into_iter().chain(others).chain([endpoint]).collect()
}

fn listen(output: impl AsyncRead + Unpin + Send + 'static, lines: &Arc<Mutex<Vec<String>>>) {
    let (mut output, lines) = (BufReader::new(output).lines(), lines.clone());
    tokio::spawn(async move {
        while let Ok(Some(line)) = output.next_line().await {
            lines.lock().expect("nothing panics while it is held").push(line);
        }
    });
}

fn routes(api: RuntimeApi) -> Router {
    Router::new()
        .route("/", post(parameters))
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(answered))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(answered))
        .layer(axum::extract::DefaultBodyLimit::disable())
        .with_state(api)
}

/// What the parameter store answers to whoever asks for the keys behind chance.
async fn parameters() -> impl IntoResponse {
    let found = json!({ "Name": CHANCE_KEYS_PARAMETER, "Value": "test:a-secret-that-only-the-tests-know" });
    let answer = json!({ "Parameters": [found], "InvalidParameters": [] });
    ([("content-type", "application/x-amz-json-1.1")], answer.to_string())
}

async fn next(State(api): State<RuntimeApi>) -> impl IntoResponse {
    // When the test has ended there is no next event.
    let Some((event, time)) = api.events.lock().await.recv().await else {
        loop {
            std::future::pending::<()>().await;
        }
    };
    let deadline = (SystemTime::now() + time).duration_since(UNIX_EPOCH).expect("it is after 1970");
    let headers = [
        ("lambda-runtime-aws-request-id", "1".to_owned()),
        ("lambda-runtime-deadline-ms", deadline.as_millis().to_string()),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-central-1:000000000000:function:f".to_owned()),
        ("content-type", "application/json".to_owned()),
    ];
    (headers, event)
}

async fn answered(State(api): State<RuntimeApi>, body: Bytes) -> impl IntoResponse {
    let answer = serde_json::from_slice(&body).unwrap_or_default();
    let _ = api.answers.send(answer).await;
    axum::http::StatusCode::ACCEPTED
}
