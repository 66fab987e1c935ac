//! The command function that is killed while it tells others itself: what it began, the stream's push completes.

use std::time::Duration;

use serde_json::{Value, json};
use turnlog_domain::{GameId, testing};
use turnlog_tests::{Database, FakeManagement, Function, Manner, eventually};

use super::{
    pushing::{app, deliver, follow, game_of_five, seqs, today},
    records,
};
use crate::store::{ada, bob};

/// The frame in which Ada plays the sixth message.
fn frame(game: GameId) -> Value {
    let body = json!({ "action": "play", "id": testing::command_id(66), "game": game, "move": { "cell": 1 } });
    json!({
        "body": body.to_string(),
        "isBase64Encoded": false,
        "requestContext": {
            "eventType": "MESSAGE", "connectionId": "L0SM9cOFvHcCIhw=", "apiId": "a", "stage": "v1", "routeKey": "play",
            "connectedAt": 1_700_000_000_000_i64, "requestTimeEpoch": chrono::Utc::now().timestamp_millis(),
            "authorizer": { "player_id": "ada", "name": "Ada" },
            "identity": { "sourceIp": "127.0.0.1" },
        },
    })
}

async fn answer(command: &mut Function, frame: &Value) -> Value {
    let answer = command.invoke(frame, Duration::from_mins(1)).await;
    serde_json::from_str(answer["body"].as_str().expect("it answers")).expect("it is JSON")
}

async fn command(database: &Database, management: &FakeManagement, push_at_once_ms: &str) -> Function {
    let variables =
        [("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", management.endpoint()), ("PUSH_AT_ONCE_MS", push_at_once_ms)];
    Function::start("command", database, &variables).await
}

#[tokio::test]
async fn a_command_killed_while_it_tells_others_is_carried_out_once_and_everybody_hears_of_it() {
    let (database, management) = (Database::start().await, FakeManagement::start().await);
    let game = game_of_five(&database).await.game;
    for connection in ["reads", "hangs", "gone", "throttled"] {
        follow(&database, game, &bob(), connection).await;
    }
    follow(&database, game, &ada(), "L0SM9cOFvHcCIhw=").await;
    management.behave("hangs", Manner::Hanging);
    management.behave("gone", Manner::Gone);
    management.behave("throttled", Manner::Throttled(1));
    // It waits for the connection that hangs, and is killed in the meantime.
    let killed = command(&database, &management, "60000").await;
    killed.begin(&frame(game), Duration::from_mins(2)).await;
    let all = ["reads", "hangs", "gone", "throttled"];
    let are_tried = || async { all.iter().all(|connection| management.attempts(connection) == 1).then_some(()) };
    eventually("a push to everybody", are_tried).await;
    drop(killed);

    let accepted = answer(&mut command(&database, &management, "60000").await, &frame(game)).await;
    assert_eq!((&accepted["type"], &accepted["seq"]), (&json!("accepted"), &json!(6)), "{accepted}");
    let records = records(&database, game).await;
    assert_eq!(records.len(), 6, "it was carried out once");
    management.let_go();
    deliver(&app(&database, &management), &records[5..]).await;
    // Once from the command and once from the stream: a client drops the second by its `seq`.
    assert_eq!(seqs(&management.taken("reads")), [6, 6]);
    for connection in ["hangs", "throttled"] {
        assert_eq!(seqs(&management.takes(connection, 1).await), [6], "{connection}");
    }
    assert_eq!(management.attempts("L0SM9cOFvHcCIhw="), 0, "whoever acted has it from the answer");
    let is_forgotten = || async {
        let left = database.websockets().subscribers(game, today()).await.expect("it reads");
        left.iter().all(|subscriber| subscriber.connection != "gone").then_some(())
    };
    eventually("the stream's push forgets the connection that is gone", is_forgotten).await;
}

#[tokio::test]
async fn a_connection_that_hangs_holds_up_an_answer_no_longer_than_the_template_says() {
    let (database, management) = (Database::start().await, FakeManagement::start().await);
    let game = game_of_five(&database).await.game;
    for connection in ["reads", "hangs"] {
        follow(&database, game, &bob(), connection).await;
    }
    management.behave("hangs", Manner::Hanging);
    // It is answered although the connection never takes anything: that it is answered is what is tested.
    let accepted = answer(&mut command(&database, &management, "50").await, &frame(game)).await;
    assert_eq!(accepted["seq"], 6, "{accepted}");
    assert_eq!(management.taken("hangs"), Vec::<Value>::new());
}
