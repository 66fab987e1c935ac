//! A log of a hundred thousand messages, in functions that have 512 MB.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use turnlog_domain::{Actor, Audience, Event, GameId, Message, Said, Seq, Timestamp, testing};
use turnlog_games::kinds;
use turnlog_store::{Entry, Folded};
use turnlog_tests::{Database, Function};

use super::record;
use crate::store::{Table, ada, bob};

const MESSAGES: u64 = 100_000;
/// A part of what the functions have: a log that was held at once would take more (150 MB as it is stored, and more when read).
const MEMORY_BYTES_MAX: u64 = 128 << 20;
/// Between two messages, so that the game need not remember many of them.
const PAUSE_MS: u64 = 10_000;
/// Messages that are written at a time.
const BATCH: usize = 1_000;

/// The next message of the log: one says something to the other.
fn next(folded: &Folded) -> (Entry, Folded) {
    let seq = folded.game.seq().next();
    let player = if seq.0.is_multiple_of(2) { ada() } else { bob() };
    let text = Some(format!("{seq}: {}", "a long story ".repeat(37)));
    let message = Message {
        game: folded.game.id(),
        seq,
        at: Timestamp::from_ms(folded.game.at().as_ms() + PAUSE_MS),
        command: testing::command_id(seq.0 + 1_000),
        actor: Actor::Player(player.clone()),
        events: vec![Event::Said(Said { player_id: player, to: Audience::All, text })],
    };
    Entry::seal(&kinds(), Some(folded), message, None).expect("it is sealed")
}

/// A game with that many messages, and its last one as the stream has it.
async fn long_game(database: &Database, messages: u64) -> (GameId, Value) {
    let log = database.log();
    let game = Table::started(&log).await.game;
    let mut folded = log.current(game).await.expect("it loads").expect("it is there");
    let (mut items, mut last) = (Vec::new(), Value::Null);
    while folded.game.seq().0 < messages {
        let (entry, after) = next(&folded);
        items.push(json!(entry.to_item().expect("it is an item")));
        folded = after;
        if items.len() == BATCH || folded.game.seq().0 == messages {
            last = items.last().cloned().unwrap_or_default();
            database.import("MessagesTable", std::mem::take(&mut items)).await;
        }
    }
    (game, record(&last))
}

fn frame(game: GameId) -> Value {
    let body = json!({ "action": "watch", "id": testing::command_id(1), "game": game });
    json!({
        "body": body.to_string(),
        "isBase64Encoded": false,
        "requestContext": {
            "eventType": "MESSAGE", "connectionId": "L0SM9cOFvHcCIhw=", "apiId": "a", "stage": "v1", "routeKey": "watch",
            "connectedAt": 1_700_000_000_000_i64, "requestTimeEpoch": 1_700_000_000_000_i64,
            "authorizer": { "player_id": "ada", "name": "Ada" },
            "identity": { "sourceIp": "127.0.0.1" },
        },
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "the figures are told")]
async fn a_log_of_a_hundred_thousand_messages_is_folded_in_the_memory_of_a_function() {
    let database = Database::start().await;
    let (began, messages) = (Instant::now(), database.enough(MESSAGES));
    let (game, last) = long_game(&database, messages).await;
    println!("{messages} messages in {:?}", began.elapsed());
    // No row is there: whoever looks at the game has to begin with its first message.
    let mut command = Function::start("command", &database, &[]).await;
    let began = Instant::now();
    let answer = command.invoke(&frame(game), Duration::from_mins(10)).await;
    let answer: Value = serde_json::from_str(answer["body"].as_str().expect("it answers")).expect("it is JSON");
    assert_eq!((&answer["type"], &answer["seq"]), (&json!("accepted"), &json!(messages)), "{answer}");
    let of_command = command.memory_bytes_max();
    println!("command: {} MB in {:?}", of_command >> 20, began.elapsed());
    drop(command);

    let mut games = Function::start("games", &database, &[]).await;
    let began = Instant::now();
    let answer = games.invoke(&json!({ "Records": [last] }), Duration::from_mins(10)).await;
    assert_eq!(answer, json!({ "batchItemFailures": [] }));
    let row = database.games().row(game).await.expect("it reads").expect("it is there");
    assert_eq!(row.game.seq(), Seq(messages));
    let of_games = games.memory_bytes_max();
    println!("games: {} MB in {:?}", of_games >> 20, began.elapsed());
    for memory in [of_command, of_games] {
        assert!(memory < MEMORY_BYTES_MAX, "{memory} bytes");
    }
}
