//! `turnlog parked` and `repair` on a whole stack.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use turnlog_tests::{Stack, eventually};

use super::{
    cell, play_cells,
    rebuild::{Item, rebuild, rows},
    row_is_current, table,
};

type Key = HashMap<String, AttributeValue>;

fn message(game: &str, seq: &str) -> Key {
    let game = ("game_id".to_owned(), AttributeValue::S(game.to_owned()));
    [game, ("seq".to_owned(), AttributeValue::N(seq.to_owned()))].into()
}

fn item(owner: (&str, &str), name: &str) -> Key {
    [owner, ("item", name)].map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned()))).into()
}

async fn remove(stack: &Stack, table: &str, key: Key) {
    let delete = stack.dynamodb().await.delete_item().table_name(table).set_key(Some(key));
    delete.send().await.expect("it is removed");
}

/// What `repair` says as JSON, and with which code it ends.
async fn repaired(stack: &Stack, game: &str) -> (Value, Option<i32>) {
    let output = stack.turnlog(&["repair", game, "--yes", "--json"]).await;
    let said = String::from_utf8(output.stdout).expect("it writes text");
    (serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}")), output.status.code())
}

/// Lets a message follow that this code does not know, as newer code would have written it, and waits until the game is
/// parked.
async fn park(stack: &Stack, game: &str) {
    let client = stack.dynamodb().await;
    let get = client.get_item().table_name("MessagesTable").set_key(Some(message(game, "3")));
    let mut item = get.send().await.expect("it reads").item.expect("it is there");
    item.insert("seq".to_owned(), AttributeValue::N("4".to_owned()));
    item.insert("events".to_owned(), AttributeValue::S(r#"[{"type":"invented","v":1,"data":{}}]"#.to_owned()));
    client.put_item().table_name("MessagesTable").set_item(Some(item)).send().await.expect("it is written");
    let parked = || async {
        let (said, is_well) = stack.run(&["parked", "--json"]).await;
        assert!(is_well, "{said}");
        said.contains(game).then_some(said)
    };
    let said = eventually("the parked game", parked).await;
    let line: Value = serde_json::from_str(said.trim()).expect("it is one line of JSON");
    assert!(line["reason"].as_str().is_some_and(|reason| reason.contains("invented")), "{line}");
}

#[tokio::test]
async fn a_parked_game_is_listed_and_repaired_once_somebody_agrees() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = (stack.connect("ada").await, stack.connect("bob").await);
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    row_is_current(&stack, &game).await;
    assert_eq!(stack.run(&["parked"]).await, (String::new(), true));
    let (said, is_well) = stack.run(&["repair", &game]).await;
    assert!(is_well && said.contains("everything that is derived from it agrees"), "nobody is asked: {said}");

    park(&stack, &game).await;
    let before = rows(&stack, "GamesTable", "").await;
    let (said, is_well) = stack.run(&["repair", &game]).await;
    assert!(!is_well && said.contains("cannot be folded: message 4") && said.contains("invented"), "{said}");
    let (told, code) = repaired(&stack, &game).await;
    assert_eq!((&told["messages"], &told["written"], code), (&Value::Null, &json!(false), Some(1)), "{told}");
    assert_eq!((&told["found"], told["found"].as_array().map(Vec::len)), (&told["left"], Some(1)));
    assert_eq!(rows(&stack, "GamesTable", "").await, before);

    // The log is mended; nothing else happens in the game.
    remove(&stack, "MessagesTable", message(&game, "4")).await;
    let output = stack.turnlog(&["repair", &game]).await;
    let said = String::from_utf8(output.stdout).expect("it writes text");
    assert!(said.contains("folds to message 3") && said.contains("version 2: it is parked: "), "{said}");
    assert_eq!(output.status.code(), Some(2), "there is nobody to ask");
    let (said, code) = stack.at_terminal(&["repair", &game], "n\n").await;
    assert!(said.contains("Bring it forward from its log? [y/N]") && said.contains("nothing was changed"), "{said}");
    assert_eq!((code, rows(&stack, "GamesTable", "").await), (Some(1), before));
    let (said, code) = stack.at_terminal(&["repair", &game], "y\n").await;
    assert!(said.contains("everything that is derived from it agrees") && code == Some(0), "{said}");
    assert_eq!(stack.run(&["parked"]).await, (String::new(), true));
    let (told, code) = repaired(&stack, &game).await;
    let nothing = json!({ "game": game, "messages": 3, "found": [], "written": false, "left": [] });
    assert_eq!((told, code), (nothing, Some(0)));
}

#[tokio::test]
async fn rows_snapshots_and_standings_of_every_version_are_brought_forward() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = (stack.connect("ada").await, stack.connect("bob").await);
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({ "size": 19, "line": 19 })).await;
    play_cells(&mut ada, &mut bob, &game, &(0..100).collect::<Vec<_>>()).await;
    ada.accept(json!({ "action": "resign", "game": game })).await;
    row_is_current(&stack, &game).await;
    rebuild(&stack, &["all"]).await;
    let state = async || {
        let standings =
            rows(&stack, "PlayersTable", "").await.into_iter().filter(|((_, item), _)| item.contains(&game));
        let mut items: BTreeMap<(String, String), Item> = rows(&stack, "GamesTable", "").await;
        items.extend(standings);
        items
    };
    let before = state().await;
    let of_game = ("game_id", game.as_str());
    let snapshot = before.keys().map(|(_, item)| item.clone()).find(|item| item.starts_with("snapshot#"));
    let snapshot = snapshot.expect("the state after a hundred messages is kept");
    for name in ["state#2", "state#3", &snapshot] {
        remove(&stack, "GamesTable", item(of_game, name)).await;
    }
    for (player, name) in [("ada", format!("game#{game}")), ("bob", format!("standing#2#{game}"))] {
        remove(&stack, "PlayersTable", item(("player_id", player), &name)).await;
    }
    let (told, code) = repaired(&stack, &game).await;
    assert_eq!((&told["written"], &told["left"], code), (&json!(true), &json!([]), Some(0)), "{told}");
    let found: Vec<&str> = told["found"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    let expected = [
        "GAMES: the snapshot of message 100 is missing",
        "PLAYERS version 1: the standing of ada is missing",
        "PLAYERS version 2: the standing of bob is missing",
        "GAMES version 2: the row is missing",
        "GAMES version 3: the row is missing",
    ];
    assert_eq!(found, expected);
    assert_eq!(state().await, before);
}

#[tokio::test]
async fn a_row_that_cannot_be_brought_forward_is_named_and_left_to_a_rebuild() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = (stack.connect("ada").await, stack.connect("bob").await);
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    ada.accept(cell(&game, 0)).await;
    row_is_current(&stack, &game).await;
    let client = stack.dynamodb().await;
    let set = async |name: &str, value: AttributeValue| {
        let update = client.update_item().table_name("GamesTable").set_key(Some(item(("game_id", &game), "state#2")));
        let update = update.update_expression("SET #name = :value").expression_attribute_names("#name", name);
        update.expression_attribute_values(":value", value).send().await.expect("it is written");
    };
    // As far as the log, and different: there is nothing to ask about.
    set("kind", AttributeValue::S("chess".to_owned())).await;
    let output = stack.turnlog(&["repair", &game]).await;
    let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("GAMES version 2: the row differs from the log at message 4 in kind"), "{said}");
    assert!(told.contains("`turnlog rebuild GAMES` builds them anew"), "{told}");
    assert_eq!(output.status.code(), Some(1));

    // Further than the log: nothing can be brought forward either.
    set("seq", AttributeValue::N("9".to_owned())).await;
    let (told, code) = repaired(&stack, &game).await;
    assert_eq!((&told["written"], code), (&json!(false), Some(1)), "{told}");
    assert_eq!(told["left"], json!(["GAMES version 2: the row is at message 9, which the log does not have"]));
    assert_eq!(rebuild(&stack, &["GAMES"]).await["live"]["GAMES"], 3);
    rebuild(&stack, &["GAMES", "--drop", "2"]).await;
    let (told, code) = repaired(&stack, &game).await;
    assert_eq!((&told["left"], code), (&json!([]), Some(0)), "{told}");
}

#[tokio::test]
async fn a_game_that_other_code_has_parked_is_left_to_that_code() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = (stack.connect("ada").await, stack.connect("bob").await);
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    row_is_current(&stack, &game).await;
    let client = stack.dynamodb().await;
    let put = async |item: Key| {
        client.put_item().table_name("GamesTable").set_item(Some(item)).send().await.expect("it is written")
    };
    let get = client.get_item().table_name("GamesTable").set_key(Some(item(("game_id", "control"), "versions")));
    let mut versions = get.send().await.expect("it reads").item.expect("the first row has stored it");
    let text = versions["versions"].as_s().expect("it is a text");
    let mut kept: Value = serde_json::from_str(text).expect("it is JSON");
    kept["GAMES"]["kept"]["9"] = json!({ "format": 1, "is_filled": true });
    versions.insert("versions".to_owned(), AttributeValue::S(kept.to_string()));
    put(versions).await;
    let mut parked = item(("game_id", &game), "parked#9");
    parked.insert("reason".to_owned(), AttributeValue::S("it does not fold".to_owned()));
    put(parked).await;

    let (told, code) = repaired(&stack, &game).await;
    let left = "GAMES version 9: it is parked by code with rows of format 1, which this command does not write: it does not fold";
    assert_eq!((&told["found"], &told["left"]), (&json!([left]), &json!([left])));
    assert_eq!((&told["written"], code), (&json!(false), Some(1)));
}
