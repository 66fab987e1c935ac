//! What can be asked of a session.

use serde_json::Value;

use crate::ids::{Seat, Seq};

/// What an actor asks for. Who asks and under which id stands beside it.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Make a new game. Its player holds no seat yet.
    Create {
        /// Name of the game kind.
        kind: String,
        /// The kind's options as JSON; `{}` takes every default.
        options: Value,
    },
    /// Take a seat; any free one when none is named.
    TakeSeat {
        /// The seat asked for.
        seat: Option<Seat>,
    },
    /// Give the seat back before the start.
    LeaveSeat,
    /// Make a move.
    Play {
        /// The kind's action as JSON.
        action: Value,
        /// The head of the log that the player saw when deciding.
        seen: Option<Seq>,
    },
    /// Give up.
    Resign,
    /// Close a game that nobody has touched for long. Only the system asks for it.
    Abandon,
}
