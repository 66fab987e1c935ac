//! `turnlog verify`: names the place where a log breaks, and what was derived and is not what the log adds up to.

use std::{collections::HashMap, process::Stdio, time::Instant};

use aws_sdk_dynamodb::{Client as Tables, types::AttributeValue};
use rand::{Rng as _, SeedableRng as _, rngs::SmallRng};
use serde_json::{Value, json};
use turnlog_tests::{Stack, eventually, say_seed};

use super::{bench::LONG_GAMES, play_cells, row_is_current, table};

type Item = HashMap<String, AttributeValue>;

/// What `turnlog verify --all --json` reports, and the code with which it ends.
async fn report(stack: &Stack) -> (Value, Option<i32>) {
    let output = stack.turnlog(&["verify", "--all", "--json"]).await;
    let text = String::from_utf8(output.stdout).expect("it writes text");
    assert_eq!(text.lines().count(), 1, "{text}{}", String::from_utf8_lossy(&output.stderr));
    (serde_json::from_str(&text).expect("it writes JSON"), output.status.code())
}

/// The problems that were found, as `(game, seq, problem)`.
fn problems(report: &Value) -> Vec<(String, Option<u64>, String)> {
    let text = |value: &Value| value.as_str().expect("it is a text").to_owned();
    let problem = |problem: &Value| (text(&problem["game"]), problem["seq"].as_u64(), text(&problem["problem"]));
    report["problems"].as_array().expect("it is a list").iter().map(problem).collect()
}

/// A finished game of five moves: eight messages.
async fn finished(stack: &Stack) -> String {
    let (mut ada, mut bob) = (stack.connect("ada").await, stack.connect("bob").await);
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    play_cells(&mut ada, &mut bob, &game, &[0, 3, 1, 4, 2]).await;
    row_is_current(stack, &game).await;
    game
}

fn key(game: &str, seq: u64) -> Item {
    let seq = AttributeValue::N(seq.to_string());
    HashMap::from([("game_id".to_owned(), AttributeValue::S(game.to_owned())), ("seq".to_owned(), seq)])
}

async fn stored(tables: &Tables, table: &str, key: Item) -> Item {
    let answer = tables.get_item().table_name(table).set_key(Some(key)).send().await.expect("it reads");
    answer.item.expect("it is there")
}

async fn put(tables: &Tables, table: &str, item: Item) {
    tables.put_item().table_name(table).set_item(Some(item)).send().await.expect("it writes");
}

/// Changes an attribute of a stored message.
async fn change(tables: &Tables, game: &str, seq: u64, name: &str, new: impl Fn(&AttributeValue) -> AttributeValue) {
    let mut item = stored(tables, "MessagesTable", key(game, seq)).await;
    let value = new(&item[name]);
    assert_ne!(Some(&value), item.insert(name.to_owned(), value.clone()).as_ref());
    put(tables, "MessagesTable", item).await;
}

fn text(change: impl Fn(&str) -> String) -> impl Fn(&AttributeValue) -> AttributeValue {
    move |value| AttributeValue::S(change(value.as_s().expect("it is a text")))
}

#[tokio::test]
async fn what_was_played_is_found_sound() {
    let stack = Stack::start().await;
    let (first, mut ada) = (finished(&stack).await, stack.connect("ada").await);
    // A game with chance, to its end: every roll is recomputed.
    let table =
        json!({ "action": "create", "kind": "liars-dice", "options": { "dice": 1 }, "table": { "start": "host" } });
    let game = ada.accept(table).await["game"].as_str().expect("it has an id").to_owned();
    ada.accept(json!({ "action": "join", "game": game, "seat": 0 })).await;
    ada.accept(json!({ "action": "add_bot", "game": game, "bot": "random" })).await;
    ada.accept(json!({ "action": "start", "game": game })).await;
    ada.accept(json!({ "action": "resign", "game": game })).await;
    ada.accept(json!({ "action": "sendmessage", "message": "well played", "destinationPlayerId": "bob" })).await;
    row_is_current(&stack, &game).await;
    let (report, code) = report(&stack).await;
    assert_eq!((problems(&report), code), (Vec::new(), Some(0)));
    assert_eq!(report["games"], 2);
    let heads = [&first, &game].map(|game| super::folded(&stack, game));
    let heads = futures::future::join_all(heads).await;
    let messages: u64 = heads.iter().map(|folded| folded.game.seq().0).sum();
    assert_eq!(report["messages"], messages + 1, "the direct message is one as well");
    let one = stack.turnlog(&["verify", &game]).await;
    assert!(String::from_utf8_lossy(&one.stdout).starts_with("verified: 1 game, "), "{one:?}");
}

/// The same hash but for its last byte, whatever that is.
fn another(hash: &str) -> String {
    let (rest, last) = hash.split_at(hash.len() - 1);
    format!("{rest}{}", if last == "A" { "E" } else { "A" })
}

/// Issue 5: change a byte in a stored message and see `verify` name the place.
#[tokio::test]
async fn the_place_where_a_log_was_changed_is_named() {
    let stack = Stack::start().await;
    let tables = stack.dynamodb().await;
    let mut games = Vec::new();
    for _ in 0..12 {
        games.push(finished(&stack).await);
    }
    let [events, connection, prev_hash, state_hash, unfoldable, removed, foreign, time, garbage, future, last, stray] =
        &games[..]
    else {
        panic!("twelve games were made")
    };
    let cell = |from: &'static str, to: &'static str| text(move |events: &str| events.replace(from, to));
    change(&tables, events, 5, "events", cell("\"cell\":3", "\"cell\":5")).await;
    change(&tables, connection, 4, "connection_id", text(|id| format!("{id}x"))).await;
    change(&tables, prev_hash, 6, "prev_hash", text(another)).await;
    change(&tables, state_hash, 3, "state_hash", text(another)).await;
    change(&tables, unfoldable, 5, "events", cell("\"cell\":3", "\"cell\":77")).await;
    change(&tables, future, 8, "events", cell("\"type\":\"finished\"", "\"type\":\"foreseen\"")).await;
    change(&tables, last, 8, "connection_id", text(|id| format!("{id}x"))).await;
    for (name, value) in
        [("game_id", AttributeValue::S("nobody".to_owned())), ("seq", AttributeValue::N("2.5".to_owned()))]
    {
        let mut item = stored(&tables, "MessagesTable", key(stray, 2)).await;
        item.insert(name.to_owned(), value);
        put(&tables, "MessagesTable", item).await;
    }
    tables.delete_item().table_name("MessagesTable").set_key(Some(key(removed, 5))).send().await.expect("it deletes");
    let mut item = stored(&tables, "MessagesTable", key(foreign, 4)).await;
    item.insert("note".to_owned(), AttributeValue::S("nobody covers this".to_owned()));
    put(&tables, "MessagesTable", item).await;
    change(&tables, time, 7, "at", |_| AttributeValue::N("1".to_owned())).await;
    change(&tables, garbage, 4, "events", text(|_| "[}".to_owned())).await;

    let (report, code) = report(&stack).await;
    assert_eq!(code, Some(1));
    let found = problems(&report);
    let of = |game: &String| -> Vec<(Option<u64>, &str)> {
        found.iter().filter(|(of, ..)| of == game).map(|(_, seq, problem)| (*seq, problem.as_str())).collect()
    };
    assert_eq!(of(events), [(Some(5), "state")]);
    // It leads to the same state, so that only the next message has another hash of it.
    assert_eq!(of(connection), [(Some(5), "broken")]);
    assert_eq!(of(prev_hash), [(Some(6), "broken")]);
    assert_eq!(of(state_hash), [(Some(3), "state")]);
    assert_eq!(of(unfoldable), [(Some(5), "unfoldable")]);
    assert_eq!(of(removed), [(Some(5), "missing")]);
    assert_eq!(of(foreign), [(Some(4), "unreadable")]);
    assert_eq!(of(time), [(Some(7), "time")]);
    assert_eq!(of(garbage), [(Some(4), "unreadable")]);
    assert_eq!(of(future), [(Some(8), "from_future")]);
    // Nothing has the hash of the last message but the row.
    assert_eq!(of(last), [(None, "row")]);
    assert_eq!(of(stray), [(None, "unreadable")]);
    assert_eq!(of(&"nobody".to_owned()), [(None, "unreadable")]);
    assert_eq!(report["games"], 12);
    for (game, said) in [
        (connection, "message 5: broken: message 5 does not continue message 4: "),
        (last, " is not what the log adds up to: head"),
        (stray, ": unreadable: an item without the log of a game or of a player, or without its position there: "),
        (future, "message 8: from_future: message 8 cannot be read: "),
    ] {
        let (told, is_well) = stack.run(&["verify", game]).await;
        assert!(!is_well && told.contains(said), "{told}");
        assert!(told.ends_with("not verified: 1 game, 8 messages, 1 problem\n") || game == stray, "{told}");
    }
}

/// Everything in all tables, but for how far the sweep has come.
async fn everything(stack: &Stack) -> Vec<String> {
    let (client, mut items) = (stack.dynamodb().await, Vec::new());
    for table in ["MessagesTable", "GamesTable", "PlayersTable", "WebsocketsTable"] {
        let mut pages = client.scan().table_name(table).into_paginator().send();
        while let Some(page) = pages.next().await {
            for item in page.expect("it reads").items.unwrap_or_default() {
                let is_control = item.get("game_id").is_some_and(|id| id == &AttributeValue::S("control".to_owned()));
                let sorted: std::collections::BTreeMap<_, _> = item.into_iter().collect();
                if !is_control {
                    items.push(format!("{table} {sorted:?}"));
                }
            }
        }
    }
    items.sort();
    items
}

#[tokio::test]
async fn a_verification_that_is_killed_leaves_nothing_behind() {
    let seed = rand::random();
    say_seed(seed);
    let mut random = SmallRng::seed_from_u64(seed);
    let stack = Stack::start().await;
    let (said, is_well) = stack.run(&[&["bench", "--games", "16", "--seconds", "3"][..], &LONG_GAMES].concat()).await;
    assert!(is_well, "{said}");
    let (tables, damaged) = (stack.dynamodb().await, finished(&stack).await);
    change(&tables, &damaged, 5, "events", text(|events| events.replace("\"cell\":3", "\"cell\":5"))).await;
    let (listed, _) = stack.run(&["games", "--json"]).await;
    for line in listed.lines() {
        let game: Value = serde_json::from_str(line).expect("it is JSON");
        if game["game"] != *damaged {
            row_is_current(&stack, game["game"].as_str().expect("it has an id")).await;
        }
    }
    let all_left = || async { everything(&stack).await.iter().all(|item| !item.starts_with("Web")).then_some(()) };
    eventually("nobody is connected", all_left).await;
    let before = everything(&stack).await;
    let first = report(&stack).await;
    assert_eq!((problems(&first.0), first.1), (vec![(damaged, Some(5), "state".to_owned())], Some(1)));
    let began = Instant::now();
    assert_eq!(report(&stack).await, first);
    let (mut whole, mut killed) = (began.elapsed(), 0);
    for _ in 0..10 {
        let mut child =
            stack.command(&["verify", "--all", "--json"]).await.stdout(Stdio::null()).spawn().expect("it starts");
        let moment = whole.mul_f64(random.random_range(0.1..0.9));
        if tokio::time::timeout(moment, child.wait()).await.is_err() {
            child.kill().await.expect("it can be killed");
            killed += 1;
        } else {
            whole /= 2;
        }
    }
    assert!(killed > 4, "hardly anything was killed: {killed}");
    assert!(everything(&stack).await == before, "something was changed");
    assert_eq!(report(&stack).await, first);
}

#[tokio::test]
async fn read_models_that_are_not_the_fold_are_named() {
    let stack = Stack::start().await;
    let tables = stack.dynamodb().await;
    let mut games = Vec::new();
    for _ in 0..4 {
        games.push(finished(&stack).await);
    }
    let [row, gone, standing, cut] = &games[..] else { panic!("four games were made") };
    let item_key = |owner: &str, id: &str, item: &str| {
        let texts = [(owner, id), ("item", item)];
        texts.map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned()))).into_iter().collect::<Item>()
    };
    let mut item = stored(&tables, "GamesTable", item_key("game_id", row, "state")).await;
    item.insert("kind".to_owned(), AttributeValue::S("chess".to_owned()));
    put(&tables, "GamesTable", item.clone()).await;
    let orphan = "00000000-0000-4000-8000-000000000001";
    item.insert("game_id".to_owned(), AttributeValue::S(orphan.to_owned()));
    put(&tables, "GamesTable", item).await;
    let gone_key = item_key("game_id", gone, "state");
    tables.delete_item().table_name("GamesTable").set_key(Some(gone_key)).send().await.expect("it deletes");
    let mut item = stored(&tables, "PlayersTable", item_key("player_id", "bob", &format!("game#{standing}"))).await;
    item.insert("place".to_owned(), AttributeValue::N("1".to_owned()));
    put(&tables, "PlayersTable", item.clone()).await;
    item.insert("player_id".to_owned(), AttributeValue::S("mallory".to_owned()));
    put(&tables, "PlayersTable", item).await;
    // Items with keys that nothing of ours has, which must not end the whole verification.
    for (table, owner, id, item) in
        [("GamesTable", "game_id", "nobody", "state"), ("PlayersTable", "player_id", "eve", "game#nobody")]
    {
        put(&tables, table, item_key(owner, id, item)).await;
    }
    // An acknowledged message is lost, which only what was derived still tells.
    tables.delete_item().table_name("MessagesTable").set_key(Some(key(cut, 8))).send().await.expect("it deletes");

    let (report, code) = report(&stack).await;
    assert_eq!(code, Some(1));
    let mut expected: Vec<(String, Option<u64>, String)> =
        [(row, "row"), (gone, "row"), (standing, "row"), (&orphan.to_owned(), "orphan"), (standing, "orphan")]
            .map(|(game, problem)| (game.clone(), None, problem.to_owned()))
            .into();
    // The row, and the standings of both players, have come further than the log.
    expected.extend(["row", "row", "row"].map(|problem| (cut.clone(), None, problem.to_owned())));
    expected.extend(["state of nobody", "game#nobody of eve"].map(|key| (key.to_owned(), None, "orphan".to_owned())));
    let mut found = problems(&report);
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn what_only_lags_is_no_problem() {
    let stack = Stack::start().await;
    let tables = stack.dynamodb().await;
    let game = finished(&stack).await;
    let row_key: Item = [("game_id", game.as_str()), ("item", "state")]
        .map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned())))
        .into_iter()
        .collect();
    let row = stored(&tables, "GamesTable", row_key.clone()).await;
    tables.delete_item().table_name("GamesTable").set_key(Some(row_key)).send().await.expect("it deletes");
    // It comes when verify has looked once: nothing else reads the row of a finished game.
    let late = async {
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        put(&tables, "GamesTable", row.clone()).await;
    };
    let ((report, code), ()) = tokio::join!(report(&stack), late);
    assert_eq!((problems(&report), code), (Vec::new(), Some(0)));
}

/// Rows that say what was true once, for good: the last record was lost, or somebody put them back.
#[tokio::test]
async fn what_stays_behind_is_named() {
    let stack = Stack::start().await;
    let tables = stack.dynamodb().await;
    let (mut ada, mut bob) = (stack.connect("ada").await, stack.connect("bob").await);
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    play_cells(&mut ada, &mut bob, &game, &[0, 3, 1, 4]).await;
    row_is_current(&stack, &game).await;
    let key: Item = [("game_id", game.as_str()), ("item", "state")]
        .map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned())))
        .into_iter()
        .collect();
    let old = stored(&tables, "GamesTable", key).await;
    ada.accept(super::cell(&game, 2)).await;
    row_is_current(&stack, &game).await;
    put(&tables, "GamesTable", old).await;
    let (report, code) = report(&stack).await;
    assert_eq!((problems(&report), code), (vec![(game, None, "row".to_owned())], Some(1)));
}

#[tokio::test]
async fn a_game_that_is_played_on_is_no_problem() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = (stack.connect("ada").await, stack.connect("bob").await);
    let options = json!({ "columns": 16, "rows": 16, "line": 16 });
    let game = table(&mut ada, &mut bob, "connect-four", options).await;
    let playing = async {
        for turn in 0..60 {
            let player = if turn % 2 == 0 { &mut ada } else { &mut bob };
            player.accept(super::play(&game, json!({ "column": turn % 16 }))).await;
        }
    };
    let verified = async {
        let mut reports = Vec::new();
        for _ in 0..4 {
            reports.push(report(&stack).await);
        }
        reports
    };
    let (reports, ()) = tokio::join!(verified, playing);
    for (report, code) in reports {
        assert_eq!((problems(&report), code), (Vec::new(), Some(0)));
    }
    let is_done = || async { (report(&stack).await.0["messages"] == 63).then_some(()) };
    eventually("all messages are seen", is_done).await;
}

#[tokio::test]
async fn a_command_that_cannot_do_its_work_ends_with_two() {
    let stack = Stack::start().await;
    let nobody = "00000000-0000-4000-8000-000000000001";
    for arguments in [["verify", nobody].as_slice(), &["show", nobody], &["verify", "x"], &["diff", nobody, "1", "2"]] {
        let output = stack.turnlog(arguments).await;
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.starts_with("error: "), "{said}");
    }
}
