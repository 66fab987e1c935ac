//! The command line of a project: `turnlog` with its kinds, and with commands of its own.

use std::process::ExitCode;

use turnlog_domain::Kinds;

use crate::calls::calls;

pub use turnlog_cli::{Commands, Location, NoCommands, Tables, Verdict, hand_over};
/// What a command reads in the tables.
pub use turnlog_domain::{Game, GameId, Message, PlayerId, Seq, Viewer};

/// Reads the command line and does what it says, with `kinds`, and with commands of the project's own.
pub fn run<C: Commands>(kinds: &Kinds) -> ExitCode {
    turnlog_cli::run::<C>(kinds, &calls(kinds))
}
