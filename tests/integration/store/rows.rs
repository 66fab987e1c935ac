//! Rows of games and players: they only ever move forwards.

use turnlog_domain::{Seq, testing};
use turnlog_games::kinds;
use turnlog_store::{Derived, ParkedGame, limits::INDEX_BUCKETS};
use turnlog_tests::Database;

use super::{Table, ada, bob, cell, now};

#[tokio::test]
async fn a_row_moves_only_forwards() {
    let database = Database::start().await;
    let (log, games) = (database.log(), database.games());
    let mut table = Table::started(&log).await;
    let older = log.current(table.game).await.expect("it loads").expect("it is there");
    table.accept(&log, &ada(), cell(0)).await;
    let newer = log.current(table.game).await.expect("it loads").expect("it is there");
    for folded in [&older, &newer, &older] {
        database.put_row(folded).await;
    }
    assert_eq!(games.row(table.game).await.expect("it reads"), Some(newer));
}

#[tokio::test]
async fn unfinished_games_are_listed_and_finished_ones_are_not() {
    let database = Database::start().await;
    let (log, games) = (database.log(), database.games());
    let mut table = Table::started(&log).await;
    let bucket = table.game.bucket(INDEX_BUCKETS);
    let folded = log.current(table.game).await.expect("it loads").expect("it is there");
    database.put_row(&folded).await;
    let active = games.active(bucket).await.expect("it reads");
    assert_eq!(active.iter().map(|active| (active.game, active.seq)).collect::<Vec<_>>(), [(table.game, Seq(3))]);
    table.accept(&log, &ada(), turnlog_domain::Command::Resign).await;
    let folded = log.current(table.game).await.expect("it loads").expect("it is there");
    database.put_row(&folded).await;
    assert_eq!(games.active(bucket).await.expect("it reads"), []);
}

#[tokio::test]
async fn games_are_listed_by_their_start() {
    let database = Database::start().await;
    let table = Table::new(&database.log()).await;
    let bucket = table.game.bucket(INDEX_BUCKETS);
    let messages = database.messages();
    let before = turnlog_domain::Timestamp::from_ms(now(0).as_ms() - 1);
    assert_eq!(messages.started("tic-tac-toe", bucket, before).await.expect("it reads"), [table.game]);
    assert_eq!(messages.started("tic-tac-toe", bucket, now(0)).await.expect("it reads"), []);
    assert_eq!(messages.started("connect-four", bucket, before).await.expect("it reads"), []);
}

#[tokio::test]
async fn a_standing_moves_only_forwards_and_counts_while_the_game_is_open() {
    let database = Database::start().await;
    let (log, players) = (database.log(), database.players());
    let mut table = Table::started(&log).await;
    let rows = async || {
        let entries = database.messages().tail(table.game, Seq(0)).await.expect("it reads");
        Derived::over(&kinds(), None, &entries).expect("it folds").rows()
    };
    let open = rows().await;
    database.put_rows(open.clone()).await;
    assert!(players.has_open_games(&ada(), 1).await.expect("it reads"));
    assert!(!players.has_open_games(&ada(), 2).await.expect("it reads"));
    assert!(!players.has_open_games(&testing::player("eve"), 1).await.expect("it reads"));
    table.accept(&log, &ada(), turnlog_domain::Command::Resign).await;
    database.project(table.game).await;
    database.put_rows(open).await;
    assert!(!players.has_open_games(&ada(), 1).await.expect("it reads"), "the later one stays");
}

#[tokio::test]
async fn names_are_found_for_those_who_have_one() {
    let database = Database::start().await;
    let players = database.players();
    players.put_name(&ada(), "Ada").await.expect("it is written");
    players.put_name(&ada(), "Ada L.").await.expect("it is written");
    let names = players.names(&[bob(), ada(), ada()]).await.expect("it reads");
    assert_eq!(names, [(ada(), "Ada L.".to_owned())]);
}

#[tokio::test]
async fn a_parked_game_is_remembered_until_it_is_repaired() {
    let database = Database::start().await;
    let games = database.games();
    let table = Table::new(&database.log()).await;
    games.park(table.game, Seq(4), "it does not fold", now(1)).await.expect("it is written");
    assert_eq!(games.parked(table.game).await.expect("it reads").as_deref(), Some("it does not fold"));
    games.park(table.game, Seq(5), "it does not fold", now(9)).await.expect("it stays as it is");
    let parked = games.all_parked().await.expect("it reads");
    assert_eq!(parked, [ParkedGame { game: table.game, seq: Seq(4), at: now(1) }]);
    games.unpark(table.game).await.expect("it is removed");
    assert_eq!(games.all_parked().await.expect("it reads"), []);
    assert_eq!(games.parked(table.game).await.expect("it reads"), None);
}
