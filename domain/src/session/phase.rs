//! How far a session has come.

use serde::{Deserialize, Serialize};

use crate::game::Outcome;

/// How far a session has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Seats are free.
    Waiting,
    /// The rules decide whose turn it is.
    Playing,
    /// Nothing changes any more.
    Finished(Outcome),
}
