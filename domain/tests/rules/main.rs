//! The rules of games and kinds, in domain words.

mod chance;
mod clocks;
mod forged;
mod log;
mod offers;
mod seatings;
mod seats;
mod stored;
mod tables;
mod talk;

use serde_json::json;
use turnlog_domain::{
    Command, Event, PlayerId,
    testing::{Given, play, played, player, started},
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

fn placed(seat: u8, cell: usize) -> Event {
    played(json!({ "seat": seat, "cell": cell }))
}

fn tic_tac_toe(cells: impl IntoIterator<Item = usize>) -> Given {
    started(&kinds(), "tic-tac-toe", json!({}), cells.into_iter().map(cell))
}
