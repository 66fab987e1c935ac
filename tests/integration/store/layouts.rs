//! Rows of other layouts, and rows that their log does not bear out: what the log says counts.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use turnlog_domain::{Command, Game, Seq};
use turnlog_games::kinds;
use turnlog_operations::rebuild::{Filled, Found};
use turnlog_store::{Agreement, Folded, Model, Target, limits::INDEX_BUCKETS};
use turnlog_tests::Database;

use super::{Table, ada, bob, cell, now};

async fn played(database: &Database) -> (Table, Folded) {
    let log = database.log();
    let mut table = Table::started(&log).await;
    table.accept(&log, &ada(), cell(0)).await;
    table.accept(&log, &bob(), cell(1)).await;
    let folded = log.current(table.game).await.expect("it loads").expect("it is there");
    database.games().put_row(&folded).await.expect("it is written");
    (table, folded)
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// Writes attributes of the row past everything that Turnlog allows.
async fn alter(database: &Database, table: &Table, attributes: &[(&str, AttributeValue)]) {
    for (name, value) in attributes {
        let update = database.client().update_item().table_name(database.table("GamesTable"));
        let update = update.key("game_id", text(&table.game.to_string())).key("item", text("state#2"));
        let update = update.update_expression("SET #name = :value").expression_attribute_names("#name", *name);
        update.expression_attribute_values(":value", value.clone()).send().await.expect("it is changed");
    }
}

/// A row as code wrote it in which the kind had that version.
async fn of_kind_version(database: &Database, table: &Table, version: u64) {
    let row = database.games().row(table.game).await.expect("it reads").expect("it is there");
    let mut state: Value = serde_json::from_str(&row.game.to_json()).expect("it is JSON");
    state["created"]["kind_version"] = json!(version);
    state["position"] = json!({ "of another layout": true });
    alter(database, table, &[("kind_version", number(version)), ("state", text(&state.to_string()))]).await;
}

async fn agreement(database: &Database, table: &Table, folded: &Folded) -> Agreement {
    let row = database.games().row_as_stored(table.game).await.expect("it reads").expect("it is there");
    row.compare(folded)
}

#[tokio::test]
async fn a_row_of_an_older_layout_of_its_kind_gives_way_at_the_same_message() {
    let database = Database::start().await;
    let (table, folded) = played(&database).await;
    let games = database.games();
    of_kind_version(&database, &table, 0).await;
    assert_eq!(games.row(table.game).await.expect("it reads"), None);
    assert_eq!(database.log().current(table.game).await.expect("it loads"), Some(folded.clone()));
    assert_eq!(agreement(&database, &table, &folded).await, Agreement::Older(Vec::new()), "nobody reads its state");
    games.put_row(&folded).await.expect("it is written");
    assert_eq!(games.row(table.game).await.expect("it reads"), Some(folded));
}

#[tokio::test]
async fn a_row_of_a_newer_layout_stays_until_the_game_goes_on() {
    let database = Database::start().await;
    let (mut table, folded) = played(&database).await;
    let games = database.games();
    of_kind_version(&database, &table, 99).await;
    games.put_row(&folded).await.expect("a newer one is there");
    assert_eq!(games.row(table.game).await.expect("it reads"), None);
    assert_eq!(agreement(&database, &table, &folded).await, Agreement::Equal);
    let log = database.log();
    table.accept(&log, &ada(), cell(2)).await;
    let later = log.current(table.game).await.expect("it loads").expect("it is there");
    games.put_row(&later).await.expect("it is written");
    assert_eq!(games.row(table.game).await.expect("it reads"), Some(later));
}

#[tokio::test]
async fn what_is_not_of_a_layout_is_compared_whatever_the_layout() {
    let database = Database::start().await;
    let (table, folded) = played(&database).await;
    of_kind_version(&database, &table, 0).await;
    alter(&database, &table, &[("head", text("AAAA"))]).await;
    assert_eq!(agreement(&database, &table, &folded).await, Agreement::Older(vec!["head".to_owned()]));
}

#[tokio::test]
async fn a_layout_that_the_state_contradicts_is_damage() {
    let database = Database::start().await;
    let (table, folded) = played(&database).await;
    let differs = |names: &[&str]| Agreement::Differs(names.iter().map(|name| (*name).to_owned()).collect());
    alter(&database, &table, &[("kind_version", number(99))]).await;
    assert_eq!(agreement(&database, &table, &folded).await, differs(&["kind_version"]));
    alter(&database, &table, &[("state", text("{}"))]).await;
    assert_eq!(agreement(&database, &table, &folded).await, differs(&["kind_version", "state"]));
}

#[tokio::test]
async fn a_snapshot_under_the_hash_of_another_layout_is_damage_unless_its_state_is_of_that_layout() {
    let database = Database::start().await;
    let (table, folded) = played(&database).await;
    let games = database.games();
    games.put_snapshot(&folded).await.expect("it is written");
    let (name, sound) = (format!("snapshot#{}#{:012}", Game::FORMAT, 5), folded.game.to_json());
    let set = async |attribute: &str, value: &str| {
        let update = database.client().update_item().table_name(database.table("GamesTable"));
        let update = update.key("game_id", text(&table.game.to_string())).key("item", text(&name));
        let update = update.update_expression("SET #name = :value").expression_attribute_names("#name", attribute);
        update.expression_attribute_values(":value", text(value)).send().await.expect("it is changed");
        games.compare_snapshot(&folded).await.expect("it reads")
    };
    let differs = |names: &[&str]| Agreement::Differs(names.iter().map(|name| (*name).to_owned()).collect());
    for layout in ["9".to_owned(), format!("{}.2", Game::FORMAT)] {
        assert_eq!(set("state_hash", &format!("{layout}:AAAA")).await, differs(&["state_hash"]), "{layout}");
    }
    let mut other: Value = serde_json::from_str(&sound).expect("it is JSON");
    other["created"]["kind_version"] = json!(2);
    assert_eq!(set("state", &other.to_string()).await, Agreement::Equal, "nobody reads it");
    assert_eq!(set("state_hash", "gone").await, differs(&["state", "state_hash"]));
}

#[tokio::test]
async fn a_rebuild_brings_rows_of_an_older_layout_forward() {
    let database = Database::start().await;
    let (table, _) = played(&database).await;
    of_kind_version(&database, &table, 0).await;
    let (tables, target) = (database.tables(), Target::from([(Model::Games, 2)]));
    let versions = tables.games.control().versions().await.expect("it reads");
    let found = async || tables.compare(table.game, &target, &versions, None).await.expect("it reads").found;
    assert_eq!(found().await, Found::Older("the row is of an older layout".to_owned()));
    assert_eq!(tables.fill(table.game, &target, now(0)).await, Ok(Filled::Written));
    assert_eq!(found().await, Found::Equal);
}

/// Takes the last message of a log away, as a restored backup of the Messages table alone would.
async fn forget(database: &Database, table: &Table, seq: u64) {
    let delete = database.client().delete_item().table_name(database.table("MessagesTable"));
    let delete = delete.key("game_id", text(&table.game.to_string())).key("seq", number(seq));
    delete.send().await.expect("it is removed");
}

#[tokio::test]
async fn a_row_that_is_ahead_of_a_restored_log_is_not_believed() {
    let database = Database::start().await;
    let (mut table, ahead) = played(&database).await;
    let restored = database.log().at(table.game, Seq(4)).await.expect("it loads").expect("it is there");
    forget(&database, &table, 5).await;
    let log = database.log();
    assert_eq!(log.current(table.game).await.expect("it loads"), Some(restored));
    // The log goes on from where it is, and its next message stands where the row is.
    assert_eq!(table.accept(&log, &bob(), cell(7)).await, Seq(5));
    let other = database.log().current(table.game).await.expect("it loads").expect("it is there");
    assert_eq!((other.game.seq(), other == ahead), (Seq(5), false));
    table.accept(&log, &ada(), cell(2)).await;
    assert_eq!(database.log().current(table.game).await.expect("it loads").expect("there").game.seq(), Seq(6));
}

#[tokio::test]
async fn a_row_with_another_state_than_its_message_led_to_is_not_believed() {
    let database = Database::start().await;
    let (table, folded) = played(&database).await;
    // A well-formed state, with the right seq and head, in which Bob's stone is Ada's.
    let state = folded.game.to_json().replacen("[0,1,", "[0,0,", 1);
    assert!(Game::from_json(&kinds(), &state).is_ok());
    alter(&database, &table, &[("state", text(&state))]).await;
    assert_ne!(database.games().row(table.game).await.expect("it reads"), Some(folded.clone()));
    assert_eq!(database.log().current(table.game).await.expect("it loads"), Some(folded));
}

/// What an update that raised the layout of the game finds: the live version is of the layout before.
pub(crate) async fn raise_format(database: &Database) {
    let versions = json!({
        "GAMES": { "live": 2, "kept": { "2": { "format": Game::FORMAT - 1, "is_filled": true } } },
        "PLAYERS": { "live": 1, "kept": { "1": { "format": 1, "is_filled": true } } },
    });
    let put = database.client().put_item().table_name(database.table("GamesTable"));
    let put = put.item("game_id", text("control")).item("item", text("versions"));
    let put = put.item("versions", text(&versions.to_string())).item("revision", number(1));
    put.send().await.expect("it is written");
}

#[tokio::test]
async fn games_at_rest_are_seen_after_an_update_that_raised_the_format() {
    let database = Database::start().await;
    let (mut table, folded) = played(&database).await;
    raise_format(&database).await;
    let bucket = table.game.bucket(INDEX_BUCKETS);
    let seen = async || {
        let active = database.games().active(bucket).await.expect("it reads");
        active.iter().map(|active| (active.game, active.seq)).collect::<Vec<_>>()
    };
    assert_eq!(seen().await, [(table.game, Seq(5))], "no version is of this format");
    database.games().control().versions_to_write().await.expect("it is written");
    assert_eq!(seen().await, [(table.game, Seq(5))], "its row is in the live version only");
    database.games().put_row(&folded).await.expect("it is written");
    assert_eq!(seen().await, [(table.game, Seq(5))], "both have it");
    let log = database.log();
    table.accept(&log, &ada(), Command::Resign).await;
    let over = log.current(table.game).await.expect("it loads").expect("it is there");
    database.games().put_row(&over).await.expect("it is written");
    assert_eq!(seen().await, [], "the entry of the live version is out of date");
}
