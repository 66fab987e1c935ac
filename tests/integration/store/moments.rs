//! Earlier moments: whatever is kept to find them quickly, the log alone decides.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use turnlog_domain::{Audience, Command, Game, Moment, Seq, Timestamp};
use turnlog_games::kinds;
use turnlog_store::{
    Folded, LoadError, Log,
    limits::{FOLD_PAGE_MESSAGES_MAX, SNAPSHOT_INTERVAL_MESSAGES},
};
use turnlog_tests::Database;

use super::{Table, ada, bob, cell, now};
use crate::projections::{app, deliver, records};

const INTERVAL: u64 = SNAPSHOT_INTERVAL_MESSAGES;

/// A table at which something is said until its log has so many messages.
pub(crate) async fn talked(database: &Database, messages: u64) -> Table {
    let log = database.log();
    let mut table = Table::started(&log).await;
    table.accept(&log, &ada(), cell(0)).await;
    talk(&log, &mut table, messages).await;
    table
}

async fn talk(log: &Log, table: &mut Table, messages: u64) {
    let mut seq = log.current(table.game).await.expect("it loads").expect("it is there").game.seq();
    while seq.0 < messages {
        let say = Command::Say { to: Audience::All, text: format!("This is message {}", seq.next()), invitation: None };
        let player = if seq.0.is_multiple_of(2) { ada() } else { bob() };
        // Slowly enough for anybody to say as much as they like.
        let id = table.next_id();
        let at = now(10 * seq.0);
        log.append(table.game, id, &super::actor(&player), &say, at).await.expect("it is said");
        seq = seq.next();
    }
}

/// The same with its snapshots, as the projection writes them.
async fn projected(messages: u64) -> (Database, Table) {
    let database = Database::start().await;
    let table = talked(&database, messages).await;
    assert_eq!(deliver(&app(&database), &records(&database, table.game).await).await, None);
    (database, table)
}

/// The states after each message, from the log alone.
async fn states(database: &Database, table: &Table) -> Vec<Folded> {
    let entries = database.messages().tail(table.game, Seq(0)).await.expect("it reads");
    let mut states: Vec<Folded> = Vec::new();
    for entry in &entries {
        states.push(Folded::fold(&kinds(), states.last().cloned(), entry).expect("the log folds"));
    }
    states
}

async fn at(database: &Database, table: &Table, seq: u64) -> Result<Option<Folded>, LoadError> {
    database.log().at(table.game, Seq(seq)).await
}

fn snapshot_key(table: &Table, seq: u64) -> HashMap<String, AttributeValue> {
    let item = format!("snapshot#{seq:012}");
    let key = [("game_id", table.game.to_string()), ("item", item)];
    key.map(|(name, value)| (name.to_owned(), AttributeValue::S(value))).into()
}

async fn snapshot(database: &Database, table: &Table, seq: u64) -> HashMap<String, AttributeValue> {
    let get = database.client().get_item().table_name(database.table("GamesTable"));
    let item = get.set_key(Some(snapshot_key(table, seq))).send().await.expect("it reads").item;
    item.expect("it is kept")
}

async fn put(database: &Database, item: HashMap<String, AttributeValue>) {
    let put = database.client().put_item().table_name(database.table("GamesTable")).set_item(Some(item));
    put.send().await.expect("it is written");
}

async fn remove(database: &Database, table: &Table, seq: u64) {
    let delete = database.client().delete_item().table_name(database.table("GamesTable"));
    delete.set_key(Some(snapshot_key(table, seq))).send().await.expect("it is removed");
}

/// The same game with another mark on the board.
fn altered(folded: &Folded) -> Folded {
    let mut state: Value = serde_json::from_str(&folded.game.to_json()).expect("it is JSON");
    let text = state["position"].to_string();
    state["position"] = serde_json::from_str(&text.replacen("null", "1", 1)).expect("it is JSON");
    let game = Game::from_json(&kinds(), &state.to_string()).expect("it is a state");
    assert_ne!(game, folded.game);
    Folded { game, head: folded.head.clone() }
}

#[tokio::test]
async fn every_moment_is_the_one_of_the_log() {
    let (database, table) = projected(2 * INTERVAL + 30).await;
    let states = states(&database, &table).await;
    for seq in [1, 2, INTERVAL - 1, INTERVAL, INTERVAL + 1, 2 * INTERVAL - 1, 2 * INTERVAL, 2 * INTERVAL + 30] {
        let expected = states[usize::try_from(seq).expect("it is small") - 1].clone();
        assert_eq!(at(&database, &table, seq).await, Ok(Some(expected)), "{seq}");
    }
    assert_eq!(at(&database, &table, 0).await, Ok(None));
    assert_eq!(at(&database, &table, 10 * INTERVAL).await, Ok(states.last().cloned()), "beyond the head is the head");
}

#[tokio::test]
async fn a_look_back_reads_from_the_nearest_snapshot_on() {
    let (database, table) = projected(2 * INTERVAL + 30).await;
    let log = database.log();
    database.faults().requests();
    log.at(table.game, Seq(2 * INTERVAL + 20)).await.expect("it loads");
    assert_eq!(database.faults().requests(), [("GetItem", 1), ("Query", 1)].map(named).into());
    log.at(table.game, Seq(INTERVAL - 1)).await.expect("it loads");
    assert_eq!(database.faults().requests(), [("Query", 1)].map(named).into(), "nothing is kept before");
    // What lies before the snapshot is not read, so damage there is not met; what lies after it is.
    super::integrity::tamper(&database, &table, 50, "events", |events| events.replace("message", "massage")).await;
    assert!(at(&database, &table, INTERVAL + 20).await.is_ok());
    assert!(at(&database, &table, INTERVAL - 20).await.is_err());
}

fn named((operation, count): (&str, usize)) -> (String, usize) {
    (operation.to_owned(), count)
}

#[tokio::test]
async fn a_snapshot_that_the_log_does_not_bear_out_is_ignored() {
    let (database, table) = projected(2 * INTERVAL + 30).await;
    let states = states(&database, &table).await;
    let state = |seq: u64| states[usize::try_from(seq).expect("it is small") - 1].clone();
    // At the snapshot itself no later message tells that it is wrong.
    let is_right = async |what: &str| {
        for seq in [2 * INTERVAL, 2 * INTERVAL + 20] {
            assert_eq!(at(&database, &table, seq).await, Ok(Some(state(seq))), "{what} at {seq}");
        }
    };
    let good = snapshot(&database, &table, 2 * INTERVAL).await;
    let older = snapshot(&database, &table, INTERVAL).await;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    for (attribute, value) in [
        ("state", text("{}")),
        ("state", older["state"].clone()),
        ("format", AttributeValue::N("999".to_owned())),
        ("state_hash", text(&format!("{}:AAAA", Game::FORMAT))),
        ("head", text("AAAA")),
        ("head", older["head"].clone()),
        ("seq", text("none")),
    ] {
        let mut item = good.clone();
        item.insert(attribute.to_owned(), value.clone());
        put(&database, item).await;
        is_right(&format!("{attribute} {value:?}")).await;
    }
    let kept = state(2 * INTERVAL);
    remove(&database, &table, 2 * INTERVAL).await;
    database.put_snapshot(&altered(&kept)).await;
    is_right("another state under its own right hash").await;
    let mut displaced = older.clone();
    displaced.extend(snapshot_key(&table, 2 * INTERVAL));
    put(&database, displaced).await;
    is_right("a state that was right elsewhere").await;
    for missing in [2 * INTERVAL, INTERVAL] {
        remove(&database, &table, missing).await;
        is_right(&format!("without {missing}")).await;
    }
}

#[tokio::test]
async fn a_log_that_nothing_is_kept_of_is_read_in_pages() {
    let database = Database::start().await;
    let messages = FOLD_PAGE_MESSAGES_MAX as u64 + 20;
    let table = talked(&database, messages).await;
    database.faults().requests();
    let folded = at(&database, &table, messages - 1).await.expect("it loads").expect("it is there");
    assert_eq!(folded.game.seq(), Seq(messages - 1));
    assert_eq!(database.faults().requests(), [("GetItem", 3), ("Query", 2)].map(named).into());
}

#[tokio::test]
async fn a_time_stands_for_the_last_message_that_is_not_later() {
    let (database, table) = projected(INTERVAL + 30).await;
    let states = states(&database, &table).await;
    let log = database.log();
    let head = || states.last().expect("there are messages").clone();
    let moment = |moment| log.moment(head(), moment);
    for (index, state) in states.iter().enumerate() {
        let at = state.game.at();
        assert_eq!(moment(Moment::At(at)).await, Ok(Some(state.clone())), "at {}", state.game.seq());
        let before = index.checked_sub(1).map(|index| states[index].clone());
        let earlier = Timestamp::from_ms(at.as_ms() - 1);
        assert_eq!(moment(Moment::At(earlier)).await, Ok(before), "before {}", state.game.seq());
    }
    assert_eq!(moment(Moment::At(Timestamp::from_ms(u64::MAX))).await, Ok(Some(head())), "the head goes on holding");
    assert_eq!(moment(Moment::At(Timestamp::from_ms(0))).await, Ok(None));
    database.faults().requests();
    moment(Moment::At(now(10 * 50))).await.expect("it loads");
    let reads = database.faults().requests()["Query"];
    assert!(reads <= 8 + 1, "{reads} reads for one of 130 messages");
}

#[tokio::test]
async fn there_is_no_moment_before_the_first_message_or_after_the_last() {
    let database = Database::start().await;
    let table = Table::started(&database.log()).await;
    let log = database.log();
    let head = log.current(table.game).await.expect("it loads").expect("it is there");
    database.faults().requests();
    let moment = |seq| log.moment(head.clone(), Moment::After(Seq(seq)));
    assert_eq!(moment(0).await, Ok(None));
    assert_eq!(moment(4).await, Ok(None));
    assert_eq!(moment(u64::MAX).await, Ok(None));
    assert_eq!(moment(3).await, Ok(Some(head.clone())));
    assert_eq!(database.faults().requests(), HashMap::new().into_iter().collect(), "the head is known");
    let first = moment(1).await.expect("it loads").expect("it is there");
    assert_eq!((first.game.seq(), json!(first.game.players().count())), (Seq(1), json!(0)));
}
