//! Guests at the authorizer itself, with the events of API Gateway.

use governor::clock::DefaultClock;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};
use turnlog_handlers::authorizer::{App, Guests, handle};
use turnlog_protocol::token::{Expected, TokenKeys};

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const ADA: &str = "guest.AAAAAAAAAAAAAAAAAAAAAA.QWRh";
const ADA_ID: &str = "guest-f9329b59b81d6d97fb839b5a06cfd7da";

fn without_guests() -> App {
    App::new(TokenKeys::parse(SECRET).expect("it is a secret"), Expected::default(), None)
}

fn with_guests(per_minute: u32) -> App {
    without_guests().with_guests(Guests::new(per_minute, DefaultClock::default()))
}

/// What the authorizer answers to a token in the subprotocol, or the type of its error.
async fn asks(app: &App, token: &str, source_ip: &str) -> Result<Value, String> {
    let protocols = format!("turnlog.v1, {token}");
    asks_with(app, json!({ "headers": { "Sec-WebSocket-Protocol": protocols } }), source_ip).await
}

async fn asks_with(app: &App, mut event: Value, source_ip: &str) -> Result<Value, String> {
    event["type"] = "REQUEST".into();
    event["methodArn"] = "arn:aws:execute-api:us-east-1:000000000000:api/v1/$connect".into();
    event["requestContext"] = json!({ "identity": { "sourceIp": source_ip } });
    let event = serde_json::from_value(event).expect("it is an event of an authorizer");
    let answer = handle(app, LambdaEvent::new(event, Context::default())).await;
    answer.map(|answer| serde_json::to_value(answer).expect("it is JSON")).map_err(|error| error.error_type)
}

#[tokio::test]
async fn a_guest_is_let_in_under_an_id_of_their_secret() {
    let app = with_guests(20);
    let in_query = json!({ "queryStringParameters": { "token": ADA } });
    for answer in [asks(&app, ADA, "192.0.2.1").await, asks_with(&app, in_query, "192.0.2.1").await] {
        let answer = answer.expect("the guest is let in");
        assert_eq!(answer["principalId"], ADA_ID);
        assert_eq!(answer["context"]["player_id"], ADA_ID);
        assert_eq!(answer["context"]["name"], "Ada");
        assert_eq!(answer["context"].get("refused"), None);
        let expires_at: i64 = answer["context"]["expires_at"].as_str().and_then(|at| at.parse().ok()).expect("a time");
        let good_ms = expires_at - chrono::Utc::now().timestamp_millis();
        assert!((86_000_000..=86_400_000).contains(&good_ms), "{good_ms}");
        assert!(!answer.to_string().contains("AAAAAA"), "the secret stays out of everything that is kept: {answer}");
    }
}

#[tokio::test]
async fn where_guests_are_off_the_token_of_one_is_like_any_bad_token() {
    for token in [ADA, "guest.AAAAAAAAAAAAAAAAAAAAAA", "guest.", "nonsense"] {
        assert_eq!(asks(&without_guests(), token, "192.0.2.1").await, Err("Unauthorized".to_owned()), "{token}");
    }
    assert_eq!(asks(&with_guests(20), "guest.short", "192.0.2.1").await, Err("Unauthorized".to_owned()));
}

#[tokio::test]
async fn a_signed_token_never_takes_the_place_of_a_guest() {
    let secrets = TokenKeys::parse(SECRET).expect("it is a secret");
    let signed = |sub: &str| {
        let sub = sub.to_owned();
        secrets.sign(&turnlog_protocol::token::Claims {
            name: sub.clone(),
            sub,
            iat: 0,
            exp: 4_000_000_000,
            aud: None,
            iss: None,
        })
    };
    for app in [with_guests(20), without_guests()] {
        assert_eq!(asks(&app, &signed(ADA_ID), "192.0.2.1").await, Err("Unauthorized".to_owned()));
        let ada = asks(&app, &signed("ada"), "192.0.2.1").await.expect("the token is good");
        assert_eq!(ada["principalId"], "ada");
    }
}

#[tokio::test]
async fn an_address_with_too_many_guests_is_told_to_come_later_and_costs_nobody_else_anything() {
    let app = with_guests(2);
    let refused = async |token: &str, source_ip: &str| {
        asks(&app, token, source_ip).await.expect("it is a good token")["context"]["refused"].clone()
    };
    // What is no token of a guest is not counted.
    for _ in 0..5 {
        assert_eq!(asks(&app, "guest.short", "192.0.2.1").await, Err("Unauthorized".to_owned()));
    }
    assert_eq!(refused(ADA, "192.0.2.1").await, Value::Null);
    assert_eq!(refused("guest.BBBBBBBBBBBBBBBBBBBBBB", "192.0.2.1").await, Value::Null);
    for token in [ADA, "guest.CCCCCCCCCCCCCCCCCCCCCC"] {
        assert_eq!(refused(token, "192.0.2.1").await, "too_many_guests");
    }
    assert_eq!(refused(ADA, "192.0.2.2").await, Value::Null);
    let signed = turnlog_tests::token("ada", SECRET, 60);
    assert_eq!(refused(&signed, "192.0.2.1").await, Value::Null, "whoever has an account is not counted");
}
