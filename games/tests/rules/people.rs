//! Who plays, and tic-tac-toe, the plainest of the kinds. The tests of the aggregate in `domain` read this file as well.

use serde_json::json;
use turnlog_domain::{
    Command, Event, PlayerId,
    testing::{Given, play, played, player, started},
};
use turnlog_games::kinds;

pub(crate) fn ada() -> PlayerId {
    player("ada")
}

pub(crate) fn bob() -> PlayerId {
    player("bob")
}

pub(crate) fn cleo() -> PlayerId {
    player("cleo")
}

pub(crate) fn cell(cell: usize) -> Command {
    play(json!({ "cell": cell }))
}

pub(crate) fn placed(seat: u8, cell: usize) -> Event {
    played(json!({ "seat": seat, "cell": cell }))
}

pub(crate) fn tic_tac_toe(cells: impl IntoIterator<Item = usize>) -> Given {
    started(&kinds(), "tic-tac-toe", json!({}), cells.into_iter().map(cell))
}
