//! Rows that are built anew from the log alone: what is missing, wrong, of another layout, or of no game.

use std::{
    collections::{BTreeMap, HashMap},
    num::NonZeroU32,
};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use turnlog_domain::{Bot, Command, Game, GameId, Seq};
use turnlog_operations::rebuild::{self, Pace, Rebuilt, Report};
use turnlog_store::RowTable;
use turnlog_tests::{Database, Fault};

use super::{app, deliver, is_current, records};
use crate::store::{Table, ada, bob, cell, join, layouts::of_format};

type Item = HashMap<String, AttributeValue>;

/// Every item of a table, by whose it is and what it is.
async fn items(database: &Database, table: &str) -> BTreeMap<(String, String), Item> {
    let scan = database.client().scan().table_name(database.table(table)).send().await.expect("it reads");
    let text = |item: &Item, name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
    let key = |item: &Item| {
        let owner = text(item, "game_id").or_else(|| text(item, "player_id")).expect("it has an owner");
        (owner, text(item, "item").expect("it has a name"))
    };
    let items = scan.items.unwrap_or_default().into_iter();
    items.map(|item| (key(&item), item)).filter(|((owner, _), _)| owner != "control").collect()
}

/// All rows.
async fn rows(database: &Database) -> BTreeMap<(String, String), Item> {
    let mut rows = items(database, "GamesTable").await;
    rows.extend(items(database, "PlayersTable").await);
    rows
}

/// The rows without what rings for a bot, which stands only where a function has written them.
async fn silent(database: &Database) -> BTreeMap<(String, String), Item> {
    let mut rows = rows(database).await;
    for row in rows.values_mut() {
        row.remove("bot_task");
    }
    rows
}

async fn rebuilt(database: &Database, game: GameId) -> Rebuilt {
    rebuild::one(&database.tables(), game).await.expect("the tables answer").expect("there is such a game")
}

async fn rebuilt_all(database: &Database) -> Report {
    let tables = database.tables();
    let pace = Pace::new(NonZeroU32::MAX, tables.meter.clone());
    rebuild::all(&tables, &pace, &|_| {}).await.expect("the tables answer")
}

fn table_of((owner, _): &(String, String)) -> (&'static str, RowTable) {
    match GameId::parse(owner) {
        Ok(_) => ("GamesTable", RowTable::Games),
        Err(_) => ("PlayersTable", RowTable::Players),
    }
}

async fn set(database: &Database, key: &(String, String), attribute: &str, value: AttributeValue) {
    let (name, table) = table_of(key);
    let update = database.client().update_item().table_name(database.table(name));
    let update =
        update.key(table.owner(), AttributeValue::S(key.0.clone())).key("item", AttributeValue::S(key.1.clone()));
    let update = update.update_expression("SET #name = :value").expression_attribute_names("#name", attribute);
    update.expression_attribute_values(":value", value).send().await.expect("it is changed");
}

async fn remove(database: &Database, key: &(String, String)) {
    let (name, table) = table_of(key);
    let delete = database.client().delete_item().table_name(database.table(name));
    let delete = delete.key(table.owner(), AttributeValue::S(key.0.clone()));
    delete.key("item", AttributeValue::S(key.1.clone())).send().await.expect("it is removed");
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// A game with a snapshot, whose rows were written by a projection.
async fn projected(database: &Database) -> Table {
    let table = crate::store::moments::talked(database, 105).await;
    assert_eq!(deliver(&app(database), &records(database, table.game).await).await, None);
    table
}

#[tokio::test]
async fn rows_that_are_gone_are_written_as_the_projection_had_written_them() {
    let database = Database::start().await;
    let table = projected(&database).await;
    let before = rows(&database).await;
    assert_eq!(before.len(), 4, "a state, a snapshot and two standings: {:?}", before.keys());
    for key in before.keys() {
        remove(&database, key).await;
    }
    let what = rebuilt(&database, table.game).await.written;
    assert!(what.len() == 4 && what.iter().all(|line| line.ends_with("is missing")), "{what:?}");
    assert_eq!(rows(&database).await, before);
    assert_eq!(rebuilt(&database, table.game).await.written, Vec::<String>::new());
}

#[tokio::test]
async fn a_row_that_says_something_else_than_the_log_is_replaced() {
    let database = Database::start().await;
    let table = projected(&database).await;
    let before = rows(&database).await;
    for (key, row) in &before {
        for (attribute, value) in row {
            if ["game_id", "player_id", "item"].contains(&attribute.as_str()) {
                continue;
            }
            let other = if value.is_s() { text("another") } else { number(7) };
            set(&database, key, attribute, other).await;
            let what = rebuilt(&database, table.game).await.written;
            assert_eq!(what.len(), 1, "{attribute} of {key:?}: {what:?}");
            assert_eq!(rows(&database).await, before, "{attribute} of {key:?}");
        }
    }
}

#[tokio::test]
async fn a_row_that_is_behind_or_ahead_of_its_log_is_replaced() {
    let database = Database::start().await;
    let table = projected(&database).await;
    let before = rows(&database).await;
    for key in before.keys() {
        for seq in [1, 9_999] {
            set(&database, key, "seq", number(seq)).await;
            let what = rebuilt(&database, table.game).await.written;
            assert!(what.len() == 1 && what[0].contains(&format!("come to message {seq}, the log to ")), "{what:?}");
            assert_eq!(rows(&database).await, before, "{key:?} at {seq}");
        }
    }
}

#[tokio::test]
async fn a_row_of_another_format_is_replaced_whether_it_is_older_or_newer() {
    let database = Database::start().await;
    let table = projected(&database).await;
    let before = rows(&database).await;
    for format in [Game::FORMAT - 1, Game::FORMAT + 1] {
        of_format(&database, table.game, format).await;
        assert_eq!(database.games().row(table.game).await.expect("it reads"), None);
        let what = rebuilt(&database, table.game).await.written;
        assert!(what.len() == 1 && what[0].ends_with("is of another layout"), "{what:?}");
        assert_eq!(rows(&database).await, before);
    }
}

#[tokio::test]
async fn a_row_that_others_have_changed_since_it_was_read_is_left_to_them() {
    let database = Database::start().await;
    let table = projected(&database).await;
    let (models, games) = (database.tables().read_models(), database.games());
    let behind = database.log().at(table.game, Seq(3)).await.expect("it loads").expect("it is there");
    let row = turnlog_store::rows_of_head(&behind).pop().expect("it is the row with the state");
    let read = games.stored_row(table.game).await.expect("it reads").expect("it is there");
    of_format(&database, table.game, Game::FORMAT + 1).await;
    assert_eq!(models.replace(&row, Some(&read)).await, Ok(false));
    assert_eq!(models.replace(&row, None).await, Ok(false));
    assert_eq!(models.remove(&read).await, Ok(false));
    let read = games.stored_row(table.game).await.expect("it reads").expect("it is there");
    assert_eq!(models.replace(&row, Some(&read)).await, Ok(true));
    assert_eq!(games.row(table.game).await.expect("it reads"), Some(behind));
}

#[tokio::test]
async fn a_bot_is_rung_for_only_where_a_row_moves_forwards() {
    let database = Database::start().await;
    let log = database.log();
    let mut table = Table::new(&log).await;
    table.accept(&log, &ada(), join(0)).await;
    table.accept(&log, &ada(), Command::AddBot { seat: None, bot: Bot::Random }).await;
    table.accept(&log, &ada(), cell(0)).await;
    assert_eq!(deliver(&app(&database), &records(&database, table.game).await).await, None);
    let rings = async || rows(&database).await.values().any(|row| row.contains_key("bot_task"));
    let before = silent(&database).await;
    let key = (table.game.to_string(), "state".to_owned());
    assert!(rings().await);
    for (attribute, value, is_rung) in
        [("head", text("AAAA"), false), ("seq", number(1), true), ("seq", number(9), false)]
    {
        set(&database, &key, attribute, value).await;
        assert_eq!(rebuilt(&database, table.game).await.written.len(), 1);
        assert_eq!((rings().await, silent(&database).await == before), (is_rung, true), "{attribute}");
    }
    remove(&database, &key).await;
    rebuilt(&database, table.game).await;
    assert!(rings().await);
}

#[tokio::test]
async fn a_game_that_cannot_be_folded_is_parked_until_it_can() {
    let database = Database::start().await;
    let table = Table::started(&database.log()).await;
    let events = async |events: AttributeValue| {
        let update = database.client().update_item().table_name(database.table("MessagesTable"));
        let update = update.key("game_id", text(&table.game.to_string())).key("seq", number(2));
        let update = update.update_expression("SET events = :events").expression_attribute_values(":events", events);
        let old = update.return_values(aws_sdk_dynamodb::types::ReturnValue::UpdatedOld).send().await;
        old.expect("it is written").attributes.expect("it was there")["events"].clone()
    };
    let sound = events(text(&json!([{ "type": "invented", "v": 1, "data": {} }]).to_string())).await;
    let Rebuilt { parked, rows: found, .. } = rebuilt(&database, table.game).await;
    assert!(parked.is_some_and(|reason| reason.contains("message 2")) && found.is_none());
    let parked = database.games().all_parked().await.expect("it reads");
    assert_eq!(parked.iter().map(|parked| (parked.game, parked.seq)).collect::<Vec<_>>(), [(table.game, Seq(0))]);
    let report = rebuilt_all(&database).await;
    let did = (report.games, report.parked.len(), report.written, report.removed);
    assert_eq!(did, (1, 1, 0, 0), "nothing of it is an orphan");
    events(sound).await;
    assert!(rebuilt(&database, table.game).await.is_unparked);
    assert_eq!(database.games().all_parked().await.expect("it reads"), []);
    assert!(is_current(&database, table.game).await);
}

#[tokio::test]
async fn what_is_listed_as_no_game_can_be_stops_no_others() {
    let database = Database::start().await;
    projected(&database).await;
    for key in rows(&database).await.keys() {
        remove(&database, key).await;
    }
    let nobody = GameId::of_create(&ada(), turnlog_domain::testing::command_id(77)).to_string();
    for (log, start) in [("no-game", "tic-tac-toe#0"), (&nobody, "tic-tac-toe")] {
        let update = database.client().update_item().table_name(database.table("MessagesTable"));
        let update = update.key("game_id", text(log)).key("seq", number(1));
        let update = update.update_expression("SET #start = :start, #at = :at");
        let update = update.expression_attribute_names("#start", "start").expression_attribute_names("#at", "at");
        let update = update.expression_attribute_values(":start", text(start));
        update.expression_attribute_values(":at", number(1)).send().await.expect("it is written");
    }
    let report = rebuilt_all(&database).await;
    assert_eq!((report.games, report.written, report.unreadable.len()), (1, 4, 2), "{report:?}");
    assert!(report.unreadable.iter().any(|what| what.starts_with("no-game is listed")), "{report:?}");
}

#[tokio::test]
async fn rows_that_follow_from_no_log_are_removed_and_no_others() {
    let database = Database::start().await;
    let table = projected(&database).await;
    let before = rows(&database).await;
    database.players().put_name(&ada(), "Ada").await.expect("it is written");
    let nobody = GameId::of_create(&ada(), turnlog_domain::testing::command_id(77));
    let game = table.game.to_string();
    let newer = (game.clone(), "model-of-newer-code".to_owned());
    set(&database, &newer, "seq", number(1)).await;
    for (owner, item) in [
        (nobody.to_string(), "state".to_owned()),
        (nobody.to_string(), "parked".to_owned()),
        (game.clone(), "snapshot#000000009900".to_owned()),
        ("eve".to_owned(), format!("game#{game}")),
        ("eve".to_owned(), format!("game#{nobody}")),
        ("eve".to_owned(), "game#no-game".to_owned()),
    ] {
        set(&database, &(owner, item), "seq", number(1)).await;
    }
    let report = rebuilt_all(&database).await;
    assert_eq!((report.written, report.removed), (0, 6));
    let mut after = rows(&database).await;
    assert!(after.remove(&("ada".to_owned(), "profile".to_owned())).is_some());
    assert!(after.remove(&newer).is_some(), "what only newer code knows is left to it");
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_run_that_was_stopped_goes_on_where_it_was() {
    let database = Database::start().await;
    let log = database.log();
    for number in 0..110 {
        let id = turnlog_domain::testing::command_id(number);
        let (game, actor) = (GameId::of_create(&bob(), id), crate::store::actor(&bob()));
        let create = Command::create("tic-tac-toe", json!({}));
        log.append(game, id, &actor, &create, crate::store::now(number)).await.expect("it is created");
    }
    // The third page of fifty games is not read any more.
    for _ in 0..20 {
        database.faults().plan_after(2, "Scan", Fault::Validation);
    }
    let tables = database.tables();
    let pace = Pace::new(NonZeroU32::MAX, tables.meter.clone());
    rebuild::all(&tables, &pace, &|_| {}).await.expect_err("it is stopped");
    database.faults().end();
    assert_eq!(items(&database, "GamesTable").await.len(), 100);
    let report = rebuilt_all(&database).await;
    assert_eq!((report.games, report.written), (10, 20), "what was done is not done again");
    assert_eq!(items(&database, "GamesTable").await.len(), 110);
    let report = rebuilt_all(&database).await;
    assert_eq!((report.games, report.written), (110, 0), "a run that has ended begins anew");
}
