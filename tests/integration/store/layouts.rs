//! Rows of other layouts, and rows that their log does not bear out: what the log says counts.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use turnlog_domain::{Command, Game, GameId, Seq};
use turnlog_games::kinds;
use turnlog_store::{Agreement, Folded, limits::INDEX_BUCKETS, rows_of_head};
use turnlog_tests::Database;

use super::{Table, ada, bob, cell};

async fn played(database: &Database) -> (Table, Folded) {
    let log = database.log();
    let mut table = Table::started(&log).await;
    table.accept(&log, &ada(), cell(0)).await;
    table.accept(&log, &bob(), cell(1)).await;
    let folded = log.current(table.game).await.expect("it loads").expect("it is there");
    database.put_row(&folded).await;
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
        let update = update.key("game_id", text(&table.game.to_string())).key("item", text("state"));
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
    let row = database.games().stored_row(table.game).await.expect("it reads").expect("it is there");
    rows_of_head(folded).pop().expect("it is the row with the state").compare(Some(&row))
}

#[tokio::test]
async fn a_row_of_an_older_layout_of_its_kind_gives_way_at_the_same_message() {
    let database = Database::start().await;
    let (table, folded) = played(&database).await;
    let games = database.games();
    of_kind_version(&database, &table, 0).await;
    assert_eq!(games.row(table.game).await.expect("it reads"), None);
    assert_eq!(database.log().current(table.game).await.expect("it loads"), Some(folded.clone()));
    assert_eq!(
        agreement(&database, &table, &folded).await,
        Agreement::OtherLayout(Vec::new()),
        "nobody reads its state"
    );
    database.put_row(&folded).await;
    assert_eq!(games.row(table.game).await.expect("it reads"), Some(folded));
}

#[tokio::test]
async fn a_row_of_a_newer_layout_stays_until_the_game_goes_on() {
    let database = Database::start().await;
    let (mut table, folded) = played(&database).await;
    let games = database.games();
    of_kind_version(&database, &table, 99).await;
    database.put_row(&folded).await;
    assert_eq!(games.row(table.game).await.expect("it reads"), None);
    let other = Agreement::OtherLayout(Vec::new());
    assert_eq!(agreement(&database, &table, &folded).await, other, "nobody reads its state");
    let log = database.log();
    table.accept(&log, &ada(), cell(2)).await;
    let later = log.current(table.game).await.expect("it loads").expect("it is there");
    database.put_row(&later).await;
    assert_eq!(games.row(table.game).await.expect("it reads"), Some(later));
}

#[tokio::test]
async fn what_is_not_of_a_layout_is_compared_whatever_the_layout() {
    let database = Database::start().await;
    let (table, folded) = played(&database).await;
    of_kind_version(&database, &table, 0).await;
    alter(&database, &table, &[("head", text("AAAA"))]).await;
    assert_eq!(agreement(&database, &table, &folded).await, Agreement::OtherLayout(vec!["head".to_owned()]));
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
async fn a_row_of_an_older_format_gives_way_at_the_same_message_and_one_of_a_newer_format_stays() {
    for (format, is_replaced) in [(Game::FORMAT - 1, true), (Game::FORMAT + 1, false)] {
        let database = Database::start().await;
        let (table, folded) = played(&database).await;
        of_format(&database, table.game, format).await;
        assert_eq!(database.games().row(table.game).await.expect("it reads"), None);
        assert_eq!(database.log().current(table.game).await.expect("it loads"), Some(folded.clone()));
        assert_eq!(agreement(&database, &table, &folded).await, Agreement::OtherLayout(Vec::new()));
        database.put_row(&folded).await;
        let row = database.games().row(table.game).await.expect("it reads");
        assert_eq!(row, is_replaced.then_some(folded), "{format}");
    }
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

/// Makes the row of a game one that code of another format has written.
pub(crate) async fn of_format(database: &Database, game: GameId, format: u32) {
    for (name, value) in [("format", number(format.into())), ("state", text(r#"{"of another format":true}"#))] {
        let update = database.client().update_item().table_name(database.table("GamesTable"));
        let update = update.key("game_id", text(&game.to_string())).key("item", text("state"));
        let update = update.update_expression("SET #name = :value").expression_attribute_names("#name", name);
        update.expression_attribute_values(":value", value).send().await.expect("it is changed");
    }
}

#[tokio::test]
async fn games_at_rest_are_seen_whatever_the_format_of_their_rows() {
    for format in [Game::FORMAT - 1, Game::FORMAT + 1] {
        let database = Database::start().await;
        let (mut table, _) = played(&database).await;
        of_format(&database, table.game, format).await;
        let bucket = table.game.bucket(INDEX_BUCKETS);
        let seen = async || {
            let active = database.games().active(bucket).await.expect("it reads");
            active.iter().map(|active| (active.game, active.seq)).collect::<Vec<_>>()
        };
        assert_eq!(seen().await, [(table.game, Seq(5))]);
        let log = database.log();
        table.accept(&log, &ada(), Command::Resign).await;
        let over = log.current(table.game).await.expect("it loads").expect("it is there");
        database.put_row(&over).await;
        assert_eq!(seen().await, [], "its one row is the newest, whoever wrote the one before");
    }
}
