//! A project that has nothing to do with Turnlog, on the local stack: `tests/fixtures/chat`, whose functions are Python.
//! Its tables are in the DynamoDB that `TURNLOG_TEST_DYNAMODB` names, where it names one.
//!
//! Lines such as D.3 are those of docs/local-stack.md.

mod gateway;
mod others;
mod pace;
mod rights;
mod streams;
mod template;
mod watch;

use std::{collections::HashMap, ops::Deref, path::Path, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{net::TcpStream, process::Command, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest as _, http::Request},
};
use turnlog_tests::{OTHER_ENDPOINT, Stack, build_once, root};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The chat's stack.
struct Chat {
    stack: Stack,
    /// What the names of its tables begin with.
    prefix: String,
}

impl Deref for Chat {
    type Target = Stack;

    fn deref(&self) -> &Stack {
        &self.stack
    }
}

/// The chat's stack, with further arguments.
async fn start(arguments: &[&str]) -> Chat {
    start_from(&root().join("tests/fixtures/chat"), arguments).await
}

async fn start_from(folder: &Path, arguments: &[&str]) -> Chat {
    let template = folder.join("template.yaml");
    let template = template.to_str().expect("a clone has a plain path");
    let mut arguments = [&["--ephemeral", "--template", template], arguments].concat();
    let Ok(endpoint) = std::env::var(OTHER_ENDPOINT) else {
        return Chat { stack: Stack::start_with(&arguments).await, prefix: String::new() };
    };
    let prefix = format!("{}-", uuid::Uuid::new_v4().simple());
    let parameter = format!("Prefix={prefix}");
    arguments.extend(["--dynamodb-endpoint", &endpoint, "--parameter", &parameter]);
    Chat { stack: Stack::start_with(&arguments).await, prefix }
}

/// One who talks.
struct Talker {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The table of what is said.
    lines: String,
}

fn request(stack: &Stack, query: &str) -> Request<()> {
    let address = format!("{}/live{query}", stack.address().replacen("http", "ws", 1));
    address.into_client_request().expect("it is a URL")
}

impl Talker {
    async fn open(chat: &Chat) -> Self {
        Self::open_with(chat, "?key=ann").await.expect("ann may come in")
    }

    /// # Errors
    /// With the status of a refused handshake.
    async fn open_with(chat: &Chat, query: &str) -> Result<Self, u16> {
        match timeout(PATIENCE, connect_async(request(chat, query))).await.expect("the handshake ends") {
            Ok((socket, _)) => Ok(Self { socket, lines: format!("{}Lines", chat.prefix) }),
            Err(tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("no handshake: {error}"),
        }
    }

    async fn send(&mut self, how: &str, what: &str, more: Value) {
        let mut frame = json!({ "do": "talk", "how": how, "what": what });
        for (name, value) in more.as_object().into_iter().flatten() {
            frame[name] = value.clone();
        }
        self.socket.send(Message::text(frame.to_string())).await.expect("it is sent");
    }

    async fn next(&mut self) -> Message {
        let next = timeout(PATIENCE, self.socket.next()).await.expect("something comes");
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
        let item = line(room, at, text);
        let (status, answer) = self.database("PutItem", json!({ "TableName": self.lines, "Item": item })).await;
        assert_eq!(status, 200, "{answer}");
    }

    async fn close_code(&mut self) -> Option<u16> {
        let message = self.next().await;
        let Message::Close(frame) = message else { panic!("not closed: {message:?}") };
        frame.map(|frame| frame.code.into())
    }
}

/// A line as an item.
fn line(room: &str, at: u32, text: &str) -> Value {
    json!({ "room": { "S": room }, "at": { "N": at.to_string() }, "text": { "S": text } })
}

impl Chat {
    /// Asks the stack to end, and returns what it wrote to standard error.
    async fn stop(self, signal: &str) -> String {
        self.stack.stop(signal).await
    }
}

/// What stands under an id in the table Heard.
async fn heard(chat: &Chat, id: &str) -> Option<String> {
    heard_item(chat, id).await?["what"].as_s().ok().cloned()
}

async fn heard_item(chat: &Chat, id: &str) -> Option<HashMap<String, AttributeValue>> {
    let get = chat.dynamodb().await.get_item().table_name(format!("{}Heard", chat.prefix));
    get.key("id", AttributeValue::S(id.to_owned())).send().await.expect("it reads").item
}

/// Says something in each of these rooms, in one transaction past the functions: all of it is in the stream at once.
async fn say_at_once(chat: &Chat, rooms: &[&str]) {
    use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
    let put = |(at, room): (usize, &&str)| {
        let put =
            Put::builder().table_name(format!("{}Lines", chat.prefix)).item("at", AttributeValue::N(at.to_string()));
        let put = put.item("room", AttributeValue::S((*room).to_owned()));
        let put = put.item("text", AttributeValue::S(format!("line {at}"))).build().expect("it is complete");
        TransactWriteItem::builder().put(put).build()
    };
    let items = rooms.iter().enumerate().map(put).collect();
    chat.dynamodb().await.transact_write_items().set_transact_items(Some(items)).send().await.expect("it is written");
}

/// A command of `turnlog` towards this stack: whether it succeeded, and what it printed.
async fn turnlog(stack: &Stack, arguments: &[&str]) -> (bool, String) {
    let port = stack.port().to_string();
    let command = Command::new(build_once().await).args(arguments).args(["--port", &port]).output();
    let output = timeout(PATIENCE, command).await.expect("it ends").expect("it starts");
    (output.status.success(), String::from_utf8(output.stdout).expect("it prints text"))
}
