//! Functions that are killed in the middle, with pushes at once and without.

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use turnlog_tests::{Client, Proxy, Stack, eventually, send_signal};
use uuid::Uuid;

use super::super::{cell, entries, play, table};

/// Gives a command until it is answered: what a function was killed at is given again, as clients do.
async fn insist(client: &mut Client, mut frame: Value) -> Value {
    let id = json!(Uuid::new_v4());
    frame["id"] = id.clone();
    loop {
        client.send(Message::text(frame.to_string())).await;
        loop {
            let received = client.receive().await.expect("the connection stays open");
            if received.get("id") == Some(&id) && received["type"] != "failed" {
                assert_eq!(received["type"], "accepted", "{frame} was answered with {received}");
                return received;
            }
            let is_gateway = received.get("connectionId").is_some();
            if is_gateway || received.get("id") == Some(&id) {
                break;
            }
        }
    }
}

async fn let_in(stack: &Stack, player: &str) -> Client {
    let token = stack.token(player).await;
    loop {
        // Who is refused by a function that was killed comes again.
        if let Ok(client) = Client::connect(&stack.websocket(), &token).await {
            return client;
        }
    }
}

#[tokio::test]
async fn a_command_killed_between_its_append_and_its_pushes_is_carried_out_once_and_everybody_hears_of_it() {
    let proxy = Proxy::start().await;
    let arguments = ["--ephemeral", "--dynamodb-endpoint", proxy.endpoint(), "--parameter", "PushAtOnce=1000"];
    let stack = Stack::start_with_processes(&arguments).await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let mut eve = stack.connect("eve").await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    eve.accept(json!({ "action": "watch", "game": game, "after": 0 })).await;
    ada.hears(&game, 3).await;
    let commands = stack.children().await.into_iter().filter(|(_, name)| name == "command");
    let commands: Vec<u32> = commands.map(|(pid, _)| pid).collect();
    let mut frame = cell(&game, 4);
    frame["id"] = json!(Uuid::new_v4());
    // Two ask who follows the game: the command, and the stream's push. Neither is answered.
    proxy.hold("Query", "WebsocketsTable");
    proxy.hold("Query", "WebsocketsTable");
    ada.send(Message::text(frame.to_string())).await;
    eventually("both are held", || async { proxy.is_spent().then_some(()) }).await;
    for pid in commands {
        send_signal(pid, "KILL").await;
    }
    ada.receives(|frame| frame["message"] == "Internal server error").await;
    assert_eq!(ada.accept(frame).await["seq"], 4);
    for client in [&mut bob, &mut eve] {
        client.hears(&game, 4).await;
        assert_eq!(client.seqs(&game), [1, 2, 3, 4]);
    }
    assert_eq!(entries(&stack, &game).await.len(), 4);
}

/// Crashes strike at any moment, also when everything is done and only the answer is missing.
#[tokio::test]
async fn everybody_ends_with_every_message_once_whatever_is_killed_gone_or_refused() {
    for push_at_once in ["PushAtOnce=50", "PushAtOnce=0"] {
        let faults = ["crash=0.2", "gone=0.1", "throttled-connection=0.2"].map(|fault| ["--fault", fault]);
        let arguments = [&["--ephemeral", "--parameter", push_at_once], faults.as_flattened()].concat();
        let stack = Stack::start_with(&arguments).await;
        let (mut ada, mut bob) = (let_in(&stack, "ada").await, let_in(&stack, "bob").await);
        let mut eve = let_in(&stack, "eve").await;
        let created = insist(&mut ada, json!({ "action": "create", "kind": "connect-four" })).await;
        let game = created["game"].as_str().expect("it has an id").to_owned();
        for (client, seat) in [(&mut ada, 0), (&mut bob, 1)] {
            insist(client, json!({ "action": "watch", "game": game })).await;
            insist(client, json!({ "action": "join", "game": game, "seat": seat })).await;
        }
        insist(&mut eve, json!({ "action": "watch", "game": game, "after": 0 })).await;
        for turn in 0..18 {
            let player = if turn % 2 == 0 { &mut ada } else { &mut bob };
            // Neither can have four in a row: three columns fill up, and everybody has every second disc of each.
            let answer = insist(player, play(&game, json!({ "column": turn % 3 * 2 }))).await;
            assert_eq!(answer["seq"], 4 + turn, "{push_at_once}");
        }
        let log = entries(&stack, &game).await;
        assert_eq!(log.len(), 21, "{push_at_once}: each command once");
        for client in [&mut ada, &mut bob, &mut eve] {
            // What the network lost is asked for from the last message without a gap on.
            let seqs = client.seqs(&game);
            let known = (1..).zip(&seqs).take_while(|(due, seq)| due == *seq).count();
            insist(client, json!({ "action": "watch", "game": game, "after": known })).await;
            assert_eq!(client.seqs(&game), (1..=21).collect::<Vec<u64>>(), "{push_at_once}");
            let told: Vec<_> = client.messages(&game).iter().map(|message| message["at"].clone()).collect();
            let stored: Vec<_> = log.iter().map(|entry| json!(entry.message.at.as_ms())).collect();
            assert_eq!(told, stored, "{push_at_once}");
        }
    }
}
