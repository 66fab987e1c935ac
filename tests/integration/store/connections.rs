//! Connections and what they follow.

use std::time::Duration;

use serde_json::{Value, json};
use turnlog_domain::{GameId, Timestamp, testing};
use turnlog_store::{
    Connection, Dialect, Subscribed, Subscriber, TokenExpiry,
    limits::{
        BARRED_SECONDS, CONNECTION_SECONDS_MAX, CONNECTIONS_PER_PLAYER_MAX, INDEX_BUCKETS,
        SUBSCRIPTIONS_PER_CONNECTION_MAX,
    },
};
use turnlog_tests::{Database, Function};

use super::{ada, bob, now};

fn game(number: usize) -> GameId {
    GameId::of_create(&ada(), testing::command_id(number as u64))
}

#[tokio::test]
async fn subscribers_are_found_until_they_disconnect() {
    let database = Database::start().await;
    let websockets = database.websockets();
    for (connection, player) in [("one", ada()), ("two", bob())] {
        websockets.connect(connection, &player, now(0)).await.expect("it connects");
        let subscribed = websockets
            .subscribe(connection, &player, game(1), now(0), TokenExpiry::default())
            .await
            .expect("it subscribes");
        assert_eq!(subscribed, Subscribed::Yes);
    }
    assert!(websockets.follows("one", game(1), now(0)).await.expect("it reads"));
    websockets.disconnect("one").await.expect("it disconnects");
    websockets.disconnect("one").await.expect("and again");
    assert!(!websockets.follows("one", game(1), now(0)).await.expect("it reads"));
    let left = websockets.subscribers(game(1), now(0)).await.expect("it reads");
    assert_eq!(
        left,
        [Subscriber { connection: "two".to_owned(), player: bob(), token_expiry: TokenExpiry::default() }]
    );
}

#[tokio::test]
async fn a_connection_follows_a_limited_number_of_games() {
    let database = Database::start().await;
    let websockets = database.websockets();
    websockets.connect("one", &ada(), now(0)).await.expect("it connects");
    for number in 0..SUBSCRIPTIONS_PER_CONNECTION_MAX {
        let subscribed = websockets
            .subscribe("one", &ada(), game(number), now(0), TokenExpiry::default())
            .await
            .expect("it subscribes");
        assert_eq!(subscribed, Subscribed::Yes);
    }
    let one_more = game(SUBSCRIPTIONS_PER_CONNECTION_MAX);
    assert_eq!(
        websockets.subscribe("one", &ada(), one_more, now(0), TokenExpiry::default()).await,
        Ok(Subscribed::TooMany)
    );
    assert_eq!(
        websockets.subscribe("one", &ada(), game(0), now(0), TokenExpiry::default()).await,
        Ok(Subscribed::Yes),
        "a repeat is none more"
    );
}

#[tokio::test]
async fn a_connection_follows_another_game_instead_of_one_that_it_has_left() {
    let database = Database::start().await;
    let websockets = database.websockets();
    websockets.connect("one", &ada(), now(0)).await.expect("it connects");
    for number in 0..3 * SUBSCRIPTIONS_PER_CONNECTION_MAX {
        let subscribed = websockets
            .subscribe("one", &ada(), game(number), now(0), TokenExpiry::default())
            .await
            .expect("it subscribes");
        assert_eq!(subscribed, Subscribed::Yes, "game {number}");
        assert_eq!(websockets.followed("one").await.expect("it reads"), [game(number)]);
        websockets.unsubscribe("one", game(number)).await.expect("it leaves");
        websockets.unsubscribe("one", game(number)).await.expect("and again");
        assert!(!websockets.follows("one", game(number), now(0)).await.expect("it reads"));
    }
    websockets.disconnect("one").await.expect("it disconnects");
    websockets.unsubscribe("one", game(0)).await.expect("nothing is there to leave");
    let again = websockets.subscribe("one", &ada(), game(0), now(0), TokenExpiry::default()).await;
    assert_eq!(again, Ok(Subscribed::Unconnected), "leaving a game makes no connection");
}

#[tokio::test]
async fn a_connection_that_is_not_known_cannot_follow() {
    let database = Database::start().await;
    let subscribed = database.websockets().subscribe("ghost", &ada(), game(1), now(0), TokenExpiry::default()).await;
    assert_eq!(subscribed, Ok(Subscribed::Unconnected));
}

#[tokio::test]
async fn expired_subscriptions_count_as_gone_before_they_are_deleted() {
    let database = Database::start().await;
    let websockets = database.websockets();
    websockets.connect("one", &ada(), now(0)).await.expect("it connects");
    websockets.subscribe("one", &ada(), game(1), now(0), TokenExpiry::default()).await.expect("it subscribes");
    let after = |seconds: u64| Timestamp::from_ms(now(0).as_ms() + seconds * 1000);
    assert_eq!(websockets.subscribers(game(1), after(CONNECTION_SECONDS_MAX - 1)).await.expect("it reads").len(), 1);
    assert_eq!(websockets.subscribers(game(1), after(CONNECTION_SECONDS_MAX)).await.expect("it reads").len(), 0);
}

#[tokio::test]
async fn many_subscribers_are_read_page_by_page() {
    let database = Database::start().await;
    let websockets = database.websockets();
    for number in 0..9 {
        let connection = format!("connection-{number}");
        websockets.connect(&connection, &ada(), now(0)).await.expect("it connects");
        websockets
            .subscribe(&connection, &ada(), game(1), now(0), TokenExpiry::default())
            .await
            .expect("it subscribes");
    }
    database.faults().page_after(2);
    assert_eq!(websockets.subscribers(game(1), now(0)).await.expect("it reads").len(), 9);
}

#[tokio::test]
async fn connections_with_expired_tokens_are_known_wherever_they_are_looked_for() {
    let database = Database::start().await;
    let websockets = database.websockets();
    for (connection, expires_at) in [("early", Some(now(5))), ("late", Some(now(50))), ("old", None)] {
        let connected = websockets.connect_as(Dialect::Turnlog, connection, &ada(), now(0), expires_at.into()).await;
        connected.expect("it connects");
        websockets.subscribe(connection, &ada(), game(1), now(0), expires_at.into()).await.expect("it subscribes");
    }
    let expired = |at: Timestamp| {
        let websockets = &websockets;
        async move {
            let (mut indexed, mut pushed, mut told) = (Vec::new(), Vec::new(), Vec::new());
            for bucket in 0..INDEX_BUCKETS {
                indexed.extend(websockets.with_expired_tokens(bucket, at).await.expect("it reads"));
            }
            for subscriber in websockets.subscribers(game(1), at).await.expect("it reads") {
                pushed.extend(subscriber.token_expiry.has_passed(at).then_some(subscriber.connection));
            }
            for connection in websockets.connections(&ada(), at).await.expect("it reads") {
                told.extend(connection.token_expiry.has_passed(at).then_some(connection.id));
            }
            for found in [&mut indexed, &mut pushed, &mut told] {
                found.sort();
            }
            assert_eq!((&indexed, &indexed), (&pushed, &told));
            indexed
        }
    };
    assert_eq!(expired(now(4)).await, Vec::<String>::new());
    assert_eq!(expired(now(5)).await, ["early"]);
    assert_eq!(expired(now(50)).await, ["early", "late"]);
    websockets.disconnect("early").await.expect("it disconnects");
    assert_eq!(expired(now(50)).await, ["late"]);
}

fn ids(connections: &[Connection]) -> Vec<&str> {
    connections.iter().map(|connection| connection.id.as_str()).collect()
}

#[tokio::test]
async fn the_oldest_connections_of_a_player_are_beyond_the_limit_but_never_the_one_that_opens() {
    let database = Database::start().await;
    let websockets = database.websockets();
    let names: Vec<String> = (0..CONNECTIONS_PER_PLAYER_MAX + 3).map(|number| format!("{number:02}")).collect();
    for (name, second) in names.iter().zip(0..) {
        websockets.connect(name, &ada(), now(second)).await.expect("it connects");
    }
    let newest = websockets.connections(&ada(), now(60)).await.expect("it reads");
    assert_eq!(ids(&newest), names[3..].iter().rev().map(String::as_str).collect::<Vec<_>>());
    let beyond = async |kept: &str| websockets.connections_beyond(&ada(), kept, now(60)).await.expect("it reads");
    assert_eq!(ids(&beyond("18").await), ["00", "01", "02"]);
    // The clock of its process may be behind.
    assert_eq!(ids(&beyond("01").await), ["00", "02", "03"]);
    let takes = async || websockets.take_from_player(&ada(), "00").await;
    assert_eq!((takes().await, takes().await), (Ok(true), Ok(false)), "one of all is told");
    assert_eq!(ids(&beyond("18").await), ["01", "02"]);
}

#[tokio::test]
async fn a_connection_that_had_to_go_does_not_come_back_by_speaking() {
    let database = Database::start().await;
    let websockets = database.websockets();
    let today = Timestamp::from_ms(chrono::Utc::now().timestamp_millis().unsigned_abs());
    for number in 0..CONNECTIONS_PER_PLAYER_MAX {
        websockets.connect(&number.to_string(), &ada(), today).await.expect("it connects");
    }
    let mut command = Function::start("command", &database, &[]).await;
    let frame = json!({
        "body": json!({ "action": "inbox", "id": testing::command_id(1) }).to_string(),
        "isBase64Encoded": false,
        "requestContext": {
            "eventType": "MESSAGE", "connectionId": "had-to-go", "apiId": "a", "stage": "v1", "routeKey": "inbox",
            "connectedAt": 1_700_000_000_000_i64, "requestTimeEpoch": 1_700_000_000_000_i64,
            "authorizer": { "player_id": "ada", "name": "Ada" },
            "identity": { "sourceIp": "127.0.0.1" },
        },
    });
    let mut ask = async || {
        let answer = command.invoke(&frame, Duration::from_mins(1)).await;
        serde_json::from_str::<Value>(answer["body"].as_str().expect("it answers")).expect("it is JSON")
    };
    assert_eq!(ask().await["code"], "too_many_connections");
    assert_eq!(websockets.knows("had-to-go", &ada(), today).await, Ok(false));
    websockets.disconnect("0").await.expect("it disconnects");
    assert_eq!(ask().await["type"], "accepted", "there is room again");
    assert_eq!(websockets.knows("had-to-go", &ada(), today).await, Ok(true));
}

#[tokio::test]
async fn a_player_is_barred_for_a_while() {
    let database = Database::start().await;
    let websockets = database.websockets();
    let is_barred = async |seconds| websockets.is_barred(&ada(), now(seconds)).await;
    assert_eq!(is_barred(0).await, Ok(false));
    websockets.bar(&ada(), now(0)).await.expect("it is written");
    assert_eq!((is_barred(BARRED_SECONDS - 1).await, is_barred(BARRED_SECONDS).await), (Ok(true), Ok(false)));
    assert_eq!(websockets.is_barred(&bob(), now(0)).await, Ok(false));
    assert_eq!(websockets.connections(&ada(), now(0)).await, Ok(Vec::new()));
}
