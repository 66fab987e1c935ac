//! A moment of a game: a place in its log.

use crate::ids::{Seq, Timestamp};

/// Which state of a game somebody wants to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The one after this message.
    After(Seq),
    /// The one that held at this time: after the last message that is not later.
    At(Timestamp),
}
