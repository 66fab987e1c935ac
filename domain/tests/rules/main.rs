//! The rules of games and kinds, in domain words.

mod chance;
mod clocks;
mod forged;
mod log;
mod offers;
#[path = "../../../games/tests/rules/people.rs"]
mod people;
mod seatings;
mod seats;
mod stored;
mod tables;
mod talk;

use people::{ada, bob, cell, cleo, placed, tic_tac_toe};
