//! What was stored stays as it was, or is found out.

use aws_sdk_dynamodb::types::AttributeValue;
use turnlog_domain::Seq;
use turnlog_games::kinds;
use turnlog_store::{LoadError, LogFault};
use turnlog_tests::Database;

use super::{Table, ada, bob, cell};

/// Changes one attribute of a stored message, past everything that Turnlog allows.
pub(crate) async fn tamper(
    database: &Database,
    table: &Table,
    seq: u64,
    attribute: &str,
    change: impl Fn(&str) -> String,
) {
    let key = |request: aws_sdk_dynamodb::operation::get_item::builders::GetItemFluentBuilder| {
        request
            .table_name(database.table("MessagesTable"))
            .key("game_id", AttributeValue::S(table.game.to_string()))
            .key("seq", AttributeValue::N(seq.to_string()))
    };
    let client = database.client();
    let item = key(client.get_item()).send().await.expect("it reads").item;
    let mut item = item.expect("the message is there");
    let changed = change(item[attribute].as_s().expect("it is a text"));
    item.insert(attribute.to_owned(), AttributeValue::S(changed));
    client
        .put_item()
        .table_name(database.table("MessagesTable"))
        .set_item(Some(item))
        .send()
        .await
        .expect("it is overwritten");
}

async fn played(database: &Database) -> Table {
    let log = database.log();
    let mut table = Table::started(&log).await;
    table.accept(&log, &ada(), cell(0)).await;
    table.accept(&log, &bob(), cell(1)).await;
    table
}

#[tokio::test]
async fn a_changed_move_breaks_the_chain_or_the_state() {
    let database = Database::start().await;
    let table = played(&database).await;
    tamper(&database, &table, 4, "events", |events| events.replace("\"cell\":0", "\"cell\":8")).await;
    let loaded = database.log().current(table.game).await;
    assert_eq!(loaded, Err(LoadError::Log(LogFault::OtherState(Seq(4)))));
}

#[tokio::test]
async fn a_change_that_leaves_the_state_alone_breaks_the_chain() {
    let database = Database::start().await;
    let table = played(&database).await;
    tamper(&database, &table, 4, "events", |events| events.replace("\"data\":", "\"data\": ")).await;
    let loaded = database.log().current(table.game).await;
    assert_eq!(loaded, Err(LoadError::Log(LogFault::BrokenChain(Seq(5)))));
}

#[tokio::test]
async fn an_event_from_the_future_is_not_guessed_at() {
    let database = Database::start().await;
    let table = played(&database).await;
    tamper(&database, &table, 5, "events", |events| events.replace("\"v\":1", "\"v\":99")).await;
    let loaded = database.log().current(table.game).await;
    assert!(matches!(loaded, Err(LoadError::Log(ref fault)) if fault.is_from_future()), "{loaded:?}");
}

#[tokio::test]
async fn a_row_that_cannot_be_used_leaves_the_decision_to_the_log() {
    for (attribute, value) in [
        ("state", AttributeValue::S("{}".to_owned())),
        ("format", AttributeValue::N("999".to_owned())),
        ("head", AttributeValue::S("AAAA".to_owned())),
        ("seq", AttributeValue::N("77".to_owned())),
    ] {
        let database = Database::start().await;
        let mut table = played(&database).await;
        let log = database.log();
        let folded = log.current(table.game).await.expect("it loads").expect("it is there");
        database.put_row(&folded).await;
        table.accept(&log, &ada(), cell(2)).await;
        let key = [("game_id", table.game.to_string()), ("item", "state".to_owned())];
        let key = key.map(|(name, value)| (name.to_owned(), AttributeValue::S(value)));
        let update = database
            .client()
            .update_item()
            .table_name(database.table("GamesTable"))
            .set_key(Some(key.into_iter().collect()));
        let update = update.update_expression("SET #name = :value").expression_attribute_names("#name", attribute);
        update.expression_attribute_values(":value", value).send().await.expect("it is changed");
        let folded = database.log().current(table.game).await.expect("it loads").expect("it is there");
        assert_eq!(folded.game.seq(), Seq(6), "{attribute}");
    }
}

/// Golden files hold the items of a whole game as they were stored at some time. They are never changed, only added to.
fn golden(text: &str) -> Vec<serde_json::Value> {
    serde_json::from_str(text).expect("it is JSON")
}

#[test]
fn games_of_every_stored_form_fold() {
    for (name, text, moves) in [
        ("v1", include_str!("../../golden/messages-v1.json"), 5),
        ("v2", include_str!("../../golden/messages-v2.json"), 5),
        ("v3", include_str!("../../golden/messages-v3.json"), 5),
        ("v4", include_str!("../../golden/messages-v4.json"), 5),
    ] {
        let entries = golden(text).into_iter().map(|item| {
            let item = serde_dynamo::to_item(item).expect("JSON is an item");
            turnlog_store::Entry::from_item(item).expect("it is readable")
        });
        let fold = |folded, entry| turnlog_store::Folded::fold(&kinds(), folded, &entry).map(Some);
        let folded = entries.into_iter().try_fold(None, fold).expect("it folds").expect("there are messages");
        assert_eq!(folded.game.seq(), Seq(moves), "{name}");
        assert_eq!(folded.game.players().collect::<Vec<_>>(), [&ada(), &bob()], "{name}");
    }
}

#[tokio::test]
async fn the_stored_form_is_the_latest_golden_one() {
    let database = Database::start().await;
    let table = played(&database).await;
    let client = database.client();
    let query = client.query().table_name(database.table("MessagesTable")).key_condition_expression("game_id = :game");
    let query = query.expression_attribute_values(":game", AttributeValue::S(table.game.to_string()));
    let items = query.send().await.expect("it reads").items.expect("there are items");
    let items: Vec<serde_json::Value> =
        items.into_iter().map(|item| serde_dynamo::from_item(item).expect("an item is JSON")).collect();
    let golden = golden(include_str!("../../golden/messages-v4.json"));
    assert_eq!(items, golden, "now: {}", serde_json::to_string_pretty(&items).expect("it is JSON"));
}
