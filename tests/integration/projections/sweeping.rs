//! `sweep`: what is due, and what no stream record heals.

mod scale;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};
use tokio::time::timeout;
use turnlog_domain::{
    Actor, Bot, Command, CommandId, Game, GameId, OfferKind, Phase, PlayerId, Seq, Timestamp, limits, testing,
};
use turnlog_projections::sweep;
use turnlog_store::{
    SweepCursor,
    limits::{INDEX_BUCKETS, REST_DUE_STEP_MS},
};
use turnlog_tests::Database;

use super::{app, deliver, is_current, records};
use crate::store::{actor, ada, bob, cell, join, layouts::of_format};

/// How long a sweep may take: as long as the template lets it.
const SWEEP_MS: u64 = 55_000;

fn clock() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    u64::try_from(now.as_millis()).expect("it fits for some time")
}

/// A game that Ada made `ago_ms` ago, with both players seated.
async fn game(database: &Database, ago_ms: u64) -> GameId {
    game_at(database, ago_ms, json!({})).await
}

/// The same at a table of that kind.
async fn game_at(database: &Database, ago_ms: u64, table: Value) -> GameId {
    game_under(testing::command_id(1), database, ago_ms, table).await
}

/// The same, made under that id.
async fn game_under(id: CommandId, database: &Database, ago_ms: u64, table: Value) -> GameId {
    let create = Command::Create { kind: "tic-tac-toe".to_owned(), options: json!({}), settings: table };
    let log = database.log();
    let at = |after: u64| Timestamp::from_ms(clock() - ago_ms + after);
    let game = GameId::of_create(&ada(), id);
    log.append(game, id, &actor(&ada()), &create, at(0)).await.expect("it is created");
    for (number, player, command) in [(2, ada(), join(0)), (3, bob(), join(1)), (4, ada(), cell(0))] {
        log.append(game, testing::command_id(number), &actor(&player), &command, at(number)).await.expect("accepted");
    }
    game
}

pub(super) async fn sweep_once(database: &Database) {
    sweep_with(&sweeper(database)).await;
}

/// The function as a process of its own.
fn sweeper(database: &Database) -> sweep::App {
    sweep::App::new(database.messages(), database.games(), database.players(), database.keys())
}

async fn sweep_with(app: &sweep::App) {
    sweep_for(app, SWEEP_MS).await;
}

/// A run that has so much time.
async fn sweep_for(app: &sweep::App, time_ms: u64) {
    let event = json!({
        "version": "0", "id": "1", "detail-type": "Scheduled Event", "source": "aws.events", "account": "000000000000",
        "time": "2026-01-01T00:00:00Z", "region": "eu-central-1", "resources": [], "detail": {},
    });
    let event = serde_json::from_value(event).expect("it is an event");
    let mut context = Context::default();
    context.deadline = clock() + time_ms;
    sweep::handle(app, LambdaEvent::new(event, context)).await.expect("it sweeps");
}

/// Issue 13, 3. A stack that has rested for half a century has more time to look through than one run has.
#[tokio::test]
async fn a_long_time_in_which_no_game_was_made_is_looked_through_in_several_runs() {
    let database = Database::start().await;
    let cursor = SweepCursor { started_ms: Some(1), ..SweepCursor::default() };
    database.games().put_sweep_cursor(&cursor).await.expect("it is written");
    let app = sweeper(&database);
    let (mut seen, mut steps) = (1, 0);
    // A run leaves five seconds of its time. Another database may be slow, so that it has more each time.
    for time_ms in (6_500..).step_by(2_000).take(10) {
        let run = timeout(Duration::from_mins(1), sweep_for(&app, time_ms)).await;
        run.expect("a run ends when its time is over");
        let cursor = database.games().sweep_cursor().await.expect("it reads");
        let place = cursor.started_ms.expect("it keeps its place");
        steps += u32::from(place > seen);
        seen = place;
        if steps == 2 {
            return;
        }
    }
    panic!("it stands still at {seen}");
}

#[tokio::test]
async fn a_lost_last_record_heals() {
    let database = Database::start().await;
    let game = game(&database, 60 * 60 * 1000).await;
    let began = database.log().at(game, Seq(1)).await.expect("it reads").expect("it is there");
    database.put_row(&began).await;
    assert!(!is_current(&database, game).await);
    sweep_once(&database).await;
    assert!(is_current(&database, game).await);
}

#[tokio::test]
async fn a_game_of_which_every_record_was_lost_heals() {
    let database = Database::start().await;
    let game = game(&database, 60 * 1000).await;
    sweep_once(&database).await;
    assert!(is_current(&database, game).await);
}

/// Writes another text into a stored message, as somebody with the rights of an administrator could; returns the old one.
async fn tamper(database: &Database, game: GameId, seq: u64, events: &str) -> String {
    let update = database.client().update_item().table_name(database.table("MessagesTable"));
    let update = update.key("game_id", AttributeValue::S(game.to_string()));
    let update = update.key("seq", AttributeValue::N(seq.to_string())).update_expression("SET events = :events");
    let update = update.expression_attribute_values(":events", AttributeValue::S(events.to_owned()));
    let old = update.return_values(ReturnValue::UpdatedOld).send().await.expect("it is written");
    let old = old.attributes.expect("it was there");
    old["events"].as_s().expect("it is a text").clone()
}

#[tokio::test]
async fn a_parked_game_says_why_an_event_cannot_have_happened() {
    let database = Database::start().await;
    let game = game(&database, 1000).await;
    tamper(&database, game, 3, r#"[{"type":"seat_left","v":1,"data":{"seat":1}}]"#).await;
    assert_eq!(deliver(&app(&database), &records(&database, game).await).await, None);
    let reason = database.games().parked(game).await.expect("it reads").expect("it is parked");
    assert!(reason.ends_with("event 0 of message 3 cannot have happened: nobody sits there"), "{reason}");
}

#[tokio::test]
async fn a_parked_game_without_a_row_and_without_a_further_message_catches_up_with_the_sweep() {
    let database = Database::start().await;
    // The sweep looks only at games that began lately, and at those that have a row.
    let game = game(&database, 60 * 60 * 1000).await;
    let unknown = r#"[{"type":"invented","v":1,"data":{}}]"#;
    let events = tamper(&database, game, 3, unknown).await;
    assert_eq!(deliver(&app(&database), &records(&database, game).await).await, None);
    let reason = database.games().parked(game).await.expect("it reads").expect("it is parked");
    assert!(reason.contains("invented"), "{reason}");
    let older = sweeper(&database);
    sweep_with(&older).await;
    assert_eq!(database.games().all_parked().await.expect("it reads").len(), 1);
    assert_eq!(database.games().row(game).await.expect("it reads"), None);

    // The same code does not read the whole log again with every sweep, and newer code tries at once.
    tamper(&database, game, 3, &events).await;
    database.faults().requests();
    sweep_with(&older).await;
    let queries = database.faults().requests()["Query"];
    sweep_with(&sweeper(&database)).await;
    assert!(database.faults().requests()["Query"] > queries);
    assert_eq!(database.games().all_parked().await.expect("it reads"), []);
    assert!(is_current(&database, game).await);
}

#[tokio::test]
async fn an_abandoned_game_is_closed_once() {
    let database = Database::start().await;
    let game = game(&database, limits::PLAYING_IDLE_MS_MAX + REST_DUE_STEP_MS + 1000).await;
    let mut delivered = records(&database, game).await;
    assert_eq!(deliver(&app(&database), &delivered).await, None);
    sweep_once(&database).await;
    sweep_once(&database).await;
    let tail = database.messages().tail(game, Seq(0)).await.expect("it reads");
    assert_eq!(tail.len(), 5);
    assert_eq!(tail[4].message.actor, Actor::System);
    delivered = records(&database, game).await;
    assert_eq!(deliver(&app(&database), &delivered).await, None);
    let row = database.games().row(game).await.expect("it reads").expect("it is there");
    assert!(matches!(row.game.phase(), Phase::Finished(outcome) if outcome.reason() == "abandoned"));
    let (log, at) = (database.log(), Timestamp::from_ms(clock()));
    let refused = log.append(game, testing::command_id(9), &actor(&bob()), &cell(1), at).await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn a_game_that_is_still_played_is_left_alone() {
    let database = Database::start().await;
    let game = game(&database, limits::PLAYING_IDLE_MS_MAX - 60_000).await;
    assert_eq!(deliver(&app(&database), &records(&database, game).await).await, None);
    sweep_once(&database).await;
    assert_eq!(database.messages().tail(game, Seq(0)).await.expect("it reads").len(), 4);
}

#[tokio::test]
async fn a_turn_whose_time_is_up_is_ended_once() {
    let database = Database::start().await;
    let game = game_at(&database, 60_000, json!({ "clock": { "seconds": 30 } })).await;
    assert_eq!(deliver(&app(&database), &records(&database, game).await).await, None);
    sweep_once(&database).await;
    sweep_once(&database).await;
    let tail = database.messages().tail(game, Seq(0)).await.expect("it reads");
    assert_eq!(tail.len(), 5);
    let names: Vec<&str> = tail[4].message.events.iter().map(turnlog_domain::Event::name).collect();
    assert_eq!((&tail[4].message.actor, names), (&Actor::System, vec!["timed_out", "finished"]));
}

#[tokio::test]
async fn a_turn_is_ended_of_which_only_older_code_has_written_a_row() {
    let database = Database::start().await;
    let game = game_at(&database, 60 * 60 * 1000, json!({ "clock": { "seconds": 30 } })).await;
    assert_eq!(deliver(&app(&database), &records(&database, game).await).await, None);
    of_format(&database, game, Game::FORMAT - 1).await;
    sweep_once(&database).await;
    let ended = database.messages().tail(game, Seq(4)).await.expect("it reads");
    assert_eq!(ended.iter().map(|entry| &entry.message.actor).collect::<Vec<_>>(), [&Actor::System]);
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_is_passed_over() {
    let database = Database::start().await;
    let game = game_at(&database, 60_000, json!({ "clock": { "seconds": 30 } })).await;
    assert_eq!(deliver(&app(&database), &records(&database, game).await).await, None);
    // Before the game in its own list, and alone in another one.
    for bucket in [game.bucket(INDEX_BUCKETS), (game.bucket(INDEX_BUCKETS) + 1) % INDEX_BUCKETS] {
        let put = database.client().put_item().table_name(database.table("GamesTable"));
        let put = put.item("game_id", AttributeValue::S("no game".to_owned()));
        let put = put.item("item", AttributeValue::S(format!("state{bucket}")));
        let put = put.item("active", AttributeValue::S(format!("{bucket}#clock")));
        put.item("due", AttributeValue::N("1".to_owned())).send().await.expect("it is written");
    }
    sweep_once(&database).await;
    assert_eq!(database.messages().tail(game, Seq(4)).await.expect("it reads").len(), 1, "the turn is ended");
}

#[tokio::test]
async fn a_lost_reply_or_a_throttled_table_ends_no_run() {
    let database = Database::start().await;
    let game = game_at(&database, 60_000, json!({ "clock": { "seconds": 30 } })).await;
    assert_eq!(deliver(&app(&database), &records(&database, game).await).await, None);
    for _ in 0..2 {
        for operation in ["Query", "PutItem", "GetItem"] {
            for skip in [1, 5] {
                database.faults().plan_after(skip, operation, turnlog_tests::Fault::Validation);
            }
        }
        sweep_once(&database).await;
        database.faults().end();
    }
    sweep_once(&database).await;
    assert_eq!(database.messages().tail(game, Seq(4)).await.expect("it reads").len(), 1, "the turn is ended, once");
    assert!(is_current(&database, game).await);
}

#[tokio::test]
async fn a_new_game_is_looked_at_once_however_many_runs_there_are() {
    let database = Database::start().await;
    let game = game(&database, 60 * 1000).await;
    sweep_once(&database).await;
    assert!(is_current(&database, game).await);
    let since = database.games().sweep_cursor().await.expect("it reads").started_ms.expect("it is kept");
    assert!(since > clock() - 60_000, "what was made before has been seen");
    // Its row is lost: it is not among the new games any more, and has no entry by which it could be found.
    let delete = database.client().delete_item().table_name(database.table("GamesTable"));
    let delete = delete.key("game_id", AttributeValue::S(game.to_string()));
    delete.key("item", AttributeValue::S("state".to_owned())).send().await.expect("it is removed");
    sweep_once(&database).await;
    assert_eq!(database.games().row(game).await.expect("it reads"), None);
}

#[tokio::test]
async fn a_turn_with_time_left_is_not_ended() {
    let database = Database::start().await;
    let game = game_at(&database, 60_000, json!({ "clock": { "seconds": 120 } })).await;
    assert_eq!(deliver(&app(&database), &records(&database, game).await).await, None);
    sweep_once(&database).await;
    assert_eq!(database.messages().tail(game, Seq(0)).await.expect("it reads").len(), 4);
}

#[tokio::test]
async fn a_bot_whose_doorbell_was_lost_moves_with_the_sweep() {
    let database = Database::start().await;
    let game = against_a_bot(&database, [cell(0)]).await;
    sweep_once(&database).await;
    // Its row is as it was, and now the bot is not in turn any more.
    sweep_once(&database).await;
    let tail = database.messages().tail(game, Seq(0)).await.expect("it reads");
    let movers: Vec<&str> =
        tail[3..].iter().filter_map(|entry| entry.message.actor.player()).map(PlayerId::as_str).collect();
    assert_eq!(movers, ["ada", "bot:search:1"]);
}

#[tokio::test]
async fn a_rematch_that_a_bot_was_never_told_of_is_accepted_with_the_sweep() {
    let database = Database::start().await;
    let game = against_a_bot(&database, [Command::Resign, Command::Offer(OfferKind::Rematch)]).await;
    sweep_once(&database).await;
    let tail = database.messages().tail(game, Seq(0)).await.expect("it reads");
    let names: Vec<&str> = tail[5].message.events.iter().map(turnlog_domain::Event::name).collect();
    assert_eq!(names, ["accepted", "rematch_agreed"]);
    assert_eq!(deliver(&app(&database), &records(&database, game).await).await, None);
    let bucket = game.bucket(INDEX_BUCKETS);
    assert_eq!(database.games().active(bucket).await.expect("it reads"), [], "now there is nothing to look after");
}

#[tokio::test]
async fn a_turn_is_ended_before_any_late_bot_thinks() {
    let database = Database::start().await;
    // The sweep comes last to the partition before the one of this minute.
    let last = (clock() / 60_000 + u64::from(INDEX_BUCKETS) - 1) % u64::from(INDEX_BUCKETS);
    let is_last = |id: &CommandId| u64::from(GameId::of_create(&ada(), *id).bucket(INDEX_BUCKETS)) == last;
    let ids = || (1..).map(|number| testing::command_id(number * 10));
    let mut of_bots = Vec::new();
    for id in ids().filter(|id| !is_last(id)).take(4) {
        of_bots.push(of_late_bots(&database, id).await);
    }
    let id = ids().find(is_last).expect("there is one");
    let game = game_under(id, &database, 60_000, json!({ "clock": { "seconds": 30 } })).await;
    assert_eq!(deliver(&app(&database), &records(&database, game).await).await, None);
    sweep_once(&database).await;
    let ended = database.messages().tail(game, Seq(4)).await.expect("it reads");
    let names: Vec<&str> =
        ended.iter().flat_map(|entry| &entry.message.events).map(turnlog_domain::Event::name).collect();
    assert_eq!(names, ["timed_out", "finished"]);
    for game in of_bots {
        let moved = database.messages().tail(game, Seq(4)).await.expect("it reads");
        assert_eq!(moved.len(), 1, "every late bot moves once");
        assert!(ended[0].message.at < moved[0].message.at, "after the turn has ended");
    }
}

/// A game of chess between two bots that were to move a minute ago.
async fn of_late_bots(database: &Database, id: CommandId) -> GameId {
    let log = database.log();
    let at = |after: u64| Timestamp::from_ms(clock() - 60_000 + after);
    let add = || Command::AddBot { seat: None, bot: Bot::Search };
    let game = GameId::of_create(&ada(), id);
    log.append(game, id, &actor(&ada()), &Command::create("chess", json!({})), at(0)).await.expect("it is created");
    for (number, command) in (2..).zip([add(), add(), Command::Start]) {
        log.append(game, testing::command_id(number), &actor(&ada()), &command, at(number)).await.expect("accepted");
    }
    assert_eq!(deliver(&app(database), &records(database, game).await).await, None);
    game
}

/// What Ada did a minute ago at a table with a bot, whose doorbell never rang.
async fn against_a_bot(database: &Database, commands: impl IntoIterator<Item = Command>) -> GameId {
    let log = database.log();
    let game = GameId::of_create(&ada(), testing::command_id(1));
    let at = |after: u64| Timestamp::from_ms(clock() - 60_000 + after);
    let add = Command::AddBot { seat: None, bot: Bot::Search };
    let seated = [Command::create("tic-tac-toe", json!({})), join(0), add];
    for (number, command) in (1..).zip(seated.into_iter().chain(commands)) {
        log.append(game, testing::command_id(number), &actor(&ada()), &command, at(number)).await.expect("accepted");
    }
    assert_eq!(deliver(&app(database), &records(database, game).await).await, None);
    game
}
