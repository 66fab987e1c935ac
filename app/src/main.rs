//! The command `turnlog` with the six games, and with what only chess needs.
#![expect(clippy::print_stderr, reason = "a command talks to people on its standard streams")]

mod pgn;

use std::{error::Error, process::ExitCode};

use turnlog::{command::Commands, rules::Kinds};

/// What this project adds to the command.
#[derive(Debug, clap::Subcommand)]
enum Chess {
    /// Writes a game of chess as PGN, or plays the games of PGN files through the rules.
    ///
    /// A check ends with 1 when a game cannot be read, has an illegal move, or another result than the rules give it.
    /// Of what ends a game, only mate and stalemate count here: old games were not bound by the draws of today's rules.
    Pgn(pgn::Pgn),
}

impl Commands for Chess {
    fn run(self, kinds: &Kinds) -> Result<(), Box<dyn Error>> {
        match self {
            Self::Pgn(arguments) => pgn::run(&arguments, kinds),
        }
    }
}

fn main() -> ExitCode {
    if let Err(error) = turnlog::command::hand_over() {
        eprintln!("error: cargo cannot be run: {error}");
        return ExitCode::from(2);
    }
    turnlog::command::run::<Chess>(&turnlog_games::kinds(), turnlog::files!("../template.yaml"))
}
