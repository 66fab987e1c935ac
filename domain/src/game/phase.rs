//! How far a game has come.

use serde::{Deserialize, Serialize};

use crate::outcome::Outcome;

/// How far a game has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Play has not begun.
    Waiting,
    /// The rules decide whose turn it is.
    Playing,
    /// All agreed to stop the clocks; nobody moves until somebody resumes.
    Paused,
    /// The outcome is final. Players may still talk, and agree on a rematch.
    Finished(Outcome),
}
