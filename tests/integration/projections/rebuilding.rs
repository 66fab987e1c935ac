//! Versions of the read models: filled from the log alone, compared, switched and dropped.

use std::{collections::BTreeMap, num::NonZeroU32};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use turnlog_domain::{Bot, Command, GameId, Seq};
use turnlog_operations::{
    rebuild::{Filled, Found, Pace, remove},
    scan,
};
use turnlog_store::{Changed, Model, Progress, Target, Versions, VersionsRefusal};
use turnlog_tests::Database;

use super::{app, deliver, is_current, records};
use crate::store::{Table, ada, bob, cell, join, now};

fn target(games: u32, players: u32) -> Target {
    [(Model::Games, games), (Model::Players, players)].into()
}

/// Every item of a table, by its name.
async fn items(database: &Database, table: &str) -> BTreeMap<String, BTreeMap<String, AttributeValue>> {
    let scan = database.client().scan().table_name(database.table(table)).send().await.expect("it reads");
    let name = |item: &BTreeMap<String, AttributeValue>| item["item"].as_s().expect("it is a text").clone();
    let items = scan.items.unwrap_or_default().into_iter().map(BTreeMap::from_iter);
    items.map(|item| (name(&item), item)).collect()
}

async fn found(database: &Database, game: GameId, target: &Target, versions: &Versions) -> Found {
    database.tables().compare(game, target, versions, None).await.expect("it reads").found
}

#[tokio::test]
async fn a_version_that_is_filled_from_the_log_equals_the_one_that_was_kept_up() {
    let database = Database::start().await;
    let (log, app, tables) = (database.log(), app(&database), database.tables());
    let mut table = Table::started(&log).await;
    assert_eq!(deliver(&app, &records(&database, table.game).await).await, None);
    let target = target(3, 2);
    let versions = tables.games.control().keep_up(&target).await.expect("it is written");
    assert_eq!(found(&database, table.game, &target, &versions).await, Found::Behind("the row is missing".to_owned()));
    assert_eq!(tables.fill(table.game, &target, now(0)).await, Ok(Filled::Written));
    assert_eq!(found(&database, table.game, &target, &versions).await, Found::Equal);

    // A process that has read the versions since writes both.
    let app = super::app(&database);
    table.accept(&log, &ada(), cell(0)).await;
    table.accept(&log, &bob(), Command::Resign).await;
    assert_eq!(deliver(&app, &records(&database, table.game).await).await, None);
    assert_eq!(found(&database, table.game, &target, &versions).await, Found::Equal);
    let games = items(&database, "GamesTable").await;
    let mut newer = games["state#3"].clone();
    newer.insert("item".to_owned(), AttributeValue::S("state#2".to_owned()));
    assert_eq!(newer, games["state#2"]);
    let players = items(&database, "PlayersTable").await;
    assert!(players.keys().all(|item| item.contains(&table.game.to_string())), "{:?}", players.keys());
}

#[tokio::test]
async fn a_row_that_says_something_else_than_the_log_is_found() {
    let database = Database::start().await;
    let (log, tables) = (database.log(), database.tables());
    let table = Table::started(&log).await;
    let target = target(3, 2);
    let versions = tables.games.control().keep_up(&target).await.expect("it is written");
    tables.fill(table.game, &target, now(0)).await.expect("it is filled");
    for (name, item, attribute) in
        [("GamesTable", "state#3".to_owned(), "state"), ("PlayersTable", format!("standing#2#{}", table.game), "kind")]
    {
        let (key, value) =
            if name == "GamesTable" { ("game_id", table.game.to_string()) } else { ("player_id", "ada".to_owned()) };
        let update = |text: String| {
            let update = database.client().update_item().table_name(database.table(name));
            let update = update.key(key, AttributeValue::S(value.clone()));
            let update = update.key("item", AttributeValue::S(item.clone())).update_expression("SET #name = :text");
            let update = update.expression_attribute_names("#name", attribute);
            update.expression_attribute_values(":text", AttributeValue::S(text)).send()
        };
        let stored = items(&database, name).await;
        let old = stored.get(&item).map(|item| item[attribute].as_s().expect("it is a text").clone());
        update("another".to_owned()).await.expect("it is written");
        let found = found(&database, table.game, &target, &versions).await;
        assert!(matches!(&found, Found::Different(reason) if reason.contains(attribute)), "{found:?}");
        update(old.expect("it was there")).await.expect("it is written");
    }
}

#[tokio::test]
async fn rows_of_another_version_ring_for_no_bot() {
    let database = Database::start().await;
    let (log, tables) = (database.log(), database.tables());
    let mut table = Table::new(&log).await;
    tables.games.control().keep_up(&target(3, 2)).await.expect("it is written");
    table.accept(&log, &ada(), join(0)).await;
    table.accept(&log, &ada(), Command::AddBot { seat: None, bot: Bot::Random }).await;
    table.accept(&log, &ada(), cell(0)).await;
    let app = app(&database);
    assert_eq!(deliver(&app, &records(&database, table.game).await).await, None);
    let rings = async || {
        let games = items(&database, "GamesTable").await;
        games.into_iter().filter(|(_, item)| item.contains_key("errand")).map(|(name, _)| name).collect::<Vec<_>>()
    };
    assert_eq!(rings().await, ["state#2"]);
    tables.fill(table.game, &target(4, 3), now(0)).await.expect("it is filled");
    assert_eq!(rings().await, ["state#2"]);
}

#[tokio::test]
async fn the_switch_is_one_step_and_so_is_the_way_back() {
    let database = Database::start().await;
    let (log, tables) = (database.log(), database.tables());
    let mut table = Table::started(&log).await;
    assert_eq!(deliver(&app(&database), &records(&database, table.game).await).await, None);
    let control = tables.games.control();
    let (old, new) = (target(2, 1), target(3, 2));
    assert_eq!(control.switch(&new).await, Err(VersionsRefusal::Unknown { model: Model::Games, version: 3 }.into()));
    control.keep_up(&new).await.expect("it is written");
    tables.fill(table.game, &new, now(0)).await.expect("it is filled");
    for (live, other, player, mark) in [(&new, &old, ada(), 0), (&old, &new, bob(), 4)] {
        let Changed { before, after: versions } = control.switch(live).await.expect("it is written");
        assert!(Model::ALL.into_iter().all(|model| before.of(model).live == other[&model]));
        for model in Model::ALL {
            assert_eq!(
                (versions.read(model), versions.written(model)),
                (Some(live[&model]), vec![other[&model], live[&model]])
            );
            let given_up = control.give_up(&[(model, live[&model])].into()).await;
            assert_eq!(given_up, Err(VersionsRefusal::Live { model, version: live[&model] }.into()));
        }
        table.accept(&log, &player, cell(mark)).await;
        assert_eq!(deliver(&app(&database), &records(&database, table.game).await).await, None);
        assert!(is_current(&database, table.game).await);
        assert_eq!(found(&database, table.game, other, &versions).await, Found::Equal);
    }
}

#[tokio::test]
async fn a_version_that_is_dropped_leaves_nothing_behind() {
    let database = Database::start().await;
    let (log, tables) = (database.log(), database.tables());
    let table = Table::started(&log).await;
    assert_eq!(deliver(&app(&database), &records(&database, table.game).await).await, None);
    let before = (items(&database, "GamesTable").await, items(&database, "PlayersTable").await);
    let target = target(3, 2);
    tables.games.control().keep_up(&target).await.expect("it is written");
    tables.fill(table.game, &target, now(0)).await.expect("it is filled");
    tables.games.control().give_up(&target).await.expect("it is written");
    let pace = Pace::new(NonZeroU32::MAX, tables.meter.clone());
    for (model, version) in target {
        let removed = remove(&tables, &pace, model, version, &|_| {}).await.expect("they are removed");
        assert_eq!(removed, if model == Model::Games { 1 } else { 2 });
    }
    let mut after = (items(&database, "GamesTable").await, items(&database, "PlayersTable").await);
    // It has been changed and changed back.
    after.0.insert("versions".to_owned(), before.0["versions"].clone());
    assert_eq!(after, before);
}

#[tokio::test]
async fn versions_are_given_up_together_or_not_at_all_and_a_rebuild_of_one_begins_anew() {
    let database = Database::start().await;
    let log = database.log();
    let (tables, control) = (database.tables(), database.games().control().clone());
    for _ in 0..2 {
        Table::started(&log).await;
    }
    control.keep_up(&target(3, 2)).await.expect("it is written");
    let refused = control.give_up(&[(Model::Games, 3), (Model::Players, 1)].into()).await;
    assert_eq!(refused, Err(VersionsRefusal::Live { model: Model::Players, version: 1 }.into()));
    let kept = |versions: Versions, model| versions.of(model).kept.into_keys().collect::<Vec<_>>();
    let now = || async { (*database.games().control().versions().await.expect("it reads")).clone() };
    assert_eq!((kept(now().await, Model::Games), kept(now().await, Model::Players)), (vec![2, 3], vec![1, 2]));

    let place = scan::begun(&tables.messages, Some(1), None).await.expect("it reads").next.expect("there is another");
    for (fills, is_left) in [(target(3, 2), false), ([(Model::Players, 2)].into(), false), (target(4, 3), true)] {
        control.keep_up(&target(3, 2)).await.expect("it is written");
        control.put_progress(Some(&Progress { target: fills, place: place.clone() })).await.expect("it is written");
        control.give_up(&target(3, 2)).await.expect("it is written");
        assert_eq!(control.progress().await.expect("it reads").is_some(), is_left);
        assert_eq!((kept(now().await, Model::Games), kept(now().await, Model::Players)), (vec![2], vec![1]));
    }
}

#[tokio::test]
async fn a_game_that_cannot_be_folded_is_parked_in_the_new_version_too() {
    let database = Database::start().await;
    let (log, tables) = (database.log(), database.tables());
    let table = Table::started(&log).await;
    let update = database.client().update_item().table_name(database.table("MessagesTable"));
    let update = update.key("game_id", AttributeValue::S(table.game.to_string()));
    let update = update.key("seq", AttributeValue::N("2".to_owned())).update_expression("SET events = :events");
    let events = json!([{ "type": "invented", "v": 1, "data": {} }]).to_string();
    update.expression_attribute_values(":events", AttributeValue::S(events)).send().await.expect("it is written");
    let target = target(3, 2);
    tables.games.control().keep_up(&target).await.expect("it is written");
    let filled = tables.fill(table.game, &target, now(5)).await.expect("a bad game is no fault of the tables");
    let Filled::Parked(reason) = filled else { panic!("{filled:?}") };
    assert!(reason.contains("message 2"), "{reason}");
    let parked = tables.games.all_parked_in(3).await.expect("it reads");
    assert_eq!(parked.iter().map(|parked| (parked.game, parked.seq)).collect::<Vec<_>>(), [(table.game, Seq(0))]);
    assert_eq!(tables.games.all_parked_in(2).await.expect("it reads"), []);
}
