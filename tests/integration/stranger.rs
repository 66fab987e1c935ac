//! A project that has nothing to do with Turnlog, on the local stack: `tests/fixtures/chat`, whose functions are Python.
//!
//! Lines such as D.3 are those of docs/local-stack.md.

mod gateway;
mod rights;
mod streams;
mod template;

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{net::TcpStream, process::Command, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest as _, http::Request},
};
use turnlog_tests::{Stack, build_once, root};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The chat's stack, with further arguments.
async fn start(arguments: &[&str]) -> Stack {
    let template = root().join("tests/fixtures/chat/template.yaml");
    let template = template.to_str().expect("a clone has a plain path");
    Stack::start_with(&[&["--ephemeral", "--template", template], arguments].concat()).await
}

/// One who talks.
struct Talker(WebSocketStream<MaybeTlsStream<TcpStream>>);

fn request(stack: &Stack, query: &str) -> Request<()> {
    let address = format!("{}/live{query}", stack.address().replacen("http", "ws", 1));
    address.into_client_request().expect("it is a URL")
}

impl Talker {
    async fn open(stack: &Stack) -> Self {
        Self::open_with(request(stack, "?key=ann")).await.expect("ann may come in")
    }

    /// # Errors
    /// With the status of a refused handshake.
    async fn open_with(request: Request<()>) -> Result<Self, u16> {
        match timeout(PATIENCE, connect_async(request)).await.expect("the handshake ends") {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("no handshake: {error}"),
        }
    }

    async fn send(&mut self, how: &str, what: &str, more: Value) {
        let mut frame = json!({ "do": "talk", "how": how, "what": what });
        for (name, value) in more.as_object().into_iter().flatten() {
            frame[name] = value.clone();
        }
        self.0.send(Message::text(frame.to_string())).await.expect("it is sent");
    }

    async fn next(&mut self) -> Message {
        let next = timeout(PATIENCE, self.0.next()).await.expect("something comes");
        next.expect("it is open").expect("it can be read")
    }

    async fn text(&mut self) -> String {
        self.next().await.into_text().expect("it is text").as_str().to_owned()
    }

    async fn ask(&mut self, what: &str, more: Value) -> String {
        self.send("ask", what, more).await;
        self.text().await
    }

    /// A call of DynamoDB by the function: its status and its answer.
    async fn database(&mut self, action: &str, request: Value) -> (u64, Value) {
        let answer: Value = serde_json::from_str(&self.ask(action, json!({ "request": request })).await).expect("JSON");
        (answer["status"].as_u64().expect("a status"), answer["answer"].clone())
    }

    async fn say(&mut self, room: &str, at: u32, text: &str) {
        let item = json!({ "room": { "S": room }, "at": { "N": at.to_string() }, "text": { "S": text } });
        let (status, answer) = self.database("PutItem", json!({ "TableName": "Lines", "Item": item })).await;
        assert_eq!(status, 200, "{answer}");
    }

    async fn close_code(&mut self) -> Option<u16> {
        let message = self.next().await;
        let Message::Close(frame) = message else { panic!("not closed: {message:?}") };
        frame.map(|frame| frame.code.into())
    }
}

/// What stands under an id in the table Heard.
async fn heard(stack: &Stack, id: &str) -> Option<String> {
    let get = stack.dynamodb().await.get_item().table_name("Heard");
    let key = aws_sdk_dynamodb::types::AttributeValue::S(id.to_owned());
    let item = get.key("id", key).send().await.expect("it reads").item?;
    item["what"].as_s().ok().cloned()
}

/// A command of `turnlog` towards this stack: whether it succeeded, and what it printed.
async fn turnlog(stack: &Stack, arguments: &[&str]) -> (bool, String) {
    let port = stack.port().to_string();
    let command = Command::new(build_once().await).args(arguments).args(["--port", &port]).output();
    let output = timeout(PATIENCE, command).await.expect("it ends").expect("it starts");
    (output.status.success(), String::from_utf8(output.stdout).expect("it prints text"))
}
