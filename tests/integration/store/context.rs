//! What a decision needs beside the state: keys, earlier states, finished games.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use turnlog_domain::{
    Command, CommandId, GameId, Invitation, OfferKind, PlayerId, Rejection, Seq, Timestamp, testing, verify,
};
use turnlog_games::kinds;
use turnlog_store::{
    AppendError, Appended, ChanceKeys, Folded, Log,
    limits::{ARRIVED_AGO_MS_MAX, INDEX_BUCKETS},
};
use turnlog_tests::Database;

use super::{Table, actor, ada, bob, cell, now, seq_of};

const OTHER_KEY: &str = "other:another-secret-that-only-the-tests-know";

/// Appends the n-th command of a test.
async fn append(
    log: &Log,
    game: GameId,
    number: u64,
    player: &PlayerId,
    command: Command,
) -> Result<Appended, AppendError> {
    log.append(game, testing::command_id(number), &actor(player), &command, now(number)).await
}

/// A game that Ada has made as her `number`-th command.
async fn made(log: &Log, number: u64, kind: &str, table: Value) -> GameId {
    let game = GameId::of_create(&ada(), testing::command_id(number));
    let create = Command::Create { kind: kind.to_owned(), options: json!({}), settings: table };
    append(log, game, number, &ada(), create).await.expect("it is created");
    game
}

async fn current(log: &Log, game: GameId) -> Folded {
    log.current(game).await.expect("it loads").expect("it is there")
}

fn bid(count: u8, face: u8) -> Command {
    testing::play(json!({ "bid": { "count": count, "face": face } }))
}

#[tokio::test]
async fn a_game_keeps_its_key_when_another_becomes_the_newest() {
    let database = Database::start().await;
    let log = database.log();
    let game = made(&log, 1, "liars-dice", json!({ "max_players": 2 })).await;
    for (number, player) in [(2, ada()), (3, bob())] {
        append(&log, game, number, &player, Command::take_seat(None)).await.expect("there is room");
    }
    append(&log, game, 4, &ada(), bid(1, 2)).await.expect("it is accepted");

    let keys = |text: &str| database.log().with_keys(ChanceKeys::parse(text).expect("they are valid"));
    let lost = keys(OTHER_KEY);
    let refused = append(&lost, game, 5, &bob(), bid(1, 3)).await;
    assert_eq!(refused, Err(AppendError::Unprepared));
    assert!(refused.is_err_and(|error| error.is_retryable()));

    let rotated = keys(&format!("{OTHER_KEY},test:a-secret-that-only-the-tests-know"));
    append(&rotated, game, 5, &bob(), bid(1, 3)).await.expect("the old key is still there");
    append(&rotated, game, 6, &ada(), Command::Resign).await.expect("it ends");
    let log: Vec<_> = database.messages().tail(game, Seq(0)).await.expect("it reads");
    assert_eq!(verify(&kinds(), &log.into_iter().map(|entry| entry.message).collect::<Vec<_>>()), Ok(()));

    let next = made(&rotated, 7, "liars-dice", json!({})).await;
    let key = |folded: Folded| folded.game.chance().map(|promise| promise.key.as_str().to_owned());
    assert_eq!(key(current(&rotated, game).await).as_deref(), Some("test"));
    assert_eq!(key(current(&rotated, next).await).as_deref(), Some("other"));
}

#[tokio::test]
async fn an_invitation_stays_the_same_when_another_key_becomes_the_newest() {
    let database = Database::start().await;
    let log = database.log();
    let game_id = made(&log, 1, "tic-tac-toe", json!({ "private": true })).await;
    let game = current(&log, game_id).await.game;
    let code = log.keys().invitation(&game).expect("it is private");
    let rotated = ChanceKeys::parse(&format!("{OTHER_KEY},test:a-secret-that-only-the-tests-know"));
    assert_eq!(rotated.and_then(|keys| keys.invitation(&game)), Some(code));
    assert_eq!(ChanceKeys::parse(OTHER_KEY).and_then(|keys| keys.invitation(&game)), None);
    let sit = |invitation: Option<Invitation>| Command::TakeSeat { seat: None, entropy: None, invitation };
    let refused = append(&log, game_id, 2, &bob(), sit(None)).await;
    assert_eq!(refused, Err(AppendError::Rejected(Rejection::NotInvited)));
    append(&log, game_id, 3, &bob(), sit(Some(code))).await.expect("he is invited");
}

#[tokio::test]
async fn a_take_back_restores_the_state_that_the_log_tells() {
    let database = Database::start().await;
    let log = database.log();
    let mut table = Table::started(&log).await;
    table.accept(&log, &ada(), cell(0)).await;
    let before = current(&log, table.game).await.game;
    table.accept(&log, &bob(), cell(1)).await;
    table.accept(&log, &ada(), cell(2)).await;
    table.accept(&log, &bob(), Command::Offer(OfferKind::TakeBack)).await;
    // A process that knows nothing yet, and pages that end early.
    let cold = database.log();
    database.faults().page_after(2);
    table.accept(&cold, &ada(), Command::accept(OfferKind::TakeBack)).await;
    let after = current(&database.log(), table.game).await.game;
    assert_eq!(after.position().stored().get(), before.position().stored().get());
    assert_eq!(after.turn(), before.turn());
}

#[tokio::test]
async fn a_rematch_is_made_once_whoever_asks() {
    let database = Database::start().await;
    let (one, other) = (database.log(), database.log());
    let mut table = Table::started(&one).await;
    table.accept(&one, &ada(), Command::Resign).await;
    let finished = current(&one, table.game).await.game;
    let ask = |log: &Log, player: PlayerId, id: CommandId, finished: &turnlog_domain::Game| {
        let (log, finished) = (log.keys().clone(), finished.clone());
        let log = Log::new(database.messages(), database.games()).with_keys(log);
        async move { log.append_rematch(&finished, id, &actor(&player), now(60)).await }
    };
    let too_early = ask(&one, ada(), testing::command_id(50), &finished).await;
    assert_eq!(too_early, Err(AppendError::Rejected(Rejection::NotFinished)));
    table.accept(&one, &ada(), Command::Offer(OfferKind::Rematch)).await;
    table.accept(&one, &bob(), Command::accept(OfferKind::Rematch)).await;
    let finished = current(&one, table.game).await.game;
    let (first, second) = tokio::join!(
        ask(&one, ada(), testing::command_id(51), &finished),
        ask(&other, bob(), testing::command_id(52), &finished)
    );
    assert_eq!([first, second].map(|appended| seq_of(&appended.expect("it is accepted"))), [Seq(1), Seq(1)]);
    let rematch = current(&one, finished.rematch().expect("it was agreed on")).await.game;
    assert_eq!(rematch.reserved(), [bob(), ada()]);
    assert_eq!(rematch.rematch_of(), Some(table.game));
}

#[tokio::test]
async fn a_row_tells_when_the_time_of_whoever_moves_is_up() {
    let database = Database::start().await;
    let (log, games) = (database.log(), database.games());
    let game = made(&log, 1, "tic-tac-toe", json!({ "clock": { "seconds": 30 } })).await;
    for (number, player) in [(2, ada()), (3, bob())] {
        append(&log, game, number, &player, Command::take_seat(None)).await.expect("there is room");
    }
    database.put_row(&current(&log, game).await).await;
    let active = games.active(game.bucket(INDEX_BUCKETS)).await.expect("it reads");
    let due: Vec<Timestamp> = active.iter().map(|active| active.due).collect();
    assert_eq!(due, [Timestamp::from_ms(now(33).as_ms() + ARRIVED_AGO_MS_MAX)], "frames may still wait until then");
}

#[tokio::test]
async fn the_lobby_lists_what_anybody_may_join() {
    let database = Database::start().await;
    let log = database.log();
    for (number, table, is_listed) in [(1, json!({}), true), (2, json!({ "private": true }), false)] {
        let game = made(&log, number, "tic-tac-toe", table).await;
        database.put_row(&current(&log, game).await).await;
        let get = database.client().get_item().table_name(database.table("GamesTable"));
        let get = get.key("game_id", AttributeValue::S(game.to_string()));
        let row = get.key("item", AttributeValue::S("state".to_owned())).send().await.expect("it reads").item;
        let row = row.expect("it is there");
        assert_eq!((row.contains_key("open"), row.contains_key("active")), (is_listed, true));
    }
}
