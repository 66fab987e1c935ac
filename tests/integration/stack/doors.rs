//! Every door of the stack: by which name it is asked for, and by the page of whom.

use reqwest::{Client, Method, RequestBuilder, StatusCode, header};
use serde_json::{Value, json};
use turnlog_tests::{Stack, eventually};

/// Names that a stranger may have given to this machine, or that are no names at all.
const STRANGE_HOSTS: [&str; 6] = [
    "rebind.example",
    "rebind.example:{port}",
    "localhost.rebind.example:{port}",
    "192.0.2.7",
    "[2001:db8::7]:{port}",
    "x@localhost",
];
/// Ways to this machine that nobody else can have. A port may be forwarded, so it tells nothing.
const OWN_HOSTS: [&str; 6] =
    ["localhost:{port}", "LocalHost", "127.0.0.1:{port}", "[::1]:{port}", "app.localhost:80", "127.0.0.1:1"];
/// Pages of others.
const STRANGE_ORIGINS: [&str; 4] =
    ["http://rebind.example", "http://localhost.rebind.example:{port}", "null", "http://192.0.2.7:{port}"];
/// A page that another server of this machine serves, such as Vite.
const NEIGHBOUR: &str = "http://localhost:5173";

/// What can be asked for over HTTP.
struct Door {
    name: &'static str,
    method: Method,
    address: String,
    headers: Vec<(&'static str, &'static str)>,
    body: &'static str,
    neighbours: Neighbours,
}

/// Whether pages of other servers on this machine may call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Neighbours {
    Refused,
    Welcome,
}

impl Door {
    fn new(name: &'static str, method: Method, address: String) -> Self {
        Self { name, method, address, headers: Vec::new(), body: "", neighbours: Neighbours::Refused }
    }

    fn with(self, headers: &[(&'static str, &'static str)], body: &'static str) -> Self {
        Self { headers: headers.to_vec(), body, ..self }
    }

    fn asked(&self) -> RequestBuilder {
        let request = Client::new().request(self.method.clone(), &self.address).body(self.body);
        self.headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
    }

    fn port(&self) -> &str {
        let authority = self.address.split('/').nth(2).expect("it is a URL");
        authority.rsplit(':').next().expect("it has a port")
    }

    fn filled(&self, text: &str) -> String {
        text.replace("{port}", self.port())
    }

    /// Whether the door itself refuses, whatever is behind it.
    async fn refuses(&self, request: RequestBuilder) -> bool {
        let answer = request.send().await.expect("it is answered");
        let status = answer.status();
        let told = answer.text().await.expect("it is a text");
        let told: Value = serde_json::from_str(&told).unwrap_or_default();
        let words = told["Message"].as_str().unwrap_or_default();
        status == StatusCode::FORBIDDEN
            && (words.contains("answers under localhost") || words.contains("Pages of other origins"))
    }
}

/// Every door of a stack but the WebSocket.
async fn doors(stack: &Stack) -> Vec<Door> {
    let at = |path: &str| format!("{}{path}", stack.address());
    let signed = ("Authorization", "AWS4-HMAC-SHA256 Credential=a-developer/20260101/us-east-1/x/aws4_request");
    let json = ("Content-Type", "application/json");
    let health: Value = reqwest::get(at("/health")).await.expect("it answers").json().await.expect("it is JSON");
    let dynamodb = health["dynamodb"].as_str().expect("it says where its tables are").to_owned();
    let list =
        [signed, ("X-Amz-Target", "DynamoDB_20120810.ListTables"), ("Content-Type", "application/x-amz-json-1.0")];
    let token = Door::new("token", Method::POST, at("/dev/token")).with(&[json], r#"{"player_id":"ada"}"#);
    vec![
        Door::new("page", Method::GET, at("/")),
        Door::new("client", Method::GET, at("/client/src/index.js")),
        Door::new("ways to sign in", Method::GET, at("/sign-in.json")),
        Door::new("health", Method::GET, at("/health")),
        Door::new("ready", Method::GET, at("/ready")),
        Door::new("metrics", Method::GET, at("/metrics")),
        Door { neighbours: Neighbours::Welcome, ..token },
        Door::new("invoke", Method::POST, at("/2015-03-31/functions/SweepFunction/invocations"))
            .with(&[("X-Amz-Invocation-Type", "DryRun")], ""),
        Door::new("scheduled event", Method::GET, at("/local/functions/SweepFunction/scheduled-event")),
        Door::new("failures", Method::GET, at("/local/dlq")),
        Door::new("management API", Method::GET, at("/v1/@connections/L0SM9cOFvHcCIhw=")).with(&[signed], ""),
        Door::new("parameter store", Method::POST, at("/local/ssm"))
            .with(&[signed, ("X-Amz-Target", "AmazonSSM.GetParameters")], r#"{"Names":["/none"]}"#),
        Door::new("DynamoDB", Method::POST, dynamodb).with(&list, "{}"),
        Door::new("Runtime API", Method::POST, runtime_api(stack).await),
    ]
}

/// Where a process of a function answers an event that it does not have.
async fn runtime_api(stack: &Stack) -> String {
    let mut ada = stack.connect("ada").await;
    ada.accept(json!({ "action": "ping" })).await;
    let address = || async {
        let (pid, _) = stack.children().await.into_iter().find(|(_, name)| name == "command")?;
        let environment = std::fs::read(format!("/proc/{pid}/environ")).ok()?;
        let mut variables =
            environment.split(|byte| *byte == 0).filter_map(|variable| std::str::from_utf8(variable).ok());
        variables.find_map(|variable| variable.strip_prefix("AWS_LAMBDA_RUNTIME_API=")).map(str::to_owned)
    };
    let address = eventually("a process that has an address for its events", address).await;
    format!("http://{address}/2018-06-01/runtime/invocation/none/response")
}

/// H: every listener checks Host, and everything but the WebSocket checks Origin.
#[tokio::test]
async fn no_door_opens_to_a_strange_name_or_to_the_page_of_a_stranger() {
    let stack = Stack::start_with_processes(&["--ephemeral"]).await;
    let mut wrong = Vec::new();
    for door in doors(&stack).await {
        let mut expect = async |header: header::HeaderName, value: &str, refused: bool| {
            let request = door.asked().header(&header, door.filled(value));
            if door.refuses(request).await != refused {
                wrong.push(format!("{}: {header} {value}", door.name));
            }
        };
        for host in STRANGE_HOSTS {
            expect(header::HOST, host, true).await;
        }
        for host in OWN_HOSTS {
            expect(header::HOST, host, false).await;
        }
        for origin in STRANGE_ORIGINS {
            expect(header::ORIGIN, origin, true).await;
        }
        expect(header::ORIGIN, NEIGHBOUR, door.neighbours == Neighbours::Refused).await;
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// H: a plain read by a page has no Origin, and would still take an event away from a function.
#[tokio::test]
async fn a_page_of_a_stranger_reads_nothing_that_is_for_programs() {
    let stack = Stack::start_with_processes(&["--ephemeral"]).await;
    let mut closed = Vec::new();
    for door in doors(&stack).await {
        if door.refuses(door.asked().header("Sec-Fetch-Site", "cross-site")).await {
            closed.push(door.name);
        }
    }
    let for_programs = [
        "metrics",
        "invoke",
        "scheduled event",
        "failures",
        "management API",
        "parameter store",
        "DynamoDB",
        "Runtime API",
    ];
    assert_eq!(closed, for_programs, "links to the page work");
}

/// H: the handshake of a WebSocket checks Host and ignores Origin, as API Gateway does.
#[tokio::test]
async fn a_handshake_depends_on_the_name_and_not_on_the_page() {
    let stack = Stack::start().await;
    let token = stack.token("ada").await;
    let handshake = || {
        let request = Client::new().get(format!("{}/v1?token={token}", stack.address()));
        let request = request.header("Connection", "Upgrade").header("Upgrade", "websocket");
        request.header("Sec-WebSocket-Version", "13").header("Sec-WebSocket-Key", "MDEyMzQ1Njc4OWFiY2RlZg==")
    };
    for (host, origin, status) in [
        ("rebind.example", None, StatusCode::FORBIDDEN),
        ("rebind.example", Some("http://rebind.example"), StatusCode::FORBIDDEN),
        ("localhost", None, StatusCode::SWITCHING_PROTOCOLS),
        ("[::1]:8080", Some("http://rebind.example"), StatusCode::SWITCHING_PROTOCOLS),
    ] {
        let mut request = handshake().header(header::HOST, host);
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        assert_eq!(request.send().await.expect("it is answered").status(), status, "{host} {origin:?}");
    }
}

/// H: a page that another server of this machine serves gets tokens, as its browser understands it.
#[tokio::test]
async fn a_page_beside_the_stack_may_ask_for_a_token() {
    let stack = Stack::start().await;
    let address = format!("{}/dev/token", stack.address());
    for origin in [NEIGHBOUR, "http://127.0.0.1:8080", "https://[::1]:5173"] {
        let asks = Client::new().request(Method::OPTIONS, &address).header(header::ORIGIN, origin);
        let asks = asks
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "content-type");
        let leave = asks.send().await.expect("it is answered");
        let said = |name: &str| leave.headers()[name].to_str().expect("it is text").to_ascii_lowercase();
        assert_eq!(leave.status(), StatusCode::OK);
        assert_eq!(said("access-control-allow-origin"), origin);
        assert_eq!(
            (said("access-control-allow-methods"), said("access-control-allow-headers")),
            ("post".into(), "content-type".into())
        );
        let post = Client::new().post(&address).header(header::ORIGIN, origin).json(&json!({ "player_id": "ada" }));
        let answer = post.send().await.expect("it is answered");
        assert_eq!(answer.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], origin);
        let varies: Vec<_> =
            answer.headers().get_all(header::VARY).iter().map(|value| value.as_bytes().to_ascii_lowercase()).collect();
        assert!(varies.iter().any(|value| value.starts_with(b"origin")), "a cache must not give it to another page");
        let token: Value = answer.json().await.expect("it is JSON");
        assert!(token["token"].is_string(), "{token}");
    }
    // What is not asked for by JSON needs no leave of the browser, and gets nothing.
    let form = Client::new().post(&address).header(header::ORIGIN, NEIGHBOUR).body(r#"{"player_id":"ada"}"#);
    assert_eq!(form.send().await.expect("it is answered").status(), StatusCode::BAD_REQUEST);
}

/// H: a stack on the loopback address of IPv6 is found there.
#[tokio::test]
async fn a_stack_may_listen_on_ipv6() {
    let stack = Stack::start_with(&["--ephemeral", "--host", "::1"]).await;
    assert!(stack.address().starts_with("http://[::1]:"), "{}", stack.address());
    let mut ada = stack.connect("ada").await;
    ada.accept(json!({ "action": "create", "kind": "tic-tac-toe" })).await;
    let strange = Client::new().get(stack.address()).header(header::HOST, "rebind.example").send().await;
    assert_eq!(strange.expect("it is answered").status(), StatusCode::FORBIDDEN);
}

/// H: the page's security headers are headers, and it may talk to its own stack only.
#[tokio::test]
async fn the_page_says_what_it_may_load_and_that_nobody_frames_it() {
    let stack = Stack::start().await;
    let host = stack.address().trim_start_matches("http://");
    for path in ["/", "/app.js", "/client/src/index.js", "/nothing-here"] {
        let answer = reqwest::get(format!("{}{path}", stack.address())).await.expect("it answers");
        let said = |name: &str| answer.headers()[name].to_str().expect("it is text").to_owned();
        let policy = said("content-security-policy");
        let connect =
            policy.split("; ").find(|part| part.starts_with("connect-src ")).expect("it says whom it may talk to");
        assert_eq!(connect, format!("connect-src 'self' ws://{host} wss://{host}"), "{path}");
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.split("; ").any(|said| said == part), "{part} in {policy}");
        }
        assert_eq!(said("x-content-type-options"), "nosniff");
        assert_eq!(said("referrer-policy"), "no-referrer");
        assert_eq!(said("cross-origin-opener-policy"), "same-origin");
        assert_eq!(said("cross-origin-resource-policy"), "same-origin");
    }
    let page = reqwest::get(stack.address()).await.expect("it answers").text().await.expect("it is a text");
    assert!(!page.contains("http-equiv"), "one place says it");
}

/// H: several lines of a header are one list, for the authorizer and for `$connect`.
#[tokio::test]
async fn two_lines_of_subprotocols_are_one_list() {
    let stack = Stack::start().await;
    let token = stack.token("ada").await;
    for lines in [vec!["turnlog.v1", &token], vec!["other", "turnlog.v1", &token], vec!["other, turnlog.v1", &token]] {
        let mut handshake = Client::new().get(format!("{}/v1", stack.address()));
        handshake = handshake.header("Connection", "Upgrade").header("Upgrade", "websocket");
        handshake =
            handshake.header("Sec-WebSocket-Version", "13").header("Sec-WebSocket-Key", "MDEyMzQ1Njc4OWFiY2RlZg==");
        for line in &lines {
            handshake = handshake.header("Sec-WebSocket-Protocol", *line);
        }
        let answer = handshake.send().await.expect("it is answered");
        assert_eq!(answer.status(), StatusCode::SWITCHING_PROTOCOLS, "{} lines", lines.len());
        assert_eq!(answer.headers()["sec-websocket-protocol"], "turnlog.v1");
    }
}
