//! What a verification names.

use serde::Serialize;

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Problem {
    /// The game, or the name of an inbox.
    pub(super) game: String,
    /// The message, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seq: Option<u64>,
    /// The other message, where it may be that one as well.
    #[serde(rename = "or", skip_serializing_if = "Option::is_none")]
    pub(super) other: Option<u64>,
    #[serde(rename = "problem")]
    pub(super) fault: Fault,
    /// What exactly, for people.
    pub(super) detail: String,
}

/// What can be wrong. Of several at one message, the first of these is named, and the details tell of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Fault {
    /// It is proved that it was changed.
    Changed,
    /// Two things disagree, and nothing tells which of them was changed: this message, or the other one, or what was derived.
    Either,
    /// There is no message at this position, and there was one.
    Missing,
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
    /// The game's row is not what its log adds up to.
    Row,
    /// What is kept of an earlier moment is not what the log added up to there.
    Snapshot,
    /// A player's standing is not what the log adds up to.
    Standing,
    /// The game is parked, though its log can be folded.
    Parked,
    /// A row or a standing belongs to no game.
    Orphan,
}

impl Problem {
    /// A problem at a message.
    pub(super) fn at(log: &str, seq: u64, fault: Fault, detail: impl Into<String>) -> Self {
        Self { game: log.to_owned(), seq: Some(seq), other: None, fault, detail: detail.into() }
    }

    /// A problem of a log, or of what was derived from it.
    pub(super) fn of(log: impl ToString, fault: Fault, detail: impl Into<String>) -> Self {
        Self { game: log.to_string(), seq: None, other: None, fault, detail: detail.into() }
    }

    /// Whether it names a message, be it as one of two.
    pub(super) fn names(&self, seq: u64) -> bool {
        self.seq == Some(seq) || self.other == Some(seq)
    }
}
