//! The rules of the kinds, in domain words.

mod boards;
mod crazy_eights;
mod liars_dice;
mod rock_paper_scissors;

use serde_json::{Value, json};
use turnlog_domain::{
    Command, Event, PlayerId,
    testing::{self, Given, play, played, player},
};
use turnlog_games::kinds;

fn ada() -> PlayerId {
    player("ada")
}

fn bob() -> PlayerId {
    player("bob")
}

fn cleo() -> PlayerId {
    player("cleo")
}

fn cell(cell: usize) -> Command {
    play(json!({ "cell": cell }))
}

fn column(column: usize) -> Command {
    play(json!({ "column": column }))
}

fn placed(seat: u8, cell: usize) -> Event {
    played(json!({ "seat": seat, "cell": cell }))
}

fn started(kind: &str, options: Value, moves: impl IntoIterator<Item = Command>) -> Given {
    testing::started(&kinds(), kind, options, moves)
}

fn tic_tac_toe(cells: impl IntoIterator<Item = usize>) -> Given {
    started("tic-tac-toe", json!({}), cells.into_iter().map(cell))
}
