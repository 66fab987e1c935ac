//! The sweep with many games: its work grows with what is due, not with what is played.

use std::time::Instant;

use aws_sdk_dynamodb::types::AttributeValue;
use futures::{StreamExt as _, stream};
use serde_dynamo::Item;
use serde_json::{Value, json};
use turnlog_domain::{Actor, Bot, Command, CommandId, GameId, Seq, Timestamp, limits, testing};
use turnlog_store::limits::{INDEX_BUCKETS, REST_DUE_STEP_MS};
use turnlog_tests::Database;

use super::{app, clock, deliver, game_under, is_current, join, records, sweep_with, sweeper};
use crate::store::{actor, ada, bob, cell};

/// Unfinished games of which nothing is due.
const ACTIVE: u64 = 50_000;
/// Of them, those that are there when the first run is counted.
const ACTIVE_AT_FIRST: u64 = 2_000;
/// Games that are overdue of each sort: clocks, bots and abandoned ones.
const OVERDUE: [u64; 3] = [80, 40, 80];
/// Requests that one overdue game may cost.
const REQUESTS_PER_GAME_MAX: usize = 20;
/// Requests by which two runs may differ of which neither finds anything due: each compares a thousand games and a page more, and
/// games are spread over the lists by chance.
const REQUESTS_OF_CHANCE: usize = 150;
const AT_ONCE: usize = 8;

fn text(text: impl ToString) -> AttributeValue {
    AttributeValue::S(text.to_string())
}

/// The row of a game as it is stored, in DynamoDB's JSON.
async fn row(database: &Database, game: GameId) -> Value {
    let get = database.client().get_item().table_name(database.table("GamesTable"));
    let get = get.key("game_id", text(game)).key("item", text("state")).send().await;
    json!(Item::from(get.expect("it reads").item.expect("it is there")))
}

/// The row of another game in which everything is as in this one.
fn as_game(row: &Value, from: GameId, game: GameId) -> Value {
    let mut row = row.clone();
    let state = row["state"]["S"].as_str().expect("it is a text").replace(&from.to_string(), &game.to_string());
    row["game_id"] = json!({ "S": game.to_string() });
    row["state"] = json!({ "S": state });
    row["active"] = json!({ "S": format!("{}#rest", game.bucket(INDEX_BUCKETS)) });
    row
}

/// Writes the rows of games that nobody waits for.
async fn fill(database: &Database, row: &Value, from: GameId, numbers: std::ops::Range<u64>) {
    let rows = numbers.map(|number| as_game(row, from, GameId::of_create(&bob(), testing::command_id(number))));
    database.import("GamesTable", rows.collect()).await;
}

/// Makes a game in which something is overdue, with its row; returns how long its log is.
async fn overdue(database: &Database, id: CommandId, sort: usize) -> (GameId, u64) {
    let log = database.log();
    let game = GameId::of_create(&ada(), id);
    if sort == 0 {
        game_under(id, database, 60_000, json!({ "clock": { "seconds": 30 } })).await;
    } else {
        let abandoned = limits::WAITING_IDLE_MS_MAX + REST_DUE_STEP_MS + 1000;
        let ago = if sort == 1 { 60_000 } else { abandoned };
        let mut commands = vec![Command::create("tic-tac-toe", json!({})), join(0)];
        if sort == 1 {
            commands.extend([Command::AddBot { seat: None, bot: Bot::Random }, cell(0)]);
        }
        for (number, command) in (0..).zip(commands) {
            let id = if number == 0 { id } else { testing::command_id(number) };
            let at = Timestamp::from_ms(clock() - ago + number);
            log.append(game, id, &actor(&ada()), &command, at).await.expect("accepted");
        }
    }
    assert_eq!(deliver(&app(database), &records(database, game).await).await, None);
    let (head, _) = database.messages().head(game).await.expect("it reads").expect("it is there");
    (game, head.0)
}

/// What one run costs.
async fn cost(database: &Database, sweeper: &turnlog_projections::sweep::App) -> usize {
    database.faults().requests();
    sweep_with(sweeper).await;
    database.faults().requests().values().sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "the figures are told")]
async fn the_work_of_a_run_grows_with_what_is_due_and_not_with_what_is_active() {
    let database = Database::start().await;
    let (began, active) = (Instant::now(), database.enough(ACTIVE));
    let at_rest = game_under(testing::command_id(1), &database, 60_000, json!({})).await;
    assert_eq!(deliver(&app(&database), &records(&database, at_rest).await).await, None);
    let row = row(&database, at_rest).await;
    fill(&database, &row, at_rest, 0..ACTIVE_AT_FIRST).await;
    let sweeper = sweeper(&database);
    let few = cost(&database, &sweeper).await;
    fill(&database, &row, at_rest, ACTIVE_AT_FIRST..active).await;
    println!("{active} games in {:?}", began.elapsed());
    let many = cost(&database, &sweeper).await;
    assert!(many <= few + REQUESTS_OF_CHANCE, "{many} requests with {active} games, {few} with {ACTIVE_AT_FIRST}");

    let sorts = (0..).zip(OVERDUE).flat_map(|(sort, count)| (0..count).map(move |_| sort));
    let games = (10_u64..).zip(sorts).map(|(number, sort)| overdue(&database, testing::command_id(number * 10), sort));
    let games: Vec<(GameId, u64)> = stream::iter(games).buffer_unordered(AT_ONCE).collect().await;
    let before = Instant::now();
    let with_due = cost(&database, &sweeper).await;
    println!("requests of a run: {few}, {many}, {with_due} with {} due in {:?}", games.len(), before.elapsed());
    assert!(with_due <= many + games.len() * REQUESTS_PER_GAME_MAX, "{with_due} requests for {}", games.len());
    // A process of its own goes on where the first has stopped.
    sweep_with(&super::sweeper(&database)).await;
    for (game, length) in games {
        let further = database.messages().tail(game, Seq(length)).await.expect("it reads");
        assert_eq!(further.len(), 1, "{game} was brought forward once");
        let actor = &further[0].message.actor;
        assert!(*actor == Actor::System || actor.player().is_some_and(|player| player.as_str().starts_with("bot:")));
        assert!(is_current(&database, game).await, "and its row with it");
    }
    println!("everything in {:?}", began.elapsed());
}
