//! `push`: every connection gets its frames, and none holds up another.

use std::time::{Duration, Instant};

use aws_lambda_events::{dynamodb::Event, streams::DynamoDbEventResponse};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};
use tokio::time::timeout;
use turnlog_domain::{GameId, PlayerId, Text, Timestamp, testing};
use turnlog_projections::{
    limits::{FRAMES_PER_CONNECTION_MAX, PUSH_SLOW_TIME, PUSH_TIME_PER_BATCH_MAX},
    push::{self, App},
};
use turnlog_store::{Dialect, Inbox, Outgoing, Subscribed, TokenExpiry};
use turnlog_tests::{Database, FakeManagement, Manner, eventually};

use super::{records, records_of};
use crate::store::{Table, actor, ada, bob, cell, create, let_follow, now};

/// How long a batch may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) fn app(database: &Database, management: &FakeManagement) -> App {
    let (messages, games) = (database.messages(), database.games());
    App::new(messages, games, database.players(), database.websockets(), management.client())
}

/// Delivers records as one batch, of which nothing has to come again.
pub(super) async fn deliver(app: &App, records: &[Value]) {
    let event: Event = serde_json::from_value(json!({ "Records": records })).expect("it is an event");
    let event = LambdaEvent::new(event, Context::default());
    let pushed = timeout(PATIENCE, push::handle(app, event)).await.expect("a batch ends, whatever a connection does");
    let response: DynamoDbEventResponse = pushed.expect("it never fails as a whole");
    assert!(response.batch_item_failures.is_empty(), "{response:?}");
}

/// The time by the machine's clock, since subscriptions expire by it.
pub(super) fn today() -> Timestamp {
    Timestamp::from_ms(chrono::Utc::now().timestamp_millis().unsigned_abs())
}

/// Lets a connection of `player` follow a game.
pub(super) async fn follow(database: &Database, game: GameId, player: &PlayerId, connection: &str) {
    let websockets = database.websockets();
    websockets.connect(connection, player, today()).await.expect("it is written");
    let subscribed = websockets.subscribe(connection, player, game, today(), TokenExpiry::default()).await;
    assert_eq!(subscribed, Ok(Subscribed::Yes));
}

/// A game of five messages: it is made, two sit down, two moves.
pub(super) async fn game_of_five(database: &Database) -> Table {
    let log = database.log();
    let mut table = Table::started(&log).await;
    table.accept(&log, &ada(), cell(0)).await;
    table.accept(&log, &bob(), cell(3)).await;
    table
}

/// Plays the sixth message, and returns its record.
async fn sixth(database: &Database, table: &mut Table) -> Value {
    table.accept(&database.log(), &ada(), cell(1)).await;
    records(database, table.game).await.pop().expect("there are records")
}

/// The seqs of the messages in some frames, in the order in which they came.
pub(super) fn seqs(frames: &[Value]) -> Vec<u64> {
    let messages = frames.iter().flat_map(|frame| frame["messages"].as_array().into_iter().flatten());
    messages.filter_map(|message| message["seq"].as_u64()).collect()
}

#[tokio::test]
async fn a_connection_that_hangs_holds_up_nobody_else() {
    let (database, management) = (Database::start().await, FakeManagement::start().await);
    let app = app(&database, &management);
    let mut table = game_of_five(&database).await;
    let (slow, quick) = (table.game, GameId::of_create(&bob(), testing::command_id(99)));
    let made = database.log().append(quick, testing::command_id(99), &actor(&bob()), &create(), now(0)).await;
    made.expect("it is made");
    follow(&database, slow, &ada(), "hangs").await;
    follow(&database, slow, &bob(), "reads").await;
    follow(&database, quick, &bob(), "other").await;
    management.behave("hangs", Manner::Hanging);
    // Each batch ends although the connection does not answer: that it does is what is tested.
    deliver(&app, &[records(&database, slow).await, records(&database, quick).await].concat()).await;
    assert_eq!(seqs(&management.taken("reads")), [1, 2, 3, 4, 5]);
    assert_eq!(seqs(&management.taken("other")), [1]);
    deliver(&app, &[sixth(&database, &mut table).await]).await;
    assert_eq!(seqs(&management.taken("reads")), [1, 2, 3, 4, 5, 6]);
    assert_eq!((management.attempts("hangs"), management.taken("hangs")), (1, Vec::new()));
    // It has lost nothing, and everything comes in order.
    management.let_go();
    assert_eq!(seqs(&management.takes("hangs", 2).await), [1, 2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn a_connection_that_hangs_is_waited_for_once_in_a_while() {
    let (database, management) = (Database::start().await, FakeManagement::start().await);
    let app = app(&database, &management);
    let game = game_of_five(&database).await.game;
    follow(&database, game, &ada(), "hangs").await;
    management.behave("hangs", Manner::Hanging);
    let records = records(&database, game).await;
    let takes = async || {
        let began = Instant::now();
        deliver(&app, &records).await;
        began.elapsed()
    };
    assert!(takes().await >= PUSH_TIME_PER_BATCH_MAX);
    let known = Instant::now();
    // Several, since any of them may take long on a busy machine.
    let mut shortest = Duration::MAX;
    for _ in 0..5 {
        shortest = shortest.min(takes().await);
    }
    assert!(shortest < PUSH_TIME_PER_BATCH_MAX, "{shortest:?}");
    let is_over = || async { (known.elapsed() > 2 * PUSH_SLOW_TIME).then_some(()) };
    eventually("the end of the time in which nobody waits for it", is_over).await;
    assert!(takes().await >= PUSH_TIME_PER_BATCH_MAX, "it would be a frame behind for ever");
}

#[tokio::test]
async fn a_bounded_number_of_frames_waits_for_a_connection_that_hangs() {
    let (database, management) = (Database::start().await, FakeManagement::start().await);
    let app = app(&database, &management);
    let mut table = game_of_five(&database).await;
    follow(&database, table.game, &bob(), "hangs").await;
    management.behave("hangs", Manner::Hanging);
    let records = records(&database, table.game).await;
    // One frame is under way.
    let kept = 1 + FRAMES_PER_CONNECTION_MAX;
    for _ in 0..kept + 5 {
        deliver(&app, &records).await;
    }
    management.let_go();
    management.takes("hangs", kept).await;
    deliver(&app, &[sixth(&database, &mut table).await]).await;
    let taken = management.takes("hangs", kept + 1).await;
    assert_eq!(seqs(&taken[kept..]), [6], "what came between was left out");
}

#[tokio::test]
async fn a_frame_that_is_refused_for_its_rate_is_tried_once_more() {
    let (database, management) = (Database::start().await, FakeManagement::start().await);
    let app = app(&database, &management);
    let mut table = game_of_five(&database).await;
    for connection in ["once", "often"] {
        follow(&database, table.game, &bob(), connection).await;
    }
    management.behave("once", Manner::Throttled(1));
    management.behave("often", Manner::Throttled(2));
    deliver(&app, &records(&database, table.game).await).await;
    assert_eq!(seqs(&management.takes("once", 1).await), [1, 2, 3, 4, 5]);
    // Its second attempt was its last one; the next frame tells the client that it lacks something.
    deliver(&app, &[sixth(&database, &mut table).await]).await;
    assert_eq!(seqs(&management.takes("often", 1).await), [6]);
    assert_eq!((management.attempts("once"), management.attempts("often")), (3, 3));
}

#[tokio::test]
async fn a_batch_does_not_wait_for_second_attempts() {
    let (database, management) = (Database::start().await, FakeManagement::start().await);
    let app = app(&database, &management);
    let game = game_of_five(&database).await.game;
    follow(&database, game, &bob(), "throttled").await;
    management.behave("throttled", Manner::Throttled(usize::MAX));
    deliver(&app, &records(&database, game).await).await;
    assert_eq!(management.attempts("throttled"), 1, "the second attempt is still to come");
    let tried = || async { (management.attempts("throttled") == 2).then_some(()) };
    eventually("the second attempt", tried).await;
}

#[tokio::test]
async fn a_connection_that_is_gone_is_forgotten_before_the_batch_ends() {
    let (database, management) = (Database::start().await, FakeManagement::start().await);
    let game = game_of_five(&database).await.game;
    follow(&database, game, &bob(), "gone").await;
    management.behave("gone", Manner::Gone);
    deliver(&app(&database, &management), &records(&database, game).await).await;
    assert_eq!(database.websockets().subscribers(game, today()).await, Ok(Vec::new()));
    assert_eq!(database.websockets().connections(&bob(), today()).await, Ok(Vec::new()));
}

#[tokio::test]
async fn batches_of_a_game_in_any_order_tell_everything() {
    let (database, management) = (Database::start().await, FakeManagement::start().await);
    let mut table = game_of_five(&database).await;
    follow(&database, table.game, &bob(), "bob").await;
    let mut records = records(&database, table.game).await;
    let app = app(&database, &management);
    deliver(&app, &records[..2]).await;
    // Three batches in the worst order ask who follows the game, and each asks the log once: for what it lacks, or for what was
    // pushed before it.
    database.faults().requests();
    for record in records[2..].iter().rev() {
        deliver(&app, std::slice::from_ref(record)).await;
    }
    assert_eq!(database.faults().requests(), [("Query".to_owned(), 6)].into());
    // A batch in its order asks only who follows the game.
    records.push(sixth(&database, &mut table).await);
    database.faults().requests();
    deliver(&app, &records[5..]).await;
    assert_eq!(database.faults().requests(), [("Query".to_owned(), 1)].into());
    let mut told = seqs(&management.taken("bob"));
    told.sort_unstable();
    told.dedup();
    assert_eq!(told, [1, 2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn a_batch_with_a_gap_asks_the_log_for_what_it_lacks() {
    let (database, management) = (Database::start().await, FakeManagement::start().await);
    let game = game_of_five(&database).await.game;
    follow(&database, game, &bob(), "bob").await;
    let records = records(&database, game).await;
    for first in [1, 0] {
        let app = app(&database, &management);
        deliver(&app, &records[..first]).await;
        deliver(&app, &[records[first].clone(), records[3].clone()]).await;
        deliver(&app, &[records[2].clone(), records[4].clone()]).await;
    }
    let mut told = seqs(&management.takes("bob", 5).await);
    told.sort_unstable();
    told.dedup();
    assert_eq!(told, [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn all_who_follow_a_game_are_told() {
    const FOLLOWERS: usize = 1_000;
    let (database, management) = (Database::start().await, FakeManagement::start().await);
    let game = game_of_five(&database).await.game;
    let names = let_follow(&database.client(), &database.table("WebsocketsTable"), game, FOLLOWERS).await;
    deliver(&app(&database, &management), &records(&database, game).await).await;
    for name in &names {
        assert_eq!(seqs(&management.takes(name, 1).await), [1, 2, 3, 4, 5], "{name}");
    }
}

#[tokio::test]
async fn a_client_that_asks_for_nothing_gets_direct_messages_once_and_in_order_whatever_the_order_of_the_batches() {
    let (database, management) = (Database::start().await, FakeManagement::start().await);
    let players = database.players();
    for player in [ada(), bob()] {
        players.put_name(&player, player.as_str()).await.expect("it is written");
    }
    database
        .websockets()
        .connect_as(Dialect::Plain, "plain", &bob(), today(), TokenExpiry::default())
        .await
        .expect("it is written");
    database.websockets().connect("current", &bob(), today()).await.expect("it is written");
    let inbox = Inbox::new(database.messages(), players);
    for number in 1..=4 {
        let text = Text::parse(&format!("message {number}")).expect("it is fine");
        let outgoing = Outgoing { command: testing::command_id(number), from: ada(), to: bob(), text };
        inbox.send(&outgoing, now(number)).await.expect("it is sent");
    }
    let apps = [app(&database, &management), app(&database, &management)];
    let records = records_of(&database, "player#bob").await;
    let rung = json!({
        "eventID": "1",
        "eventName": "MODIFY",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "Keys": { "player_id": { "S": "bob" }, "item": { "S": "unread" } },
            "NewImage": { "player_id": { "S": "bob" }, "item": { "S": "unread" } },
            "SequenceNumber": "1",
            "SizeBytes": 40,
            "StreamViewType": "NEW_IMAGE",
            "ApproximateCreationDateTime": 1_700_000_000,
        },
        "awsRegion": "eu-central-1",
    });
    let each = |app, record| deliver(app, std::slice::from_ref(record));
    tokio::join!(each(&apps[0], &records[1]), each(&apps[1], &records[0]), each(&apps[0], &records[3]));
    for record in [&rung, &records[2], &rung, &rung] {
        each(&apps[1], record).await;
    }
    assert_eq!(seqs(&management.takes("plain", 1).await), [1, 2, 3, 4]);
    let mut current = seqs(&management.takes("current", 4).await);
    current.sort_unstable();
    assert_eq!(current, [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_push_ends_a_connection_whose_token_counts_no_more_and_tells_it_nothing_else() {
    let (database, management) = (Database::start().await, FakeManagement::start().await);
    let (players, websockets) = (database.players(), database.websockets());
    let game = game_of_five(&database).await.game;
    for player in [ada(), bob()] {
        players.put_name(&player, player.as_str()).await.expect("it is written");
        for (token, expires_at) in [("expired", Some(today())), ("good", None)] {
            let connection = format!("{player}-{token}");
            let connected =
                websockets.connect_as(Dialect::Turnlog, &connection, &player, today(), expires_at.into()).await;
            connected.expect("it is written");
            if player == ada() {
                let subscribed = websockets.subscribe(&connection, &player, game, today(), expires_at.into()).await;
                assert_eq!(subscribed, Ok(Subscribed::Yes));
            }
        }
    }
    let outgoing = Outgoing {
        command: testing::command_id(1),
        from: ada(),
        to: bob(),
        text: Text::parse("Hello").expect("it is fine"),
    };
    Inbox::new(database.messages(), players).send(&outgoing, now(1)).await.expect("it is sent");
    let app = app(&database, &management);
    // Ada's connections follow the game, and Bob's have his inbox only.
    for (player, log) in [(ada(), game.to_string()), (bob(), "player#bob".to_owned())] {
        deliver(&app, &records_of(&database, &log).await).await;
        let [expired, good] = ["expired", "good"].map(|token| format!("{player}-{token}"));
        let left = async || {
            let open = websockets.connections(&player, today()).await.expect("it reads");
            let is_left = open.iter().map(|connection| &connection.id).eq([&good]);
            (is_left && management.has_ended(&expired)).then_some(())
        };
        eventually("the end of a connection", left).await;
        let told = management.taken(&expired);
        assert_eq!((told.len(), &told[0]["type"], &told[0]["code"]), (1, &json!("closing"), &json!("token_expired")));
        assert!(!seqs(&management.takes(&good, 1).await).is_empty());
        assert!(!management.has_ended(&good));
    }
}
