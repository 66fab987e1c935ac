//! The time of one seat, as it is stored.

use serde::{Deserialize, Serialize};

use crate::ids::Timestamp;

/// The time of one seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// Milliseconds that were left when it last began to run or stopped.
    pub left_ms: u64,
    /// Since when it runs; `None` while it stands.
    pub since: Option<Timestamp>,
}

impl Timer {
    /// The last moment at which a move is in time; none while it stands.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.since.map(|since| Timestamp::from_ms(since.as_ms().saturating_add(self.left_ms)))
    }

    pub(super) fn is_overdue(&self, at: Timestamp) -> bool {
        self.deadline().is_some_and(|deadline| at > deadline)
    }
}
