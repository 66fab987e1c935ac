//! How much an API takes in a time.

use std::num::NonZeroU32;

use super::*;
use crate::circumstances::{FaultPlan, Pace};

async fn frame(client: &mut Client, sent: &str) -> String {
    client.send(Message::text(sent)).await.unwrap();
    let frame: serde_json::Value = serde_json::from_str(&text(client).await).unwrap();
    frame["message"].as_str().unwrap().to_owned()
}

/// D.3: connect rate exceeded → 429.
#[tokio::test]
async fn connections_come_at_a_limited_rate() {
    let limits = GatewayLimits { connects_per_second_max: NonZeroU32::new(2).unwrap(), ..GatewayLimits::default() };
    let running = start(&[], limits).await;
    let _open = (running.open().await, running.open().await);
    let Err(tungstenite::Error::Http(answer)) = running.try_open().await else { panic!("it must not open") };
    assert_eq!(answer.status().as_u16(), 429);
}

/// D.4: throttling of a stage's routes: a token bucket for each, of its own settings or those of the stage.
#[tokio::test]
async fn messages_come_at_a_limited_rate_by_route() {
    let rate = |burst| Some(RateSpec { per_second: 1, burst });
    let mut routes = vec![route("join"), route("play")];
    routes[0].rate = rate(1);
    let running = start_api(routes, rate(2), GatewayLimits::default(), Access::to_nothing()).await;
    let mut client = running.open().await;
    let (join, play) = (r#"{"action":"join"}"#, r#"{"action":"play"}"#);
    assert_eq!(frame(&mut client, join).await, "Internal server error");
    assert_eq!(frame(&mut client, join).await, "Too Many Requests");
    assert_eq!(frame(&mut client, play).await, "Internal server error");
    assert_eq!(frame(&mut client, play).await, "Internal server error");
    assert_eq!(frame(&mut client, play).await, "Too Many Requests");
    assert_eq!(frame(&mut client, "{}").await, "Forbidden", "the connection stays open");
}

/// D.7: too fast → 429, on demand: nobody documents how many calls that are.
#[tokio::test]
async fn calls_that_come_too_fast_are_refused_on_demand() {
    let rates = vec!["throttled-connection=1".parse().unwrap()];
    let circumstances = Circumstances::new(Pace::Quick, &FaultPlan { rates, seed: 1 });
    let running = start_under(circumstances, Vec::new(), None, GatewayLimits::default(), Access::to_nothing()).await;
    let (_client, id) = running.open_with_id().await;
    for method in ["POST", "GET", "DELETE"] {
        let (status, name, _) = running.call(method, &id, "").await;
        assert_eq!((status, name.as_str()), (StatusCode::TOO_MANY_REQUESTS, "LimitExceededException"), "{method}");
    }
}

/// D.3: unknown stage or API → 403.
#[tokio::test]
async fn there_is_nothing_beside_the_stages() {
    let app = axum::Router::new().fallback(|| async { "a page" }).layer(axum::middleware::from_fn(refuse_strangers));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let outcome = connect_async(format!("ws://{address}/other")).await;
    let Err(tungstenite::Error::Http(answer)) = outcome else { panic!("it must not open") };
    assert_eq!(answer.status().as_u16(), 403);
    let page = status_of_a_page(address).await;
    assert_eq!(page, StatusCode::OK, "everything else is somebody else's");
}

async fn status_of_a_page(address: SocketAddr) -> StatusCode {
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new());
    let request = axum::http::Request::get(format!("http://{address}/page"));
    let request = request.body(http_body_util::Empty::<axum::body::Bytes>::new()).unwrap();
    client.build_http().request(request).await.unwrap().status()
}

/// D.3: API Gateway may not invoke the function (no `AWS::Lambda::Permission`) → 502, as with every failing integration.
#[tokio::test]
async fn without_a_permission_api_gateway_invokes_nothing() {
    let mut routes = vec![route("$connect")];
    routes[0].permission = Permission::Missing;
    let running = start_api(routes, None, GatewayLimits::default(), Access::to_nothing()).await;
    let Err(tungstenite::Error::Http(answer)) = running.try_open().await else { panic!("it must not open") };
    assert_eq!(answer.status().as_u16(), 502);
}
