//! API Gateway's WebSockets as their clients and functions see them.

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message, http::HeaderValue};
use turnlog_tests::eventually;

use super::{Chat, Talker, heard, line, request, start};

/// D.3: identity source missing → 401, authorizer "Unauthorized" → 401, Deny → 403, authorizer crashes → 500; D.5: the
/// longest URL; D.7: a POST to a connection that is still inside `$connect` → 410, which the function returns as it is.
#[tokio::test]
async fn a_handshake_has_the_outcome_that_its_functions_give_it() {
    let stack = start(&[]).await;
    let long = format!("?key=ann&padding={}", "x".repeat(4096));
    let cases = [("", 401), ("?key=nobody", 401), ("?key=banned", 403), ("?key=broken", 500), ("?key=a&early=1", 410)];
    for (query, status) in cases.into_iter().chain([(long.as_str(), 414)]) {
        let refused = Talker::open_with(&stack, query).await.err();
        assert_eq!(refused, Some(status), "{}", query.get(..40).unwrap_or(query));
    }
}

/// D.3: a refusal has a body of exactly three keys, which says why.
#[tokio::test]
async fn a_refused_handshake_says_why() {
    let stack = start(&[]).await;
    let denied = "User is not authorized to access this resource with an explicit deny in an identity-based policy";
    let cases = [
        ("", "Unauthorized"),
        ("?key=nobody", "Unauthorized"),
        ("?key=banned", denied),
        ("?key=broken", "Internal server error"),
    ];
    for (query, message) in cases {
        let refusal = refusal(&stack, query).await;
        let keys: Vec<_> = refusal.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(keys, ["connectionId", "message", "requestId"]);
        assert_eq!(refusal["message"], message, "{query}");
    }
}

/// The body of the answer to a handshake that is refused.
async fn refusal(chat: &Chat, query: &str) -> Value {
    let handshake = reqwest::Client::new().get(format!("{}/live{query}", chat.address()));
    let handshake = handshake.header("Connection", "Upgrade").header("Upgrade", "websocket");
    let handshake =
        handshake.header("Sec-WebSocket-Version", "13").header("Sec-WebSocket-Key", "MDEyMzQ1Njc4OWFiY2RlZg==");
    handshake.send().await.expect("it is answered").json().await.expect("it says why")
}

/// D.3: the authorizer is asked once for each connection. B.2: the log tells of every invocation which function it was
/// and how it went.
#[tokio::test]
async fn the_authorizer_is_asked_once_and_the_log_tells_of_every_invocation() {
    let stack = start(&["--log", "invocation=info"]).await;
    let mut ann = Talker::open(&stack).await;
    for _ in 0..3 {
        ann.ask("status", json!({})).await;
    }
    ann.send("tell", "fail", json!({})).await;
    ann.text().await;
    ann.socket.close(None).await.expect("it closes");
    eventually("a word of $disconnect", || heard(&stack, "left ann")).await;
    let told = stack.stop("TERM").await;
    let lines = |function: &str| {
        let named = format!("function=\"{function}\"");
        told.lines().filter(|line| line.contains(&named)).collect::<Vec<_>>()
    };
    assert_eq!(lines("Authorize").len(), 1, "{told}");
    let talked = lines("Talk");
    let starts = ["start=cold", "start=warm", "start=warm", "start=warm"];
    assert_eq!(talked.len(), starts.len(), "{told}");
    for (line, start) in talked.iter().zip(starts) {
        for part in [start, "request_id=\"", "duration_ms=", "memory_mb="] {
            assert!(line.contains(part), "{part} is missing in {line}");
        }
    }
    assert!(talked[3].contains("WARN") && talked[3].contains("error_type=\"ValueError\""), "{}", talked[3]);
}

/// D.3: the subprotocol is the one that `$connect` selects. D.5: no compression is negotiated.
#[tokio::test]
async fn the_function_selects_the_subprotocol() {
    let stack = start(&[]).await;
    let mut request = request(&stack, "?key=ann");
    request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("chat.v2, chat.v1"));
    request.headers_mut().insert("Sec-WebSocket-Extensions", HeaderValue::from_static("permessage-deflate"));
    let (_socket, answer) = tokio_tungstenite::connect_async(request).await.expect("it opens");
    assert_eq!(answer.headers()["sec-websocket-protocol"], "chat.v2");
    assert!(!answer.headers().contains_key("sec-websocket-extensions"));
}

/// D.1: MESSAGE has no headers and no query, `requestId` is `extendedRequestId`, and carries what the authorizer said, as
/// text. D.2: `${…}/${…}` selects the route. D.4: the body of a route with a response is sent back.
#[tokio::test]
async fn a_message_is_an_event() {
    let stack = start(&[]).await;
    let mut ann = Talker::open(&stack).await;
    let event: Value = serde_json::from_str(&ann.ask("event", json!({})).await).expect("it is the event");
    let keys: Vec<_> = event.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(keys, ["body", "isBase64Encoded", "requestContext"]);
    let context = &event["requestContext"];
    assert_eq!((&context["routeKey"], &context["eventType"]), (&json!("talk/ask"), &json!("MESSAGE")));
    assert_eq!((&context["stage"], &context["messageDirection"]), (&json!("live"), &json!("IN")));
    assert_eq!(context["requestId"], context["extendedRequestId"]);
    assert!(context["messageId"].is_string() && context["connectedAt"].is_u64(), "{context}");
    assert_eq!((&context["authorizer"]["principalId"], &context["authorizer"]["age"]), (&json!("ann"), &json!("7")));
    assert!(context["authorizer"]["integrationLatency"].is_number());
}

/// D.2, D.4, B.2: an error, a crash and a time-out of the integration are one frame with exactly three keys, on one-way
/// routes too, and a time-out has words of its own; the socket stays open. A one-way route sends no body, and a status that is not 2xx is no error.
#[tokio::test]
async fn what_goes_wrong_is_told_in_a_frame() {
    let stack = start(&[]).await;
    let mut ann = Talker::open(&stack).await;
    let frames = [
        ("ask", "fail", json!({}), "Internal server error"),
        ("tell", "fail", json!({}), "Internal server error"),
        ("ask", "exit", json!({}), "Internal server error"),
        ("ask", "sleep", json!({ "seconds": 3 }), "Endpoint request timed out"),
        ("tell", "sleep", json!({ "seconds": 3 }), "Endpoint request timed out"),
        ("shout", "event", json!({}), "Forbidden"),
    ];
    for (how, what, more, message) in frames {
        ann.send(how, what, more).await;
        let frame: Value = serde_json::from_str(&ann.text().await).expect("it is JSON");
        let keys: Vec<_> = frame.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(
            (keys.as_slice(), &frame["message"]),
            (&["connectionId", "message", "requestId"][..], &json!(message))
        );
    }
    ann.send("tell", "event", json!({})).await;
    assert_eq!(ann.ask("status", json!({})).await, "an answer all the same", "and nothing before it");
}

/// D.7: functions speak HTTPS to the domain name of their event, and the variables of their environment say whom to trust.
#[tokio::test]
async fn functions_speak_https_to_the_domain_of_their_event() {
    let stack = start(&["--log", "turnlog_local=warn"]).await;
    let mut ann = Talker::open(&stack).await;
    // `default` is no variable: Python's own way, which OpenSSL leads to SSL_CERT_FILE.
    for trust in ["default", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"] {
        ann.send("ask", "whisper as on AWS", json!({ "trust": trust, "text": trust })).await;
        assert_eq!((ann.text().await, ann.text().await), (trust.to_owned(), "200".to_owned()));
    }
    ann.send("ask", "whisper as on AWS", json!({ "trust": "nobody", "text": "" })).await;
    assert_eq!(ann.text().await, "SSLCertVerificationError");
    let told = stack.stop("TERM").await;
    assert!(told.contains("AWS_CA_BUNDLE") && told.contains("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"), "{told}");
}

/// D.8: messages of one connection are served at the same time.
#[tokio::test]
async fn messages_of_a_connection_overtake_each_other() {
    let stack = start(&[]).await;
    let mut ann = Talker::open(&stack).await;
    ann.send("ask", "sleep", json!({ "seconds": 1 })).await;
    assert_eq!(ann.ask("status", json!({})).await, "an answer all the same");
    assert_eq!(ann.text().await, "slept 1");
    let stack = start(&["--serial"]).await;
    let mut ann = Talker::open(&stack).await;
    ann.send("ask", "sleep", json!({ "seconds": 1 })).await;
    assert_eq!(ann.ask("status", json!({})).await, "slept 1", "one after the other, when that is asked for");
}

/// D.6, D.7: a function's DELETE closes with 1000 and produces `$disconnect`; a client's close without a code is 1005.
#[tokio::test]
async fn both_ends_of_a_connection_are_told_to_disconnect() {
    let stack = start(&[]).await;
    let mut ann = Talker::open(&stack).await;
    ann.send("tell", "hang up", json!({})).await;
    assert_eq!(ann.close_code().await, Some(1000));
    let mut ben = Talker::open_with(&stack, "?key=ben").await.expect("ben may come in");
    ben.socket.close(None).await.expect("it closes");
    for (id, told) in
        [("left ann", "1000 Connection Closed Normally"), ("left ben", "1005 Client-side close frame status not set")]
    {
        assert_eq!(eventually("a word of $disconnect", || heard(&stack, id)).await, told);
    }
}

/// D.7: a client that does not read takes up a bounded amount of memory, whatever is sent to it.
#[tokio::test]
async fn what_waits_for_a_client_is_bounded() {
    let stack = start(&[]).await;
    let lazy = Talker::open_with(&stack, "?key=ann&remember=1").await.expect("ann may come in");
    let id = heard(&stack, "opened ann").await.expect("it was noted");
    let client = reqwest::Client::new();
    let address = format!("{}/live/@connections/{id}", stack.address());
    let post = || client.post(&address).header("Authorization", "AWS4-HMAC-SHA256 Credential=a-developer");
    let text = "x".repeat(64 * 1024);
    let before = resident_bytes(&stack).await;
    let mut refused = 0;
    for _ in 0..1000 {
        let answer = post().body(text.clone()).send().await.expect("it is answered");
        refused += u32::from(answer.status() == 429);
    }
    // 64 MB were sent. The kernel's own buffers take some of it, on neither side the stack's memory.
    assert!(refused > 700, "{refused}");
    let grown = resident_bytes(&stack).await.saturating_sub(before);
    assert!(grown < 32 * 1024 * 1024, "{grown} bytes more");
    drop(lazy);
}

/// The memory of the stack's own process.
async fn resident_bytes(chat: &Chat) -> u64 {
    let health = reqwest::get(format!("{}/health", chat.address())).await.expect("the stack answers");
    let health: Value = health.json().await.expect("it answers JSON");
    health["rss_bytes"].as_u64().expect("this system tells")
}

/// D.5: idle and old connections are closed, after the time of `--connection-idle` and `--connection-age`; what the
/// function does goes on when its connection is gone.
#[tokio::test]
async fn a_connection_is_closed_when_its_time_has_come() {
    let stack = start(&["--connection-age", "1"]).await;
    let mut ann = Talker::open(&stack).await;
    let last = line("room-1", 1, "said to nobody");
    ann.send("tell", "sleep", json!({ "seconds": 3, "line": last })).await;
    assert_eq!(ann.close_code().await, Some(1001));
    assert_eq!(heard(&stack, "room-1 said to nobody").await, None, "the function still sleeps");
    eventually("what the function did afterwards", || heard(&stack, "room-1 said to nobody")).await;
    let stack = start(&["--connection-idle", "1"]).await;
    let mut ann = Talker::open(&stack).await;
    assert!(matches!(ann.next().await, Message::Close(_)));
}
