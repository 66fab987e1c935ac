//! `games`: duplicated, shuffled, split and failing deliveries.

use aws_sdk_dynamodb::types::AttributeValue;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};
use serde_json::{Value, json};
use turnlog_domain::{Command, GameId, PlayerId, Seat, Seq};
use turnlog_operations::rebuild;
use turnlog_store::limits::SNAPSHOT_INTERVAL_MESSAGES;
use turnlog_tests::{Database, Fault, say_seed};

use super::{app, deliver, is_current, records, records_of, stream_number};
use crate::store::{Table, ada, bob, cell, moments::talked, now};

/// An item as it is stored.
type SdkItem = std::collections::HashMap<String, AttributeValue>;

/// Ada wins.
async fn finished(database: &Database) -> GameId {
    let log = database.log();
    let mut table = Table::started(&log).await;
    for (turn, mark) in [0, 3, 1, 4, 2].into_iter().enumerate() {
        let player = if turn % 2 == 0 { ada() } else { bob() };
        table.accept(&log, &player, cell(mark)).await;
    }
    table.game
}

async fn result(database: &Database, player: PlayerId, game: GameId) -> Option<(String, String)> {
    let get = database.client().get_item().table_name(database.table("PlayersTable"));
    let get = get.key("player_id", AttributeValue::S(player.to_string()));
    let get = get.key("item", AttributeValue::S(format!("game#{game}")));
    let item = get.send().await.expect("it reads").item?;
    let place = item.get("place").and_then(|place| place.as_n().ok()).cloned().unwrap_or_default();
    Some((item["standing"].as_s().expect("it is a text").clone(), place))
}

fn won() -> (String, String) {
    ("finished".to_owned(), "1".to_owned())
}

#[tokio::test]
async fn any_delivery_ends_in_the_same_rows() {
    for seed in 0..8 {
        say_seed(seed);
        let mut random = StdRng::seed_from_u64(seed);
        let database = Database::start().await;
        let game = finished(&database).await;
        let mut delivered = records(&database, game).await;
        let duplicates: Vec<Value> = delivered.iter().filter(|_| random.random_bool(0.5)).cloned().collect();
        delivered.extend(duplicates);
        delivered.shuffle(&mut random);
        // The last record may be lost: then any other one is enough, because the log is asked.
        delivered.truncate(random.random_range(1..=delivered.len()));
        let apps = [app(&database), app(&database)];
        for batch in delivered.chunks(random.random_range(1..=4)) {
            assert_eq!(deliver(&apps[random.random_range(0..2)], batch).await, None);
        }
        let last = records(&database, game).await.pop().expect("there are records");
        assert_eq!(deliver(&apps[0], &[last]).await, None);
        assert!(is_current(&database, game).await);
        assert_eq!(result(&database, ada(), game).await, Some(won()));
        let condition = rebuild::look(&database.tables(), game).await.expect("it reads").expect("it is there");
        assert!(condition.differences.is_empty(), "{:?}", condition.differences);
    }
}

/// The snapshots of a game as they are stored.
async fn snapshots(database: &Database, game: GameId) -> Vec<SdkItem> {
    let client = database.client();
    let query = client.query().table_name(database.table("GamesTable"));
    let query = query.key_condition_expression("game_id = :game AND begins_with(#item, :item)");
    let query = query.expression_attribute_names("#item", "item");
    let query = query.expression_attribute_values(":game", AttributeValue::S(game.to_string()));
    let query = query.expression_attribute_values(":item", AttributeValue::S("snapshot#".to_owned()));
    query.send().await.expect("it reads").items.unwrap_or_default()
}

/// Those that one process writes that is told of everything once, in order.
async fn expected_snapshots(messages: u64) -> Vec<SdkItem> {
    let database = Database::start().await;
    let game = talked(&database, messages).await.game;
    assert_eq!(deliver(&app(&database), &records(&database, game).await).await, None);
    let snapshots = snapshots(&database, game).await;
    let seqs = snapshots.iter().map(|item| item["seq"].as_n().expect("it is a number").parse());
    let seqs: Vec<u64> = seqs.collect::<Result<_, _>>().expect("they are numbers");
    assert_eq!(
        seqs,
        (1..=messages / SNAPSHOT_INTERVAL_MESSAGES).map(|n| n * SNAPSHOT_INTERVAL_MESSAGES).collect::<Vec<_>>()
    );
    snapshots
}

#[tokio::test]
async fn any_delivery_ends_in_the_same_snapshots() {
    let messages = 2 * SNAPSHOT_INTERVAL_MESSAGES + 7;
    let expected = expected_snapshots(messages).await;
    for seed in 0..4 {
        say_seed(seed);
        let mut random = StdRng::seed_from_u64(seed);
        let database = Database::start().await;
        let game = talked(&database, messages).await.game;
        let mut delivered = records(&database, game).await;
        let duplicates: Vec<Value> = delivered.iter().filter(|_| random.random_bool(0.3)).cloned().collect();
        delivered.extend(duplicates);
        delivered.shuffle(&mut random);
        // Some are lost, the last one perhaps among them; the sweep finds what that leaves behind.
        delivered.truncate(random.random_range(1..=delivered.len()));
        let apps = [app(&database), app(&database)];
        for batch in delivered.chunks(random.random_range(1..=60)) {
            // Any request may fail; the batch is delivered again then.
            for operation in ["PutItem", "GetItem", "Query"] {
                for _ in 0..3 * usize::from(random.random_bool(0.2)) {
                    database.faults().plan_after(random.random_range(0..2), operation, Fault::InternalError);
                }
            }
            while deliver(&apps[random.random_range(0..2)], batch).await.is_some() {}
        }
        database.faults().end();
        let last = records(&database, game).await.pop().expect("there are records");
        assert_eq!(deliver(&apps[0], &[last]).await, None);
        assert!(is_current(&database, game).await);
        assert_eq!(snapshots(&database, game).await, expected);
    }
}

#[tokio::test]
async fn where_the_row_stands_every_snapshot_before_it_is_written() {
    let messages = SNAPSHOT_INTERVAL_MESSAGES + 7;
    let expected = expected_snapshots(messages).await;
    for written in 0..4 {
        let database = Database::start().await;
        let game = talked(&database, messages).await.game;
        let delivered = records(&database, game).await;
        // So much is written; whatever comes next fails as often as the SDK tries.
        database.faults().plan_after(written, "PutItem", Fault::InternalError);
        database.faults().plan("PutItem", Fault::InternalError);
        database.faults().plan("PutItem", Fault::InternalError);
        assert_eq!(deliver(&app(&database), &delivered).await, Some(stream_number(1)), "after {written}");
        assert_eq!(database.faults().left(), 0);
        assert_eq!(database.games().row(game).await, Ok(None), "the row comes last");
        assert_eq!(deliver(&app(&database), &delivered).await, None);
        assert!(is_current(&database, game).await);
        assert_eq!(snapshots(&database, game).await, expected);
    }
}

#[tokio::test]
async fn a_batch_of_one_game_is_written_once() {
    let database = Database::start().await;
    let game = finished(&database).await;
    let delivered = records(&database, game).await;
    let app = app(&database);
    database.faults().requests();
    assert_eq!(deliver(&app, &delivered).await, None);
    let requests = database.faults().requests();
    // Two standings and one row; and one look whether more is there, since an imported game begins with its first message.
    assert_eq!((requests["PutItem"], requests["Query"]), (3, 1), "{requests:?}");
}

#[tokio::test]
async fn a_projection_that_dies_between_results_and_row_completes_both_later() {
    let database = Database::start().await;
    let game = finished(&database).await;
    let delivered = records(&database, game).await;
    let app = app(&database);
    // Both results pass; the row then fails as often as the SDK tries.
    database.faults().plan_after(2, "PutItem", Fault::InternalError);
    database.faults().plan("PutItem", Fault::InternalError);
    database.faults().plan("PutItem", Fault::InternalError);
    assert_eq!(deliver(&app, &delivered).await, Some(stream_number(1)));
    assert_eq!(database.faults().left(), 0);
    assert!(!is_current(&database, game).await);
    assert_eq!(result(&database, ada(), game).await, Some(won()), "results come first");
    assert_eq!(deliver(&app, &delivered).await, None);
    assert!(is_current(&database, game).await);
    assert_eq!(result(&database, ada(), game).await, Some(won()));
}

#[tokio::test]
async fn an_infrastructure_error_asks_for_the_batch_from_its_first_record_on() {
    let database = Database::start().await;
    let game = finished(&database).await;
    let delivered = records(&database, game).await;
    for _ in 0..3 {
        database.faults().plan("GetItem", Fault::Throttle);
    }
    assert_eq!(deliver(&app(&database), &delivered[2..]).await, Some(stream_number(3)));
    assert_eq!(deliver(&app(&database), &delivered[2..]).await, None);
    assert!(is_current(&database, game).await);
}

#[tokio::test]
async fn a_game_that_cannot_be_folded_is_parked_while_others_go_on_and_is_repaired_by_itself() {
    let database = Database::start().await;
    let game = finished(&database).await;
    let good = records(&database, game).await;
    let mut other = good.clone();
    let other_game = "aaaaaaaa-aaaa-5aaa-8aaa-aaaaaaaaaaaa";
    for record in &mut other {
        record["dynamodb"]["Keys"]["game_id"]["S"] = json!(other_game);
        record["dynamodb"]["NewImage"]["events"]["S"] = json!("[{\"type\":\"invented\",\"v\":1,\"data\":{}}]");
    }
    let mixed: Vec<Value> = other.into_iter().chain(good).collect();
    assert_eq!(deliver(&app(&database), &mixed).await, None, "a bad game is no infrastructure error");
    assert!(is_current(&database, game).await);
    let parked = GameId::parse(other_game).expect("it is an id");
    assert!(database.games().parked(parked).await.expect("it reads").is_some());

    database.games().park(game, Seq(1), "as if an older binary had not known an event", now(0)).await.expect("parked");
    assert_eq!(deliver(&app(&database), &records(&database, game).await).await, None);
    assert_eq!(database.games().parked(game).await.expect("it reads"), None);
}

#[tokio::test]
async fn a_changed_or_removed_message_changes_no_row() {
    let database = Database::start().await;
    let game = finished(&database).await;
    let mut delivered = records(&database, game).await;
    assert_eq!(deliver(&app(&database), &delivered).await, None);
    for (record, name) in delivered.iter_mut().zip(["MODIFY", "REMOVE"]) {
        record["eventName"] = json!(name);
    }
    assert_eq!(deliver(&app(&database), &delivered[..2]).await, None);
    assert!(is_current(&database, game).await);
}

#[tokio::test]
async fn somebody_who_left_before_the_start_has_no_open_game() {
    let database = Database::start().await;
    let log = database.log();
    let mut table = Table::new(&log).await;
    let app = app(&database);
    table.accept(&log, &bob(), Command::take_seat(None)).await;
    assert_eq!(deliver(&app, &records(&database, table.game).await).await, None);
    assert_eq!(result(&database, bob(), table.game).await.map(|(standing, _)| standing).as_deref(), Some("open"));
    table.accept(&log, &bob(), Command::LeaveSeat).await;
    assert_eq!(deliver(&app, &records(&database, table.game).await[2..]).await, None);
    assert_eq!(result(&database, bob(), table.game).await.map(|(standing, _)| standing).as_deref(), Some("left"));
}

#[tokio::test]
async fn somebody_who_was_sent_away_has_no_open_game() {
    let database = Database::start().await;
    let log = database.log();
    let mut table = Table::of(&log, &Command::create("liars-dice", json!({}))).await;
    let app = app(&database);
    for player in [ada(), bob()] {
        table.accept(&log, &player, Command::take_seat(None)).await;
    }
    assert_eq!(deliver(&app, &records(&database, table.game).await).await, None);
    assert_eq!(result(&database, bob(), table.game).await.map(|(standing, _)| standing).as_deref(), Some("open"));
    table.accept(&log, &ada(), Command::kick(Seat(1))).await;
    assert_eq!(deliver(&app, &records(&database, table.game).await[3..]).await, None);
    assert_eq!(result(&database, bob(), table.game).await.map(|(standing, _)| standing).as_deref(), Some("left"));
    assert_eq!(result(&database, ada(), table.game).await.map(|(standing, _)| standing).as_deref(), Some("open"));
}

#[tokio::test]
async fn results_follow_players_who_moved_up_at_the_start() {
    let database = Database::start().await;
    let log = database.log();
    let table = json!({ "start": "host" });
    let create = Command::Create { kind: "liars-dice".to_owned(), options: json!({}), settings: table };
    let mut table = Table::of(&log, &create).await;
    for (player, seat) in [(ada(), 5), (bob(), 2)] {
        table.accept(&log, &player, Command::take_seat(Some(Seat(seat)))).await;
    }
    table.accept(&log, &ada(), Command::Start).await;
    table.accept(&log, &ada(), Command::Resign).await;
    assert_eq!(deliver(&app(&database), &records(&database, table.game).await).await, None);
    assert!(is_current(&database, table.game).await);
    let place = |place: &str| Some(("finished".to_owned(), place.to_owned()));
    assert_eq!(result(&database, bob(), table.game).await, place("1"));
    assert_eq!(result(&database, ada(), table.game).await, place("2"));
}

#[tokio::test]
async fn direct_messages_are_none_of_the_games_business() {
    let database = Database::start().await;
    database.players().put_name(&bob(), "Bob").await.expect("it is written");
    let game = finished(&database).await;
    let inbox = turnlog_store::Inbox::new(database.messages(), database.players());
    let text = turnlog_domain::Text::parse("Well played").expect("it is fine");
    let command = turnlog_domain::testing::command_id(1);
    let outgoing = turnlog_store::Outgoing { command, from: ada(), to: bob(), text };
    inbox.send(&outgoing, now(0)).await.expect("it is sent");
    let direct = records_of(&database, "player#bob").await;
    assert_eq!(direct.len(), 1);
    database.faults().requests();
    assert_eq!(deliver(&app(&database), &direct).await, None);
    assert_eq!(database.faults().requests(), [].into(), "nothing is read and nothing written");
    let mixed: Vec<Value> = direct.into_iter().chain(records(&database, game).await).collect();
    assert_eq!(deliver(&app(&database), &mixed).await, None);
    assert!(is_current(&database, game).await);
}
