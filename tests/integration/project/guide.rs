//! docs/write-a-game.md, followed from its first code block to its last.

use std::fs;

use serde_json::Value;
use turnlog_tests::{Browser, Stack, eventually, witnessed};

use super::{Desktop, document::Document, said};
use crate::browser::failures;

const RULES: &str = "nim/src/lib.rs";

impl Desktop {
    fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("there is room");
        fs::write(path, text).expect("it is written");
    }

    /// Puts an item of the guide in the place of the one that begins with the same line.
    fn replace(&self, item: &str) {
        let rules = self.read(RULES);
        let first = item.lines().next().expect("it has a line");
        let start = rules.find(&format!("{first}\n")).unwrap_or_else(|| panic!("no rules have this line: {first}"));
        let indentation = &first[..first.len() - first.trim_start().len()];
        let end = if first.ends_with('{') {
            let last = format!("\n{indentation}}}\n");
            start + rules[start..].find(&last).expect("it ends") + last.len()
        } else {
            start + first.len() + 1
        };
        self.write(RULES, &[&rules[..start], item, &rules[end..]].concat());
    }

    /// What a command says in the project that must fail there. Folders are told as the guide tells them.
    fn fails(&self, command: &str) -> String {
        let output = self.tries("nim", command);
        let said = said(&output);
        assert!(!output.status.success(), "{command}: {said}");
        let project = self.path("nim").canonicalize().expect("it is there");
        said.replace(&format!("{}/", project.display()), "")
    }
}

#[tokio::test]
async fn the_guide_is_right_from_its_first_code_block_to_its_last() {
    let desktop = Desktop::new().await;
    let mut guide = Document::read("docs/write-a-game.md");
    // 1. A project
    let made = desktop.runs("", &guide.next(""));
    guide.shows(&made);
    // 2. The rules
    assert_eq!(guide.next("rust"), desktop.read(RULES), "the guide shows the rules as they are made");
    // 3. The laws
    let test = guide.next("");
    desktop.runs("nim", &test);
    let laws = guide.next("rust");
    assert!(desktop.read("nim/tests/laws.rs").ends_with(&laws), "{laws}");
    a_broken_law_is_told(&desktop, &mut guide);
    golden_logs_are_made(&desktop, &mut guide);
    desktop.write("nim/tests/rules.rs", &guide.next("rust"));
    let tested = desktop.runs("nim", &test);
    assert!(tested.contains("test nobody_takes_four_stones ... ok"), "{tested}");
    // 4. The page
    let board = guide.next("js");
    desktop.write("nim/web/games/nim.js", &board);
    let stack = desktop.starts("nim").await;
    let served = reqwest::get(format!("{}/games/nim.js", stack.address())).await.expect("the page is served");
    assert_eq!(served.text().await.expect("it is text"), board);
    the_board_is_played(&stack).await;
    stack.stop("TERM").await;
    // 5. When an event changes
    desktop.replace(&guide.next("rust"));
    guide.shows(&desktop.fails("cargo test --test laws golden_logs"));
    desktop.replace(&guide.next("rust"));
    desktop.runs("nim", &guide.next(""));
    let stored = desktop.read("nim/tests/golden/nim.2.jsonl");
    let line = stored.lines().find(|line| line.contains("\"played\"")).expect("somebody has moved");
    let stored: Value = serde_json::from_str(line).expect("it is JSON");
    assert_eq!(stored["events"][0]["v"], 2, "{stored}");
    // 6. Deploy: .ci/second-opinion.py does it on an emulator.
    assert_eq!(guide.next(""), "sam build\nsam deploy --guided\n");
    guide.ends();
}

fn a_broken_law_is_told(desktop: &Desktop, guide: &mut Document) {
    let right = desktop.read(RULES);
    let wrong = right.replace("self.allowed().map(", "(1..=self.most).map(");
    assert_ne!(wrong, right, "`legal_actions` is as the guide says");
    desktop.write(RULES, &wrong);
    let command = guide.peek().lines().last().and_then(|line| line.strip_prefix("To see it again: "));
    let told = desktop.fails(command.expect("the guide shows how it is seen again"));
    guide.shows(&told);
    desktop.write(RULES, &right);
}

fn golden_logs_are_made(desktop: &Desktop, guide: &mut Document) {
    desktop.replace(&guide.next("rust"));
    let told = desktop.fails("cargo test --test laws golden_logs");
    assert!(told.contains("nim.1.jsonl"), "the log is one of other rules: {told}");
    for end in ["jsonl", "json"] {
        fs::remove_file(desktop.path(&format!("nim/tests/golden/nim.1.{end}"))).expect("it was made with the project");
    }
    let command = guide.peek().lines().find(|line| line.ends_with("cargo test golden_logs")).expect("it is shown");
    let command = command.trim().to_owned();
    guide.shows(&desktop.fails("cargo test --test laws golden_logs"));
    desktop.runs("nim", &command);
}

/// Ada leaves a single stone to a bot, which loses by it. Of six stones she takes one, and whatever the bot then takes, she can.
async fn the_board_is_played(stack: &Stack) {
    let Some(browser) = Browser::start("guide").await else { return };
    let ada = browser.open("Ada").await;
    let story = async {
        ada.open(stack.address()).await;
        ada.write("#name", "Ada").await;
        ada.click("#name-save").await;
        ada.click("#options summary").await;
        ada.overwrite("#option-stones", "6").await;
        ada.click("#create").await;
        ada.sees("#table[data-phase=waiting]").await;
        ada.click("#bot-kind option[value=random]").await;
        ada.click("#add-bot").await;
        ada.reads("#board .heap", "●●●●●● 6 left").await;
        // What is pressed before it is her turn is no move.
        ada.sees("#board[data-open=true]").await;
        ada.reads("#board .choices button[data-take='1']", "Take 1").await;
        ada.click("#board .choices button[data-take='1']").await;
        // The bot has moved, too.
        let left = eventually("the bot takes from five stones", || async {
            let left = ada.text_of("#board .heap").await.matches('●').count();
            (left < 5).then_some(left)
        });
        let left = left.await;
        ada.sees("#status[data-tone=yours]").await;
        // A board that draws itself anew at each move takes the focus away from whoever uses the keyboard.
        ada.holds("#board .choices button[data-take='1']").await;
        ada.click(&format!("#board .choices button[data-take='{}']", left - 1)).await;
        ada.reads("#status[data-tone=won]", "You won: the last stone is taken.").await;
        assert_eq!(ada.console_errors().await, Vec::<String>::new());
    };
    witnessed(&failures(), &[&ada], story).await;
}
