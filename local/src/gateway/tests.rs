//! The gateway on a real socket. No function can be invoked here: what functions return is decided in `outcome`.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use axum::{http::StatusCode, middleware::from_fn};
use futures::{SinkExt as _, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{
        self, Message,
        protocol::frame::{
            CloseFrame, Frame,
            coding::{CloseCode, Data, OpCode},
        },
    },
};

use super::*;
use crate::{
    access::Access,
    circumstances::Circumstances,
    lambda::Endpoints,
    limits::{AfterNoRoute, LambdaLimits},
    parameters::Parameters,
    template::model::{Permission, RateSpec, RouteSpec},
};

mod durable;
mod sdk;
mod throttling;

type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

struct Running {
    gateway: Gateway,
    address: SocketAddr,
}

/// A gateway with these routes, behind each of which is a function that does not exist.
async fn start(routes: &[&str], limits: GatewayLimits) -> Running {
    start_api(routes.iter().map(|key| route(key)).collect(), None, limits, Access::to_nothing()).await
}

fn route(key: &str) -> RouteSpec {
    RouteSpec {
        key: key.to_owned(),
        function: "Missing".to_owned(),
        has_response: true,
        authorizer: None,
        timeout: None,
        permission: Permission::Granted,
        rate: None,
    }
}

async fn start_api(
    routes: Vec<RouteSpec>,
    default_rate: Option<RateSpec>,
    limits: GatewayLimits,
    access: Access,
) -> Running {
    start_under(Circumstances::good(), routes, default_rate, limits, access).await
}

async fn start_under(
    circumstances: Circumstances,
    routes: Vec<RouteSpec>,
    default_rate: Option<RateSpec>,
    limits: GatewayLimits,
    access: Access,
) -> Running {
    start_on(Durable::without_flushes(), circumstances, (routes, default_rate), limits, access).await
}

async fn start_on(
    durable: Durable,
    circumstances: Circumstances,
    (routes, default_rate): (Vec<RouteSpec>, Option<RateSpec>),
    limits: GatewayLimits,
    access: Access,
) -> Running {
    let folder = std::env::temp_dir().join(format!("local-stack-{}", uuid::Uuid::new_v4().simple()));
    let endpoints = Endpoints::default();
    let lambda = Lambda::new(
        Vec::new(),
        &endpoints,
        &Parameters::open(&folder).unwrap(),
        &LambdaLimits::default(),
        &Circumstances::good(),
        &Access::to_nothing(),
    )
    .unwrap();
    let spec = ApiSpec {
        id: "Api".to_owned(),
        route_selection: "$request.body.action".to_owned(),
        stage: "v1".to_owned(),
        routes,
        default_rate,
    };
    let gateway = Gateway::new(lambda, (&spec, "/v1".to_owned()), limits, circumstances, access, durable);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let strangers = Router::new().fallback(|| async { StatusCode::NOT_FOUND }).layer(from_fn(refuse_strangers));
    let app = strangers.merge(gateway.router(Door::at(address))).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    Running { gateway, address }
}

impl Running {
    async fn open(&self) -> Client {
        self.try_open().await.unwrap()
    }

    async fn try_open(&self) -> Result<Client, tungstenite::Error> {
        connect_async(format!("ws://{}/v1", self.address)).await.map(|(client, _)| client)
    }

    /// Opens a connection and finds out its id, which only the gateway's own frames tell a client.
    async fn open_with_id(&self) -> (Client, String) {
        let mut client = self.open().await;
        client.send(Message::text("{}")).await.unwrap();
        let frame: serde_json::Value = serde_json::from_str(&text(&mut client).await).unwrap();
        (client, frame["connectionId"].as_str().unwrap().to_owned())
    }

    /// A signed call of the management API, as SDKs make it. Returns status, error type and body.
    async fn call(&self, method: &str, id: &str, body: &str) -> (StatusCode, String, String) {
        self.request(method, &format!("/v1/@connections/{id}"), "AWS4-HMAC-SHA256 Credential=x", body).await
    }

    async fn request(&self, method: &str, path: &str, signature: &str, body: &str) -> (StatusCode, String, String) {
        use http_body_util::BodyExt as _;
        let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new());
        let request = axum::http::Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address))
            .header("authorization", signature)
            .body(http_body_util::Full::new(axum::body::Bytes::from(body.to_owned())));
        let answer = client.build_http().request(request.unwrap()).await.unwrap();
        let name = answer.headers().get("x-amzn-errortype").map(|name| name.to_str().unwrap().to_owned());
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, name.unwrap_or_default(), String::from_utf8(body.to_vec()).unwrap())
    }
}

async fn next(client: &mut Client) -> Option<Result<Message, tungstenite::Error>> {
    tokio::time::timeout(Duration::from_secs(10), client.next()).await.expect("something comes")
}

async fn text(client: &mut Client) -> String {
    next(client).await.unwrap().unwrap().into_text().unwrap().as_str().to_owned()
}

async fn close_code(client: &mut Client) -> Option<u16> {
    match next(client).await {
        Some(Ok(Message::Close(frame))) => frame.map(|frame| frame.code.into()),
        other => panic!("not closed: {other:?}"),
    }
}

fn fragment(bytes: usize, opcode: Data, is_final: bool) -> Message {
    Message::Frame(Frame::message(vec![b'x'; bytes], OpCode::Data(opcode), is_final))
}

/// D.3: without a `$connect` route every client gets in; D.2 and D.4: the two frames that the gateway makes.
#[tokio::test]
async fn messages_that_no_function_answers_are_answered_by_the_gateway() {
    let running = start(&["join"], GatewayLimits::default()).await;
    let mut client = running.open().await;
    for (sent, message) in [("hello", "Forbidden"), (r#"{"action":"join"}"#, "Internal server error")] {
        client.send(Message::text(sent)).await.unwrap();
        let frame: serde_json::Value = serde_json::from_str(&text(&mut client).await).unwrap();
        let keys: Vec<_> = frame.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["connectionId", "message", "requestId"]);
        assert_eq!(frame["message"], message);
    }
}

/// D.2, D.4: staying open after "Forbidden" and the text for a throttled message are not documented: they are settings.
#[tokio::test]
async fn what_is_not_documented_about_frames_is_a_setting() {
    let (after_no_route, throttled_message) = (AfterNoRoute::Closes { code: 4000 }, "Slowly");
    let limits = GatewayLimits { throttled_message, after_no_route, ..GatewayLimits::default() };
    let rate = Some(RateSpec { per_second: 1, burst: 1 });
    let running = start_api(vec![route("join")], rate, limits, Access::to_nothing()).await;
    let mut client = running.open().await;
    for message in ["Internal server error", "Slowly"] {
        client.send(Message::text(r#"{"action":"join"}"#)).await.unwrap();
        assert!(text(&mut client).await.contains(message), "{message}");
    }
    client.send(Message::text("hello")).await.unwrap();
    assert!(text(&mut client).await.contains("Forbidden"));
    assert_eq!(close_code(&mut client).await, Some(4000));
}

/// D.3: a `$connect` function that fails → 502. D.3: a plain GET → 426.
#[tokio::test]
async fn a_refused_handshake_has_its_status() {
    let running = start(&["$connect"], GatewayLimits::default()).await;
    let Err(tungstenite::Error::Http(answer)) = running.try_open().await else { panic!("it must not open") };
    assert_eq!(answer.status().as_u16(), 502);
    assert_eq!(running.request("GET", "/v1", "none", "").await.0, StatusCode::UPGRADE_REQUIRED);
}

/// D.5: frame 32 KB, message 128 KB; larger → close 1009.
#[tokio::test]
async fn frames_and_messages_have_a_largest_size() {
    let running = start(&[], GatewayLimits::default()).await;
    let mut client = running.open().await;
    client.send(fragment(32 * 1024, Data::Text, true)).await.unwrap();
    assert!(text(&mut client).await.contains("Forbidden"));
    for (opcode, is_final) in
        [(Data::Text, false), (Data::Continue, false), (Data::Continue, false), (Data::Continue, true)]
    {
        client.send(fragment(32 * 1024, opcode, is_final)).await.unwrap();
    }
    assert!(text(&mut client).await.contains("Forbidden"), "128 KB in four frames");
    client.send(fragment(32 * 1024 + 1, Data::Text, true)).await.unwrap();
    assert_eq!(close_code(&mut client).await, Some(1009));

    let mut client = running.open().await;
    for opcode in [Data::Text, Data::Continue, Data::Continue, Data::Continue, Data::Continue] {
        client.send(fragment(32 * 1024, opcode, false)).await.unwrap();
    }
    assert_eq!(close_code(&mut client).await, Some(1009));
}

/// D.5: binary frame → close 1003.
#[tokio::test]
async fn a_binary_frame_closes_the_connection() {
    let running = start(&[], GatewayLimits::default()).await;
    let mut client = running.open().await;
    client.send(Message::binary(vec![1])).await.unwrap();
    assert_eq!(close_code(&mut client).await, Some(1003));
}

/// D.5: idle and age close the connection (settings).
#[tokio::test]
async fn an_idle_or_old_connection_is_closed() {
    let idle = GatewayLimits { idle_max: Duration::from_millis(50), ..GatewayLimits::default() };
    let mut client = start(&[], idle).await.open().await;
    assert_eq!(close_code(&mut client).await, Some(1001));
    let old = GatewayLimits { age_max: Duration::from_millis(50), ..GatewayLimits::default() };
    let mut client = start(&[], old).await.open().await;
    assert_eq!(close_code(&mut client).await, Some(1001));
}

/// D.5: a ping is no activity, unless the setting says so.
#[tokio::test]
async fn a_ping_keeps_a_connection_open_only_if_it_counts_as_activity() {
    let idle_max = Duration::from_secs(1);
    let usual = GatewayLimits { idle_max, ..GatewayLimits::default() };
    let other = GatewayLimits { ping_is_activity: true, ..usual.clone() };
    for (limits, expected) in [(usual, Some(1001)), (other, None)] {
        let mut client = start(&[], limits).await.open().await;
        let opened = Instant::now();
        let mut pings = tokio::time::interval(Duration::from_millis(20));
        // Two idle times are long enough to tell.
        let closed = loop {
            // Cancel-safe: what `next` has not returned stays in the socket, and a tick stays due.
            tokio::select! {
                _ = pings.tick() => client.send(Message::Ping(Vec::new().into())).await.unwrap(),
                frame = next(&mut client) => match frame {
                    Some(Ok(Message::Pong(_))) if opened.elapsed() < 2 * idle_max => {}
                    Some(Ok(Message::Pong(_))) => break None,
                    Some(Ok(Message::Close(frame))) => break frame.map(|frame| u16::from(frame.code)),
                    other => panic!("neither a pong nor a close: {other:?}"),
                },
            }
        };
        assert_eq!(closed, expected);
    }
}

/// D.7: POST, GET, DELETE; 410 for a connection that is gone; `%3D` and `%40` are understood.
#[tokio::test]
async fn functions_reach_open_connections() {
    let running = start(&[], GatewayLimits::default()).await;
    let (mut client, id) = running.open_with_id().await;
    assert_eq!(
        running.call("POST", &id.replace('=', "%3D"), "hi").await,
        (StatusCode::OK, String::new(), String::new())
    );
    assert_eq!(text(&mut client).await, "hi");
    let (status, _, body) =
        running.request("GET", &format!("/v1/%40connections/{id}"), "AWS4-HMAC-SHA256 Credential=x", "").await;
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &body["identity"]["sourceIp"]), (StatusCode::OK, &"127.0.0.1".into()));
    assert!(body["connectedAt"].is_string() && body["lastActiveAt"].is_string());
    assert_eq!(running.call("DELETE", &id, "").await.0, StatusCode::NO_CONTENT);
    let (status, name, _) = running.call("POST", &id, "hi").await;
    assert_eq!((status, name.as_str()), (StatusCode::GONE, "GoneException"));
    assert_eq!(close_code(&mut client).await, Some(1000));
}

/// D.7: malformed id → 400, unsigned → 403, too big → 413.
#[tokio::test]
async fn calls_that_cannot_succeed_are_refused() {
    let running = start(&[], GatewayLimits::default()).await;
    let (_client, id) = running.open_with_id().await;
    let (status, name, _) = running.call("POST", "not-an-id", "hi").await;
    assert_eq!((status.as_u16(), name.as_str()), (400, "BadRequestException"));
    let (status, name, _) = running.request("POST", &format!("/v1/@connections/{id}"), "Bearer x", "hi").await;
    assert_eq!((status.as_u16(), name.as_str()), (403, "ForbiddenException"));
    assert_eq!(running.call("POST", &id, &"x".repeat(128 * 1024)).await.0, StatusCode::OK);
    let (status, name, _) = running.call("POST", &id, &"x".repeat(128 * 1024 + 1)).await;
    assert_eq!((status.as_u16(), name.as_str()), (413, "PayloadTooLargeException"));
}

/// D.7: client buffer full → 429; everyone else is unaffected.
#[tokio::test]
async fn a_client_that_does_not_read_slows_down_nobody_else() {
    let running = start(&[], GatewayLimits::default()).await;
    let (_lazy, lazy_id) = running.open_with_id().await;
    let (mut other, other_id) = running.open_with_id().await;
    let big = "x".repeat(128 * 1024);
    let mut posts = 0;
    let (status, name, _) = loop {
        let answer = running.call("POST", &lazy_id, &big).await;
        posts += 1;
        if answer.0 != StatusCode::OK || posts == 1000 {
            break answer;
        }
    };
    assert_eq!((status.as_u16(), name.as_str()), (429, "LimitExceededException"), "after {posts} posts");
    assert_eq!(running.call("POST", &other_id, "hi").await.0, StatusCode::OK);
    assert_eq!(text(&mut other).await, "hi");
}

/// D.6: a client's own close is answered, and the connection is gone for functions.
#[tokio::test]
async fn a_client_may_close() {
    let running = start(&[], GatewayLimits::default()).await;
    let (mut client, id) = running.open_with_id().await;
    let frame = CloseFrame { code: CloseCode::Library(4001), reason: "bye".into() };
    client.close(Some(frame)).await.unwrap();
    assert_eq!(close_code(&mut client).await, Some(4001));
    assert!(next(&mut client).await.is_none());
    assert_eq!(running.call("GET", &id, "").await.0, StatusCode::GONE);
}

#[tokio::test]
async fn a_stopping_gateway_says_that_it_goes_away() {
    let running = start(&[], GatewayLimits::default()).await;
    let (mut client, _) = running.open_with_id().await;
    let stop = tokio::spawn({
        let gateway = running.gateway.clone();
        async move { gateway.stop().await }
    });
    assert_eq!(close_code(&mut client).await, Some(1001));
    stop.await.unwrap();
    let Err(tungstenite::Error::Http(answer)) = running.try_open().await else { panic!("it must not open") };
    assert_eq!(answer.status().as_u16(), 503);
}
