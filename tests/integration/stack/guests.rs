//! Guests on the whole stack: they play, come back as who they were, and cannot be anybody else.

use std::net::Ipv4Addr;

use serde_json::{Value, json};
use turnlog_tests::{Client, Refused, Stack, token};

use super::{cell, play_cells, table, token_secrets};

/// Two guests, as the page makes their tokens.
const ADA: &str = "guest.AAAAAAAAAAAAAAAAAAAAAA.QWRh";
const BOB: &str = "guest.BBBBBBBBBBBBBBBBBBBBBB.Qm9i";
/// The id that follows from Ada's secret.
const ADA_ID: &str = "guest-f9329b59b81d6d97fb839b5a06cfd7da";

async fn connect(stack: &Stack, token: &str) -> Result<Client, Refused> {
    Client::connect(&stack.websocket(), token).await
}

#[tokio::test]
async fn two_guests_play_and_come_back_as_who_they_were() {
    let stack = Stack::start_with(&["--ephemeral", "--parameter", "Guests=on"]).await;
    let mut ada = connect(&stack, ADA).await.expect("guests are let in");
    let mut bob = connect(&stack, BOB).await.expect("guests are let in");
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    play_cells(&mut ada, &mut bob, &game, &[0, 3, 1]).await;
    let seats = ada.view(&game)["seats"].clone();
    let ids: Vec<Value> = [0, 1].map(|seat: usize| seats[seat]["player_id"].clone()).into();
    assert_eq!(ids[0], ADA_ID);
    let players = ada.accept(json!({ "action": "players", "ids": ids })).await["players"].clone();
    let named = |id: &Value| {
        let mut players = players.as_array().expect("it is a list").iter();
        players.find(|player| player["player_id"] == *id).map(|player| player["name"].clone())
    };
    assert_eq!([named(&ids[0]), named(&ids[1])], [Some(json!("Ada")), Some(json!("Bob"))]);

    ada.close().await;
    bob.close().await;
    let mut bob = connect(&stack, BOB).await.expect("guests are let in");
    // Under another name, and without the subprotocol's place for the token.
    let url = format!("{}?token=guest.AAAAAAAAAAAAAAAAAAAAAA", stack.websocket());
    let mut ada = Client::connect_plain(&url).await.expect("guests are let in");
    for (client, seat) in [(&mut ada, 0), (&mut bob, 1)] {
        assert_eq!(client.accept(json!({ "action": "watch", "game": game })).await["view"]["you"], seat);
    }
    play_cells(&mut bob, &mut ada, &game, &[4, 2]).await;
    ada.sees(&game, |view| view["phase"] == "finished").await;
    assert_eq!(ada.view(&game)["outcome"]["winners"], json!([0]));
}

#[tokio::test]
async fn nobody_takes_the_place_of_a_guest_by_their_id() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let arguments = ["--data-dir", folder.path().to_str().expect("it has a plain name"), "--parameter", "Guests=on"];
    let stack = Stack::start_with(&arguments).await;
    let secrets = token_secrets(&stack, folder.path()).await;
    let mut ada = connect(&stack, ADA).await.expect("guests are let in");
    let mut bob = connect(&stack, BOB).await.expect("guests are let in");
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    // The id is what others see of a guest. It is no secret, and no token names it.
    assert_eq!(connect(&stack, &token(ADA_ID, &secrets, 60)).await.map(|_| ()), Err(Refused(401)));
    let asked = json!({ "player_id": ADA_ID, "name": "Ada" });
    let answer = reqwest::Client::new().post(format!("{}/dev/token", stack.address())).json(&asked).send().await;
    assert_eq!(answer.expect("it is answered").status(), 400);
    for secret in [ADA_ID, ADA_ID.trim_start_matches("guest-")] {
        let mut eve = connect(&stack, &format!("guest.{secret}.QWRh")).await.expect("that is somebody");
        assert_eq!(eve.accept(json!({ "action": "watch", "game": game })).await["view"]["you"], Value::Null);
        eve.reject(cell(&game, 0)).await;
    }
    ada.accept(cell(&game, 0)).await;
}

#[tokio::test]
async fn guests_are_let_in_only_where_the_template_is_told_so() {
    let stack = Stack::start().await;
    assert_eq!(connect(&stack, ADA).await.map(|_| ()), Err(Refused(401)));
    let by_query = Client::connect_plain(&format!("{}?token={ADA}", stack.websocket())).await;
    assert_eq!(by_query.map(|_| ()), Err(Refused(401)));
}

#[tokio::test]
async fn guests_of_one_address_come_one_after_the_other_and_hold_up_nobody_else() {
    let arguments = ["--ephemeral", "--parameter", "Guests=on", "--parameter", "GuestsPerMinute=3"];
    let stack = Stack::start_with(&arguments).await;
    let [one, other] = [2, 3].map(|last| Ipv4Addr::new(127, 0, 0, last));
    let guest = |number: usize| format!("guest.{number:022}");
    let mut open = Vec::new();
    // Each process of the authorizer lets three in.
    let refused = loop {
        assert!(open.len() < 60, "{} guests of one address are connected", open.len());
        match Client::connect_from(one, &stack.websocket(), &guest(open.len())).await {
            Ok(client) => open.push(client),
            Err(refused) => break refused,
        }
    };
    assert_eq!(refused, Refused(429));
    assert!(open.len() >= 3, "{}", open.len());
    open[0].accept(json!({ "action": "ping" })).await;
    Client::connect_from(other, &stack.websocket(), ADA).await.expect("another address is not held up");
    let ada = stack.token("ada").await;
    Client::connect_from(one, &stack.websocket(), &ada).await.expect("a signed token is not held up");
}
