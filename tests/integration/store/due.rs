//! The index by which the sweep finds what is due, and the way round through it.

use aws_sdk_dynamodb::types::AttributeValue;
use turnlog_domain::{GameId, Seq, Timestamp, testing};
use turnlog_store::{DueCursor, Duty, Round, SweepCursor};
use turnlog_tests::Database;

use super::{Table, ada, cell, now};

fn text(text: impl ToString) -> AttributeValue {
    AttributeValue::S(text.to_string())
}

/// Writes what the index needs of a row of a game with a clock: the n-th game, due at the n-th second.
async fn put(database: &Database, bucket: u8, number: u64) -> GameId {
    let game = GameId::of_create(&ada(), testing::command_id(number));
    let item = database.client().put_item().table_name(database.table("GamesTable"));
    let item = item.item("game_id", text(game)).item("item", text("state"));
    let item = item.item("active", text(format!("{bucket}#clock"))).item("seq", AttributeValue::N("1".to_owned()));
    let at = AttributeValue::N(now(number).as_ms().to_string());
    item.item("at", at.clone()).item("due", at).send().await.expect("it is written");
    game
}

/// The next games of a round, at most so many of them and a page, and where it stands then.
async fn take(round: &mut Round<'_>, count: usize) -> (Vec<GameId>, Option<DueCursor>) {
    let (mut games, mut position) = (Vec::new(), None);
    while games.len() < count
        && let Some(page) = round.next().await.expect("it reads")
    {
        games.extend(page.games.iter().map(|active| active.game));
        position = Some(page.position);
    }
    (games, position)
}

#[tokio::test]
async fn a_round_goes_on_where_the_last_one_stopped_and_comes_back_to_there() {
    let database = Database::start().await;
    let mut all = Vec::new();
    for number in 0..24 {
        all.push(put(&database, [3, 7, 15][usize::try_from(number / 8).expect("it fits")], number).await);
    }
    put(&database, 3, 99).await;
    database.faults().page_after(3);
    let games = database.games();
    let (mut from, mut seen) = (None, Vec::new());
    for _ in 0..4 {
        let mut round = games.due(Duty::Clock, now(30), from.as_ref());
        let (some, position) = take(&mut round, 6).await;
        seen.extend(some);
        from = position;
        // What is kept of it is all that the next process has.
        games.put_sweep_cursor(&SweepCursor { clock: from, ..SweepCursor::default() }).await.expect("it is written");
        from = database.games().sweep_cursor().await.expect("it reads").clock;
    }
    assert!(seen.len() >= all.len(), "{}", seen.len());
    assert_eq!(seen[..all.len()], all, "the earliest first in each list, and none twice before all have been seen");

    let mut round = games.due(Duty::Clock, now(30), from.as_ref());
    let (mut whole, _) = take(&mut round, usize::MAX).await;
    assert!(round.is_complete());
    whole.sort_unstable();
    all.sort_unstable();
    assert_eq!(whole, all, "a whole round meets each of them once, wherever it begins");
}

#[tokio::test]
async fn a_round_survives_a_list_that_cannot_be_read() {
    let database = Database::start().await;
    let game = put(&database, 9, 1).await;
    let games = database.games();
    let mut round = games.due(Duty::Clock, now(30), None);
    database.faults().plan("Query", turnlog_tests::Fault::Validation);
    assert!(round.next().await.is_err(), "the list of the first bucket");
    assert_eq!(take(&mut round, 1).await.0, [game]);
}

#[tokio::test]
async fn a_message_of_a_game_at_rest_leaves_its_entry_where_it_is() {
    let database = Database::start().await;
    let (log, games) = (database.log(), database.games());
    let mut table = Table::started(&log).await;
    let mut entries = Vec::new();
    for (player, cell) in [(ada(), cell(0)), (super::bob(), cell(1))] {
        let folded = log.current(table.game).await.expect("it loads").expect("it is there");
        database.put_row(&folded).await;
        let mut round = games.due(Duty::Rest, Timestamp::from_ms(u64::MAX >> 1), None);
        let page = round.next().await.expect("it reads").expect("there is one");
        entries.push((page.games[0].due, page.games[0].seq, page.position));
        table.accept(&log, &player, cell).await;
    }
    assert_eq!((entries[0].1, entries[1].1), (Seq(3), Seq(4)));
    assert_eq!((entries[0].0, &entries[0].2), (entries[1].0, &entries[1].2), "so it costs one write and not two");
}
