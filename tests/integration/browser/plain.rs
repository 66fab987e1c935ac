//! The board that every kind has: of a kind that the page knows nothing of, and of one that hides much.

use turnlog_tests::{Browser, Key, Page, Stack, eventually, witnessed};

use super::{Hand, create, failures, in_turn, says_name};
use crate::project;

fn button(action: &str) -> String {
    format!("#board button[data-move='{action}']")
}

/// Ada has made a game; Bob joins it.
async fn joins(ada: &Page, bob: &Page) {
    bob.open(&ada.value("#share-link").await).await;
    if bob.shows("#name").await {
        says_name(Hand::Mouse, bob, "Bob").await;
    }
    bob.click("#join").await;
}

/// Waits until the text of the kind shows so many cells without a mark.
async fn sees_free_cells(page: &Page, count: usize) {
    let what = format!("{count} free cells");
    let look = || async { (page.text_of("#board .plain-text").await.matches('.').count() == count).then_some(()) };
    eventually(&what, look).await;
}

#[tokio::test]
async fn a_kind_without_a_file_is_created_by_a_form_and_played_to_its_end_by_buttons() {
    let Some(browser) = Browser::start("plain").await else { return };
    let (project, stack) = project::started("our-board", "grid").await;
    let (ada, bob) = (browser.open("Ada").await, browser.open_phone("Bob").await);
    let story = async {
        ada.open(stack.address()).await;
        says_name(Hand::Mouse, &ada, "Ada").await;
        ada.click("#kind option[value=our-board]").await;
        ada.reads("#kind option:checked", "Our board").await;
        ada.reads("#options-summary", "line 3, side 4").await;
        ada.click("#options summary").await;
        ada.reads("label[for=option-side]", "Side").await;
        ada.overwrite("#option-side", "5").await;
        ada.click("#create").await;
        ada.sees("#table[data-phase=waiting]").await;
        joins(&ada, &bob).await;
        sees_free_cells(&ada, 25).await;
        assert!(!ada.shows("#plain-board").await, "there is no other board");
        assert!(!ada.shows("#errors .error").await, "a kind needs no file");
        for (page, row, column) in [(&ada, 0, 0), (&bob, 1, 0), (&ada, 0, 1), (&bob, 1, 1)] {
            page.click(&button(&format!("{{\"column\":{column},\"row\":{row}}}"))).await;
            page.misses("#board button").await;
        }
        ada.reads("#moves li:first-child .line", "Bob column 1, row 1").await;
        ada.tab_to(&button("{\"column\":2,\"row\":0}")).await;
        ada.press(Key::Enter).await;
        ada.reads("#status[data-tone=won]", "You won: line.").await;
        bob.reads("#status[data-tone=lost]", "Ada won: line.").await;
        for page in [&ada, &bob] {
            page.misses("#board button").await;
            assert_eq!(page.console_errors().await, Vec::<String>::new(), "a kind without a file is no error");
        }
        sees_free_cells(&ada, 20).await;
        ada.click("#replay-first").await;
        ada.sees("#replay[data-seq='1']").await;
        sees_free_cells(&ada, 25).await;
    };
    witnessed(&failures(), &[&ada, &bob], story).await;
    stack.stop("TERM").await;
    drop(project);
}

#[tokio::test]
async fn moves_that_are_too_many_for_a_list_are_entered_in_a_form() {
    let Some(browser) = Browser::start("plain-cut").await else { return };
    let stack = Stack::start().await;
    let (ada, bob) = (browser.open("Ada").await, browser.open_phone("Bob").await);
    let story = async {
        ada.open(stack.address()).await;
        says_name(Hand::Mouse, &ada, "Ada").await;
        ada.click("#kind option[value=tic-tac-toe]").await;
        ada.click("#options summary").await;
        ada.overwrite("#option-size", "19").await;
        ada.click("#create").await;
        joins(&ada, &bob).await;
        ada.sees("#table[data-phase=playing]").await;
        ada.click("#plain-board").await;
        ada.reads("#board .plain-moves > .hint", "These are the first 200 moves. You can enter any other one below.")
            .await;
        ada.write("#plain-search", "cell 199").await;
        ada.misses(&button("{\"cell\":198}")).await;
        ada.sees(&button("{\"cell\":199}")).await;
        ada.write("#move-cell", "360").await;
        ada.click("#plain-play").await;
        ada.sees("#table[data-seq='4']").await;
    };
    witnessed(&failures(), &[&ada, &bob], story).await;
    stack.stop("TERM").await;
}

#[tokio::test]
async fn two_people_play_dice_on_the_plain_board_and_see_their_own_only() {
    let Some(browser) = Browser::start("plain-dice").await else { return };
    let stack = Stack::start().await;
    let (ada, bob) = (browser.open("Ada").await, browser.open_phone("Bob").await);
    let story = async {
        create(stack.address(), Hand::Mouse, "liars-dice", &ada).await;
        joins(&ada, &bob).await;
        ada.click("#start").await;
        for page in [&ada, &bob] {
            page.sees("#table[data-phase=playing] #board .cup").await;
            page.click("#plain-board").await;
            page.sees("#board .plain-text").await;
            page.misses("#board .cup").await;
        }
        let [of_ada, of_bob] = [ada.text_of("#board .plain-text").await, bob.text_of("#board .plain-text").await];
        assert!(of_ada.starts_with("Player 1: [") && of_ada.contains("Player 2: 5 dice"), "{of_ada}");
        assert!(of_bob.starts_with("Player 1: 5 dice") && of_bob.contains("Player 2: ["), "{of_bob}");
        ada.sees("#board .plain-groups details[open]").await;
        ada.write("#plain-search", "count 7 face 2").await;
        ada.misses(&button("{\"bid\":{\"count\":1,\"face\":1}}")).await;
        ada.click(&button("{\"bid\":{\"count\":7,\"face\":2}}")).await;
        bob.reads("#moves li:first-child .line", "Ada bid 7 × 2").await;
        bob.misses(&button("{\"bid\":{\"count\":7,\"face\":2}}")).await;
        let challenge = button("{\"challenge\":{}}");
        while let Some(page) = in_turn(&[&ada, &bob]).await {
            page.sees("#board .plain-moves button").await;
            if page.shows(&challenge).await {
                page.click(&challenge).await;
            } else if !page.shows("#table[data-phase=finished]").await {
                page.click(&button("{\"bid\":{\"count\":1,\"face\":1}}")).await;
            }
        }
        for page in [&ada, &bob] {
            page.sees("#table[data-phase=finished]").await;
            page.click("#plain-board").await;
            page.sees("#board .cup").await;
            assert_eq!(page.console_errors().await, Vec::<String>::new());
        }
    };
    witnessed(&failures(), &[&ada, &bob], story).await;
    stack.stop("TERM").await;
}
