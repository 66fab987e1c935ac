//! What the page says, and that it says it without moving anything, losing the focus, or turning the board round.

use turnlog_tests::{Browser, Key, Page, Stack, witnessed};

use super::{Hand, Plan, create, failures, says_name, sit_down, take_turns};

const PLAN: Plan = Plan { kind: "tic-tac-toe", moves: &[(0, 0), (3, 3), (1, 1), (4, 4), (2, 2)], end: "3 in a row." };

#[tokio::test]
async fn a_tap_that_is_no_move_says_why_and_moves_nothing() {
    let Some(browser) = Browser::start("no-move").await else { return };
    let stack = Stack::start().await;
    let (ada, bob) = (browser.open("Ada").await, browser.open_phone("Bob").await);
    let story = async {
        sit_down(stack.address(), Hand::Mouse, &PLAN, &ada, &bob).await;
        take_turns(Hand::Mouse, &PLAN, 0..1, &ada, &bob).await;
        let top = bob.top_of("#board").await;
        bob.click("#board [data-place='0']").await;
        bob.reads("#hints[role=status] .error[data-code=hint] p", "That cell is taken.").await;
        assert_eq!(bob.top_of("#board").await, top, "the board stays where it was");
        assert!(bob.is_within_window("#hints .error").await, "it is to be seen at once");
        bob.tab_to("#log summary").await;
        assert!(bob.is_clear("#log summary").await, "what has the focus is not behind it");
        let top = ada.top_of("#board").await;
        ada.click("#board [data-place='5']").await;
        ada.reads("#hints .error p", "Not yet: Bob to move.").await;
        assert_eq!(ada.top_of("#board").await, top, "the board stays where it was");
        // What was said goes with the next move.
        take_turns(Hand::Mouse, &PLAN, 1..2, &ada, &bob).await;
        for page in [&ada, &bob] {
            page.misses("#errors .error").await;
            assert_eq!(page.console_errors().await, Vec::<String>::new());
        }
    };
    witnessed(&failures(), &[&ada, &bob], story).await;
    stack.stop("TERM").await;
}

#[tokio::test]
async fn chess_says_why_a_square_is_no_move_and_looking_back_never_turns_the_board() {
    let Some(browser) = Browser::start("chess-squares").await else { return };
    let stack = Stack::start().await;
    let (ada, bob) = (browser.open("Ada").await, browser.open("Bob").await);
    let plan = Plan { kind: "chess", moves: &[], end: "" };
    let story = async {
        sit_down(stack.address(), Hand::Mouse, &plan, &ada, &bob).await;
        let said = async |page: &Page, square: &str, text: &str| {
            page.click(&format!("#board [data-square={square}]")).await;
            page.reads("#hints .error p", text).await;
        };
        ada.sees("#board[data-open=true]").await;
        said(&ada, "e5", "Pick one of your pieces first.").await;
        said(&ada, "e7", "That piece is not yours.").await;
        said(&ada, "a1", "The rook on a1 cannot move.").await;
        ada.click("#board [data-square=g1]").await;
        ada.misses("#errors .error").await;
        said(&ada, "g5", "The knight on g1 cannot go to g5.").await;
        said(&bob, "e7", "Not yet: Ada to move.").await;
        for square in ["e2", "e4"] {
            ada.click(&format!("#board [data-square={square}]")).await;
        }
        // Bob, with the black pieces, looks back to when he did not sit there yet.
        let first = ".chess-row:first-child .square:first-child";
        bob.sees("#board [data-square=e4][data-last]").await;
        bob.sees(&format!("{first}[data-square=h1]")).await;
        bob.click("#replay-first").await;
        for seq in 1..=3 {
            bob.sees(&format!("#replay[data-seq='{seq}']")).await;
            bob.sees(&format!("{first}[data-square=h1]")).await;
            bob.click("#replay-next").await;
        }
        // After the last message it is the game again, and takes moves.
        bob.sees("#replay:not([data-seq])").await;
        bob.sees(&format!("{first}[data-square=h1]")).await;
        for square in ["e7", "e5"] {
            bob.click(&format!("#board [data-square={square}]")).await;
        }
        bob.sees("#board [data-square=e5][data-last]").await;
        for page in [&ada, &bob] {
            assert_eq!(page.console_errors().await, Vec::<String>::new());
        }
    };
    witnessed(&failures(), &[&ada, &bob], story).await;
    stack.stop("TERM").await;
}

#[tokio::test]
async fn offers_and_errors_have_a_place_of_their_own() {
    let Some(browser) = Browser::start("own-place").await else { return };
    let stack = Stack::start().await;
    let (ada, bob) = (browser.open("Ada").await, browser.open_phone("Bob").await);
    let story = async {
        sit_down(stack.address(), Hand::Mouse, &PLAN, &ada, &bob).await;
        take_turns(Hand::Mouse, &PLAN, 0..2, &ada, &bob).await;
        let tops = (ada.top_of("#board").await, bob.top_of("#board").await);
        let places = (ada.place_of("#resign").await, bob.place_of("#resign").await);
        for offer in ["draw", "take_back"] {
            ada.click(&format!("#offer-buttons [data-offer={offer}]")).await;
            for page in [&ada, &bob] {
                page.sees(&format!("#offers li[data-offer={offer}]")).await;
            }
        }
        assert_eq!((ada.place_of("#resign").await, bob.place_of("#resign").await), places, "no button moves");
        assert!(bob.is_within_window("#offers li[data-offer=draw]").await, "an offer on a phone is to be seen at once");
        assert_eq!((ada.top_of("#board").await, bob.top_of("#board").await), tops, "no board moves");
        bob.click("#offers [data-offer=draw] [data-action=decline]").await;
        bob.misses("#offers li[data-offer=draw]").await;
        assert_eq!((ada.top_of("#board").await, bob.top_of("#board").await), tops, "no board moves");

        ada.click("#mail-link").await;
        let top = ada.top_of("#mail-form").await;
        ada.write("#mail-to", "nobody-of-this-name").await;
        ada.write("#mail-text", "Hello").await;
        ada.click("#mail-send").await;
        ada.sees("#refusals[role=alert] .error[data-code=unknown_player]").await;
        assert_eq!(ada.top_of("#mail-form").await, top, "no form moves");
        assert!(ada.is_within_window("#refusals .error").await);
    };
    witnessed(&failures(), &[&ada, &bob], story).await;
    stack.stop("TERM").await;
}

#[tokio::test]
async fn buttons_that_go_with_their_work_leave_the_focus_on_the_page() {
    let Some(browser) = Browser::start("focus").await else { return };
    let stack = Stack::start().await;
    let (ada, bob, cleo) = (browser.open("Ada").await, browser.open("Bob").await, browser.open("Cleo").await);
    let story = async {
        create(stack.address(), Hand::Keyboard, "tic-tac-toe", &cleo).await;
        Hand::Keyboard.presses(&cleo, "#add-bot").await;
        cleo.sees("#table[data-phase=playing]").await;
        cleo.holds("#game-title").await;

        sit_down(stack.address(), Hand::Keyboard, &PLAN, &ada, &bob).await;
        Hand::Keyboard.presses(&ada, "#offer-buttons [data-offer=draw]").await;
        ada.sees("#offers li").await;
        ada.sees("#offer-buttons [data-offer=draw][aria-disabled=true]").await;
        ada.holds("#offer-buttons [data-offer=draw]").await;
        Hand::Keyboard.presses(&ada, "#offers [data-action=withdraw]").await;
        ada.misses("#offers li").await;
        ada.holds("#game-title").await;
        // From there the board is next, and a cell that was picked keeps the focus.
        ada.press(Key::Tab).await;
        ada.holds("#board [data-place='4']").await;
        ada.press(Key::Enter).await;
        ada.sees("#board [data-cell='4'][data-last]").await;
        ada.holds("#board [data-place='4']").await;
        bob.sees("#board[data-open=true]").await;
        bob.tab_to("#board [data-place='4']").await;
        bob.press(Key::Enter).await;
        bob.reads("#hints .error p", "That cell is taken.").await;
        Hand::Keyboard.presses(&bob, "#hints .dismiss").await;
        bob.holds("#game-title").await;
    };
    witnessed(&failures(), &[&ada, &bob, &cleo], story).await;
    stack.stop("TERM").await;
}

#[tokio::test]
async fn talk_is_new_once_and_never_to_whoever_said_it() {
    let Some(browser) = Browser::start("talk").await else { return };
    let stack = Stack::start().await;
    let (ada, bob) = (browser.open("Ada").await, browser.open("Bob").await);
    let story = async {
        sit_down(stack.address(), Hand::Mouse, &PLAN, &ada, &bob).await;
        ada.click("#talk summary").await;
        ada.write("#talk-text", "Hello").await;
        ada.click("#talk-send").await;
        ada.reads("#talk-lines li:nth-child(1) .words", "Hello").await;
        bob.reads("#talk-unread", "1 new").await;
        bob.reload().await;
        bob.reads("#talk-unread", "1 new").await;
        bob.click("#talk summary").await;
        bob.misses("#talk-unread:not(:empty)").await;
        // Bob has seen it, and Ada has said it: for both of them it is not new after a reload.
        for page in [&ada, &bob] {
            page.reload().await;
            page.sees("#moves li[data-seq='1']").await;
            page.sees("#talk:has(#talk-lines li)").await;
            assert!(!page.shows("#talk-unread:not(:empty)").await);
        }
    };
    witnessed(&failures(), &[&ada, &bob], story).await;
    stack.stop("TERM").await;
}

#[tokio::test]
async fn a_large_board_takes_a_longer_line_until_somebody_chooses_one() {
    let Some(browser) = Browser::start("line").await else { return };
    let stack = Stack::start().await;
    let ada = browser.open("Ada").await;
    let story = async {
        ada.open(stack.address()).await;
        says_name(Hand::Mouse, &ada, "Ada").await;
        ada.click("#options summary").await;
        ada.overwrite("#option-size", "19").await;
        ada.reads("#options-summary", "19 × 19, 5 in a row").await;
        ada.overwrite("#option-size", "4").await;
        ada.reads("#options-summary", "4 × 4, 4 in a row").await;
        ada.overwrite("#option-line", "3").await;
        ada.overwrite("#option-size", "19").await;
        ada.reads("#options-summary", "19 × 19, 3 in a row").await;
        ada.overwrite("#option-line", "5").await;
        ada.click("#create").await;
        ada.sees("#table[data-phase=waiting] #board [data-cell='360']").await;
        ada.reads("#game-title small", "19 × 19, 5 in a row").await;
    };
    witnessed(&failures(), &[&ada], story).await;
    stack.stop("TERM").await;
}

/// A square of a board is as large as a screen lets it be; without its style it is a button like any other.
const BUTTON_HEIGHT: i64 = 44;

#[tokio::test]
async fn every_board_brings_its_style_along() {
    let Some(browser) = Browser::start("style").await else { return };
    let stack = Stack::start().await;
    let ada = browser.open("Ada").await;
    let story = async {
        ada.open(stack.address()).await;
        says_name(Hand::Mouse, &ada, "Ada").await;
        for (kind, upper, lower) in [
            ("chess", "[data-square=a8]", "[data-square=a7]"),
            ("tic-tac-toe", "[data-cell='0']", "[data-cell='3']"),
            ("connect-four", "[data-cell='0']", "[data-cell='7']"),
        ] {
            ada.click(&format!("#kind option[value={kind}]")).await;
            ada.click("#create").await;
            let height = ada.top_of(lower).await - ada.top_of(upper).await;
            assert!(height > BUTTON_HEIGHT + 10, "a square of {kind} is {height} pixels high");
            ada.click(".brand").await;
            ada.sees("#create:not(:disabled)").await;
        }
        assert_eq!(ada.console_errors().await, Vec::<String>::new(), "the policy of the page lets every style in");
    };
    witnessed(&failures(), &[&ada], story).await;
    stack.stop("TERM").await;
}
