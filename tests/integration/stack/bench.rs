//! `turnlog bench` plays whatever there is, anywhere, and hides nothing.

use std::{path::Path, process::Output};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;
use turnlog_tests::{Doubling, Stack, build_once};

use super::token_secrets;

/// Games so long that hardly any time goes into their beginnings.
pub(crate) const LONG_GAMES: [&str; 4] =
    ["--kind", "connect-four", "--options", r#"{"columns":16,"rows":16,"line":16}"#];

/// What the command measures in long games: as JSON, and the code with which it ends.
pub(crate) async fn measured(stack: &Stack, games: u32, moves: u32) -> (Value, Option<i32>) {
    let (games, moves) = (games.to_string(), moves.to_string());
    measured_with(stack, &[&["--games", &games, "--moves", &moves][..], &LONG_GAMES].concat()).await
}

async fn measured_with(stack: &Stack, arguments: &[&str]) -> (Value, Option<i32>) {
    figures(stack.turnlog(&[&["bench", "--json"], arguments].concat()).await)
}

/// The same at the address of a WebSocket, with the secret in a file.
async fn measured_at(url: &str, secret: &Path, arguments: &[&str]) -> (Value, Option<i32>) {
    let secret = secret.to_str().expect("a test's folder has a plain name");
    let mut command = Command::new(build_once().await);
    command.args(["bench", "--json", "--url", url, "--token-secret-file", secret]).args(arguments);
    // Whom a local stack's functions trust, this command does.
    command.env("SSL_CERT_FILE", Path::new(secret).with_file_name("trusted.pem"));
    figures(command.output().await.expect("the command runs"))
}

fn figures(output: Output) -> (Value, Option<i32>) {
    let told = String::from_utf8_lossy(&output.stdout);
    let figures = serde_json::from_str(&told).unwrap_or_else(|error| {
        panic!("{error}: {told}{}", String::from_utf8_lossy(&output.stderr));
    });
    (figures, output.status.code())
}

/// A stack, and its secret in a file of its data folder.
async fn with_secret() -> (TempDir, Stack) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let stack = Stack::start_in(folder.path()).await;
    let secrets = token_secrets(&stack, folder.path()).await;
    std::fs::write(folder.path().join("secret"), format!("{secrets}\n")).expect("it is written");
    (folder, stack)
}

/// How many games there are of a kind, with so many players each.
async fn games(stack: &Stack, kind: &str, players: usize) -> usize {
    let (listed, _) = stack.run(&["games", "--json"]).await;
    let listed = listed.lines().map(|line| serde_json::from_str::<Value>(line).expect("it is JSON"));
    let is_such = |game: &Value| game["kind"] == kind && game["players"].as_array().map(Vec::len) == Some(players);
    listed.filter(is_such).count()
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
    assert_eq!((&figures["games_stopped"], &figures["pushes"]), (&json!(2), &json!(0)), "{figures}");
    let output = stack.turnlog(&["bench", "--games", "1", "--seconds", "1"]).await;
    let told = String::from_utf8(output.stdout).expect("it writes text");
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("0 later than one second, 1 never came"), "{told}");
}

/// Issues 14 and 15, 4. Dice by four and choices at the same time by two, at an address with a secret, by TLS as well.
#[tokio::test]
async fn a_benchmark_plays_any_kind_at_any_address() {
    let (folder, stack) = with_secret().await;
    let secret = folder.path().join("secret");
    let dice = ["--kind", "liars-dice", "--players", "4", "--games", "3", "--moves", "60"];
    let (figures, code) = measured_at(&stack.websocket(), &secret, &dice).await;
    assert_eq!((code, &figures["errors"]), (Some(0), &json!({})), "{figures}");
    assert_eq!((&figures["moves"], &figures["pushes"]), (&json!(60), &json!(180)), "each comes to three others");
    assert_eq!(figures["stack_rss_mb"], Value::Null, "what a stack takes is asked of a local one only");
    assert!(games(&stack, "liars-dice", 4).await >= 3);

    let url = stack.websocket().replacen("ws://", "wss://", 1);
    let choices = ["--kind", "rock-paper-scissors", "--games", "2", "--moves", "40"];
    let (figures, code) = measured_at(&url, &secret, &choices).await;
    assert_eq!((code, &figures["moves"], &figures["pushes"]), (Some(0), &json!(40), &json!(40)), "{figures}");

    let (figures, code) = measured_with(&stack, &["--kind", "chess", "--games", "1", "--moves", "40"]).await;
    assert_eq!((code, &figures["moves"], &figures["errors"]), (Some(0), &json!(40), &json!({})), "{figures}");
    assert!(figures["stack_rss_mb"].as_f64() > Some(0.0), "{figures}");
}

/// Issue 15, 4. In the first kind of the registry, a game has nine moves at most.
#[tokio::test]
async fn games_that_end_are_followed_by_others_until_the_time_is_up() {
    let stack = Stack::start().await;
    let (figures, code) = measured_with(&stack, &["--games", "2", "--moves", "100"]).await;
    assert_eq!((code, &figures["kind"], &figures["moves"]), (Some(0), &json!("tic-tac-toe"), &json!(100)), "{figures}");
    let before = games(&stack, "tic-tac-toe", 2).await;
    assert!(before >= 12, "{before} games");

    // Two players of whom one moves at any time, after half a second on average, make four moves in two seconds.
    let (figures, code) = measured_with(&stack, &["--games", "1", "--seconds", "2", "--think", "500"]).await;
    assert_eq!((code, &figures["pushes_missing"]), (Some(0), &json!(0)), "{figures}");
    let moves = figures["moves"].as_u64().expect("it is a number");
    assert!((1..=20).contains(&moves), "{figures}");
    assert!(games(&stack, "tic-tac-toe", 2).await > before);
}

/// Issue 15, 4. A stack that lets nobody send so fast: what it refuses is counted and sent again.
#[tokio::test]
async fn a_benchmark_counts_refusals_by_their_codes() {
    let stack = Stack::start_with(&["--ephemeral", "--parameter", "FramesPerSecond=1"]).await;
    // Short games, since their beginnings take several frames of the same player.
    let (figures, code) = measured_with(&stack, &["--games", "1", "--moves", "30"]).await;
    assert_eq!((code, &figures["moves"]), (Some(0), &json!(30)), "{figures}");
    assert!(figures["errors"]["too_many_frames"].as_u64() > Some(0), "{figures}");
}

/// Issue 15, 4. Whatever the stack sends comes twice.
#[tokio::test]
async fn a_benchmark_counts_what_comes_twice() {
    let (folder, stack) = with_secret().await;
    let doubling = Doubling::of(&stack).await;
    let arguments = [&["--games", "1", "--moves", "20"][..], &LONG_GAMES].concat();
    let (figures, code) = measured_at(doubling.url(), &folder.path().join("secret"), &arguments).await;
    assert_eq!((code, &figures["moves"], &figures["pushes"]), (Some(1), &json!(20), &json!(20)), "{figures}");
    // The benchmark is over when the first copy of the last frame has come.
    assert!(figures["pushes_doubled"].as_u64() >= Some(19), "{figures}");
    assert!(figures["answers_doubled"].as_u64() >= Some(19), "{figures}");
}

/// Issue 15, 4.
#[tokio::test]
async fn a_benchmark_says_what_it_can_play() {
    let turnlog = build_once().await;
    for (arguments, reason) in [
        (
            &["--kind", "go"][..],
            "there is no kind \"go\"; there are tic-tac-toe, connect-four, rock-paper-scissors, liars-dice",
        ),
        (&["--kind", "chess", "--players", "3"], "a game of chess takes 2 to 2 players"),
        (&["--options", r#"{"size":1}"#], "--options: "),
        (&["--url", "ws://127.0.0.1:1/v1"], "--token-secret-file"),
    ] {
        let output = Command::new(&turnlog).arg("bench").args(arguments).output().await.expect("the command runs");
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), told.contains(reason)), (Some(2), true), "{arguments:?}: {told}");
    }
}
