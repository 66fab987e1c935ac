//! `turnlog rebuild` on a whole stack, while people play.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use aws_sdk_dynamodb::types::AttributeValue;
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use turnlog_tests::{Client, Stack, say_seed};

use super::{cell, play_cells, row_is_current, table};

/// An item of a table.
pub(super) type Item = BTreeMap<String, AttributeValue>;

/// The rows of a version, by game or player and game, without what names the version or rings for bots.
pub(super) async fn rows(stack: &Stack, table: &str, version: &str) -> BTreeMap<(String, String), Item> {
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

pub(super) async fn rebuild(stack: &Stack, arguments: &[&str]) -> Value {
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

/// What is stored of the versions and of a rebuild under way.
async fn control(stack: &Stack) -> BTreeMap<String, Item> {
    let scan = stack.dynamodb().await.scan().table_name("GamesTable").filter_expression("game_id = :control");
    let scan = scan.expression_attribute_values(":control", AttributeValue::S("control".to_owned()));
    let items = scan.send().await.expect("it reads").items.unwrap_or_default().into_iter().map(Item::from_iter);
    items.map(|item| (item["item"].as_s().expect("it is a text").clone(), item)).collect()
}

#[tokio::test]
async fn a_rebuild_asks_before_it_writes_and_before_it_switches() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = (stack.connect("ada").await, stack.connect("bob").await);
    begin(&stack, &mut ada, &mut bob, 1).await;
    let before = control(&stack).await;
    let output = stack.turnlog(&["rebuild", "all"]).await;
    assert_eq!((output.status.code(), control(&stack).await), (Some(2), before.clone()), "there is nobody to ask");
    let question = "Build version 3 of GAMES and version 2 of PLAYERS beside the live ones? [y/N]";
    let (said, code) = stack.at_terminal(&["rebuild", "all"], "n\n").await;
    assert!(said.contains(question) && said.contains("nothing was changed"), "{said}");
    assert_eq!((code, control(&stack).await), (Some(1), before));

    let (said, code) = stack.at_terminal(&["rebuild", "all"], "y\nn\n").await;
    assert!(said.contains("Switch GAMES from version 2 to 3 and PLAYERS from version 1 to 2?"), "{said}");
    assert!(said.contains("nothing was switched") && code == Some(1), "{said}");
    let (said, code) = stack.at_terminal(&["rebuild", "GAMES"], "y\ny\n").await;
    assert!(said.contains("Build version 3 of GAMES beside the live one? [y/N]") && code == Some(0), "{said}");
    assert!(said.contains("`turnlog rebuild GAMES --to 2` goes back"), "{said}");
    assert!(said.contains("`turnlog rebuild GAMES --drop 2` removes the version that was live before"), "{said}");

    let before = control(&stack).await;
    let (said, code) = stack.at_terminal(&["rebuild", "GAMES", "--to", "2"], "n\n").await;
    assert!(
        said.contains("Compare version 2 of GAMES with the logs, and bring forward what is behind them?"),
        "{said}"
    );
    assert_eq!((code, control(&stack).await), (Some(1), before.clone()));
    let (said, code) = stack.at_terminal(&["rebuild", "GAMES", "--drop", "2"], "n\n").await;
    assert!(said.contains("Remove version 2 of GAMES for good?") && said.contains("nothing was removed"), "{said}");
    assert_eq!((code, control(&stack).await), (Some(1), before));
    rebuild(&stack, &["PLAYERS", "--to", "2"]).await;
    let before = control(&stack).await;
    let (said, is_well) = stack.run(&["rebuild", "all", "--drop", "2", "--yes"]).await;
    assert!(!is_well && said.contains("version 2 of PLAYERS is live"), "{said}");
    assert_eq!(control(&stack).await, before, "none was given up, since one of them cannot be");
    assert_ne!(rows(&stack, "GamesTable", "state#2").await, BTreeMap::new());
}
