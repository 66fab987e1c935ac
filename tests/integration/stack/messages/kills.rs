//! Direct messages while functions are killed: each arrives on every device, once and in order.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
};

use futures::future::join_all;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use turnlog_tests::{Client, Proxy, Stack, eventually, send_signal};
use uuid::Uuid;

use super::{hears, log_of, message, pushed, to};

/// Senders, and messages of each: fewer than the limit for one sender.
const SENDERS: usize = 8;
const MESSAGES: usize = 4;

async fn kill_all(stack: &Stack, function: &str) {
    for (pid, name) in stack.children().await {
        if name == function {
            send_signal(pid, "KILL").await;
        }
    }
}

/// Sends a frame once, and tells the answer; `None` when the gateway says that its function is gone.
async fn attempt(client: &mut Client, frame: &Value) -> Option<Value> {
    client.send(Message::text(frame.to_string())).await;
    loop {
        let received = client.receive().await.expect("the connection stays open");
        if received["message"] == "Internal server error" {
            return None;
        }
        if received["id"] == frame["id"] {
            return Some(received);
        }
    }
}

/// Sends a message under one id until it is accepted, as a client does; tells how often it was in vain.
async fn insist(client: &mut Client, player: &str, text: &str) -> usize {
    let mut frame = to(player, text);
    frame["id"] = json!(Uuid::new_v4());
    for vain in 0.. {
        if let Some(answer) = attempt(client, &frame).await {
            assert!(answer["type"] == "accepted" || answer["retryable"] == true, "{answer}");
            if answer["type"] == "accepted" {
                return vain;
            }
        }
    }
    unreachable!("it is tried until it is accepted")
}

/// What a device shows: the messages by their seq. What comes twice has to be the same.
fn shown(client: &Client) -> BTreeMap<u64, (String, String)> {
    let mut shown = BTreeMap::new();
    for (seq, from, text) in pushed(client) {
        let known = shown.insert(seq, (from.clone(), text.clone()));
        assert!(known.is_none_or(|known| known == (from, text)), "one seq, one message");
    }
    shown
}

#[tokio::test]
async fn a_message_whose_function_is_killed_in_mid_call_is_stored_once() {
    for takes_effect in [false, true] {
        let proxy = Proxy::start().await;
        let stack = Stack::start_with_processes(&["--ephemeral", "--dynamodb-endpoint", proxy.endpoint()]).await;
        let (mut ada, mut bob) = stack.ada_and_bob().await;
        let mut frame = to("bob", "Hello");
        frame["id"] = json!(Uuid::new_v4());
        if takes_effect {
            proxy.swallow("PutItem", "MessagesTable");
        } else {
            proxy.hold("PutItem", "MessagesTable");
        }
        let killed = async {
            proxy.holds().await;
            kill_all(&stack, "command").await;
        };
        let (answer, ()) = tokio::join!(attempt(&mut ada, &frame), killed);
        assert_eq!(answer, None);
        assert_eq!(ada.accept(frame).await["to"], "bob");
        ada.accept(to("bob", "Bye")).await;
        hears(&mut bob, 2).await;
        let mut heard = pushed(&bob);
        heard.sort_unstable();
        assert_eq!(heard, [message(1, "ada", "Hello"), message(2, "ada", "Bye")]);
        assert_eq!(log_of(&stack, "bob").await.len(), 2);
    }
}

#[tokio::test]
async fn messages_come_once_and_in_order_to_every_device_whatever_is_killed_meanwhile() {
    let stack = Stack::start_with_processes(&["--ephemeral"]).await;
    let mut devices = [stack.connect("bob").await, stack.connect("bob").await];
    let names: Vec<String> = (0..SENDERS).map(|number| format!("sender-{number}")).collect();
    let mut senders = join_all(names.iter().map(|name| stack.connect(name))).await;
    let accepted = AtomicUsize::new(0);
    let send_all = join_all(senders.iter_mut().map(async |sender| {
        let mut vain = 0;
        for number in 0..MESSAGES {
            vain += insist(sender, "bob", &format!("message {number}")).await;
            accepted.fetch_add(1, Ordering::Relaxed);
        }
        vain
    }));
    let kill = async {
        for after in (0..SENDERS * MESSAGES).step_by(4) {
            let is_on = || async { (accepted.load(Ordering::Relaxed) >= after).then_some(()) };
            eventually("further messages", is_on).await;
            tokio::join!(kill_all(&stack, "command"), kill_all(&stack, "push"));
        }
    };
    let (vain, ()) = tokio::join!(send_all, kill);
    assert!(vain.iter().sum::<usize>() > 0, "no function was killed at work");

    let all = u64::try_from(SENDERS * MESSAGES).expect("it is small");
    let log = log_of(&stack, "bob").await;
    assert_eq!(log.len(), SENDERS * MESSAGES, "each is stored once");
    for device in &mut devices {
        while !shown(device).keys().copied().eq(1..=all) {
            device.receive().await.expect("the connection stays open");
        }
        let shown: Vec<(String, String)> = shown(device).into_values().collect();
        for name in &names {
            let texts = shown.iter().filter(|(from, _)| from == name).map(|(_, text)| text.as_str());
            let expected: Vec<String> = (0..MESSAGES).map(|number| format!("message {number}")).collect();
            assert!(texts.eq(expected.iter().map(String::as_str)), "{name}: {shown:?}");
        }
    }
}
