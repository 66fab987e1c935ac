//! Every move arrives at once: no announcement of a write gets lost, however quick the players are.
//!
//! A stall is looked for, not a time: what comes later than a second counts, unless the machine is so busy that most moves
//! take a good part of that.

use serde_json::{Value, json};
use turnlog_tests::{Proxy, Stack};

use super::bench::measured;

/// Moves of one game at a time, and of several together. Built without optimisation a move takes several times as long, so
/// that fewer are played; of 1,000 in a row, 7 to 16 met the fault, so that 960 without any are no luck.
const ALONE: u32 = if cfg!(debug_assertions) { 600 } else { 5000 };
const TOGETHER: u32 = if cfg!(debug_assertions) { 120 } else { 1000 };

/// A push that comes later has stood still somewhere.
const STALL_MS: f64 = 1000.0;

/// A stall takes so many times as long as what nineteen of twenty moves take.
const STALL_PER_P95: f64 = 5.0;

/// Issue 13, 1. A.2: an announcement that was lost cost five seconds, which only the next look at the stream made good.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_move_comes_later_than_a_second() {
    let stack = Stack::start().await;
    plays_without_a_stall(&stack, 1, ALONE).await;
    for games in [2, 3, 5] {
        plays_without_a_stall(&stack, games, TOGETHER).await;
    }
}

/// A.2: the same where others may write to the database as well, which is looked at four times a second: an announcement
/// that was lost cost a quarter of a second.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_move_comes_later_than_a_second_from_another_dynamodb() {
    let proxy = Proxy::start().await;
    let stack = Stack::start_with(&["--ephemeral", "--dynamodb-endpoint", proxy.endpoint()]).await;
    let figures = plays_without_a_stall(&stack, 1, ALONE / 2).await;
    let spread = milliseconds(&figures, "p95") - milliseconds(&figures, "p50");
    assert!(spread < 200.0, "one of twenty waited for the next look: {figures}");
    for games in [2, 3, 5] {
        plays_without_a_stall(&stack, games, TOGETHER / 2).await;
    }
}

async fn plays_without_a_stall(stack: &Stack, games: u32, moves: u32) -> Value {
    let (figures, code) = measured(stack, games, moves).await;
    assert_eq!((code, &figures["moves"]), (Some(0), &json!(moves)), "{games} games: {figures}");
    let longest = STALL_MS.max(STALL_PER_P95 * milliseconds(&figures, "p95"));
    assert!(milliseconds(&figures, "max") <= longest, "{games} games: {figures}");
    figures
}

fn milliseconds(figures: &Value, what: &str) -> f64 {
    figures["opponent_ms"][what].as_f64().expect("it is a time")
}
