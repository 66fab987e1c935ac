//! The append: once and only once, whatever happens on the way.

use std::collections::BTreeMap;

use turnlog_domain::{GameId, Rejection, Seq, Timestamp, testing};
use turnlog_store::{AppendError, Appended, GameCache, Origin, StoreErrorKind, limits::ARRIVED_AGO_MS_MAX};
use turnlog_tests::{Database, Fault};

use super::{Table, actor, ada, bob, cell, cell_seen, create, join, now, seq_of};

fn requests(pairs: &[(&str, usize)]) -> BTreeMap<String, usize> {
    pairs.iter().map(|(operation, count)| ((*operation).to_owned(), *count)).collect()
}

#[tokio::test]
async fn a_warm_play_writes_once_and_reads_nothing() {
    let database = Database::start().await;
    let log = database.log();
    let mut table = Table::started(&log).await;
    table.accept(&log, &ada(), cell(0)).await;
    database.faults().requests();
    table.accept(&log, &bob(), cell(1)).await;
    assert_eq!(database.faults().requests(), requests(&[("PutItem", 1)]));
}

/// As instances of a function in one process do.
#[tokio::test]
async fn those_who_remember_games_together_read_nothing_that_one_of_them_has_stored() {
    let (database, cache) = (Database::start().await, GameCache::new());
    let (one, other) = (database.log().with_cache(cache.clone()), database.log().with_cache(cache));
    let mut table = Table::started(&one).await;
    table.accept(&one, &ada(), cell(0)).await;
    database.faults().requests();
    table.accept(&other, &bob(), cell(1)).await;
    table.accept(&one, &ada(), cell(2)).await;
    assert_eq!(database.faults().requests(), requests(&[("PutItem", 2)]));
}

#[tokio::test]
async fn a_cold_play_reads_row_and_tail_and_writes_once() {
    let database = Database::start().await;
    let mut table = Table::started(&database.log()).await;
    let cold = database.log();
    database.faults().requests();
    table.accept(&cold, &ada(), cell(0)).await;
    assert_eq!(database.faults().requests(), requests(&[("GetItem", 1), ("Query", 1), ("PutItem", 1)]));
}

#[tokio::test]
async fn a_repeat_learns_where_the_command_stands_and_writes_nothing() {
    let database = Database::start().await;
    let (log, cold) = (database.log(), database.log());
    let mut table = Table::started(&log).await;
    let id = table.next_id();
    for log in [&log, &log, &cold] {
        let appended = log.append(table.game, id, &actor(&ada()), &cell(4), now(9)).await.expect("it is accepted");
        assert_eq!(seq_of(&appended), Seq(4));
    }
    assert_eq!(database.messages().tail(table.game, Seq(0)).await.expect("it reads").len(), 4);
}

#[tokio::test]
async fn a_repeated_create_makes_one_game() {
    let database = Database::start().await;
    let (one, other) = (database.log(), database.log());
    let id = testing::command_id(1);
    let (game, ada) = (GameId::of_create(&ada(), id), actor(&ada()));
    let command = create();
    let (first, second) =
        tokio::join!(one.append(game, id, &ada, &command, now(0)), other.append(game, id, &ada, &command, now(0)));
    let is_stored = |appended: &Appended| matches!(appended, Appended::Stored { .. });
    let answers = [first.expect("it is accepted"), second.expect("it is accepted")];
    assert_eq!(answers.iter().filter(|answer| is_stored(answer)).count(), 1);
    assert!(answers.iter().all(|answer| seq_of(answer) == Seq(1)));
}

#[tokio::test]
async fn a_lost_reply_is_recognised_as_our_own() {
    let database = Database::start().await;
    let log = database.log();
    database.faults().plan("PutItem", Fault::LoseReply);
    let mut table = Table::new(&log).await;
    table.accept(&log, &ada(), join(0)).await;
    table.accept(&log, &bob(), join(1)).await;
    database.faults().plan("PutItem", Fault::LoseReply);
    let appended = table.append(&log, &ada(), cell(0)).await.expect("it is accepted");
    assert_eq!(appended, Appended::Repeated { seq: Seq(4) });
    assert_eq!(database.faults().left(), 0);
    assert_eq!(database.messages().tail(table.game, Seq(0)).await.expect("it reads").len(), 4);
}

#[tokio::test]
async fn a_reply_lost_before_somebody_elses_move_is_recognised_too() {
    let database = Database::start().await;
    let (log, other) = (database.log(), database.log());
    let mut table = Table::started(&log).await;
    let id = table.next_id();
    log.append(table.game, id, &actor(&ada()), &cell(0), now(9)).await.expect("it is accepted");
    table.accept(&other, &bob(), cell(1)).await;
    // The first process never heard of its success and has forgotten the game.
    let fresh = database.log();
    let repeated = fresh.append(table.game, id, &actor(&ada()), &cell(0), now(9)).await;
    assert_eq!(repeated, Ok(Appended::Repeated { seq: Seq(4) }));
}

#[tokio::test]
async fn passing_faults_of_any_class_are_overcome() {
    for fault in [Fault::Throttle, Fault::TransactionConflict, Fault::TimeOut, Fault::InternalError] {
        let database = Database::start().await;
        let log = database.log();
        let mut table = Table::started(&log).await;
        for _ in 0..4 {
            database.faults().plan("PutItem", fault);
        }
        assert_eq!(table.accept(&log, &ada(), cell(0)).await, Seq(4), "{fault:?}");
        assert_eq!(database.faults().left(), 0);
    }
}

#[tokio::test]
async fn lasting_faults_end_after_five_rounds_in_their_class() {
    for (fault, kind) in [
        (Fault::Throttle, StoreErrorKind::Throttled),
        (Fault::TransactionConflict, StoreErrorKind::Conflict),
        (Fault::TimeOut, StoreErrorKind::TimedOut),
        (Fault::InternalError, StoreErrorKind::Unavailable),
    ] {
        let database = Database::start().await;
        let log = database.log();
        let mut table = Table::started(&log).await;
        for _ in 0..6 {
            database.faults().plan("PutItem", fault);
        }
        let Err(AppendError::Store(error)) = table.append(&log, &ada(), cell(0)).await else { panic!("it must fail") };
        assert_eq!(error.kind, kind);
        assert!(error.is_retryable());
        assert_eq!(database.faults().left(), 1, "five rounds and no more");
        assert_eq!(database.messages().tail(table.game, Seq(0)).await.expect("it reads").len(), 3);
    }
}

#[tokio::test]
async fn a_wrong_request_is_not_repeated() {
    let database = Database::start().await;
    let log = database.log();
    let mut table = Table::started(&log).await;
    database.faults().requests();
    database.faults().plan("PutItem", Fault::Validation);
    let refused = table.append(&log, &ada(), cell(0)).await.expect_err("it must fail");
    let AppendError::Store(error) = &refused else { panic!("{refused:?}") };
    assert_eq!(error.kind, StoreErrorKind::Invalid);
    assert_eq!((error.is_retryable(), refused.is_retryable()), (false, false));
    assert_eq!(database.faults().requests(), requests(&[("PutItem", 1)]));
}

#[tokio::test]
async fn the_loser_of_a_race_decides_again_on_the_new_state() {
    let database = Database::start().await;
    let (log, other) = (database.log(), database.log());
    let mut table = Table::new(&log).await;
    other.current(table.game).await.expect("it loads");
    table.accept(&log, &ada(), join(0)).await;
    let refused = table.append(&other, &bob(), join(0)).await;
    assert_eq!(refused, Err(AppendError::Rejected(Rejection::SeatTaken)));
    assert_eq!(table.accept(&other, &bob(), join(1)).await, Seq(3));
}

#[tokio::test]
async fn a_refusal_from_a_stale_game_is_checked_once() {
    let database = Database::start().await;
    let (log, stale) = (database.log(), database.log());
    let mut table = Table::started(&log).await;
    stale.current(table.game).await.expect("it loads");
    table.accept(&log, &ada(), cell(0)).await;
    database.faults().requests();
    assert_eq!(table.accept(&stale, &bob(), cell(1)).await, Seq(5), "the stale game says that it is Ada's turn");
    assert_eq!(database.faults().requests(), requests(&[("Query", 1), ("PutItem", 1)]));
}

#[tokio::test]
async fn a_stale_game_does_not_prove_that_nothing_is_left_to_do() {
    let database = Database::start().await;
    let (log, stale) = (database.log(), database.log());
    let mut table = Table::new(&log).await;
    table.accept(&log, &ada(), join(0)).await;
    stale.current(table.game).await.expect("it loads");
    table.accept(&log, &ada(), turnlog_domain::Command::LeaveSeat).await;
    let appended = table.append(&stale, &ada(), join(0)).await.expect("it is accepted");
    assert!(matches!(appended, Appended::Stored { .. }), "she had left: {appended:?}");
}

#[tokio::test]
async fn a_game_below_what_the_player_saw_is_refreshed_before_a_write() {
    let database = Database::start().await;
    let (log, stale) = (database.log(), database.log());
    let mut table = Table::started(&log).await;
    stale.current(table.game).await.expect("it loads");
    table.accept(&log, &ada(), cell(0)).await;
    table.accept(&log, &bob(), cell(1)).await;
    database.faults().requests();
    assert_eq!(table.accept(&stale, &ada(), cell_seen(2, 5)).await, Seq(6));
    assert_eq!(database.faults().requests(), requests(&[("Query", 1), ("PutItem", 1)]));
}

#[tokio::test]
async fn a_repeat_that_is_no_longer_remembered_is_outdated() {
    let database = Database::start().await;
    let log = database.log();
    let id = testing::command_id(1);
    let game = GameId::of_create(&ada(), id);
    let options = serde_json::json!({ "size": 19, "line": 19 });
    let create = turnlog_domain::Command::create("tic-tac-toe", options);
    log.append(game, id, &actor(&ada()), &create, now(0)).await.expect("it is created");
    let mut table = Table { game, commands: 1 };
    table.accept(&log, &ada(), join(0)).await;
    table.accept(&log, &bob(), join(1)).await;
    let late = table.next_id();
    log.append(game, late, &actor(&ada()), &cell_seen(0, 3), now(4)).await.expect("it is accepted");
    for turn in 0..20_u8 {
        table.accept(&log, &bob(), cell(2 * turn + 1)).await;
        table.accept(&log, &ada(), cell(2 * turn + 2)).await;
    }
    table.accept(&log, &bob(), cell(200)).await;
    let repeated = log.append(game, late, &actor(&ada()), &cell_seen(100, 3), now(99)).await;
    assert_eq!(repeated, Err(AppendError::Rejected(Rejection::Outdated)));
}

#[tokio::test]
async fn long_logs_are_read_to_their_end_page_by_page() {
    let database = Database::start().await;
    let log = database.log();
    let mut table = Table::new(&log).await;
    // Two of them, since nobody may take a seat twelve times in a minute.
    for player in [bob(), testing::player("carl")] {
        for _ in 0..6 {
            table.accept(&log, &player, join(1)).await;
            table.accept(&log, &player, turnlog_domain::Command::LeaveSeat).await;
        }
    }
    database.faults().page_after(3);
    let folded = database.log().current(table.game).await.expect("it loads").expect("it is there");
    assert_eq!(folded.game.seq(), Seq(25));
    let messages = database.messages();
    let seqs =
        |entries: Vec<turnlog_store::Entry>| -> Vec<u64> { entries.iter().map(|entry| entry.message.seq.0).collect() };
    let page = seqs(messages.page(table.game, Seq(4), 10).await.expect("it reads"));
    assert_eq!(page, (5..=14).collect::<Vec<_>>());
    let last = seqs(messages.last(table.game, Seq(4), 10).await.expect("it reads"));
    assert_eq!(last, (16..=25).collect::<Vec<_>>());
    assert_eq!(messages.head(table.game).await.expect("it reads").map(|(seq, _)| seq), Some(Seq(25)));
}

#[tokio::test]
async fn time_rises_even_when_the_clock_does_not() {
    let database = Database::start().await;
    let log = database.log();
    let table = Table::started(&log).await;
    let tail = database.messages().tail(table.game, Seq(0)).await.expect("it reads");
    let last = tail.last().expect("there are messages").message.at;
    let behind = |ms: u64| Timestamp::from_ms(last.as_ms() - ms);
    let id = testing::command_id(50);
    let refused = log.append(table.game, id, &actor(&ada()), &cell(0), behind(5_001)).await;
    assert_eq!(refused, Err(AppendError::ClockBehind { behind_ms: 5_001 }));
    let Ok(Appended::Stored { message, .. }) =
        log.append(table.game, id, &actor(&ada()), &cell(0), behind(5_000)).await
    else {
        panic!("a small difference is borne")
    };
    assert_eq!(message.at.as_ms(), last.as_ms() + 1);
}

#[tokio::test]
async fn commands_on_a_game_that_is_not_there_are_refused() {
    let database = Database::start().await;
    let game = GameId::of_create(&bob(), testing::command_id(7));
    let refused = database.log().append(game, testing::command_id(8), &actor(&ada()), &join(0), now(0)).await;
    assert_eq!(refused, Err(AppendError::Rejected(Rejection::UnknownGame)));
}

/// A clocked game in which Ada is in turn, at second 3; she has until second 33.
async fn clocked(log: &turnlog_store::Log) -> Table {
    let create = turnlog_domain::Command::Create {
        kind: "tic-tac-toe".to_owned(),
        options: serde_json::json!({}),
        settings: serde_json::json!({ "clock": { "seconds": 30 } }),
    };
    let mut table = Table::of(log, &create).await;
    table.accept(log, &ada(), join(0)).await;
    table.accept(log, &bob(), join(1)).await;
    table
}

#[tokio::test]
async fn a_move_counts_from_its_arrival_within_limits() {
    let database = Database::start().await;
    let log = database.log();
    let (ada, late) = (actor(&ada()), Timestamp::from_ms(now(33).as_ms() + 2_000));
    let origin = |arrived: Timestamp| Origin { actor: &ada, connection: None, arrived: Some(arrived) };
    let play = async |id: u64, game: GameId, arrived: Timestamp, clock: Timestamp| {
        let appended = log.append(game, testing::command_id(id), origin(arrived), &cell(0), clock).await;
        appended.map(|appended| match appended {
            Appended::Stored { message, .. } => message.at,
            Appended::Repeated { .. } | Appended::Unchanged { .. } => panic!("it is new"),
        })
    };
    let game = clocked(&log).await.game;
    let time_is_up = Err(AppendError::Rejected(Rejection::TimeIsUp));
    assert_eq!(play(91, game, late, late).await, time_is_up, "it arrived late");
    let beyond = Timestamp::from_ms(now(33).as_ms() + ARRIVED_AGO_MS_MAX + 1);
    assert_eq!(play(92, game, now(20), beyond).await, time_is_up, "it waited for longer than counts");
    // Nobody can take the turn meanwhile, and the move is in time whenever the code comes to it.
    let claim = turnlog_domain::Command::ClaimTimeout;
    let claimed = log.append(game, testing::command_id(93), &actor(&bob()), &claim, late).await;
    assert_eq!(claimed, Err(AppendError::Rejected(Rejection::NotOverdue)));
    assert_eq!(play(94, game, now(33), late).await, Ok(now(33)));
}

#[tokio::test]
async fn no_arrival_is_before_the_last_message_or_in_the_future() {
    let database = Database::start().await;
    let log = database.log();
    let mut table = clocked(&log).await;
    let last = table.accept(&log, &ada(), cell(0)).await;
    let at = log.current(table.game).await.expect("it loads").expect("it is there").game.at();
    let bob = actor(&bob());
    let play = async |id: u64, cell_number: u8, arrived: Timestamp, clock: Timestamp| {
        let origin = Origin { actor: &bob, connection: None, arrived: Some(arrived) };
        let id = testing::command_id(id);
        match log.append(table.game, id, origin, &cell(cell_number), clock).await.expect("it is accepted") {
            Appended::Stored { message, .. } => (message.seq, message.at),
            Appended::Repeated { .. } | Appended::Unchanged { .. } => panic!("it is new"),
        }
    };
    let later = |ms: u64| Timestamp::from_ms(at.as_ms() + ms);
    // It arrived two seconds before the message that was stored first; that is no clock behind the log.
    let before = Timestamp::from_ms(at.as_ms() - 2_000);
    assert_eq!(play(91, 1, before, later(500)).await, (last.next(), later(1)));
    let again = testing::command_id(92);
    log.append(table.game, again, &actor(&super::ada()), &cell(2), later(600)).await.expect("it is accepted");
    assert_eq!(play(93, 3, later(60_000), later(700)).await.1, later(700), "a clock that is ahead gives nobody time");
}
