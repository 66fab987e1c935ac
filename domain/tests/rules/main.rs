//! The rules of games and kinds, in domain words.

mod boards;
mod chance;
mod clocks;
mod crazy_eights;
mod forged;
mod liars_dice;
mod log;
mod offers;
mod rock_paper_scissors;
mod seatings;
mod seats;
mod stored;
mod tables;
mod talk;

use serde_json::{Value, json};
use turnlog_domain::{
    Command, Event, PlayerId,
    testing::{Given, given_with, play, played, player, take_seat},
};

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

/// Ada on seat 0 and Bob on seat 1, who then move in turn.
fn started(kind: &str, options: Value, moves: impl IntoIterator<Item = Command>) -> Given {
    let game = given_with(kind, options).and(ada(), take_seat(0)).and(bob(), take_seat(1));
    moves
        .into_iter()
        .zip([ada(), bob()].into_iter().cycle())
        .fold(game, |game, (command, player)| game.and(player, command))
}

fn tic_tac_toe(cells: impl IntoIterator<Item = usize>) -> Given {
    started("tic-tac-toe", json!({}), cells.into_iter().map(cell))
}
