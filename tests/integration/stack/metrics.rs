//! What a stack tells its operators: whether it is ready, and what it has counted.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use turnlog_tests::{Stack, eventually};

use super::{cell, play, play_cells, row_is_current, table};

/// Everything by name and labels, as `name{label="value"}`.
type Metrics = BTreeMap<String, f64>;

async fn metrics(stack: &Stack) -> (Metrics, String) {
    let answer = reqwest::get(format!("{}/metrics", stack.address())).await.expect("it answers");
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let text = answer.text().await.expect("it is a text");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let line = |line: &str| {
        let (name, value) = line.rsplit_once(' ').expect("a line has a name and a value");
        (name.to_owned(), value.parse().expect("it is a number"))
    };
    (lines.map(line).collect(), text)
}

fn value(metrics: &Metrics, name: &str) -> f64 {
    metrics.get(name).copied().unwrap_or_default()
}

/// The values of every label.
fn labels(metrics: &Metrics) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut labels: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for name in metrics.keys() {
        let Some((_, inside)) = name.trim_end_matches('}').split_once('{') else { continue };
        for label in inside.split("\",") {
            let (label, value) = label.split_once("=\"").expect("a label has a value");
            labels.entry(label).or_default().insert(value.trim_end_matches('"'));
        }
    }
    labels
}

/// Issue 15, 2.
#[tokio::test]
async fn metrics_count_what_happened_in_a_game_and_name_nobody() {
    let stack = Stack::start_in_process(&["--ephemeral", "--parameter", "PushAtOnce=1000"]).await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    play_cells(&mut ada, &mut bob, &game, &[0, 4, 1]).await;
    assert_eq!(ada.reject(cell(&game, 2)).await, "not_your_turn");
    bob.reject(json!({ "action": "blackcurrant" })).await;
    row_is_current(&stack, &game).await;
    let (told, ok) = stack.run(&["invoke", "SweepFunction"]).await;
    assert!(ok, "{told}");
    // Both wait for batches of the stream.
    let through = async || {
        let (metrics, text) = metrics(&stack).await;
        let is_through = value(&metrics, "stream_batch_records_sum{mapping=\"GamesMapping\"}") >= 6.0
            && value(&metrics, "turnlog_push_seconds_count{way=\"stream\"}") >= 1.0;
        is_through.then_some((metrics, text))
    };
    let (metrics, text) = eventually("the stream is through", through).await;
    for (name, count) in [
        (r#"turnlog_frames_total{action="create",outcome="accepted",code=""}"#, 1.0),
        (r#"turnlog_frames_total{action="join",outcome="accepted",code=""}"#, 2.0),
        (r#"turnlog_frames_total{action="play",outcome="accepted",code=""}"#, 3.0),
        (r#"turnlog_frames_total{action="play",outcome="rejected",code="not_your_turn"}"#, 1.0),
        (r#"turnlog_frames_total{action="unknown",outcome="rejected",code="unknown_action"}"#, 1.0),
        (r#"turnlog_append_seconds_count{outcome="stored"}"#, 6.0),
        (r#"turnlog_append_seconds_count{outcome="rejected"}"#, 1.0),
        ("turnlog_append_conflicts_total", 0.0),
        // Ada is told that Bob sits down, and each of three moves is told to the other.
        (r#"turnlog_push_seconds_count{way="at_once"}"#, 4.0),
        ("turnlog_parked_games", 0.0),
        (r#"gateway_connections_open{api="WebSocketApi"}"#, 2.0),
        (r#"gateway_connections_total{api="WebSocketApi"}"#, 2.0),
        (r#"lambda_invocations_total{function="CommandFunction",outcome="answered"}"#, 10.0),
        (r#"lambda_duration_seconds_count{function="ConnectFunction"}"#, 2.0),
        (r#"stream_batch_records_sum{mapping="GamesMapping"}"#, 6.0),
        (r#"stream_records_waiting{mapping="GamesMapping"}"#, 0.0),
    ] {
        assert_eq!(metrics.get(name), Some(&count), "{name} in {text}");
    }
    for name in [
        "process_resident_memory_bytes",
        r#"database_size_bytes{file="database"}"#,
        r#"stream_lag_seconds_count{mapping="GamesMapping"}"#,
    ] {
        assert!(value(&metrics, name) > 0.0, "{name} in {text}");
    }
    let labels = labels(&metrics);
    let names: Vec<&str> = labels.keys().copied().collect();
    assert_eq!(names, ["action", "api", "code", "file", "function", "le", "mapping", "outcome", "way"]);
    let actions = ["create", "join", "play", "unknown", "watch"];
    assert_eq!(labels["action"], actions.into());
    for id in [&game, "ada", "bob", "blackcurrant"] {
        assert!(!text.contains(id), "{id} in {text}");
    }
}

/// Issue 15, 2. Two who choose at the same time want the same position of the log.
#[tokio::test]
async fn metrics_count_the_conflicts_of_two_who_act_at_once() {
    let stack = Stack::start_in_process(&["--ephemeral"]).await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let game = table(&mut ada, &mut bob, "rock-paper-scissors", json!({ "best_of": 15 })).await;
    let conflicts = async || value(&metrics(&stack).await.0, "turnlog_append_conflicts_total");
    assert!(conflicts().await < 1.0, "it counts from none");
    // A draw each, as many as the game takes.
    for _ in 0..60 {
        let rock = play(&game, json!({ "choose": "rock" }));
        tokio::join!(ada.accept(rock.clone()), bob.accept(rock));
        if conflicts().await > 0.0 {
            return;
        }
    }
    panic!("nobody ever came second");
}

/// Issue 15, 2. The stack waits for its functions, each of which takes a second longer.
#[tokio::test]
async fn a_stack_that_stops_says_that_it_is_not_ready_and_still_answers() {
    let stack = Stack::start_with(&["--ephemeral", "--fault", "slow-function=1"]).await;
    let address = stack.address().to_owned();
    let asked = async |path: &str| {
        let answer = reqwest::get(format!("{address}{path}")).await.ok()?;
        Some((answer.status().as_u16(), answer.json::<Value>().await.ok()?))
    };
    assert_eq!(asked("/ready").await, Some((200, json!({ "status": "ready" }))));
    let _ada = stack.connect("ada").await;
    let not_ready = async || asked("/ready").await.filter(|(status, _)| *status == 503);
    let stopping = async {
        let (_, told) = eventually("it is not ready", not_ready).await;
        assert_eq!(told, json!({ "status": "not_ready", "reason": "The stack is stopping." }));
        assert_eq!(asked("/health").await.map(|(status, _)| status), Some(200));
    };
    tokio::join!(stack.stop("TERM"), stopping);
}
