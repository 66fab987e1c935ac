//! The items of the other three tables: what they look like, and that old ones are read or known to be old.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_dynamo::Item;
use serde_json::{Value, json};
use turnlog_domain::{Game, GameId, PlayerId, Seq, Text, testing};
use turnlog_games::kinds;
use turnlog_store::{
    Derived, Dialect, Folded, Inbox, InboxMarks, Outgoing, Players, Subscribed, SweepCursor, TokenExpiry,
};
use turnlog_tests::Database;

use super::{COURSES, Course, courses::items_of, expect_newest, files, item};
use crate::store::{ada, bob, moments::talked, now};

/// All items of a table in the order of their keys, in DynamoDB's JSON.
async fn items(database: &Database, table: &str) -> Vec<Value> {
    let scan = database.client().scan().table_name(database.table(table)).send().await.expect("it reads");
    let mut items: Vec<Value> =
        scan.items.expect("there are items").into_iter().map(|item| json!(Item::from(item))).collect();
    items.sort_by_key(|item| ["game_id", "player_id", "owner", "item"].map(|key| item[key]["S"].to_string()));
    items
}

/// What Games holds of games, without what it says about itself.
async fn rows_of_games(database: &Database) -> Vec<Value> {
    let mut rows = items(database, "GamesTable").await;
    rows.retain(|item| item["game_id"]["S"] != "control");
    rows
}

/// Puts the items of a golden file into a table.
async fn put_all(database: &Database, table: &str, lines: &[String]) {
    for line in lines {
        let item: HashMap<String, AttributeValue> = item(line).into();
        let put = database.client().put_item().table_name(database.table(table)).set_item(Some(item));
        put.send().await.expect("it is written");
    }
}

fn game_of(line: &str) -> GameId {
    let line: Value = serde_json::from_str(line).expect("it is JSON");
    GameId::parse(line["game_id"]["S"].as_str().expect("a text")).expect("it is an id")
}

/// A game at the head of its golden log, and as it was after its first messages.
async fn folded(database: &Database, course: &Course, length: usize) -> Folded {
    let entries = database.messages().page(course.game, Seq(0), length).await.expect("it reads");
    super::fold(&entries).expect("it folds").expect("there are messages")
}

#[tokio::test]
async fn rows_of_games_are_the_newest_golden_ones() {
    let mut rows = Vec::new();
    for (_, play) in COURSES {
        let database = Database::start().await;
        let course = play(Course::new(&database)).await;
        // Waiting, while it runs, and at the end.
        for length in [1, 4, usize::MAX] {
            database.put_row(&folded(&database, &course, length).await).await;
            let row = rows_of_games(&database).await.pop().expect("there is one");
            rows.push(row);
        }
    }
    let parked = Database::start().await;
    let game = GameId::of_create(&ada(), testing::command_id(1));
    parked.games().park(game, Seq(4), "it does not fold", now(1)).await.expect("it is written");
    rows.extend(rows_of_games(&parked).await);
    expect_newest("games", &rows);
}

#[tokio::test]
async fn a_golden_row_is_read_or_known_to_be_of_another_format() {
    for (number, lines) in files("games") {
        for line in lines {
            let database = Database::start().await;
            put_all(&database, "GamesTable", std::slice::from_ref(&line)).await;
            let (games, game) = (database.games(), game_of(&line));
            let row = games.row(game).await.expect("what cannot be used is no fault");
            let is = |item: &str| line.contains(&format!(r#""item":{{"S":"{item}"}}"#));
            assert_eq!(row.is_some(), is("state") && is_of_today(&line), "games.{number}: {line}");
            assert_eq!(games.parked(game).await.expect("it reads").is_some(), is("parked"));
        }
    }
}

/// What Players holds of a game.
async fn standings(database: &Database) -> Vec<Value> {
    let mut rows = items(database, "PlayersTable").await;
    rows.retain(|item| item["item"]["S"].as_str().is_some_and(|item| item.starts_with(Players::STANDING)));
    rows
}

#[tokio::test]
async fn standings_are_the_newest_golden_ones() {
    let mut rows = Vec::new();
    for (_, play) in COURSES {
        let database = Database::start().await;
        let course = play(Course::new(&database)).await;
        let first = database.messages().page(course.game, Seq(0), 1).await.expect("it reads");
        database.put_rows(Derived::over(&kinds(), None, &first).expect("it folds").rows()).await;
        rows.extend(standings(&database).await);
        database.project(course.game).await;
        rows.extend(standings(&database).await);
    }
    expect_newest("standings", &rows);
}

#[tokio::test]
async fn golden_standings_are_counted() {
    for (number, lines) in files("standings") {
        for line in lines {
            let database = Database::start().await;
            put_all(&database, "PlayersTable", std::slice::from_ref(&line)).await;
            let item: Value = serde_json::from_str(&line).expect("it is JSON");
            let player = PlayerId::parse(item["player_id"]["S"].as_str().expect("a text")).expect("it is an id");
            let counted = database.players().has_open_games(&player, 1).await;
            assert_eq!(counted, Ok(item["standing"]["S"] == "open"), "standings.{number}: {line}");
        }
    }
}

/// States of earlier moments, and what stands beside the rows: how far long work has come.
#[tokio::test]
async fn what_stands_beside_the_rows_is_the_newest_golden() {
    let database = Database::start().await;
    let cursor = SweepCursor { started_ms: Some(7), ..SweepCursor::default() };
    database.games().put_sweep_cursor(&cursor).await.expect("it is written");
    let table = talked(&database, 105).await;
    database.project(table.game).await;
    let mut kept = items(&database, "GamesTable").await;
    kept.retain(|item| item["item"]["S"] != "state");
    assert_eq!(kept.len(), 2, "{kept:?}");
    expect_newest("beside", &kept);
}

#[tokio::test]
async fn golden_cursors_are_read() {
    for (number, lines) in files("beside") {
        let database = Database::start().await;
        put_all(&database, "GamesTable", &lines).await;
        let cursor = database.games().sweep_cursor().await.expect("it reads");
        assert_eq!(cursor.started_ms, Some(7), "beside.{number}");
    }
}

/// Whether a state is of today's layout, the kind's part of it included.
fn is_of_today(line: &str) -> bool {
    let line: Value = serde_json::from_str(line).expect("it is JSON");
    let state: Value = serde_json::from_str(line["state"]["S"].as_str().expect("a text")).expect("it is JSON");
    let kind = kinds().find(line["kind"]["S"].as_str().expect("a text")).expect("kinds stay");
    let kind_version = state["created"]["kind_version"].as_u64().unwrap_or(1);
    let format = line["format"]["N"].as_str().and_then(|number| number.parse().ok());
    format == Some(Game::FORMAT) && kind_version == u64::from(kind.version())
}

#[tokio::test]
async fn items_of_players_are_the_newest_golden_ones() {
    let database = Database::start().await;
    let players = database.players();
    players.put_name(&ada(), "Ada").await.expect("it is written");
    players.put_name(&bob(), "Bob").await.expect("it is written");
    let inbox = Inbox::new(database.messages(), players.clone());
    for (number, text) in [(1, "Hello"), (2, "Are you there?"), (3, "\u{1f680}")] {
        let (command, text) = (testing::command_id(number), Text::parse(text).expect("it is fine"));
        let outgoing = Outgoing { command, from: ada(), to: bob(), text };
        inbox.send(&outgoing, now(number)).await.expect("it is sent");
    }
    players.mark_read(&bob(), Seq(2)).await.expect("it is written");
    players.block(&bob(), &testing::player("eve")).await.expect("it is written");
    let text = Text::parse("Hello").expect("it is fine");
    let outgoing = Outgoing { command: testing::command_id(4), from: testing::player("eve"), to: bob(), text };
    inbox.send(&outgoing, now(4)).await.expect("it is answered as any other");
    players.ring_unread(&bob(), "L0SM9cOFvHcCIhw=", now(5)).await.expect("it is written");
    expect_newest("players", &items(&database, "PlayersTable").await);
    expect_newest("inbox", &items_of(&database, "player#bob").await);
}

#[tokio::test]
async fn golden_items_of_players_are_read() {
    for (number, lines) in files("players") {
        let database = Database::start().await;
        put_all(&database, "PlayersTable", &lines).await;
        let players = database.players();
        let names = players.names(&[ada(), bob()]).await.expect("it reads");
        assert_eq!(names, [(ada(), "Ada".to_owned()), (bob(), "Bob".to_owned())], "players.{number}");
        let blocked = [testing::player("eve")].into();
        assert_eq!(players.inbox_marks(&bob()).await.expect("it reads"), InboxMarks { read: Seq(2), blocked });
        // The note of what was sent tells a repeat, and a message that is new goes after it.
        let inbox = Inbox::new(database.messages(), players);
        put_all(&database, "MessagesTable", &files("inbox").pop().expect("there is a file").1).await;
        for (command, head) in [(3, 3), (4, 4)] {
            let text = Text::parse("\u{1f680}").expect("it is fine");
            let outgoing = Outgoing { command: testing::command_id(command), from: ada(), to: bob(), text };
            inbox.send(&outgoing, now(60)).await.expect("it is sent");
            assert_eq!(inbox.head(&bob()).await, Ok(Seq(head)), "players.{number}");
        }
    }
}

#[tokio::test]
async fn items_of_connections_are_the_newest_golden_ones() {
    let database = Database::start().await;
    let websockets = database.websockets();
    let game = GameId::of_create(&ada(), testing::command_id(1));
    let connected =
        websockets.connect_as(Dialect::Turnlog, "L0SM9cOFvHcCIhw=", &ada(), now(0), Some(now(3600)).into()).await;
    connected.expect("it is written");
    // Its authorizer did not say when the token expires.
    websockets
        .connect_as(Dialect::Plain, "M1TN8dPGwIdDJix=", &bob(), now(1), TokenExpiry::default())
        .await
        .expect("it is written");
    let subscribed = websockets.subscribe("L0SM9cOFvHcCIhw=", &ada(), game, now(2), Some(now(3600)).into()).await;
    assert_eq!(subscribed, Ok(Subscribed::Yes));
    websockets.bar(&testing::player("eve"), now(2)).await.expect("it is written");
    expect_newest("websockets", &items(&database, "WebsocketsTable").await);
}

#[tokio::test]
async fn golden_items_of_connections_are_read() {
    for (number, lines) in files("websockets") {
        let database = Database::start().await;
        put_all(&database, "WebsocketsTable", &lines).await;
        let websockets = database.websockets();
        let game = GameId::of_create(&ada(), testing::command_id(1));
        let followers = websockets.subscribers(game, now(3)).await.expect("it reads");
        assert_eq!(followers.iter().map(|follower| &follower.player).collect::<Vec<_>>(), [&ada()]);
        // What was written before tokens were looked at again never expires by them.
        assert_eq!(followers[0].token_expiry.has_passed(now(3600)), number > 1);
        for (player, dialect) in [(ada(), Dialect::Turnlog), (bob(), Dialect::Plain)] {
            let connections = websockets.connections(&player, now(3)).await.expect("it reads");
            let dialects: Vec<Dialect> = connections.iter().map(|connection| connection.dialect).collect();
            assert_eq!(dialects, [dialect], "websockets.{number}");
        }
        websockets.disconnect("L0SM9cOFvHcCIhw=").await.expect("it is forgotten");
        let mut left = items(&database, "WebsocketsTable").await;
        left.retain(|item| item["item"]["S"] != "barred");
        assert_eq!(left.len(), 2, "websockets.{number}");
        // Nobody was barred when the first was written.
        assert_eq!(websockets.is_barred(&testing::player("eve"), now(3)).await, Ok(number > 1));
    }
}
