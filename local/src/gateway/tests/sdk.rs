//! The management API as functions use it: through AWS's own client.

use aws_sdk_apigatewaymanagement::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig},
    error::SdkError,
    operation::post_to_connection::PostToConnectionError,
    primitives::Blob,
};
use serde_json::json;

use super::*;
use crate::access::Credentials as Issued;

fn client(endpoint: &str, credentials: Credentials) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::from_static("us-east-1"))
        .credentials_provider(credentials)
        .retry_config(RetryConfig::disabled());
    Client::from_conf(config.build())
}

fn developer(endpoint: &str) -> Client {
    client(endpoint, Credentials::new("developer", "secret", None, None, "test"))
}

fn function(endpoint: &str, issued: &Issued) -> Client {
    let (key, secret, token) = (&issued.access_key_id, &issued.secret_access_key, issued.session_token.clone());
    client(endpoint, Credentials::new(key, secret, Some(token), None, "test"))
}

impl Running {
    fn endpoint(&self) -> String {
        format!("http://{}/v1", self.address)
    }
}

async fn post(client: &Client, id: &str, data: &str) -> Result<(), SdkError<PostToConnectionError>> {
    client.post_to_connection().connection_id(id).data(Blob::new(data)).send().await.map(|_| ())
}

/// D.7: POST 200, GET 200 with its three fields, DELETE 204; the SDK writes the id as `…%3D`.
#[tokio::test]
async fn the_sdk_sends_looks_and_closes() {
    let running = start(&[], GatewayLimits::default()).await;
    let (mut socket, id) = running.open_with_id().await;
    let client = developer(&running.endpoint());
    post(&client, &id, "hi").await.unwrap();
    assert_eq!(text(&mut socket).await, "hi");
    let seen = client.get_connection().connection_id(&id).send().await.unwrap();
    assert_eq!(seen.identity().and_then(|identity| identity.source_ip()), Some("127.0.0.1"));
    assert!(seen.connected_at().unwrap().secs() > 0 && seen.last_active_at().unwrap().secs() > 0);
    client.delete_connection().connection_id(&id).send().await.unwrap();
    assert_eq!(close_code(&mut socket).await, Some(1000));
}

/// D.7: 410, 413, 429 and 403 arrive as the SDK's own exceptions, by the header `x-amzn-errortype`.
#[tokio::test]
async fn the_sdk_knows_every_refusal() {
    let limits = GatewayLimits { unread_bytes_max: 64 * 1024, ..GatewayLimits::default() };
    let running = start(&[], limits).await;
    let (_lazy, id) = running.open_with_id().await;
    let client = developer(&running.endpoint());
    let error = |outcome: Result<(), SdkError<PostToConnectionError>>| outcome.unwrap_err().into_service_error();
    assert!(error(post(&client, "L0SM9cOFvHcCIhw=", "hi").await).is_gone_exception());
    let too_big = "x".repeat(128 * 1024 + 1);
    assert!(error(post(&client, &id, &too_big).await).is_payload_too_large_exception());
    let full = "x".repeat(64 * 1024 + 1);
    assert!(error(post(&client, &id, &full).await).is_limit_exceeded_exception());
    let elsewhere = developer(&format!("http://{}/v2", running.address));
    assert!(error(post(&elsewhere, &id, "hi").await).is_forbidden_exception());
}

/// D.7 "not allowed", IAM: a function needs `execute-api:ManageConnections` on exactly that.
#[tokio::test]
async fn a_function_needs_the_right_to_send() {
    let resource = |method: &str| format!("arn:aws:execute-api:us-east-1:000000000000:Api/v1/{method}/@connections/*");
    let statement = json!({
        "Effect": "Allow", "Action": "execute-api:ManageConnections", "Resource": resource("POST"),
    });
    let access = Access::for_one("Push", vec![statement]);
    let running = start_api(Vec::new(), None, GatewayLimits::default(), access.clone()).await;
    let (mut socket, id) = running.open_with_id().await;
    let issued = access.issue("Push");
    let client = function(&running.endpoint(), &issued);
    post(&client, &id, "hi").await.unwrap();
    assert_eq!(text(&mut socket).await, "hi");
    let refused = client.delete_connection().connection_id(&id).send().await.unwrap_err();
    let raw = refused.raw_response().unwrap();
    assert_eq!((raw.status().as_u16(), raw.headers().get("x-amzn-errortype")), (403, Some("AccessDeniedException")));
    let report = access.report();
    assert!(report.denied[0].contains(&format!("{},", resource("DELETE"))), "{report:?}");
    client.delete_connection().connection_id("L0SM9cOFvHcCIhw=").send().await.unwrap_err();
    assert_eq!(access.report().denied.len(), 1, "connections are as many as clients come");
    drop(issued);
    let expired = post(&client, &id, "hi").await.unwrap_err();
    let raw = expired.raw_response().expect("credentials end with their process");
    assert_eq!((raw.status().as_u16(), raw.headers().get("x-amzn-errortype")), (403, Some("ExpiredTokenException")));
}

/// D.7: only text is delivered; what is not UTF-8 becomes U+FFFD.
#[tokio::test]
async fn what_is_not_text_is_made_text() {
    let running = start(&[], GatewayLimits::default()).await;
    let (mut socket, id) = running.open_with_id().await;
    let sent = developer(&running.endpoint()).post_to_connection().connection_id(&id).data(Blob::new(*b"a\xffb"));
    sent.send().await.unwrap();
    assert_eq!(text(&mut socket).await, "a\u{fffd}b");
}
