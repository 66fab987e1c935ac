//! `turnlog serve`: one small server, with nothing but the command.

use std::time::{Duration, Instant};

use reqwest::header;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use turnlog_tests::{Client, Home, Refused, Server, TOKEN_SECRET, holds, token};

use crate::stack::{cell, play_cells, table};

const POWER: &[&str] = &[];
const PROCESS: &[&str] = &["--durability", "process"];
/// Tests play faster than people do.
const QUICK: &[&str] = &["--parameter", "FramesPerSecond=0"];

#[tokio::test]
async fn a_game_is_played_with_nothing_but_the_command() {
    let home = Home::new();
    let server = home.serve(QUICK).await;
    let (mut ada, mut bob) = (server.connect("ada").await, server.connect("bob").await);
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    play_cells(&mut ada, &mut bob, &game, &[0, 3, 1, 4, 2]).await;
    bob.sees(&game, |view| view["phase"] == "finished").await;
    let (status, page) = Server::get(server.public(), "/").await;
    assert_eq!(status, 200);
    assert!(page.contains("<title>"), "{page}");
    let found = server.verified(&home).await;
    assert_eq!((&found["games"], &found["problems"]), (&json!(1), &json!([])), "{found}");
    server.terminate().await;
    assert!(server.ended().await.success());
    assert!(!holds(&home.file("turnlog-data"), &TOKEN_SECRET[2..]), "secrets are kept nowhere");
}

/// Issue 15, 2. The copy is made while the first server runs, and has nothing of what came later.
#[tokio::test]
async fn a_server_on_a_backup_goes_on_where_the_backup_was_made() {
    let (home, restored) = (Home::new(), Home::new());
    let first = home.serve(QUICK).await;
    let (mut ada, mut bob) = (first.connect("ada").await, first.connect("bob").await);
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    play_cells(&mut ada, &mut bob, &game, &[0, 3]).await;
    let told = home.run(&["backup", "games.backup", "--data-dir", "turnlog-data"]).await;
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    ada.accept(cell(&game, 8)).await;

    std::fs::create_dir(restored.file("turnlog-data")).expect("it can be made");
    std::fs::copy(home.file("games.backup"), restored.file("turnlog-data/dynamodb.sqlite")).expect("it can be copied");
    let second = restored.serve(QUICK).await;
    let found = second.verified(&restored).await;
    assert_eq!((&found["games"], &found["problems"]), (&json!(1), &json!([])), "{found}");
    let (mut ada, mut bob) = (second.connect("ada").await, second.connect("bob").await);
    for client in [&mut ada, &mut bob] {
        client.accept(json!({ "action": "watch", "game": game, "after": 0 })).await;
        assert_eq!(client.seqs(&game), (1..=5).collect::<Vec<_>>());
    }
    ada.accept(cell(&game, 1)).await;
    bob.hears(&game, 6).await;
}

/// What is for this machine only is not behind the address of players, and secrets are behind none.
#[tokio::test]
async fn strangers_find_the_page_and_the_websocket_only() {
    let home = Home::new();
    let server = home.serve(&[]).await;
    let for_programs = [
        "/v1/@connections/L0SM9cOFvHcCIhw=",
        "/v1/%40connections/L0SM9cOFvHcCIhw=",
        "/local/dlq",
        "/local/functions/SweepFunction/scheduled-event",
        "/metrics",
        "/local/ssm",
        "/2015-03-31/functions/CommandFunction/invocations",
    ];
    let client = reqwest::Client::new();
    for path in for_programs.into_iter().chain(["/dev/token"]) {
        for request in [client.get(url(server.public(), path)), client.post(url(server.public(), path)).body("{}")] {
            let status = request.header("authorization", SIGNED).send().await.expect("it answers").status();
            assert!(matches!(status.as_u16(), 403..=405), "{path}: {status}");
        }
    }
    assert_eq!(Server::get(server.public(), "/health").await, (200, r#"{"status":"ok"}"#.to_owned()));
    assert_eq!(Server::get(server.public(), "/ready").await.0, 200);
    let names = json!({ "Names": ["/turnlog/token-secret"], "WithDecryption": true }).to_string();
    for address in [server.public(), server.operator()] {
        let asked = client.post(url(address, "/local/ssm")).body(names.clone());
        let asked = asked.header("authorization", SIGNED).header("x-amz-target", "AmazonSSM.GetParameters");
        let answer = asked.send().await.expect("it answers");
        assert!(!answer.status().is_success());
        assert!(!answer.text().await.expect("it is text").contains(&TOKEN_SECRET[2..]));
    }
    for path in ["/local/dlq", "/metrics", "/ready"] {
        assert_eq!(Server::get(server.operator(), path).await.0, 200, "its operator looks at {path}");
    }
    let (status, _) = Server::get(server.operator(), "/").await;
    assert_eq!(status, 404, "and players do not");
}

/// A signature that any program could have made.
const SIGNED: &str =
    "AWS4-HMAC-SHA256 Credential=anybody/20261123/us-east-1/ssm/aws4_request, SignedHeaders=host, Signature=0";

fn url(address: &str, path: &str) -> String {
    format!("http://{address}{path}")
}

#[tokio::test]
async fn a_server_has_any_name_and_knows_its_own_page() {
    let home = Home::new();
    let server = home.serve(&[]).await;
    let ask = |host: &'static str, origin: &'static str| {
        let request = reqwest::Client::new().get(url(server.public(), "/"));
        let request = request.header(header::HOST, host).header(header::ORIGIN, origin);
        async { request.send().await.expect("it answers").status().as_u16() }
    };
    assert_eq!(ask("play.example.org", "https://play.example.org").await, 200);
    assert_eq!(ask("play.example.org", "https://other.example").await, 403);
    let operator = reqwest::Client::new().get(url(server.operator(), "/health")).header(header::HOST, "rebind.example");
    assert_eq!(operator.send().await.expect("it answers").status(), 403);
}

#[tokio::test]
async fn guests_come_in_only_where_they_may() {
    const GUEST: &str = "guest.Zm9yIHRlc3RzIG9ubHk-_0123456789";
    let home = Home::new();
    let server = home.serve(&[]).await;
    assert!(Client::connect(&server.websocket(), GUEST).await.is_err());
    assert_eq!(Server::get(server.public(), "/sign-in.json").await.1, r#"{"ways":["token"]}"#);
    server.kill().await;
    let server = home.serve(&["--guests"]).await;
    assert_eq!(Server::get(server.public(), "/sign-in.json").await.1, r#"{"ways":["guest","token"]}"#);
    let mut guest = Client::connect(&server.websocket(), GUEST).await.expect("guests may come in");
    let mut ada = server.connect("ada").await;
    let game = table(&mut ada, &mut guest, "tic-tac-toe", json!({})).await;
    ada.hears(&game, 3).await;
    play_cells(&mut ada, &mut guest, &game, &[0, 3, 1, 4, 2]).await;
}

#[tokio::test]
async fn secrets_are_never_made_up() {
    let home = Home::new();
    let refused = async |arguments: &[&str]| {
        let output =
            home.run(&[&["serve", "--listen", "127.0.0.1:0", "--operator-port", "0"], arguments].concat()).await;
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).expect("it writes text")
    };
    let said = refused(&[]).await;
    assert!(said.starts_with("error: TOKEN_SECRET is not set"), "{said}");
    let said = refused(&["--token-secret-file", "token-secret"]).await;
    assert!(said.contains("CHANCE_KEYS is not set"), "{said}");
    std::fs::write(home.file("weak"), "a".repeat(64)).expect("it is written");
    let said = refused(&["--token-secret-file", "weak", "--chance-keys-file", "chance-keys"]).await;
    assert!(said.contains("can be guessed") && !said.contains("aaaa"), "{said}");
    assert!(!home.file("turnlog-data").exists(), "nothing was begun");
}

/// Both times the process is killed in the middle of play. Only a failure of power tells the two apart.
#[tokio::test]
async fn a_kill_loses_nothing_that_was_acknowledged() {
    for durability in [PROCESS, POWER] {
        let home = Home::new();
        let server = home.serve(&[QUICK, durability].concat()).await;
        let (mut ada, mut bob) = (server.connect("ada").await, server.connect("bob").await);
        let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({ "size": 9, "line": 9 })).await;
        let mut head = 3;
        for number in 0..20 {
            let (player, other) = if number % 2 == 0 { (&mut ada, &mut bob) } else { (&mut bob, &mut ada) };
            let answer = player.accept(cell(&game, number)).await;
            head = answer["seq"].as_u64().or(answer["messages"][0]["seq"].as_u64()).expect("it has a seq");
            other.hears(&game, head).await;
        }
        server.kill().await;
        let server = home.serve(&[QUICK, durability].concat()).await;
        let mut ada = server.connect("ada").await;
        let watched = ada.accept(json!({ "action": "watch", "game": game })).await;
        assert_eq!(watched["seq"], json!(head), "{durability:?}");
        assert_eq!(server.verified(&home).await["problems"], json!([]));
    }
}

#[tokio::test]
async fn the_end_answers_what_is_under_way_and_lets_clients_come_back() {
    let home = Home::new();
    let server = home.serve(QUICK).await;
    let (mut ada, mut bob) = (server.connect("ada").await, server.connect("bob").await);
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({ "size": 9, "line": 9 })).await;
    bob.hears(&game, 3).await;
    let mut frame = cell(&game, 0);
    frame["id"] = json!("01890000-0000-7000-8000-000000000001");
    ada.send(Message::text(frame.to_string())).await;
    let begun = Instant::now();
    server.terminate().await;
    let answered = until_closed(&mut ada).await;
    let watched = until_closed(&mut bob).await;
    let address = server.public().to_owned();
    assert!(server.ended().await.success());
    assert!(begun.elapsed() < Duration::from_secs(12), "it took {:?}", begun.elapsed());
    let was_answered = answered.iter().any(|answer| answer["id"] == frame["id"] && answer["type"] == "accepted");
    let server = home.serve(&[QUICK, &["--listen", &address]].concat()).await;
    let mut ada = server.connect("ada").await;
    let head = ada.accept(json!({ "action": "watch", "game": game })).await["seq"].clone();
    // A frame that was still in the network when the end began was not read. Whoever sends it again hears the same as ever.
    assert_eq!(head, if was_answered { json!(4) } else { json!(3) }, "{answered:?}");
    assert_eq!(ada.ask(frame).await["type"], "accepted");
    let mut bob = server.connect("bob").await;
    let seen = watched.iter().filter(|frame| frame["type"] == "messages").count();
    let after = if seen > 0 { 4 } else { 3 };
    let missed = bob.accept(json!({ "action": "watch", "game": game, "after": after })).await;
    assert_eq!(missed["seq"], 4);
}

/// Everything that comes until the server goes away, which it says.
async fn until_closed(client: &mut Client) -> Vec<Value> {
    let mut frames = Vec::new();
    loop {
        match client.receive().await {
            Ok(frame) => frames.push(frame),
            Err(code) => {
                assert_eq!(code.map(u16::from), Some(1001));
                return frames;
            }
        }
    }
}

#[tokio::test]
async fn an_address_has_so_many_websockets_and_others_feel_nothing() {
    let home = Home::new();
    let server = home.serve(&["--connections-per-address", "3", "--proxy", "127.0.0.1"]).await;
    let good = token("ada", TOKEN_SECRET, 3600);
    let come = async |address: &str| Client::connect_through(&server.websocket(), &good, address).await;
    let mut here = Vec::new();
    for _ in 0..3 {
        here.push(come("192.0.2.1").await.expect("there is room"));
    }
    assert_eq!(come("192.0.2.1").await.unwrap_err(), Refused(429));
    // What a client writes into the header itself stands further away than what the proxy writes.
    assert_eq!(come("198.51.100.1, 192.0.2.1").await.unwrap_err(), Refused(429));
    come("192.0.2.2").await.expect("another address has its own");
    here.pop().expect("there are some").close().await;
    turnlog_tests::eventually("the place of a closed connection", async || come("192.0.2.1").await.ok()).await;
}

#[tokio::test]
async fn a_header_of_somebody_who_is_no_proxy_gives_no_further_places() {
    let home = Home::new();
    let server = home.serve(&["--connections-per-address", "1"]).await;
    let good = token("ada", TOKEN_SECRET, 3600);
    let _first = Client::connect_through(&server.websocket(), &good, "192.0.2.1").await.expect("there is room");
    let second = Client::connect_through(&server.websocket(), &good, "192.0.2.2").await;
    assert_eq!(second.unwrap_err(), Refused(429));
}

#[tokio::test]
async fn players_come_by_https_where_there_is_a_certificate() {
    let home = Home::new();
    let status = tokio::process::Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout"])
        .arg(home.file("key.pem"))
        .arg("-out")
        .arg(home.file("certificate.pem"))
        .stderr(std::process::Stdio::null())
        .status()
        .await;
    assert!(status.expect("openssl runs").success());
    let server = home.serve(&["--tls-certificate", "certificate.pem", "--tls-key", "key.pem"]).await;
    let port = server.public().rsplit(':').next().expect("it has a port");
    let page = tokio::process::Command::new("curl")
        .args(["--silent", "--fail", "--cacert"])
        .arg(home.file("certificate.pem"))
        .arg(format!("https://localhost:{port}/"))
        .output()
        .await
        .expect("curl runs");
    assert!(String::from_utf8_lossy(&page.stdout).contains("<title>"), "{page:?}");
    assert!(reqwest::get(url(server.public(), "/")).await.is_err(), "plain HTTP is not served there");
    let output = home
        .run(&[
            "serve",
            "--tls-certificate",
            "key.pem",
            "--tls-key",
            "key.pem",
            "--token-secret-file",
            "token-secret",
            "--chance-keys-file",
            "chance-keys",
        ])
        .await;
    assert_eq!(output.status.code(), Some(2), "that is no certificate");
}
