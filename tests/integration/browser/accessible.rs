//! Every section and every board by the rules of axe-core: on a screen by day, and on a phone by night.

use turnlog_tests::{Axe, Browser, Page, Stack, witnessed};

use super::{Hand, failures, says_name, sign_in::host};

/// Rules that this page does not follow, and why.
const LEFT_OUT: [&str; 0] = [];

const KINDS: [&str; 6] = ["tic-tac-toe", "connect-four", "chess", "rock-paper-scissors", "liars-dice", "crazy-eights"];

#[tokio::test]
async fn every_section_and_board_keeps_the_rules_of_axe() {
    let Some(browser) = Browser::start("axe").await else { return };
    let Some(axe) = Axe::find("axe") else { return };
    let stack = Stack::start().await;
    let (ada, bob) = (browser.open("Ada").await, browser.open_phone("Bob").await);
    let story = async {
        bob.night().await;
        let mut wrong = Vec::new();
        sections(&stack, &axe, &[&ada, &bob], &mut wrong).await;
        for kind in KINDS {
            board(&stack, &axe, kind, (&ada, &bob), &mut wrong).await;
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    };
    witnessed(&failures(), &[&ada, &bob], story).await;
    stack.stop("TERM").await;
}

#[tokio::test]
async fn every_way_to_sign_in_keeps_the_rules_of_axe() {
    let Some(browser) = Browser::start("axe-sign-in").await else { return };
    let Some(axe) = Axe::find("axe-sign-in") else { return };
    let (ada, bob) = (browser.open("Ada").await, browser.open_phone("Bob").await);
    let (links, both) = (host(None).await, host(Some(r#"{"ways":["guest","token"]}"#)).await);
    // {"sub":"ada","name":"Ada","exp":1} and the same with 4000000000.
    let (expired, good) = (
        "e30.eyJzdWIiOiJhZGEiLCJuYW1lIjoiQWRhIiwiZXhwIjoxfQ.x",
        "e30.eyJzdWIiOiJhZGEiLCJuYW1lIjoiQWRhIiwiZXhwIjo0MDAwMDAwMDAwfQ.x",
    );
    let story = async {
        bob.night().await;
        let mut wrong = Vec::new();
        for page in [&ada, &bob] {
            page.open(&links).await;
            page.sees("#account[data-state=nobody]").await;
            check(&axe, page, "a link is needed", &mut wrong).await;
            page.open(&both).await;
            page.sees("#welcome #guest-hint").await;
            check(&axe, page, "the name of a guest", &mut wrong).await;
            page.open(&format!("{both}/#token={expired}")).await;
            page.sees("#account[data-state=expired]").await;
            check(&axe, page, "an expired link", &mut wrong).await;
            page.open(&format!("{both}/#token={good}")).await;
            page.click("#change-name").await;
            page.sees("#account[data-state=signed-in]").await;
            check(&axe, page, "the person of a link", &mut wrong).await;
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    };
    witnessed(&failures(), &[&ada, &bob], story).await;
}

async fn sections(stack: &Stack, axe: &Axe, pages: &[&Page], wrong: &mut Vec<String>) {
    for page in pages {
        page.open(&format!("{}#game=x", stack.address())).await;
        page.sees("#missing").await;
        check(axe, page, "a wrong link", wrong).await;
        page.click("#missing a").await;
        page.sees("#welcome").await;
        check(axe, page, "the name", wrong).await;
        says_name(Hand::Mouse, page, "Somebody").await;
        page.sees("#create:not(:disabled)").await;
        for fold_out in ["#options summary", "#table-options summary"] {
            page.click(fold_out).await;
        }
        page.click("#table-clock option[value=fischer]").await;
        check(axe, page, "the lobby", wrong).await;
        page.click("#mail-link").await;
        page.write("#mail-to", "nobody-of-this-name").await;
        page.write("#mail-text", "Hello").await;
        page.click("#mail-send").await;
        page.sees("#refusals .error").await;
        check(axe, page, "direct messages, with an error", wrong).await;
        page.click("#change-name").await;
        check(axe, page, "another name", wrong).await;
        page.click("#name-cancel").await;
    }
}

async fn board(stack: &Stack, axe: &Axe, kind: &'static str, (ada, bob): (&Page, &Page), wrong: &mut Vec<String>) {
    ada.open(stack.address()).await;
    ada.reload().await;
    ada.click(&format!("#kind option[value={kind}]")).await;
    ada.click("#create").await;
    ada.sees("#table[data-phase=waiting] #seats li[data-seat='0']:not([data-free])").await;
    check(axe, ada, &format!("{kind}, waiting"), wrong).await;
    bob.open(&ada.value("#share-link").await).await;
    bob.click("#join").await;
    ada.sees("#seats li[data-seat='1']:not([data-free])").await;
    if ada.shows("#start").await {
        ada.click("#start").await;
    }
    for page in [ada, bob] {
        page.sees("#table[data-phase=playing]").await;
        page.click("#talk summary").await;
    }
    ada.write("#talk-text", "Hello").await;
    ada.click("#talk-send").await;
    ada.click("#offer-buttons [data-offer=draw]").await;
    bob.sees("#offers li").await;
    for page in [ada, bob] {
        check(axe, page, &format!("{kind}, playing"), wrong).await;
    }
    for page in [ada, bob] {
        page.click("#plain-board").await;
        page.sees("#board .plain-text").await;
    }
    // Whose turn it is depends on the kind; one of them has all the buttons.
    for page in [ada, bob] {
        if page.shows("#board[data-open=true]").await {
            page.sees("#board .plain-moves").await;
        }
        check(axe, page, &format!("{kind}, on the plain board"), wrong).await;
        page.click("#plain-board").await;
        page.misses("#board .plain-text").await;
    }
    ada.click("#replay-previous").await;
    ada.sees("#board-frame[data-past]").await;
    check(axe, ada, &format!("{kind}, looking back"), wrong).await;
    bob.click("#offers [data-action=accept]").await;
    for page in [ada, bob] {
        page.sees("#table[data-phase=finished]").await;
        check(axe, page, &format!("{kind}, at its end"), wrong).await;
    }
}

async fn check(axe: &Axe, page: &Page, what: &str, wrong: &mut Vec<String>) {
    wrong.extend(axe.violations(page, &LEFT_OUT).await.into_iter().map(|violation| format!("{what}: {violation}")));
}
