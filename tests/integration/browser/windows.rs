//! Windows, links, and a network that goes and comes.

use std::time::{Duration, Instant};

use serde_json::json;
use turnlog_tests::{Browser, Page, Relay, Stack, eventually, witnessed};

use super::{Hand, Plan, create, failures, says_name, sit_down, take_turns};

const PLAN: Plan = Plan { kind: "tic-tac-toe", moves: &[(0, 0), (3, 3), (1, 1), (4, 4), (2, 2)], end: "3 in a row." };

/// More than connecting takes, and less than a page waits that has tried in vain for some time.
const FAR: Duration = Duration::from_secs(6);

#[tokio::test]
async fn one_person_plays_both_sides_in_two_windows_of_one_browser() {
    let Some(browser) = Browser::start("second-player").await else { return };
    let stack = Stack::start().await;
    let ada = browser.open("Ada").await;
    let story = async {
        create(stack.address(), Hand::Mouse, "tic-tac-toe", &ada).await;
        let link = ada.value("#share-link").await;
        ada.click("#second-player").await;
        ada.window(1).await;
        ada.reads("#change-name", "Player 2").await;
        ada.click("#join").await;
        ada.reads("#seats li[data-seat='0'] .seat-name", "Ada").await;
        ada.reads("#seats li[data-seat='1'] .seat-name", "Player 2").await;
        assert_eq!(ada.address().await, link, "the address can be sent to anybody");
        for (turn, (place, cell)) in PLAN.moves.iter().enumerate() {
            ada.window(turn % 2).await;
            ada.sees("#board[data-open=true]").await;
            ada.click(&format!("#board [data-place='{place}']")).await;
            ada.sees(&format!("#board [data-cell='{cell}'][data-seat='{}']", turn % 2)).await;
        }
        ada.reads("#status[data-tone=won]", "You won: 3 in a row.").await;
        ada.window(1).await;
        ada.reads("#status[data-tone=lost]", "Ada won: 3 in a row.").await;
        // Each window stays who it is.
        for (window, name) in ["Ada", "Player 2"].into_iter().enumerate() {
            ada.window(window).await;
            ada.reload().await;
            ada.reads("#change-name", name).await;
        }
        assert_eq!(ada.console_errors().await, Vec::<String>::new());
    };
    witnessed(&failures(), &[&ada], story).await;
    stack.stop("TERM").await;
}

#[tokio::test]
async fn a_link_that_names_no_game_says_so_and_leads_back() {
    let Some(browser) = Browser::start("wrong-link").await else { return };
    let stack = Stack::start().await;
    let ada = browser.open("Ada").await;
    let story = async {
        let address = stack.address();
        ada.open(&format!("{address}#game=x")).await;
        ada.reads("#missing-title", "This link is wrong").await;
        ada.click("#missing a").await;
        says_name(Hand::Mouse, &ada, "Ada").await;
        ada.sees("#lobby").await;
        for wrong in ["game=", "game=00000000-0000-4000-8000-00000000000", "gaem=00000000-0000-4000-8000-000000000001"]
        {
            ada.open(&format!("{address}#{wrong}")).await;
            ada.reads("#missing-title", "This link is wrong").await;
            assert!(!ada.shows("#errors .error").await);
        }
        ada.open(&format!("{address}#game=00000000-0000-4000-8000-000000000001")).await;
        ada.reads("#missing-title", "This game cannot be shown").await;
        ada.reads("#missing-text", "There is no such game.").await;
        ada.click("#missing a").await;
        ada.sees("#lobby").await;
    };
    witnessed(&failures(), &[&ada], story).await;
    stack.stop("TERM").await;
}

#[tokio::test]
async fn phones_without_a_connection_say_so_and_are_back_at_once_with_the_network_or_a_tap() {
    let Some(browser) = Browser::start("apart").await else { return };
    let stack = Stack::start().await;
    let relay = Relay::to(&stack).await;
    let (ada, bob) = (browser.open_phone("Ada").await, browser.open_phone("Bob").await);
    let story = async {
        sit_down(relay.address(), Hand::Mouse, &PLAN, &ada, &bob).await;
        take_turns(Hand::Mouse, &PLAN, 0..1, &ada, &bob).await;
        let top = ada.top_of("#board").await;
        bob.network(false).await;
        relay.cut();
        ada.sees("#connection:not([data-state=open])").await;
        ada.click("#board [data-place='5']").await;
        let told = "There is no connection, so the game may have gone on.";
        ada.reads("#hints .error p", told).await;
        assert_eq!(ada.top_of("#board").await, top, "the board stays where it was");
        // Bob's move waits for the connection, and says so.
        bob.click("#board [data-place='3']").await;
        bob.reads("#status", "Offline: your move waits.").await;

        is_far_from_the_next_attempt(&ada).await;
        is_far_from_the_next_attempt(&bob).await;
        is_far_from_the_next_attempt(&ada).await;
        ada.reads("#connection[data-state=waiting-to-retry] #connection-text", "Offline").await;
        let name = "#connection[data-state=waiting-to-retry] ~ #change-name";
        assert!(ada.is_within_window(name).await, "the name stays on the page");
        assert_eq!(ada.text_of(name).await, "Ada");
        relay.mend();
        let mended = Instant::now();
        ada.click("#game-title").await;
        ada.sees("#connection[data-state=open]").await;
        ada.misses("#errors .error").await;
        // Bob's browser notices that the network is back.
        bob.network(true).await;
        bob.sees("#connection[data-state=open]").await;
        ada.sees("#board [data-cell='3'][data-seat='1']").await;
        assert!(mended.elapsed() < FAR, "nobody waited for the next attempt");
    };
    witnessed(&failures(), &[&ada, &bob], story).await;
    stack.stop("TERM").await;
}

/// Waits until the page has a long time to go before it tries again.
async fn is_far_from_the_next_attempt(page: &Page) {
    let left = || async {
        let seconds = page.attribute("#connection[data-state=waiting-to-retry]", "data-seconds").await?;
        (seconds.parse::<u64>().ok()? > FAR.as_secs() + 1).then_some(())
    };
    eventually("the next attempt is far away", left).await;
}

#[tokio::test]
async fn a_host_makes_a_new_link_and_the_one_before_lets_nobody_in() {
    let Some(browser) = Browser::start("new-link").await else { return };
    let stack = Stack::start().await;
    let (ada, bob) = (browser.open("Ada").await, browser.open("Bob").await);
    let story = async {
        let mut host = stack.connect("ada").await;
        let table = json!({ "private": true });
        let created = host.accept(json!({ "action": "create", "kind": "chess", "table": table })).await;
        let game = created["game"].as_str().expect("it has an id");
        host.accept(json!({ "action": "join", "game": game })).await;
        ada.open(&format!("{}?player=ada#game={game}", stack.address())).await;
        ada.sees("#renew").await;
        let first = ada.value("#share-link").await;
        ada.click("#renew").await;
        let renewed = || async { Some(ada.value("#share-link").await).filter(|link| *link != first) };
        let second = eventually("the new link", renewed).await;
        assert_eq!(ada.address().await.split('#').nth(1), second.split('#').nth(1), "the address can be sent on, too");
        assert!(ada.text_of("#log").await.contains("The host made a new link"));
        bob.open(&first).await;
        says_name(Hand::Mouse, &bob, "Bob").await;
        bob.reads("#missing-title", "This game cannot be shown").await;
        bob.open(&second).await;
        bob.sees("#join").await;
        assert!(!bob.shows("#renew").await, "only the host makes links");
    };
    Box::pin(witnessed(&failures(), &[&ada, &bob], story)).await;
    stack.stop("TERM").await;
}
