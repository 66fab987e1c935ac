//! `turnlog bench` hides nothing.

use serde_json::{Value, json};
use turnlog_tests::Stack;

/// What the command measures: as JSON, and the code with which it ends.
pub(crate) async fn measured(stack: &Stack, games: u32, moves: u32) -> (Value, Option<i32>) {
    let (games, moves) = (games.to_string(), moves.to_string());
    let output = stack.turnlog(&["bench", "--games", &games, "--moves", &moves, "--json"]).await;
    let told = String::from_utf8_lossy(&output.stdout);
    let figures = serde_json::from_str(&told).unwrap_or_else(|error| {
        panic!("{error}: {told}{}", String::from_utf8_lossy(&output.stderr));
    });
    (figures, output.status.code())
}

/// Issue 13, 2. Every function takes a second longer: no push comes in time, and all of them come.
#[tokio::test]
async fn a_benchmark_counts_the_pushes_that_come_late() {
    let stack = Stack::start_with(&["--ephemeral", "--fault", "slow-function=1"]).await;
    let (figures, code) = measured(&stack, 1, 2).await;
    assert_eq!(code, Some(0), "{figures}");
    assert_eq!((&figures["moves"], &figures["pushes_late"]), (&json!(2), &json!(2)), "{figures}");
    assert_eq!((&figures["pushes_missing"], &figures["answers_missing"]), (&json!(0), &json!(0)), "{figures}");
    let (p50, max) = (figures["opponent_ms"]["p50"].as_f64(), figures["opponent_ms"]["max"].as_f64());
    assert!(p50 > Some(1000.0) && max >= p50, "{figures}");
}

/// Issue 13, 2. Pushes are taken from both tables: the benchmark says so, as text too, and ends with 1.
#[tokio::test]
async fn a_benchmark_ends_with_1_when_a_push_never_comes() {
    let stack = Stack::start_with(&["--ephemeral", "--fault", "gone=1"]).await;
    let (figures, code) = measured(&stack, 2, 10).await;
    assert_eq!(code, Some(1), "{figures}");
    assert_eq!((&figures["pushes_missing"], &figures["moves"]), (&json!(2), &json!(2)), "one move at each table");
    let output = stack.turnlog(&["bench", "--games", "1", "--seconds", "1"]).await;
    let told = String::from_utf8(output.stdout).expect("it writes text");
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("0 later than one second, 1 never came"), "{told}");
}
