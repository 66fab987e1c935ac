//! The page itself in Chromium: people, each with a browser of their own.

use std::{
    ops::Range,
    path::{Path, PathBuf},
};

use turnlog_tests::{Browser, Key, Page, Stack, eventually, witnessed};

mod accessible;
mod apart;
mod attention;
mod plain;
mod sign_in;
mod windows;

/// How somebody uses the page.
#[derive(Clone, Copy)]
enum Hand {
    Mouse,
    Keyboard,
}

impl Hand {
    async fn presses(self, page: &Page, button: &str) {
        match self {
            Self::Mouse => page.click(button).await,
            Self::Keyboard => {
                page.tab_to(button).await;
                page.press(Key::Enter).await;
            }
        }
    }

    /// Picks a place of the board. The keyboard's way goes along the first row, and connect-four's columns are one.
    async fn picks(self, page: &Page, place: usize) {
        match self {
            Self::Mouse => page.click(&format!("#board [data-place='{place}']")).await,
            Self::Keyboard => {
                page.tab_to("#board [data-place]").await;
                page.press(Key::Home).await;
                for _ in 0..place {
                    page.press(Key::Right).await;
                }
                page.press(Key::Enter).await;
            }
        }
    }
}

/// A game that the creator wins: its kind, the places that are picked in turn with the cells that they fill, and the end.
struct Plan {
    kind: &'static str,
    moves: &'static [(usize, usize)],
    end: &'static str,
}

#[tokio::test]
async fn two_people_play_tic_tac_toe_to_its_end_with_the_mouse() {
    let moves = &[(0, 0), (3, 3), (1, 1), (4, 4), (2, 2)];
    play(Hand::Mouse, Plan { kind: "tic-tac-toe", moves, end: "3 in a row." }).await;
}

#[tokio::test]
async fn two_people_play_connect_four_to_its_end_with_the_keyboard() {
    let moves = &[(0, 35), (1, 36), (0, 28), (1, 29), (0, 21), (1, 22), (0, 14)];
    play(Hand::Keyboard, Plan { kind: "connect-four", moves, end: "4 in a row." }).await;
}

#[tokio::test]
async fn pages_go_on_by_themselves_after_the_stack_was_killed() {
    let Some(browser) = Browser::start("killed-stack").await else { return };
    let folder = tempfile::tempdir().expect("a folder can be made");
    let stack = Stack::start_in(folder.path()).await;
    let (ada, bob) = (browser.open("Ada").await, browser.open("Bob").await);
    let moves = &[(0, 0), (3, 3), (1, 1), (4, 4), (2, 2)];
    let plan = Plan { kind: "tic-tac-toe", moves, end: "3 in a row." };
    let story = async {
        sit_down(stack.address(), Hand::Mouse, &plan, &ada, &bob).await;
        let loaded = (ada.loaded_at().await, bob.loaded_at().await);
        take_turns(Hand::Mouse, &plan, 0..3, &ada, &bob).await;
        let port = stack.port();
        stack.kill().await;
        for page in [&ada, &bob] {
            page.sees("#connection:not([data-state=open])").await;
        }
        let stack = Stack::start_again_in(folder.path(), port).await;
        for page in [&ada, &bob] {
            page.sees("#connection[data-state=open]").await;
        }
        take_turns(Hand::Mouse, &plan, 3..5, &ada, &bob).await;
        ends(&plan, &ada, &bob).await;
        assert_eq!((ada.loaded_at().await, bob.loaded_at().await), loaded, "nobody loaded the page again");
        stack.stop("TERM").await;
    };
    witnessed(&failures(), &[&ada, &bob], story).await;
}

#[tokio::test]
async fn somebody_looks_back_while_the_game_goes_on_and_after_its_end() {
    let Some(browser) = Browser::start("look-back").await else { return };
    let stack = Stack::start().await;
    let (ada, bob) = (browser.open("Ada").await, browser.open("Bob").await);
    let moves = &[(0, 0), (3, 3), (1, 1), (4, 4), (2, 2)];
    let plan = Plan { kind: "tic-tac-toe", moves, end: "3 in a row." };
    let story = async {
        sit_down(stack.address(), Hand::Mouse, &plan, &ada, &bob).await;
        take_turns(Hand::Mouse, &plan, 0..3, &ada, &bob).await;
        for _ in 0..2 {
            ada.click("#replay-previous").await;
        }
        ada.sees("#replay[data-seq='4']").await;
        ada.sees("#board-frame[data-past] #board [data-cell='0'][data-seat='0']").await;
        assert!(!ada.shows("#board [data-cell='3'][data-seat]").await, "Bob had not moved then");
        bob.click("#board [data-place='4']").await;
        ada.reads("#status[data-tone=yours]", "Your turn").await;
        assert!(!ada.shows("#board [data-cell='4'][data-seat]").await, "she still looks back");
        // A board of the past takes no move.
        ada.click("#board [data-place='2']").await;
        ada.reads("#hints .error p", "This is how the game was. Go back to the game to move.").await;
        ada.click("#replay-live").await;
        ada.misses("#errors .error").await;
        ada.sees("#board-frame:not([data-past]) #board [data-cell='4'][data-seat='1']").await;
        take_turns(Hand::Mouse, &plan, 4..5, &ada, &bob).await;
        ends(&plan, &ada, &bob).await;
        bob.tab_to("#replay-slider").await;
        bob.press(Key::Home).await;
        bob.sees("#replay[data-seq='1']").await;
        for _ in 0..3 {
            bob.press(Key::Right).await;
        }
        bob.sees("#replay[data-seq='4']").await;
        bob.sees("#board [data-cell='0'][data-seat='0']").await;
        assert!(!bob.shows("#board [data-winning]").await);
        bob.click("#replay-last").await;
        bob.sees("#board [data-winning]").await;
        for page in [&ada, &bob] {
            assert_eq!(page.console_errors().await, Vec::<String>::new());
        }
    };
    witnessed(&failures(), &[&ada, &bob], story).await;
    stack.stop("TERM").await;
}

#[tokio::test]
async fn a_person_plays_rock_paper_scissors_against_a_bot_to_its_end() {
    let Some(browser) = Browser::start("bot").await else { return };
    let stack = Stack::start().await;
    let ada = browser.open("Ada").await;
    let story = async {
        create(stack.address(), Hand::Mouse, "rock-paper-scissors", &ada).await;
        ada.click("#bot-kind option[value=random]").await;
        ada.click("#add-bot").await;
        ada.sees("#table[data-phase=playing] #seats li[data-seat='1'][data-bot=random]").await;
        ada.reads("#seats li[data-seat='1'] .seat-name", "Random bot 2").await;
        while let Some(page) = in_turn(&[&ada]).await {
            page.click("#board button[data-choice=rock]").await;
        }
        assert_eq!(ada.console_errors().await, Vec::<String>::new());
    };
    witnessed(&failures(), &[&ada], story).await;
    stack.stop("TERM").await;
}

#[tokio::test]
async fn what_was_hidden_stands_in_the_log_of_an_open_page_once_the_game_is_over() {
    let Some(browser) = Browser::start("open-log").await else { return };
    let stack = Stack::start().await;
    let (ada, bob) = (browser.open("Ada").await, browser.open("Bob").await);
    let plan = Plan { kind: "rock-paper-scissors", moves: &[], end: "" };
    let story = async {
        sit_down(stack.address(), Hand::Mouse, &plan, &ada, &bob).await;
        let line = "#moves li[data-seq='4'] .line";
        ada.click("#board button[data-choice=rock]").await;
        ada.reads(line, "Ada chose rock").await;
        bob.reads(line, "Ada has chosen").await;
        bob.click("#board button[data-choice=paper]").await;
        bob.sees("#moves li[data-seq='5']").await;
        bob.reads(line, "Ada has chosen").await;
        ada.click("#resign").await;
        ada.click("#resign-confirm").await;
        bob.sees("#table[data-phase=finished]").await;
        bob.reads(line, "Ada chose rock").await;
        for page in [&ada, &bob] {
            assert_eq!(page.console_errors().await, Vec::<String>::new());
        }
    };
    witnessed(&failures(), &[&ada, &bob], story).await;
    stack.stop("TERM").await;
}

#[tokio::test]
async fn two_people_write_to_one_another_and_one_has_enough_of_it() {
    let Some(browser) = Browser::start("mail").await else { return };
    let stack = Stack::start().await;
    let (ada, bob) = (browser.open("Ada").await, browser.open("Bob").await);
    let story = async {
        for (page, name) in [(&ada, "Ada"), (&bob, "Bob")] {
            page.open(stack.address()).await;
            says_name(Hand::Mouse, page, name).await;
            page.sees("#connection[data-state=open]").await;
        }
        bob.click("#mail-link").await;
        let id = bob.text_of("#mail-own-id").await;
        ada.click("#mail-link").await;
        ada.write("#mail-to", &id).await;
        let says = async |text: &str| {
            ada.write("#mail-text", text).await;
            ada.click("#mail-send").await;
            ada.reads("#mail-sent", &format!("Sent: “{text}”")).await;
        };
        says("Hello").await;
        says("Shall we play?").await;
        bob.reads("#mail-unread", "2").await;
        bob.reads("#mail-list li[data-unread] .words", "Shall we play?").await;
        bob.reads("#mail-list li[data-unread] .speaker", "Ada").await;
        bob.click("#mail-read").await;
        bob.reads("#mail-summary", "You have read everything.").await;
        bob.click("#mail-list .block").await;
        bob.reads("#mail-blocked-list li span", "Ada").await;
        says("Are you there?").await;
        // Blocks are no one device's business, and what was told stays.
        bob.reload().await;
        bob.click("#mail-blocked-list .unblock").await;
        says("Hello again").await;
        bob.reads("#mail-unread", "1").await;
        bob.reads("#mail-list li:nth-child(1) .words", "Hello again").await;
        bob.reads("#mail-list li:nth-child(2) .words", "Shall we play?").await;
        for page in [&ada, &bob] {
            assert_eq!(page.console_errors().await, Vec::<String>::new());
        }
    };
    witnessed(&failures(), &[&ada, &bob], story).await;
    stack.stop("TERM").await;
}

#[tokio::test]
async fn four_people_play_liars_dice_in_four_windows_until_one_has_dice() {
    let Some(browser) = Browser::start("four-windows").await else { return };
    let stack = Stack::start().await;
    let names = ["Ada", "Bob", "Cleo", "Dan"];
    let people = futures::future::join_all(names.map(|name| browser.open(name))).await;
    let pages: Vec<&Page> = people.iter().collect();
    let story = async {
        pages[0].open(stack.address()).await;
        says_name(Hand::Mouse, pages[0], names[0]).await;
        pages[0].click("#kind option[value=liars-dice]").await;
        pages[0].click("#options summary").await;
        pages[0].overwrite("#option-dice", "1").await;
        pages[0].click("#create").await;
        let link = pages[0].value("#share-link").await;
        for (page, name) in pages.iter().zip(names).skip(1) {
            page.open(&link).await;
            says_name(Hand::Mouse, page, name).await;
            page.click("#join").await;
        }
        pages[0].sees("#seats li[data-seat='3']:not([data-free])").await;
        pages[0].click("#start").await;
        // With a die each, whoever doubts the first bid of a round ends it.
        while let Some(page) = in_turn(&pages).await {
            let can_doubt = page.shows("#challenge:not([aria-disabled])").await;
            page.click(if can_doubt { "#challenge" } else { "#bid" }).await;
        }
        let mut winners = 0;
        for page in &pages {
            page.sees("#table[data-phase=finished]").await;
            page.sees("#fairness[data-state=verified]").await;
            winners += usize::from(page.shows("#status[data-tone=won]").await);
            assert_eq!(page.console_errors().await, Vec::<String>::new());
        }
        assert_eq!(winners, 1, "the last one with dice wins");
    };
    witnessed(&failures(), &pages, story).await;
    stack.stop("TERM").await;
}

#[tokio::test]
async fn the_page_talks_to_its_own_stack_only() {
    let Some(browser) = Browser::start("policy").await else { return };
    let stack = Stack::start().await;
    let ada = browser.open("Ada").await;
    let story = async {
        ada.open(stack.address()).await;
        says_name(Hand::Mouse, &ada, "Ada").await;
        ada.sees("#connection[data-state=open]").await;
        assert_eq!(ada.console_errors().await, Vec::<String>::new());
        // The same stack under another name is somebody else for a browser.
        let other = stack.websocket().replace("127.0.0.1", "localhost");
        let token = stack.token("ada").await;
        assert_eq!(ada.kept_from(&format!("{other}?token={token}")).await, "connect-src");
    };
    witnessed(&failures(), &[&ada], story).await;
    stack.stop("TERM").await;
}

/// Whoever may move now; nobody once the game is over.
async fn in_turn<'a>(pages: &[&'a Page]) -> Option<&'a Page> {
    let look = || async {
        for page in pages {
            if page.shows("#board[data-open=true]").await {
                return Some(Some(*page));
            }
        }
        pages[0].shows("#table[data-phase=finished]").await.then_some(None)
    };
    eventually("somebody is in turn, or the game is over", look).await
}

async fn play(hand: Hand, plan: Plan) {
    let Some(browser) = Browser::start(plan.kind).await else { return };
    let stack = Stack::start().await;
    let (ada, bob) = (browser.open("Ada").await, browser.open("Bob").await);
    witnessed(&failures(), &[&ada, &bob], story(&stack, hand, &plan, &ada, &bob)).await;
    stack.stop("TERM").await;
}

async fn story(stack: &Stack, hand: Hand, plan: &Plan, ada: &Page, bob: &Page) {
    sit_down(stack.address(), hand, plan, ada, bob).await;
    let loaded = (ada.loaded_at().await, bob.loaded_at().await);
    take_turns(hand, plan, 0..plan.moves.len(), ada, bob).await;
    ends(plan, ada, bob).await;
    for page in [ada, bob] {
        assert_eq!(page.console_errors().await, Vec::<String>::new());
    }
    assert_eq!((ada.loaded_at().await, bob.loaded_at().await), loaded, "nobody loaded the page again");
}

/// Ada makes a game and sends the link to Bob, who joins.
async fn sit_down(address: &str, hand: Hand, plan: &Plan, ada: &Page, bob: &Page) {
    create(address, hand, plan.kind, ada).await;
    let link = ada.value("#share-link").await;
    assert!(link.starts_with(address), "{link} leads to this stack");

    bob.open(&link).await;
    says_name(hand, bob, "Bob").await;
    hand.presses(bob, "#join").await;
    for page in [ada, bob] {
        page.sees("#table[data-phase=playing]").await;
        page.reads("#seats li[data-seat='0'] .seat-name", "Ada").await;
        page.reads("#seats li[data-seat='1'] .seat-name", "Bob").await;
    }
}

/// Ada makes a game, and sits down at it.
async fn create(address: &str, hand: Hand, kind: &str, ada: &Page) {
    ada.open(address).await;
    says_name(hand, ada, "Ada").await;
    ada.click(&format!("#kind option[value={kind}]")).await;
    hand.presses(ada, "#create").await;
    ada.sees("#table[data-phase=waiting] #seats li[data-seat='0']:not([data-free])").await;
}

/// Both pages say that Ada won.
async fn ends(plan: &Plan, ada: &Page, bob: &Page) {
    ada.reads("#status[data-tone=won]", &format!("You won: {}", plan.end)).await;
    bob.reads("#status[data-tone=lost]", &format!("Ada won: {}", plan.end)).await;
    for page in [ada, bob] {
        page.sees("#table[data-phase=finished]").await;
        page.reads("#seats li[data-winner] .seat-name", "Ada").await;
        page.sees("#board [data-winning]").await;
        page.sees("#connection[data-state=open]").await;
    }
}

async fn says_name(hand: Hand, page: &Page, name: &str) {
    page.write("#name", name).await;
    hand.presses(page, "#name-save").await;
    page.reads("#change-name", name).await;
}

async fn take_turns(hand: Hand, plan: &Plan, turns: Range<usize>, ada: &Page, bob: &Page) {
    for turn in turns {
        let ((place, cell), seat) = (plan.moves[turn], turn % 2);
        let (active, other, name) = if seat == 0 { (ada, bob, "Ada") } else { (bob, ada, "Bob") };
        active.reads("#status[data-tone=yours]", "Your turn").await;
        other.reads("#status[data-tone=theirs]", &format!("{name} to move")).await;
        active.sees("#board[data-open=true]").await;
        hand.picks(active, place).await;
        for page in [active, other] {
            page.sees(&format!("#board [data-cell='{cell}'][data-seat='{seat}'][data-last]")).await;
        }
    }
}

/// Where pictures of failures go: beside the folder that cargo gives to tests.
pub(crate) fn failures() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("browser-failures")
}
