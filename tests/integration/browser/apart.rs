//! What the page shows before there is a connection, and while the server gives none.

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use turnlog_tests::{Browser, Relay, Stack, witnessed};
use uuid::Uuid;

use super::{Hand, failures, says_name};

/// More frames at once than any limit lets through.
const FLOOD: usize = 200;

#[tokio::test]
async fn the_form_for_a_new_game_says_what_it_waits_for_and_does_not_move() {
    let Some(browser) = Browser::start("no-kinds").await else { return };
    let stack = Stack::start().await;
    let relay = Relay::to(&stack).await;
    let ada = browser.open_phone("Ada").await;
    let story = async {
        ada.open(relay.address()).await;
        ada.sees("#name").await;
        relay.cut();
        says_name(Hand::Mouse, &ada, "Ada").await;
        ada.reads("#create-hint", "There is no connection yet. The games to choose from come with it.").await;
        ada.reads("#kind option:checked", "Loading…").await;
        ada.sees("#create:disabled").await;
        let top = ada.top_of("#create").await;
        relay.mend();
        ada.reads("#kind option:checked", "Tic-tac-toe").await;
        ada.reads("#create-hint", "You take the first seat. Then send the link to whoever you want to play with.")
            .await;
        assert_eq!(ada.top_of("#create").await, top, "nothing moves when the form can be used");

        // What was chosen stays over a reconnect.
        ada.click("#kind option[value=chess]").await;
        ada.click("#change-name").await;
        ada.overwrite("#name", "Ada L.").await;
        ada.click("#name-save").await;
        ada.sees("#connection[data-state=open]").await;
        ada.reads("#kind option:checked", "Chess").await;
        ada.click("#create").await;
        ada.reads("#game-title", "Chess").await;
    };
    witnessed(&failures(), &[&ada], story).await;
    stack.stop("TERM").await;
}

#[tokio::test]
async fn whoever_is_kept_out_is_told_so_and_is_let_in_again_by_itself() {
    let Some(browser) = Browser::start("kept-out").await else { return };
    let stack = Stack::start_with(&["--ephemeral", "--parameter", "FramesPerSecond=2"]).await;
    let eve = browser.open_phone("Eve").await;
    let story = async {
        let mut client = stack.connect("eve").await;
        let frame = || Message::text(json!({ "action": "ping", "id": Uuid::new_v4() }).to_string());
        for _ in 0..FLOOD {
            client.try_send(frame()).await;
        }
        while client.receive().await.is_ok() {}
        eve.open(&format!("{}?player=eve", stack.address())).await;
        eve.reads("#connection[data-state=waiting-to-retry] #connection-text", "Refused").await;
        let told = "The server refuses the connection. Either the sign-in is not valid any more, or too much came from here, \
                    which passes within half a minute. This page goes on trying.";
        eve.reads("#refusals .error[data-code=refused] p", told).await;
        for part in ["#retry", "#mail-link", "#change-name"] {
            assert!(eve.is_within_window(part).await && eve.is_clear(part).await, "{part} has its place on a phone");
        }
        eve.sees("#connection[data-state=open]").await;
        eve.misses("#refusals .error").await;
        eve.sees("#create:not(:disabled)").await;
    };
    Box::pin(witnessed(&failures(), &[&eve], story)).await;
    stack.stop("TERM").await;
}
