//! Small templates of other people, as `turnlog dev --template` runs them.

use std::{fs, path::Path, process::Stdio};

use aws_sdk_dynamodb::types::AttributeValue;
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
    time::timeout,
};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{self, Message},
};
use turnlog_tests::{Stack, build_once, eventually, root};

use super::{PATIENCE, Talker, start_from, turnlog, watch::copy};

/// A project with this template, and a function in `app` that answers with its environment.
fn project(template: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&root().join("tests/fixtures/templates"), folder.path());
    fs::write(folder.path().join("template.yaml"), template).expect("it can be written");
    folder
}

fn fixture(name: &str) -> String {
    fs::read_to_string(root().join("tests/fixtures/templates").join(name)).expect("it is there")
}

async fn run(folder: &TempDir, arguments: &[&str]) -> Stack {
    let template = folder.path().join("template.yaml");
    let template = template.to_str().expect("a test's folder has a plain name");
    Stack::start_with(&[&["--ephemeral", "--template", template], arguments].concat()).await
}

/// The environment that a function is invoked with.
async fn environment(stack: &Stack, function: &str) -> Value {
    let (succeeded, printed) = turnlog(stack, &["invoke", function, "--event", "{}"]).await;
    assert!(succeeded, "{printed}");
    let answer: Value = serde_json::from_str(&printed).expect("it prints what the function returns");
    serde_json::from_str(answer["body"].as_str().expect("it has a body")).expect("it is JSON")
}

/// F: `Fn::ForEach` makes tables, and a function behind a socket is told of them.
#[tokio::test]
async fn a_template_with_loops_runs() {
    let folder = project(&fixture("foreach.yaml"));
    let stack = run(&folder, &[]).await;
    let tables = stack.dynamodb().await.list_tables().send().await.expect("it lists").table_names.unwrap_or_default();
    assert_eq!(tables, ["my-Games", "my-Players"]);
    let address = format!("{}/live", stack.address().replacen("http", "ws", 1));
    let (mut socket, _) = connect_async(address).await.expect("anybody may come in");
    socket.send(Message::text("{}")).await.expect("it is sent");
    let answer =
        timeout(PATIENCE, socket.next()).await.expect("an answer comes").expect("it is open").expect("a frame");
    let variables: Value = serde_json::from_str(answer.to_text().expect("it is text")).expect("it is JSON");
    assert_eq!(variables["GAMES"], "my-Games");
}

/// F: a default without quotes reaches the function as YAML 1.1 has it, and its author is told.
#[tokio::test]
async fn a_number_with_a_leading_zero_stays_text() {
    let folder = project(&fixture("min-bool.yaml"));
    let stack = run(&folder, &[]).await;
    assert_eq!(environment(&stack, "Fn").await["OWNER"], "012345678901");
    let told = stack.stop("INT").await;
    assert!(told.contains("warning: Parameters.Owner.Default: 012345678901 without quotes"), "{told}");
}

/// F: a table and a function of one name: the function is invoked by it, and hears what is written to the table.
#[tokio::test]
async fn a_function_and_its_table_share_a_name() {
    let folder = project(&fixture("min-name.yaml"));
    let stack = run(&folder, &[]).await;
    assert_eq!(environment(&stack, "chat").await["AWS_LAMBDA_FUNCTION_NAME"], "chat");
    put(&stack, "chat").await;
    let heard = eventually("the record", || heard(&folder, "chat")).await;
    assert!(heard.contains("arn:aws:dynamodb:us-east-1:000000000000:table/chat/stream/"), "{heard}");
    let told = stack.stop("INT").await;
    assert!(!told.contains("warning"), "{told}");
}

/// F: a mapping with `Enabled: no` receives no record; the function beside it hears every one.
#[tokio::test]
async fn a_mapping_that_is_switched_off_receives_nothing() {
    let text = fixture("min-name.yaml").replace("StartingPosition: LATEST", "StartingPosition: TRIM_HORIZON");
    let (function, table) = text.split_once("  Fn:").and_then(|(_, rest)| rest.split_once("  Table:")).expect("two");
    let quiet = function.replace("chat", "quiet").replace("TRIM_HORIZON", "TRIM_HORIZON, Enabled: no");
    let folder = project(&format!("Resources:\n  Fn:{function}  Quiet:{quiet}  Table:{table}"));
    let stack = run(&folder, &[]).await;
    for _ in 0..10 {
        put(&stack, "chat").await;
    }
    let all = || async { heard(&folder, "chat").await.filter(|heard| heard.matches("\"eventID\"").count() == 10) };
    eventually("ten records", all).await;
    stack.stop("INT").await;
    assert_eq!(heard(&folder, "quiet").await, None);
}

async fn put(stack: &Stack, table: &str) {
    let id = AttributeValue::S(uuid::Uuid::new_v4().to_string());
    let put = stack.dynamodb().await.put_item().table_name(table).item("id", id);
    put.send().await.expect("it is written");
}

/// What a function has heard, once it is there.
async fn heard(folder: &TempDir, function: &str) -> Option<String> {
    tokio::fs::read_to_string(folder.path().join(format!("app/heard-by-{function}.json"))).await.ok()
}

/// F: the first API of the file is at its stage alone, and the addresses of all are printed.
#[tokio::test]
async fn every_address_is_printed_that_of_the_first_api_first() {
    let folder = project(
        "
Resources:
  Zebra: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: WEBSOCKET } }
  ZebraStage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: !Ref Zebra, StageName: live } }
  Ant: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: WEBSOCKET } }
  AntStage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: !Ref Ant, StageName: test } }
",
    );
    let template = folder.path().join("template.yaml");
    let mut command = Command::new(build_once().await);
    command.args(["dev", "--port", "0", "--ephemeral", "--log", "error", "--template"]).arg(template);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn().expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let mut printed = Vec::new();
    while printed.len() < 3 {
        let line = timeout(PATIENCE, lines.next_line()).await.expect("it comes up in time").expect("it writes text");
        printed.push(line.expect("it does not end"));
    }
    let address = printed[0].strip_prefix("Turnlog is up: http://").expect("it is up").trim_end_matches('/').to_owned();
    let (zebra, ant) = (format!("ws://{address}/live"), format!("ws://{address}/Ant/test"));
    assert_eq!(printed[1..], [format!("WebSocket API Zebra: {zebra}"), format!("WebSocket API Ant: {ant}")]);
    for address in [zebra, ant] {
        connect_async(address).await.expect("it is an API without a $connect route");
    }
    child.kill().await.expect("it can be killed");
}

/// F: a template in which no function can run says so at the start, and a client that is refused for it leaves the
/// reason in the log.
#[tokio::test]
async fn a_function_that_cannot_run_is_the_reason_of_a_refusal() {
    let template = fixture("foreach.yaml").replace("Runtime: provided.al2023", "Runtime: nodejs22.x");
    let folder = project(&template.replace("RouteKey: $default,", "RouteKey: $connect,"));
    let stack = run(&folder, &["--log", "warn"]).await;
    let address = format!("{}/live", stack.address().replacen("http", "ws", 1));
    let Err(tungstenite::Error::Http(answer)) = connect_async(address).await else { panic!("nobody lets it in") };
    assert_eq!(answer.status().as_u16(), 502);
    let (succeeded, _) = turnlog(&stack, &["invoke", "Talk", "--event", "{}"]).await;
    assert!(!succeeded);
    let told = stack.stop("INT").await;
    assert_eq!(told.matches("No function of this template can run here").count(), 1, "{told}");
    let reason = "Talk does not run here: only provided runtimes run here, not \\\"nodejs22.x\\\"";
    assert!(told.contains(reason), "{told}");
}

/// F: `CodeUri` names a zip file, which is unpacked again when it changes.
#[tokio::test]
async fn a_function_comes_in_a_zip_file() {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&root().join("tests/fixtures/chat"), folder.path());
    let template = folder.path().join("template.yaml");
    let text = fs::read_to_string(&template).expect("it is there");
    fs::write(&template, text.replace("CodeUri: app", "CodeUri: app.zip")).expect("it can be written");
    pack(folder.path()).await;
    let chat = start_from(folder.path(), &["--watch"]).await;
    let mut ann = Talker::open(&chat).await;
    assert_eq!(ann.ask("status", json!({})).await, "an answer all the same");
    let file = folder.path().join("app/chat.py");
    let text = fs::read_to_string(&file).expect("it is there").replace("an answer all the same", "another answer");
    fs::write(&file, text).expect("it can be written");
    pack(folder.path()).await;
    let ann = tokio::sync::Mutex::new(ann);
    let changed = || async {
        let answer = ann.lock().await.ask("status", json!({})).await;
        (answer == "another answer").then_some(())
    };
    eventually("another answer", changed).await;
}

/// Packs `app` of a folder into `app.zip`, which is another one from one moment to the next.
async fn pack(folder: &Path) {
    let mut command = Command::new("python3");
    command.args(["-m", "zipfile", "-c", "../new.zip", "bootstrap", "chat.py"]).current_dir(folder.join("app"));
    assert!(command.status().await.expect("there is Python").success());
    fs::rename(folder.join("new.zip"), folder.join("app.zip")).expect("it can be renamed");
}
