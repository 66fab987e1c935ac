//! A copy of the database, made while people play, and what becomes of a stack on it.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    process::{Output, Stdio},
};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use tokio::process::Command;
use turnlog_tests::{Stack, build_once, eventually};

use super::{bench::LONG_GAMES, cell, play_cells, row_is_current, table};

/// All items of Messages, by log and in its order.
type Logs = BTreeMap<String, Vec<HashMap<String, AttributeValue>>>;

async fn logs(stack: &Stack) -> Logs {
    let scan = stack.dynamodb().await.scan().table_name("MessagesTable").consistent_read(true).into_paginator();
    let items = scan.items().send().try_collect().await.expect("it reads");
    let mut logs = Logs::new();
    for item in items {
        logs.entry(item["game_id"].as_s().expect("it is a text").clone()).or_default().push(item);
    }
    let seq = |item: &HashMap<String, AttributeValue>| -> u64 {
        item["seq"].as_n().ok().and_then(|seq| seq.parse().ok()).expect("it is a number")
    };
    for log in logs.values_mut() {
        log.sort_by_key(seq);
    }
    logs
}

fn messages(logs: &Logs) -> usize {
    logs.values().map(Vec::len).sum()
}

async fn backup(folder: &Path, copy: &Path) -> Output {
    let mut command = Command::new(build_once().await);
    command.arg("backup").arg(copy).arg("--data-dir").arg(folder).output().await.expect("the command runs")
}

/// Makes a data folder of a copy, as docs/serve.md has it: the copy is its database, and the secrets come from elsewhere.
fn restore(copy: &Path, secrets_of: &Path, folder: &Path) {
    std::fs::create_dir(folder).expect("it can be made");
    std::fs::copy(copy, folder.join("dynamodb.sqlite")).expect("it can be copied");
    std::fs::copy(secrets_of.join("parameters.json"), folder.join("parameters.json")).expect("it can be copied");
}

/// Issue 15, 2.
#[tokio::test]
async fn a_backup_made_during_play_is_a_beginning_of_every_log_and_a_stack_on_it_goes_on() {
    let folders = tempfile::tempdir().expect("a folder can be made");
    let [data, copy, restored] = ["data", "copy", "restored"].map(|name| folders.path().join(name));
    let stack = Stack::start_in(&data).await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    play_cells(&mut ada, &mut bob, &game, &[0]).await;

    let play = [&["bench", "--json", "--games", "4", "--moves", "400"][..], &LONG_GAMES].concat();
    let play = stack.command(&play).await.stdout(Stdio::piped()).spawn().expect("the command runs");
    let under_way = async || (messages(&logs(&stack).await) > 60).then_some(());
    eventually("play is under way", under_way).await;
    let told = backup(&data, &copy).await;
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let again = backup(&data, &copy).await;
    assert_eq!(again.status.code(), Some(2), "it overwrites nothing");
    let played = play.wait_with_output().await.expect("it ends");
    assert!(played.status.success(), "{}", String::from_utf8_lossy(&played.stdout));
    let all = logs(&stack).await;
    drop((ada, bob));
    stack.stop("TERM").await;

    restore(&copy, &data, &restored);
    // Pushes come from the stream alone: that its mappings go on is what is asked.
    let restored = restored.to_str().expect("it has a plain name");
    let stack = Stack::start_with(&["--data-dir", restored, "--parameter", "PushAtOnce=0"]).await;
    let kept = logs(&stack).await;
    assert!((60..messages(&all)).contains(&messages(&kept)), "{} of {}", messages(&kept), messages(&all));
    for (log, items) in &kept {
        assert!(all[log].starts_with(items), "{log} is another one");
    }
    let (verdict, ok) = stack.run(&["verify", "--all", "--json"]).await;
    let verdict: Value = serde_json::from_str(&verdict).unwrap_or_else(|error| panic!("{error}: {verdict}"));
    assert_eq!((ok, &verdict["problems"], &verdict["games"]), (true, &json!([]), &json!(kept.len())), "{verdict}");

    let (mut ada, mut bob) = stack.ada_and_bob().await;
    for client in [&mut ada, &mut bob] {
        client.accept(json!({ "action": "watch", "game": game, "after": 0 })).await;
    }
    bob.accept(cell(&game, 4)).await;
    ada.hears(&game, 5).await;
    ada.accept(cell(&game, 1)).await;
    bob.hears(&game, 6).await;
    row_is_current(&stack, &game).await;
}
