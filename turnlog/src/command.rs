//! The command line of a project: `turnlog` with its kinds, and with commands of its own.

pub use turnlog_cli::{Commands, Location, NoCommands, Tables, Verdict, hand_over, run};
/// What a command reads in the tables.
pub use turnlog_domain::{Game, GameId, Message, PlayerId, Seq, Viewer};
