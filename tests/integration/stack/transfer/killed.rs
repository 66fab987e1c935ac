//! Exports and imports that are killed, and started again.

use std::{
    fs,
    time::{Duration, Instant},
};

use rand::{Rng, SeedableRng, rngs::SmallRng};
use tokio::{process::Child, time::timeout};
use turnlog_tests::{Stack, eventually, say_seed};

use super::{super::bench::LONG_GAMES, command, export, folder, path, rows, turnlog};

/// A stack with many games.
async fn busy() -> Stack {
    let stack = Stack::start().await;
    let (is_well, _, told) =
        turnlog(&stack, &[&["bench", "--games", "16", "--seconds", "3"][..], &LONG_GAMES].concat()).await;
    assert!(is_well, "{told}");
    stack
}

/// Ends a command at some part of the time that it may take, in the middle of whatever it does; tells whether it was still at
/// it. One that was quicker may take half as long the next time.
async fn is_killed_within(mut child: Child, whole: &mut Duration, random: &mut SmallRng) -> bool {
    let is_running = timeout(whole.mul_f64(random.random_range(0.1..0.9)), child.wait()).await.is_err();
    if is_running {
        child.kill().await.expect("it can be killed");
    } else {
        *whole /= 2;
    }
    is_running
}

/// How long a command takes that nobody disturbs.
async fn time_of(stack: &Stack, arguments: &[&str]) -> Duration {
    let began = Instant::now();
    let (is_well, _, told) = turnlog(stack, arguments).await;
    assert!(is_well, "{told}");
    began.elapsed()
}

#[tokio::test]
async fn what_is_killed_at_any_point_is_started_again_and_ends_in_the_same() {
    let seed = rand::random();
    say_seed(seed);
    let mut random = SmallRng::seed_from_u64(seed);
    let source = busy().await;
    let text = export(&source).await;
    let folder = folder();
    let output = folder.path().join("export.jsonl");
    let arguments = ["export", "--all", "--output", path(&output), "--resume"];
    let mut whole = time_of(&source, &["export", "--all", "--output", path(&folder.path().join("whole.jsonl"))]).await;
    let mut killed = 0;
    for _ in 0..6 {
        let child = command(&source, &arguments).await.spawn().expect("it starts");
        killed += u32::from(is_killed_within(child, &mut whole, &mut random).await);
        // As if the machine had stopped in the middle of a line, or of the file.
        if let Ok(written) = fs::read(&output) {
            fs::write(&output, &written[..random.random_range(0..=written.len())]).expect("it can be written");
        }
    }
    let (is_well, _, told) = turnlog(&source, &arguments).await;
    assert!(is_well, "{told}");
    assert!(fs::read_to_string(&output).expect("it reads") == text, "the export differs");

    let target = Stack::start().await;
    let arguments = ["import", path(&output), "--yes"];
    let mut whole = time_of(&Stack::start().await, &arguments).await;
    for _ in 0..6 {
        let child = command(&target, &arguments).await.spawn().expect("it starts");
        killed += u32::from(is_killed_within(child, &mut whole, &mut random).await);
    }
    let (is_well, _, told) = turnlog(&target, &arguments).await;
    assert!(is_well, "{told}");
    assert!(killed > 3, "hardly anything was killed: {killed}");
    assert!(export(&target).await == text, "the import differs");
    let expected = rows(&source, "GamesTable", "state").await;
    let is_equal = || async { (rows(&target, "GamesTable", "state").await == expected).then_some(()) };
    eventually("equal rows", is_equal).await;
    assert_eq!(rows(&target, "GamesTable", "parked").await, []);
}
