//! What a verification names.

use serde::Serialize;

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The game, or the name of an inbox.
    pub game: String,
    /// The message, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// What kind of problem it is.
    #[serde(rename = "problem")]
    pub fault: Fault,
    /// What exactly, for people.
    pub detail: String,
}

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// There is no message at this position, and there are later ones.
    Missing,
    /// It has another hash of the message before than that message has: one of the two was changed.
    Broken,
    /// It is not later than the one before.
    Time,
    /// It has not the form of a message.
    Unreadable,
    /// It holds what only newer code knows.
    FromFuture,
    /// It cannot follow on the state before it.
    Unfoldable,
    /// The state after it is not the recorded one.
    State,
    /// What it says is not what its command causes with the chance of the revealed seed.
    Unfair,
    /// A row is not what the log adds up to.
    Row,
    /// The game is parked, though its log can be folded.
    Parked,
    /// A row follows from no log.
    Orphan,
}

impl Problem {
    /// A problem at a message.
    pub(super) fn at(log: &str, seq: u64, fault: Fault, detail: impl Into<String>) -> Self {
        Self { seq: Some(seq), ..Self::of(log, fault, detail) }
    }

    /// A problem of a log, or of what was derived from it.
    pub(super) fn of(log: impl ToString, fault: Fault, detail: impl Into<String>) -> Self {
        Self { game: log.to_string(), seq: None, fault, detail: detail.into() }
    }
}
