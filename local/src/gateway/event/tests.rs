//! Each test names its line of section D.

use super::*;

fn identity() -> Identity {
    Identity {
        api: "api".to_owned(),
        stage: "v1".to_owned(),
        connection_id: "L0SM9cOFvHcCIhw=".to_owned(),
        connected_at: 1_645_556_857_902,
        domain: "127.0.0.1:3000".to_owned(),
        source_ip: "10.0.0.13".to_owned(),
        user_agent: Some("test".to_owned()),
        authorizer: None,
    }
}

fn handshake() -> Handshake {
    let headers = [("Host", "127.0.0.1:3000"), ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("X-A", "1")];
    Handshake {
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        query: Vec::new(),
        source_ip: "10.0.0.13".to_owned(),
        port: 3000,
    }
}

fn request() -> Request {
    Request { id: "asdf=".to_owned(), at: 1_645_556_857_902 }
}

fn read(event: &str) -> Value {
    serde_json::from_str(event).unwrap()
}

fn context(route: &str, event_type: &str) -> Value {
    json!({
        "routeKey": route,
        "eventType": event_type,
        "extendedRequestId": "asdf=",
        "requestTime": "22/Feb/2022:19:07:37 +0000",
        "messageDirection": "IN",
        "stage": "v1",
        "connectedAt": 1_645_556_857_902_i64,
        "requestTimeEpoch": 1_645_556_857_902_i64,
        "identity": {"sourceIp": "10.0.0.13", "userAgent": "test"},
        "requestId": "asdf=",
        "domainName": "127.0.0.1:3000",
        "connectionId": "L0SM9cOFvHcCIhw=",
        "apiId": "api",
    })
}

/// D.1: CONNECT; both query keys are absent without a query; no `Connection` and `Upgrade`.
#[test]
fn the_connect_event_is_that_of_api_gateway() {
    let event = read(&identity().connect_event(&handshake(), &request()));
    let headers = json!({
        "Host": "127.0.0.1:3000",
        "X-A": "1",
        "X-Amzn-Trace-Id": "Root=1-62153479-617364663d00000000000000",
        "X-Forwarded-For": "10.0.0.13",
        "X-Forwarded-Port": "3000",
        "X-Forwarded-Proto": "http",
    });
    assert_eq!(event["headers"], headers);
    assert_eq!(event["multiValueHeaders"]["Host"], json!(["127.0.0.1:3000"]));
    assert_eq!(event["requestContext"], context("$connect", "CONNECT"));
    let mut keys: Vec<_> = event.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["headers", "isBase64Encoded", "multiValueHeaders", "requestContext"]);
}

/// D.1: the last line of a header wins; the multi-value form has all, for `$connect` and for the authorizer.
#[test]
fn several_lines_of_a_header_arrive_in_both_forms() {
    let mut handshake = handshake();
    for line in ["turnlog.v1", "token"] {
        handshake.headers.push(("Sec-WebSocket-Protocol".to_owned(), line.to_owned()));
    }
    let (identity, request) = (identity(), request());
    for event in [identity.connect_event(&handshake, &request), identity.authorizer_event(&handshake, &request)] {
        let event = read(&event);
        assert_eq!(event["headers"]["Sec-WebSocket-Protocol"], "token");
        assert_eq!(event["multiValueHeaders"]["Sec-WebSocket-Protocol"], json!(["turnlog.v1", "token"]));
    }
}

/// D.1: the last value of a query parameter wins; the multi-value form has all.
#[test]
fn a_query_arrives_in_both_forms() {
    let query = [("k", "a"), ("k", "last"), ("token", "x")];
    let query = query.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let event = read(&identity().connect_event(&Handshake { query, ..handshake() }, &request()));
    assert_eq!(event["queryStringParameters"], json!({"k": "last", "token": "x"}));
    assert_eq!(event["multiValueQueryStringParameters"], json!({"k": ["a", "last"], "token": ["x"]}));
}

/// D.1: `userAgent` only if sent.
#[test]
fn a_client_without_user_agent_has_none() {
    let event = read(&Identity { user_agent: None, ..identity() }.connect_event(&handshake(), &request()));
    assert_eq!(event["requestContext"]["identity"], json!({"sourceIp": "10.0.0.13"}));
}

/// D.1: MESSAGE has no headers and no query; `messageId` exists only there.
#[test]
fn the_message_event_is_that_of_api_gateway() {
    let event = read(&identity().message_event("join", "m=", r#"{"action":"join"}"#, &request()));
    let mut expected = context("join", "MESSAGE");
    expected["messageId"] = "m=".into();
    let body = r#"{"action":"join"}"#;
    assert_eq!(event, json!({"requestContext": expected, "body": body, "isBase64Encoded": false}));
}

/// D.1: DISCONNECT with exactly its four headers, status code and reason.
#[test]
fn the_disconnect_event_is_that_of_api_gateway() {
    let event = read(&identity().disconnect_event(1005, "Client-side close frame status not set", &request()));
    let headers = json!({"Host": "127.0.0.1:3000", "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""});
    assert_eq!(event["headers"], headers);
    assert_eq!(event["multiValueHeaders"]["x-restapi"], json!([""]));
    let mut expected = context("$disconnect", "DISCONNECT");
    expected["disconnectStatusCode"] = 1005.into();
    expected["disconnectReason"] = "Client-side close frame status not set".into();
    assert_eq!(event["requestContext"], expected);
}

/// D.1: with an authorizer every later event carries what it said.
#[test]
fn what_the_authorizer_said_is_on_every_event() {
    let said = json!({"principalId": "ada", "player_id": "ada", "integrationLatency": 3});
    let identity = Identity { authorizer: said.as_object().cloned(), ..identity() };
    for event in [
        identity.connect_event(&handshake(), &request()),
        identity.message_event("join", "m=", "{}", &request()),
        identity.disconnect_event(1000, "", &request()),
    ] {
        assert_eq!(read(&event)["requestContext"]["authorizer"], said);
    }
}

/// D.3: the authorizer's event; D.1: `Connection` and `Upgrade` are in it.
#[test]
fn the_authorizer_event_is_that_of_api_gateway() {
    let event = read(&identity().authorizer_event(&handshake(), &request()));
    assert_eq!(event["type"], "REQUEST");
    assert_eq!(event["methodArn"], "arn:aws:execute-api:us-east-1:000000000000:api/v1/$connect");
    assert_eq!(event["headers"]["Upgrade"], "websocket");
    assert_eq!(event["stageVariables"], json!({}));
    assert_eq!(event["queryStringParameters"], json!({}));
    assert_eq!(event["requestContext"], context("$connect", "CONNECT"));
}

/// D.3: identity source missing → 401, authorizer not called.
#[test]
fn identity_sources_are_looked_for() {
    let query = vec![("token".to_owned(), "x".to_owned()), ("empty".to_owned(), String::new())];
    let handshake = Handshake { query, ..handshake() };
    for (source, there) in [
        ("route.request.header.X-A", true),
        ("route.request.header.x-a", true),
        ("route.request.header.Auth", false),
        ("route.request.querystring.token", true),
        ("route.request.querystring.empty", false),
        ("route.request.querystring.other", false),
        ("context.routeKey", true),
        ("stageVariables.stage", false),
    ] {
        assert_eq!(handshake.has(source), there, "{source}");
    }
}
