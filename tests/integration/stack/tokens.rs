//! Tokens on the whole stack: who may sign them, and what becomes of a connection whose token runs out.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::time::sleep;
use turnlog_domain::{PlayerId, Timestamp};
use turnlog_store::Websockets;
use turnlog_tests::{Client, KeyServer, Refused, Signer, Stack, token};

use super::token_secrets;

/// How long a token is still good by the leeway, in seconds, where its own time has been over for 22 of these 30.
const LEFT: i64 = 8;
const LEEWAY: i64 = 30;

fn seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs()
}

/// Waits until a moment is over.
async fn wait_until_after(second: u64) {
    while seconds_now() <= second {
        // The pause between two looks at the clock.
        sleep(Duration::from_millis(50)).await;
    }
}

/// Everything that a connection is sent from here on, until it is closed.
async fn rest_of(client: &mut Client) -> Vec<Value> {
    let mut rest = Vec::new();
    while let Ok(frame) = client.receive().await {
        rest.push(frame);
    }
    rest
}

/// The connections of a player whose tokens are remembered to expire.
async fn remembered(stack: &Stack, player: &str) -> usize {
    let websockets = Websockets::new(stack.dynamodb().await, "WebsocketsTable".to_owned());
    let player = PlayerId::parse(player).expect("it is an id");
    let connections = websockets.connections(&player, Timestamp::from_ms(seconds_now() * 1000)).await;
    connections.expect("it reads").iter().filter(|connection| connection.token_expiry.is_known()).count()
}

#[tokio::test]
async fn a_connection_whose_token_has_run_out_ends_at_its_next_frame_or_push_or_by_the_sweep() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let stack = Stack::start_in(folder.path()).await;
    let secrets = token_secrets(&stack, folder.path()).await;
    let mut bob = stack.connect("bob").await;
    let game = super::create(&mut bob, "tic-tac-toe", json!({}), json!({})).await;
    let (url, end) = (stack.websocket(), seconds_now() + LEFT.unsigned_abs());
    let short = async |player: &str| {
        let token = token(player, &secrets, LEFT - LEEWAY);
        Client::connect(&url, &token).await.expect("it is good for some seconds")
    };
    let (mut speaker, mut watcher) = (short("speaker").await, short("watcher").await);
    let (mut addressee, mut idle) = (short("addressee").await, short("idle").await);
    speaker.accept(json!({ "action": "ping" })).await;
    watcher.accept(json!({ "action": "watch", "game": game })).await;
    for player in ["speaker", "watcher", "addressee", "idle"] {
        assert_eq!(remembered(&stack, player).await, 1, "{player}");
    }
    bob.accept(json!({ "action": "join", "game": game })).await;
    watcher.hears_after(&game, 1, 2).await;
    wait_until_after(end + 1).await;
    let closing = json!({
        "type": "closing",
        "code": "token_expired",
        "message": "The sign-in has expired. Please connect again.",
    });

    // The frame is answered, and the same frame is welcome on the next connection.
    let frame = json!({ "action": "join", "game": game, "id": "5ad9bb5e-2a0f-4c2e-8f0c-0d9b6d3c2a11" });
    let answer = speaker.ask(frame.clone()).await;
    assert_eq!(
        (&answer["type"], &answer["code"], &answer["retryable"]),
        (&json!("rejected"), &json!("token_expired"), &json!(true))
    );
    assert_eq!(rest_of(&mut speaker).await, std::slice::from_ref(&closing));
    // The message that the connection is ended with instead is not told to it.
    let mut speaker = stack.connect("speaker").await;
    assert_eq!(speaker.accept(frame).await["seq"], 3, "nothing was done before");
    let mut rest = rest_of(&mut watcher).await;
    // What it was told at once, the stream tells again.
    rest.retain(|frame| frame["type"] != "messages" || frame["seq"] != 2);
    assert_eq!(rest, std::slice::from_ref(&closing));
    let mut watcher = stack.connect("watcher").await;
    assert_eq!(watcher.accept(json!({ "action": "watch", "game": game, "after": 2 })).await["seq"], 3);

    bob.accept(json!({ "action": "sendmessage", "message": "Hello", "destinationPlayerId": "addressee" })).await;
    assert_eq!(rest_of(&mut addressee).await, std::slice::from_ref(&closing));
    let mut addressee = stack.connect("addressee").await;
    let inbox = addressee.accept(json!({ "action": "inbox" })).await;
    assert_eq!(inbox["messages"][0]["text"], "Hello");

    let (said, is_well) = stack.run(&["invoke", "SweepFunction"]).await;
    assert!(is_well, "{said}");
    assert_eq!(rest_of(&mut idle).await, [closing]);
    assert_eq!(remembered(&stack, "idle").await, 0);
    // Whoever has come back with a good token is left alone.
    for client in [&mut speaker, &mut watcher, &mut addressee, &mut bob] {
        client.accept(json!({ "action": "ping" })).await;
    }
}

#[tokio::test]
async fn tokens_of_an_identity_provider_are_let_in_as_the_template_says() {
    let signers = [Signer::rsa("r"), Signer::elliptic("e"), Signer::edwards("d")];
    let stranger = Signer::elliptic("e");
    let server = KeyServer::start(signers.iter().map(Signer::jwk).collect()).await;
    let url = format!("TokenJwksUrl={}", server.address());
    let parameters =
        ["--parameter", &url, "--parameter", "TokenAudience=game", "--parameter", "TokenIssuer=https://login"];
    let stack = Stack::start_with(&[&["--ephemeral"], parameters.as_slice()].concat()).await;
    let connect = async |token: String| Client::connect(&stack.websocket(), &token).await;
    let now = f64::from(u32::try_from(seconds_now()).expect("it is before 2106"));
    let claims = |audience: Value| json!({ "sub": "auth0|ada", "iss": "https://login", "aud": audience, "exp": now + 60.5, "iat": now - 0.5, "name": null });
    for signer in &signers {
        let mut client = connect(signer.token(&claims(json!(["game", "shop"])))).await.expect("it is good");
        client.accept(json!({ "action": "ping" })).await;
        let refused = connect(signer.token(&claims(json!("shop")))).await;
        assert_eq!(refused.map(|_| ()), Err(Refused(401)), "it is for somebody else");
    }
    assert_eq!(connect(stranger.token(&claims(json!("game")))).await.map(|_| ()), Err(Refused(401)));
    // Those that are signed with the secret have to be for this server as well.
    assert_eq!(connect(stack.token("ada").await).await.map(|_| ()), Err(Refused(401)));
}
