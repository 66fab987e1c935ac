//! Direct messages: appended once, without gaps, to their addressee's own log.

use std::sync::Arc;

use futures::future::join_all;
use turnlog_domain::{
    PlayerId, Rejection, Seq, Text, Timestamp,
    limits::{BLOCKED_MAX, SENT_PER_PLAYER_MAX, SENT_WINDOW_MS},
    testing,
};
use turnlog_store::{Blocked, Connection, Dialect, DirectEntry, Inbox, Outgoing, SendError, TokenExpiry};
use turnlog_tests::{Database, Fault};

use super::{ada, bob, now};

/// A database that Ada and Bob have connected to.
async fn started() -> Database {
    let database = Database::start().await;
    for player in [ada(), bob()] {
        database.players().put_name(&player, player.as_str()).await.expect("it is written");
    }
    database
}

fn inbox(database: &Database) -> Inbox {
    Inbox::new(database.messages(), database.players())
}

fn to_bob(number: u64, from: &PlayerId, text: &str) -> Outgoing {
    let text = Text::parse(text).expect("it is fine");
    Outgoing { command: testing::command_id(number), from: from.clone(), to: bob(), text }
}

/// Bob's log, whose positions have no gap and whose hashes are chained.
async fn log_of_bob(database: &Database) -> Vec<DirectEntry> {
    let entries = inbox(database).page(&bob(), Seq(0), 1000).await.expect("it reads");
    for (index, entry) in entries.iter().enumerate() {
        assert!(entry.continues(index.checked_sub(1).map(|previous| &entries[previous])), "{entry:?}");
        assert!(index == 0 || entries[index - 1].message.at < entry.message.at);
    }
    entries
}

async fn texts(database: &Database) -> Vec<String> {
    log_of_bob(database).await.into_iter().map(|entry| entry.message.text).collect()
}

#[tokio::test]
async fn messages_stand_in_the_addressees_log_in_order() {
    let database = started().await;
    for (number, text) in ["one", "two", "three"].into_iter().enumerate() {
        inbox(&database).send(&to_bob(number as u64, &ada(), text), now(0)).await.expect("it is sent");
    }
    assert_eq!(texts(&database).await, ["one", "two", "three"]);
    assert_eq!(inbox(&database).head(&bob()).await, Ok(Seq(3)));
    let page = inbox(&database).page(&bob(), Seq(1), 1).await.expect("it reads");
    assert_eq!(page.iter().map(|entry| entry.message.seq).collect::<Vec<_>>(), [Seq(2)]);
    assert_eq!(inbox(&database).page(&ada(), Seq(0), 10).await, Ok(Vec::new()), "the sender's own log is another");
}

#[tokio::test]
async fn a_message_costs_two_reads_and_two_writes() {
    let database = started().await;
    inbox(&database).send(&to_bob(1, &ada(), "one"), now(0)).await.expect("it is sent");
    database.faults().requests();
    inbox(&database).send(&to_bob(2, &ada(), "two"), now(1)).await.expect("it is sent");
    let requests = database.faults().requests();
    assert_eq!(
        requests.into_iter().collect::<Vec<_>>(),
        [("BatchGetItem".to_owned(), 1), ("PutItem".to_owned(), 2), ("Query".to_owned(), 1)]
    );
}

#[tokio::test]
async fn many_who_write_to_one_player_leave_no_gap() {
    let database = Arc::new(started().await);
    let send = |number: u64| {
        let database = Arc::clone(&database);
        async move {
            let from = testing::player(&format!("player-{}", number / 2));
            inbox(&database).send(&to_bob(number, &from, &number.to_string()), now(0)).await
        }
    };
    for result in join_all((0..24).map(send)).await {
        result.expect("every one is sent");
    }
    let mut texts: Vec<u64> = texts(&database).await.iter().map(|text| text.parse().expect("a number")).collect();
    texts.sort_unstable();
    assert_eq!(texts, (0..24).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_repeat_is_stored_once_however_late_and_whatever_came_between() {
    let database = started().await;
    let first = to_bob(1, &ada(), "one");
    let at = inbox(&database).send(&first, now(0)).await.expect("it is sent");
    assert_eq!(inbox(&database).send(&first, now(1)).await, Ok(at));
    inbox(&database).send(&to_bob(2, &bob(), "two"), now(2)).await.expect("it is sent");
    assert_eq!(inbox(&database).send(&first, now(3600)).await, Ok(at));
    // The same id of somebody else is another message.
    inbox(&database).send(&to_bob(1, &bob(), "three"), now(3601)).await.expect("it is sent");
    assert_eq!(texts(&database).await, ["one", "two", "three"]);
}

#[tokio::test]
async fn repeats_at_the_same_moment_are_stored_once() {
    let database = Arc::new(started().await);
    let send = |number: u64| {
        let database = Arc::clone(&database);
        async move {
            let sender = if number.is_multiple_of(2) { ada() } else { bob() };
            inbox(&database).send(&to_bob(1, &sender, sender.as_str()), now(0)).await
        }
    };
    for result in join_all((0..12).map(send)).await {
        result.expect("every one is answered");
    }
    let mut texts = texts(&database).await;
    texts.sort_unstable();
    assert_eq!(texts, ["ada", "bob"]);
}

#[tokio::test]
async fn a_lost_reply_at_any_step_stores_once() {
    for step in 0..2 {
        let database = started().await;
        database.faults().plan_after(step, "PutItem", Fault::LoseReply);
        inbox(&database).send(&to_bob(1, &ada(), "one"), now(0)).await.expect("it is sent");
        inbox(&database).send(&to_bob(1, &ada(), "one"), now(1)).await.expect("it is there");
        assert_eq!(database.faults().left(), 0);
        assert_eq!(texts(&database).await, ["one"], "step {step}");
    }
}

#[tokio::test]
async fn what_was_noted_but_never_stored_is_stored_by_the_repeat() {
    let database = started().await;
    inbox(&database).send(&to_bob(1, &bob(), "zero"), now(0)).await.expect("it is sent");
    // The note passes; the message itself does not, however often it is tried.
    database.faults().plan_after(1, "PutItem", Fault::TimeOut);
    for _ in 1..turnlog_store::limits::SEND_ROUNDS_MAX {
        database.faults().plan("PutItem", Fault::TimeOut);
    }
    let failed = inbox(&database).send(&to_bob(2, &ada(), "one"), now(1)).await;
    assert!(matches!(failed, Err(SendError::Store(_))), "{failed:?}");
    assert_eq!(texts(&database).await, ["zero"]);
    let at = inbox(&database).send(&to_bob(2, &ada(), "one"), now(9)).await;
    assert_eq!(at, Ok(now(1)), "it was sent then");
    assert_eq!(texts(&database).await, ["zero", "one"]);
}

#[tokio::test]
async fn a_sender_waits_after_too_many() {
    let database = started().await;
    let inbox = inbox(&database);
    for number in 0..SENT_PER_PLAYER_MAX as u64 {
        inbox.send(&to_bob(number, &ada(), "x"), now(0)).await.expect("it is sent");
    }
    let one_more = to_bob(99, &ada(), "x");
    assert_eq!(
        inbox.send(&one_more, now(1)).await,
        Err(SendError::Rejected(Rejection::TooMuchTalk { retry_after_ms: 9_000 }))
    );
    inbox.send(&to_bob(0, &ada(), "x"), now(1)).await.expect("a repeat is none more");
    inbox.send(&to_bob(0, &bob(), "x"), now(1)).await.expect("others are not held back");
    let later = Timestamp::from_ms(now(0).as_ms() + SENT_WINDOW_MS);
    inbox.send(&one_more, later).await.expect("they may go on");
}

#[tokio::test]
async fn nobody_writes_to_a_player_who_never_connected() {
    let database = started().await;
    let outgoing = Outgoing { to: testing::player("nobody"), ..to_bob(1, &ada(), "x") };
    assert_eq!(inbox(&database).send(&outgoing, now(0)).await, Err(SendError::UnknownPlayer));
}

#[tokio::test]
async fn who_is_blocked_is_answered_like_anybody_and_nothing_is_stored() {
    let database = started().await;
    let (inbox, players) = (inbox(&database), database.players());
    assert_eq!(players.block(&bob(), &ada()).await, Ok(Blocked::Yes([ada()].into())));
    assert_eq!(inbox.send(&to_bob(1, &ada(), "one"), now(5)).await, Ok(now(5)));
    assert_eq!(inbox.send(&to_bob(1, &ada(), "one"), now(6)).await, Ok(now(5)), "as a repeat is");
    assert_eq!(texts(&database).await, Vec::<String>::new());
    assert_eq!(players.unblock(&bob(), &ada()).await, Ok([].into()));
    assert_eq!(players.unblock(&bob(), &ada()).await, Ok([].into()));
    inbox.send(&to_bob(2, &ada(), "two"), now(7)).await.expect("it is sent");
    assert_eq!(texts(&database).await, ["two"]);
}

#[tokio::test]
async fn who_is_blocked_costs_the_same_requests_as_anybody() {
    let database = started().await;
    let (inbox, eve) = (inbox(&database), testing::player("eve"));
    database.players().block(&bob(), &eve).await.expect("it is written");
    let send = async |from: &PlayerId, number: u64, seconds: u64| {
        database.faults().requests();
        let sent = inbox.send(&to_bob(number, from, "Hello"), now(seconds)).await;
        (sent, database.faults().requests())
    };
    // New ones, a repeat at once and a late one, and one by a clock that is behind.
    for (number, seconds) in [(1, 10), (1, 11), (2, 12), (1, 3600), (3, 3601), (4, 20)] {
        let of_ada = send(&ada(), number, seconds).await;
        let of_eve = send(&eve, number, seconds).await;
        assert_eq!(of_eve, of_ada, "message {number} at {seconds} s");
    }
    assert_eq!(texts(&database).await.len(), 3, "those of Ada");
}

#[tokio::test]
async fn a_player_blocks_a_limited_number_of_others() {
    let database = started().await;
    let players = database.players();
    for number in 0..BLOCKED_MAX {
        let other = testing::player(&format!("player-{number}"));
        assert!(matches!(players.block(&bob(), &other).await, Ok(Blocked::Yes(_))));
    }
    assert_eq!(players.block(&bob(), &ada()).await, Ok(Blocked::TooMany));
    assert!(matches!(players.block(&bob(), &testing::player("player-0")).await, Ok(Blocked::Yes(_))));
}

#[tokio::test]
async fn the_read_mark_moves_only_forwards() {
    let database = started().await;
    let players = database.players();
    assert_eq!(players.inbox_marks(&bob()).await.expect("it reads").read, Seq(0));
    let items = async || {
        let scan = database.client().scan().table_name(database.table("PlayersTable"));
        scan.send().await.expect("it reads").count()
    };
    let before = items().await;
    assert_eq!(players.mark_read(&bob(), Seq(0)).await, Ok(Seq(0)));
    assert_eq!(items().await, before, "no device is told of a mark that has not moved");
    assert_eq!(players.mark_read(&bob(), Seq(3)).await, Ok(Seq(3)));
    for earlier in [0, 2] {
        assert_eq!(players.mark_read(&bob(), Seq(earlier)).await, Ok(Seq(3)));
    }
    players.block(&bob(), &ada()).await.expect("it is written");
    let marks = players.inbox_marks(&bob()).await.expect("it reads");
    assert_eq!((marks.read, marks.blocked), (Seq(3), [ada()].into()));
}

#[tokio::test]
async fn what_was_pushed_counts_as_read_unless_something_before_it_is_unread() {
    let database = started().await;
    let players = database.players();
    let read = async || players.inbox_marks(&bob()).await.expect("it reads").read;
    players.mark_delivered(&bob(), Seq(2), Seq(2)).await.expect("it is no fault");
    assert_eq!(read().await, Seq(0), "the first one was not delivered");
    players.mark_delivered(&bob(), Seq(1), Seq(2)).await.expect("it is written");
    assert_eq!(read().await, Seq(2));
    players.mark_delivered(&bob(), Seq(2), Seq(4)).await.expect("it is written");
    assert_eq!(read().await, Seq(4), "delivered twice is as good");
    players.mark_delivered(&bob(), Seq(1), Seq(1)).await.expect("it is no fault");
    assert_eq!(read().await, Seq(4));
}

#[tokio::test]
async fn the_open_connections_of_a_player_are_found() {
    let database = started().await;
    let websockets = database.websockets();
    websockets.connect("one", &bob(), now(0)).await.expect("it connects");
    websockets.connect_as(Dialect::Plain, "two", &bob(), now(1), TokenExpiry::default()).await.expect("it connects");
    websockets.connect("three", &ada(), now(1)).await.expect("it connects");
    let connection = |id: &str, dialect, seconds| Connection {
        id: id.to_owned(),
        dialect,
        connected_at: now(seconds),
        token_expiry: TokenExpiry::default(),
    };
    let all = [connection("two", Dialect::Plain, 1), connection("one", Dialect::Turnlog, 0)];
    assert_eq!(websockets.connections(&bob(), now(2)).await.expect("it reads"), all);
    websockets.disconnect("two").await.expect("it disconnects");
    assert_eq!(websockets.connections(&bob(), now(2)).await.expect("it reads"), all[1..]);
    assert_eq!(websockets.knows("one", &bob(), now(2)).await, Ok(true));
    assert_eq!(websockets.knows("two", &bob(), now(2)).await, Ok(false));
    assert_eq!(websockets.connections(&bob(), now(9_000)).await.expect("it reads"), [], "they have expired");
}
