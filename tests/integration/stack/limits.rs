//! What one player can do to others by sending much: every limit on the whole stack, with real sockets.

#![expect(clippy::print_stdout, reason = "the figures are told")]

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use futures::future::join_all;
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};
use tokio_tungstenite::tungstenite::{Message, protocol::frame::coding::CloseCode};
use turnlog_domain::{PlayerId, Timestamp, limits::SEATINGS_OF_RETURNING_GUESTS_MAX};
use turnlog_store::{Websockets, limits::CONNECTIONS_PER_PLAYER_MAX};
use turnlog_tests::{Client, Proxy, Refused, Stack};
use uuid::Uuid;

/// How fast the one that is too fast sends.
const FLOOD_PER_SECOND: u32 = 131;

/// How long it goes on where nobody ends it.
const FLOOD_MAX: Duration = Duration::from_mins(1);

fn ping() -> Value {
    json!({ "action": "ping", "id": Uuid::new_v4() })
}

/// A stack with a limit of frames for each connection, whose API takes so many frames of an action in a second, half of them at once.
async fn limited(route_frames: u32, frames: u32) -> Stack {
    let (rate, burst) =
        (format!("RouteFramesPerSecond={route_frames}"), format!("RouteFramesBurst={}", route_frames / 2));
    let frames = format!("FramesPerSecond={frames}");
    let arguments = ["--ephemeral", "--parameter", &frames, "--parameter", &rate, "--parameter", &burst];
    Stack::start_with(&arguments).await
}

/// What came of sending without a pause.
#[derive(Debug, Default)]
struct Flood {
    sent: usize,
    /// Answers that say when to go on.
    refused: usize,
    /// With what the server closed.
    closed: Option<CloseCode>,
}

/// Sends frames at the rate of the flood until the server closes the connection, or for a minute.
async fn flood(mut client: Client) -> Flood {
    let (mut flood, began) = (Flood::default(), Instant::now());
    let mut pace = interval(Duration::from_secs(1) / FLOOD_PER_SECOND);
    loop {
        // Both branches lose nothing: a tick that is dropped comes again, and a frame is read whole or not at all.
        tokio::select! {
            _ = pace.tick() => {
                if began.elapsed() > FLOOD_MAX {
                    return flood;
                }
                let is_open = client.try_send(Message::text(ping().to_string())).await;
                flood.sent += usize::from(is_open);
            }
            frame = client.receive() => match frame {
                Ok(frame) if frame["code"] == "too_many_frames" => {
                    assert_eq!((&frame["type"], &frame["retryable"]), (&json!("rejected"), &json!(true)));
                    assert!(frame["retry_after_ms"].as_u64().is_some_and(|wait_ms| wait_ms > 0), "{frame}");
                    assert!(frame["id"].is_string(), "every frame is answered: {frame}");
                    flood.refused += 1;
                }
                Ok(_) => {}
                Err(code) => {
                    flood.closed = code;
                    return flood;
                }
            }
        }
    }
}

/// Asks once in a second, so many times; returns how many were answered, and the longest time that took.
async fn asks(mut client: Client, times: usize) -> (usize, Duration) {
    let mut pace = interval(Duration::from_secs(1));
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut answered, mut longest) = (0, Duration::ZERO);
    for _ in 0..times {
        pace.tick().await;
        let (frame, asked) = (ping(), Instant::now());
        client.send(Message::text(frame.to_string())).await;
        if is_answered(&mut client, &frame["id"]).await {
            (answered, longest) = (answered + 1, longest.max(asked.elapsed()));
        }
    }
    (answered, longest)
}

/// Waits for the answer to the only frame on its way, or for the gateway's refusal, which has no id.
async fn is_answered(client: &mut Client, id: &Value) -> bool {
    loop {
        let frame = client.receive().await.unwrap_or_else(|code| panic!("closed with {code:?}"));
        if frame["message"] == "Too Many Requests" {
            return false;
        }
        if frame["id"] == *id {
            return frame["type"] == "accepted";
        }
    }
}

async fn neighbours(stack: &Stack) -> Vec<Client> {
    join_all((0..5).map(|number| async move { stack.connect(&format!("neighbour-{number}")).await })).await
}

#[tokio::test]
async fn the_neighbours_of_a_flood_feel_nothing() {
    let stack = limited(1000, 2).await;
    let calm = neighbours(&stack).await;
    let eve = stack.connect("eve").await;
    let began = Instant::now();
    let asked = join_all(calm.into_iter().map(|client| asks(client, 5)));
    let (flood, answered) = tokio::join!(flood(eve), asked);
    println!("{flood:?}; the neighbours were answered {answered:?} times in {:?}", began.elapsed());
    assert_eq!(flood.closed, Some(CloseCode::Normal));
    assert!(flood.refused > 0, "{flood:?}");
    assert!(answered.iter().all(|(answers, _)| *answers == 5), "{answered:?}");
}

/// The stage takes a bucket of frames before any function hears of them, and that is all players' together: until the
/// connection is ended, its neighbours feel it. Here everything is a twentieth of what the template says, but the flood.
#[tokio::test]
async fn a_flood_on_a_small_stage_is_ended_soon_and_kept_out() {
    let stack = limited(50, 1).await;
    let token = stack.token("eve").await;
    let calm = neighbours(&stack).await;
    let comes_back = async {
        let (mut floods, mut refused, began) = (Vec::new(), 0, Instant::now());
        // Where nobody is kept out, the third flood ends it.
        while floods.len() < 3 && (refused == 0 || began.elapsed() < Duration::from_secs(5)) {
            match Client::connect(&stack.websocket(), &token).await {
                Ok(client) => floods.push((flood(client).await, began.elapsed())),
                Err(Refused(status)) => {
                    assert_eq!(status, 429);
                    refused += 1;
                }
            }
        }
        (floods, refused)
    };
    let asked = join_all(calm.into_iter().map(|client| asks(client, 5)));
    let ((floods, refused), answered) = tokio::join!(comes_back, asked);
    let answers: usize = answered.iter().map(|(answers, _)| answers).sum();
    println!("{floods:?}, {refused} handshakes refused; the neighbours were answered {answers} of 25 times");
    assert!(floods.len() <= 2 && refused > 0, "{floods:?}");
    assert!(floods.iter().all(|(flood, _)| flood.closed == Some(CloseCode::Normal)), "{floods:?}");
    assert!(answers >= 20, "{answered:?}");
}

#[tokio::test]
async fn a_frame_that_comes_too_fast_costs_no_request_to_dynamodb() {
    let proxy = Proxy::start().await;
    let parameters = ["--ephemeral", "--dynamodb-endpoint", proxy.endpoint(), "--parameter", "FramesPerSecond=1"];
    let stack = Stack::start_with(&parameters).await;
    let mut ada = stack.connect("ada").await;
    // Each process of the function has a bucket of its own.
    for _ in 0..50 {
        proxy.forget_requests();
        let answer = ada.ask(json!({ "action": "inbox" })).await;
        let requests = proxy.requests();
        let is_asked =
            ["Players", "Messages", "Websockets"].map(|table| requests.keys().any(|key| key.contains(table)));
        if answer["code"] == "too_many_frames" {
            assert_eq!(is_asked, [false; 3], "{requests:?}");
            return;
        }
        // On a busy machine a request may time out.
        assert!(answer["type"] != "accepted" || is_asked == [true; 3], "{answer}, {requests:?}");
    }
    panic!("nothing was refused");
}

#[tokio::test]
async fn four_accounts_cannot_fill_a_strangers_waiting_game_nor_keep_its_host_from_kicking() {
    let stack = Stack::start().await;
    let mut host = stack.connect("host").await;
    let created = host.accept(json!({ "action": "create", "kind": "liars-dice", "table": { "start": "host" } })).await;
    let game = created["game"].as_str().expect("it has an id").to_owned();
    host.accept(json!({ "action": "watch", "game": game })).await;
    host.accept(json!({ "action": "join", "game": game, "seat": 0 })).await;
    let (is_over, frames) = (AtomicBool::new(false), AtomicUsize::new(0));
    let accounts = join_all((0..4).map(|number| {
        let stack = &stack;
        async move { stack.connect(&format!("eve-{number}")).await }
    }))
    .await;
    let began = Instant::now();
    let (is_over, frames, game) = (&is_over, &frames, game.as_str());
    let comes_and_goes = |mut client: Client| async move {
        while !is_over.load(Ordering::Relaxed) {
            for action in ["join", "leave"] {
                let answer = client.ask(json!({ "action": action, "game": game })).await;
                frames.fetch_add(1, Ordering::Relaxed);
                let is_told_when = answer["code"] != "too_many_seat_changes"
                    || answer["retry_after_ms"].as_u64().is_some_and(|wait_ms| (1..=60_000).contains(&wait_ms));
                assert!(is_told_when, "{answer}");
            }
        }
    };
    let kicks = async {
        // Once while they can, and once when they have been at it for long.
        let mut tries = Vec::new();
        for begun in [8, 400] {
            while frames.load(Ordering::Relaxed) < begun {
                host.accept(json!({ "action": "ping" })).await;
            }
            tries.push(kick_everybody(&mut host, game).await);
        }
        is_over.store(true, Ordering::Relaxed);
        tries
    };
    let (_, tries) = tokio::join!(join_all(accounts.into_iter().map(comes_and_goes)), kicks);
    let stored = super::folded(&stack, game).await.game.seq().0;
    let frames = frames.load(Ordering::Relaxed);
    println!("{frames} frames in {:?}: {stored} messages stored; tries of each kick: {tries:?}", began.elapsed());
    // What the host did first, and every seat that was taken and given back, by its player or by the host.
    assert!(stored <= 2 + 2 * SEATINGS_OF_RETURNING_GUESTS_MAX as u64, "{stored}");
    assert!(tries.iter().flatten().all(|&tries| tries <= 3), "{tries:?}");
}

/// Sends away whoever sits at the table beside the host; returns how many frames each took.
async fn kick_everybody(host: &mut Client, game: &str) -> Vec<usize> {
    let mut tries = Vec::new();
    loop {
        let seen = host.accept(json!({ "action": "watch", "game": game })).await;
        let seats = seen["view"]["seats"].as_array().expect("it has seats").clone();
        let guest = (1..).zip(&seats[1..]).find(|(_, occupant)| !occupant.is_null());
        let Some((seat, occupant)) = guest else { return tries };
        let kick = json!({ "action": "kick", "game": game, "seat": seat, "player": occupant["player_id"] });
        let mut count = 1;
        while host.ask(kick.clone()).await["code"] == "try_again" {
            count += 1;
        }
        tries.push(count);
    }
}

#[tokio::test]
async fn three_hundred_connections_of_a_player_leave_a_few_and_cause_a_bounded_number_of_pushes() {
    let stack = Stack::start().await;
    let (token, url) = (stack.token("eve").await, stack.websocket());
    let mut open = Vec::new();
    for _ in 0..30 {
        let connects = (0..10).map(|_| Client::connect(&url, &token));
        open.extend(join_all(connects).await.into_iter().map(|client| client.expect("the token is good")));
    }
    let websockets = Websockets::new(stack.dynamodb().await, "WebsocketsTable".to_owned());
    let player = PlayerId::parse("eve").expect("it is an id");
    let now = Timestamp::from_ms(u64::try_from(chrono::Utc::now().timestamp_millis()).expect("it is after 1970"));
    let kept = websockets.connections(&player, now).await.expect("it reads");
    let beyond = websockets.connections_beyond(&player, &kept[0].id, now).await.expect("it reads");
    assert_eq!((kept.len(), beyond.len()), (CONNECTIONS_PER_PLAYER_MAX, 0));
    // The mark stands where it is while whoever is still there blocks and unblocks.
    let mut ada = stack.connect("ada").await;
    let last = open.len() - 1;
    reads(&mut ada, &mut open[last], 1).await;
    for number in 0..1447 {
        let action = if number % 2 == 0 { "block" } else { "unblock" };
        open[last].accept(json!({ "action": action, "player": "mallory" })).await;
    }
    reads(&mut ada, &mut open[last], LAST).await;
    let mut pushes = Vec::new();
    for client in &mut open {
        hears_out(client).await;
        pushes.extend(client.received().iter().filter(|frame| frame.get("id").is_none()).cloned());
    }
    let of = |kind: &str| pushes.iter().filter(|frame| frame["type"] == kind).count();
    println!("{} pushes: {} closing, {} inbox, {} read", pushes.len(), of("closing"), of("inbox"), of("read"));
    assert_eq!(of("closing"), 300 - CONNECTIONS_PER_PLAYER_MAX, "each is told why");
    assert_eq!((of("inbox"), of("read")), (2 * CONNECTIONS_PER_PLAYER_MAX, 2 * CONNECTIONS_PER_PLAYER_MAX));
    assert_eq!(pushes.len(), of("closing") + of("inbox") + of("read"));
}

/// The messages to the player with many connections.
const LAST: u64 = 2;

/// A message comes and is read, of which all connections hear.
async fn reads(sender: &mut Client, reader: &mut Client, seq: u64) {
    sender.accept(json!({ "action": "sendmessage", "destinationPlayerId": "eve", "message": "Hello" })).await;
    reader.receives(|frame| frame["type"] == "inbox" && frame["seq"] == seq).await;
    reader.accept(json!({ "action": "read", "seq": seq })).await;
    reader.receives(|frame| frame["type"] == "read" && frame["seq"] == seq).await;
}

/// Reads until the last message came and was read, or the server has ended the connection.
async fn hears_out(client: &mut Client) {
    while !["inbox", "read"].iter().all(|kind| has_heard(client, kind)) {
        if let Err(code) = client.receive().await {
            assert_eq!(code, Some(CloseCode::Normal));
            let told = client.received().last().expect("it was told why");
            assert_eq!((&told["type"], &told["code"]), (&json!("closing"), &json!("too_many_connections")));
            return;
        }
    }
}

fn has_heard(client: &Client, kind: &str) -> bool {
    client.received().iter().any(|frame| frame["type"] == kind && frame["seq"] == LAST)
}
