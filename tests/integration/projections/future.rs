//! A message from a newer code: its game waits, everything else goes on, and nothing asks again and again.

use aws_sdk_dynamodb::types::AttributeValue;
use turnlog_domain::{GameId, Seq};
use turnlog_store::{AppendError, LoadError};
use turnlog_tests::{Database, eventually};

use super::{app, deliver, is_current, records};
use crate::store::{Table, actor, ada, bob, cell, now};

/// Whether the newest move of a game is one that this code knows.
enum Written {
    /// As this code writes it.
    Now,
    /// In a version that is far ahead.
    Later,
}

/// Writes the fourth message of a game as if another code had: `{"v":99}` and back, past everything that Turnlog allows.
async fn write_move(database: &Database, game: GameId, written: Written) {
    let (name, client) = (database.table("MessagesTable"), database.client());
    let get = client.get_item().table_name(&name).key("game_id", AttributeValue::S(game.to_string()));
    let item = get.key("seq", AttributeValue::N("4".to_owned())).send().await.expect("it reads").item;
    let mut item = item.expect("the move is there");
    let events = item["events"].as_s().expect("it is a text");
    let events = match written {
        Written::Now => events.replace("\"v\":99", "\"v\":1"),
        Written::Later => events.replace("\"v\":1", "\"v\":99"),
    };
    item.insert("events".to_owned(), AttributeValue::S(events));
    client.put_item().table_name(&name).set_item(Some(item)).send().await.expect("it is written");
}

/// A game whose fourth message, Ada's move, comes from the future; its row knows the first three.
async fn game_ahead(database: &Database) -> Table {
    let log = database.log();
    let mut table = Table::started(&log).await;
    assert_eq!(deliver(&app(database), &records(database, table.game).await).await, None);
    table.accept(&log, &ada(), cell(0)).await;
    write_move(database, table.game, Written::Later).await;
    table
}

#[tokio::test]
async fn a_game_with_a_message_from_the_future_is_parked_and_catches_up_by_itself() {
    let database = Database::start().await;
    let game = game_ahead(&database).await.game;
    let (games, projection) = (database.games(), app(&database));
    assert_eq!(deliver(&projection, &records(&database, game).await[3..]).await, None, "nothing is delivered again");
    let reason = games.parked(game).await.expect("it reads").expect("it is parked");
    assert!(reason.contains("from the future") && reason.contains("v99"), "{reason}");
    let row = games.row(game).await.expect("it reads").expect("it is there");
    assert_eq!(row.game.seq(), Seq(3), "the row stays where it was");
    // The sweep looks once in a minute, and changes nothing.
    super::sweeping::sweep_once(&database).await;
    assert!(games.parked(game).await.expect("it reads").is_some());
    assert_eq!(database.messages().head(game).await.expect("it reads").map(|(seq, _)| seq), Some(Seq(4)));
    // The new code is there.
    write_move(&database, game, Written::Now).await;
    eventually("the repaired game", || async {
        super::sweeping::sweep_once(&database).await;
        games.parked(game).await.expect("it reads").is_none().then_some(())
    })
    .await;
    let row = games.row(game).await.expect("it reads").expect("it is there");
    assert!(row.game.seq() >= Seq(4));
    // The stream brings what the sweep has done about a game that rested so long, to processes of the new code.
    assert_eq!(deliver(&app(&database), &records(&database, game).await).await, None);
    assert!(is_current(&database, game).await);
}

#[tokio::test]
async fn a_batch_with_a_message_from_the_future_projects_the_other_games() {
    let database = Database::start().await;
    let ahead = game_ahead(&database).await.game;
    let log = database.log();
    let other = GameId::of_create(&bob(), turnlog_domain::testing::command_id(1));
    let create = crate::store::create();
    let id = turnlog_domain::testing::command_id(1);
    log.append(other, id, &actor(&bob()), &create, now(50)).await.expect("it is created");
    let mut batch = records(&database, ahead).await;
    batch.extend(records(&database, other).await);
    assert_eq!(deliver(&app(&database), &batch).await, None);
    assert!(database.games().parked(ahead).await.expect("it reads").is_some());
    assert!(is_current(&database, other).await);
}

#[tokio::test]
async fn a_command_on_a_message_from_the_future_is_refused_and_writes_nothing() {
    let database = Database::start().await;
    let mut table = game_ahead(&database).await;
    let log = database.log();
    for _ in 0..2 {
        let refused = table.append(&log, &bob(), cell(4)).await;
        assert!(matches!(&refused, Err(AppendError::Log(fault)) if fault.is_from_future()), "{refused:?}");
        assert!(refused.is_err_and(|error| !error.is_retryable()), "bots and the sweep do not try again at once");
    }
    let loaded = log.current(table.game).await;
    assert!(matches!(&loaded, Err(LoadError::Log(fault)) if fault.is_from_future()), "{loaded:?}");
    assert_eq!(database.messages().head(table.game).await.expect("it reads").map(|(seq, _)| seq), Some(Seq(4)));
    write_move(&database, table.game, Written::Now).await;
    assert_eq!(table.accept(&log, &bob(), cell(4)).await, Seq(5), "the same process goes on");
}

#[tokio::test]
async fn a_warm_process_that_writes_behind_a_message_from_the_future_is_refused() {
    let database = Database::start().await;
    let log = database.log();
    let mut table = Table::started(&log).await;
    // Another process goes on; this one still has the state before in its cache.
    let newer = database.log();
    let id = turnlog_domain::testing::command_id(77);
    newer.append(table.game, id, &actor(&ada()), &cell(0), now(70)).await.expect("it is accepted");
    write_move(&database, table.game, Written::Later).await;
    let refused = table.append(&log, &ada(), cell(1)).await;
    assert!(matches!(&refused, Err(AppendError::Log(fault)) if fault.is_from_future()), "{refused:?}");
}
