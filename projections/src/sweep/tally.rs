//! What a run did.

use tracing::{info, warn};

/// What became of one game.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    /// Nothing was left to do.
    Nothing,
    /// A turn was ended, the game closed, or a bot has acted.
    BroughtForward,
    /// Its row was behind its log.
    Healed,
}

/// What a run did.
#[derive(Debug)]
pub(super) struct Tally {
    /// Games that were due.
    pub(super) due: usize,
    /// New games that were looked at.
    pub(super) started: usize,
    /// Games that were compared with their logs.
    pub(super) compared: usize,
    brought_forward: usize,
    healed: usize,
    /// Games, or parts of the run, that met a fault.
    pub(super) failed: usize,
    /// Entries of an index that cannot be read.
    pub(super) unreadable: usize,
    /// Whether there was time for everything, and every list could be read.
    pub(super) is_through: bool,
}

impl Default for Tally {
    fn default() -> Self {
        let (due, started, compared, brought_forward, healed, failed, unreadable) = (0, 0, 0, 0, 0, 0, 0);
        Self { due, started, compared, brought_forward, healed, failed, unreadable, is_through: true }
    }
}

impl Tally {
    pub(super) fn count(&mut self, done: Done) {
        match done {
            Done::Nothing => {}
            Done::BroughtForward => self.brought_forward += 1,
            Done::Healed => self.healed += 1,
        }
    }

    /// Two metrics with alarms are taken from these lines: the unreadable entries, and that a run did not get through.
    pub(super) fn tell(&self) {
        let Self { due, started, compared, brought_forward, healed, failed, unreadable, is_through } = *self;
        info!(due, brought_forward, started, compared, healed, failed, unreadable, "swept");
        if !is_through {
            warn!(due, compared, "the sweep did not get through");
        }
    }
}
