//! `turnlog rebuild`, `parked` and `repair` on a whole stack, while people play.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use aws_sdk_dynamodb::types::AttributeValue;
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use turnlog_tests::{Client, Stack, eventually, say_seed};

use super::{cell, events, play_cells, row_is_current, table};

type Item = BTreeMap<String, AttributeValue>;

/// The rows of a version, by game or player and game, without what names the version or rings for bots.
async fn rows(stack: &Stack, table: &str, version: &str) -> BTreeMap<(String, String), Item> {
    let client = stack.dynamodb().await;
    let mut rows = BTreeMap::new();
    let mut pages = client.scan().table_name(table).into_paginator().send();
    while let Some(page) = pages.next().await {
        for item in page.expect("it reads").items.unwrap_or_default() {
            let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default();
            let name = text("item");
            let Some(rest) = name.strip_prefix(version) else { continue };
            let owner = if table == "GamesTable" { text("game_id") } else { text("player_id") };
            let mut row: Item = item.clone().into_iter().collect();
            for name in ["item", "errand"] {
                row.remove(name);
            }
            for name in ["active", "open"] {
                let Some(AttributeValue::S(key)) = row.get(name).cloned() else { continue };
                let (_, unversioned) = key.split_once('#').expect("it begins with a version");
                row.insert(name.to_owned(), AttributeValue::S(unversioned.to_owned()));
            }
            rows.insert((owner, rest.to_owned()), row);
        }
    }
    rows
}

async fn rebuild(stack: &Stack, arguments: &[&str]) -> Value {
    let (said, is_well) = stack.run(&[&["rebuild"], arguments, &["--yes", "--json"]].concat()).await;
    assert!(is_well, "{said}");
    serde_json::from_str(said.trim()).unwrap_or_else(|_| panic!("{said}"))
}

/// Games with a few moves each, some of them finished.
async fn begin(stack: &Stack, ada: &mut Client, bob: &mut Client, count: usize) -> Vec<String> {
    let mut games = Vec::new();
    for number in 0..count {
        let game = table(ada, bob, "tic-tac-toe", json!({ "size": 19, "line": 19 })).await;
        play_cells(ada, bob, &game, &[0, 1]).await;
        if number % 3 == 0 {
            ada.accept(json!({ "action": "resign", "game": game })).await;
        }
        games.push(game);
    }
    for game in &games {
        row_is_current(stack, game).await;
    }
    games
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_built_during_play_equals_one_built_from_nothing() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = (stack.connect("ada").await, stack.connect("bob").await);
    let mut eve = stack.connect("eve").await;
    let games = begin(&stack, &mut ada, &mut bob, 6).await;
    eve.accept(json!({ "action": "watch", "game": games[0] })).await;
    let running: Vec<&String> =
        games.iter().enumerate().filter(|(number, _)| number % 3 != 0).map(|(_, game)| game).collect();

    // Play goes on in all running games, and a new one begins, until the rebuild has ended.
    let is_over = AtomicBool::new(false);
    let play = async {
        let mut moves = 2;
        while moves < 300 && !is_over.load(Ordering::Relaxed) {
            for game in &running {
                let player = if moves % 2 == 0 { &mut ada } else { &mut bob };
                player.accept(cell(game, moves)).await;
            }
            moves += 1;
            tokio::task::yield_now().await;
        }
        table(&mut ada, &mut bob, "connect-four", json!({})).await;
    };
    let build = async {
        let told = rebuild(&stack, &["all"]).await;
        is_over.store(true, Ordering::Relaxed);
        told
    };
    let ((), told) = tokio::join!(play, build);
    assert_eq!((&told["problems"], &told["live"]), (&json!([]), &json!({ "GAMES": 3, "PLAYERS": 2 })));
    for game in &games {
        row_is_current(&stack, game).await;
    }

    // From nothing, when nobody plays; then both are the same but for their version.
    rebuild(&stack, &["all", "--to", "4"]).await;
    let (played, anew) = (rows(&stack, "GamesTable", "state#3").await, rows(&stack, "GamesTable", "state#4").await);
    assert_eq!(played, anew);
    assert_eq!(played.len(), games.len() + 1);
    assert_eq!(rows(&stack, "PlayersTable", "standing#2#").await, rows(&stack, "PlayersTable", "standing#4#").await);

    // Back again, and what is not needed any more goes.
    let told = rebuild(&stack, &["GAMES", "--to", "2"]).await;
    assert_eq!((&told["live"]["GAMES"], &told["problems"]), (&json!(2), &json!([])));
    assert_eq!(rows(&stack, "GamesTable", "state#2").await, anew);
    rebuild(&stack, &["GAMES", "--drop", "4"]).await;
    assert!(rows(&stack, "GamesTable", "state#4").await.is_empty());
    let (said, is_well) = stack.run(&["rebuild", "GAMES", "--drop", "2", "--yes"]).await;
    assert!(!is_well && said.contains("is live"), "{said}");

    // Whoever only watched a game that had ended before has heard nothing at all since.
    let pushed = eve.received().iter().filter(|frame| frame["id"].is_null()).count();
    assert_eq!(pushed, 0, "{:?}", eve.received());
    let told = stack.stop("TERM").await;
    assert!(!told.contains("Missing rights"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_that_is_killed_at_any_moment_goes_on() {
    let seed = 5;
    say_seed(seed);
    let mut random = StdRng::seed_from_u64(seed);
    let stack = Stack::start().await;
    let (mut ada, mut bob) = (stack.connect("ada").await, stack.connect("bob").await);
    let games = begin(&stack, &mut ada, &mut bob, 8).await;
    for _ in 0..6 {
        // Slow enough that all of its steps are met.
        let arguments = ["rebuild", "all", "--yes", "--json", "--capacity", "40"];
        let mut run = stack.command(&arguments).await.spawn().expect("the command starts");
        // The kill comes when it comes: this is the chance that the test takes, and no waiting for anything.
        let moment = Duration::from_millis(random.random_range(100..9_000));
        if tokio::time::timeout(moment, run.wait()).await.is_err() {
            run.kill().await.expect("it can be killed");
        }
        let (said, is_well) = stack.run(&["rebuild", "--status", "--json"]).await;
        let status: Value = serde_json::from_str(&said).expect("it writes JSON");
        let (games, players) = (&status["GAMES"]["live"], &status["PLAYERS"]["live"]);
        assert!(is_well && games.as_u64() == players.as_u64().map(|version| version + 1), "both or none: {said}");
    }
    let told = rebuild(&stack, &["all"]).await;
    assert_eq!((&told["problems"], &told["games"]), (&json!([]), &json!(games.len())));
    let live = told["live"]["GAMES"].as_u64().expect("it is a number");
    let played = rows(&stack, "GamesTable", "state#2").await;
    assert_eq!(played.len(), games.len());
    for version in 3..=live {
        assert_eq!(rows(&stack, "GamesTable", &format!("state#{version}")).await, played, "{version}");
        let standings = rows(&stack, "PlayersTable", &format!("standing#{}#", version - 1)).await;
        assert_eq!(standings, rows(&stack, "PlayersTable", "game#").await, "{version}");
    }
}

#[tokio::test]
async fn a_parked_game_is_listed_and_repaired() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = (stack.connect("ada").await, stack.connect("bob").await);
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    row_is_current(&stack, &game).await;
    assert_eq!(stack.run(&["parked"]).await, (String::new(), true));

    // A message that this code does not know, as newer code would have written it.
    let client = stack.dynamodb().await;
    let key = |seq: &str| [("game_id", AttributeValue::S(game.clone())), ("seq", AttributeValue::N(seq.to_owned()))];
    let get = client
        .get_item()
        .table_name("MessagesTable")
        .set_key(Some(key("3").map(|(name, value)| (name.to_owned(), value)).into()));
    let mut item = get.send().await.expect("it reads").item.expect("it is there");
    item.insert("seq".to_owned(), AttributeValue::N("4".to_owned()));
    item.insert("events".to_owned(), AttributeValue::S(r#"[{"type":"invented","v":1,"data":{}}]"#.to_owned()));
    client.put_item().table_name("MessagesTable").set_item(Some(item)).send().await.expect("it is written");
    let parked = || async {
        let (said, is_well) = stack.run(&["parked", "--json"]).await;
        assert!(is_well, "{said}");
        said.contains(&game).then_some(said)
    };
    let said = eventually("the parked game", parked).await;
    let line: Value = serde_json::from_str(said.trim()).expect("it is one line of JSON");
    assert!(line["reason"].as_str().is_some_and(|reason| reason.contains("invented")), "{line}");
    let (said, is_well) = stack.run(&["repair", &game]).await;
    assert!(!is_well && said.contains("message 4") && said.contains("invented"), "{said}");

    // The log is mended; nothing else happens in the game.
    let delete = client.delete_item().table_name("MessagesTable");
    let delete = delete.set_key(Some(key("4").map(|(name, value)| (name.to_owned(), value)).into()));
    delete.send().await.expect("it is removed");
    let (said, is_well) = stack.run(&["repair", &game]).await;
    assert!(is_well && said.contains("message 3"), "{said}");
    assert_eq!(stack.run(&["parked"]).await, (String::new(), true));
    assert_eq!(events(&stack, &game).await.len(), 4);
}
