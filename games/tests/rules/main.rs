//! The rules of the kinds, in domain words.

mod boards;
mod crazy_eights;
mod liars_dice;
mod people;
mod rock_paper_scissors;

use people::{ada, bob, cell, cleo, placed, tic_tac_toe};
use serde_json::{Value, json};
use turnlog_domain::{
    Command,
    testing::{self, Given, play},
};
use turnlog_games::kinds;

fn column(column: usize) -> Command {
    play(json!({ "column": column }))
}

fn started(kind: &str, options: Value, moves: impl IntoIterator<Item = Command>) -> Given {
    testing::started(&kinds(), kind, options, moves)
}
