//! How often players sit down before the start, so that nobody fills the log of a game that waits.
//!
//! Only sitting down is counted and refused: every other change of a seat needs one before it. Leaving always goes through,
//! and so does everything that a host does but adding bots in great number.

use serde::{Deserialize, Serialize};

use crate::{
    game::rejection::Rejection,
    ids::{PlayerId, Timestamp},
    limits::{SEATINGS_OF_GUESTS_MAX, SEATINGS_OF_RETURNING_GUESTS_MAX, SEATINGS_PER_PLAYER_MAX, SEATINGS_WINDOW_MS},
    rate::wait_ms,
};

/// Who sat down lately, or set a bot on a seat; nobody once the game has started.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Seating(Vec<(PlayerId, Timestamp)>);

impl Seating {
    /// Whether nobody did.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Refuses a player who takes seats too often. All but the game's `creator` share a limit, so that several accounts
    /// together cannot do more; whoever comes for the first time has some room beyond it, so that those who come and go do not
    /// keep others out.
    pub(crate) fn require_allowed(
        &self,
        player: &PlayerId,
        at: Timestamp,
        creator: Option<&PlayerId>,
    ) -> Result<(), Rejection> {
        let own = self.0.iter().filter(|(other, _)| other == player).map(|&(_, time)| time);
        let is_back = own.clone().any(|time| at.ms_since(time) < SEATINGS_WINDOW_MS);
        let max = if is_back { SEATINGS_OF_RETURNING_GUESTS_MAX } else { SEATINGS_OF_GUESTS_MAX };
        let own = wait_ms(own, at, SEATINGS_WINDOW_MS, SEATINGS_PER_PLAYER_MAX);
        let of_guests = self.0.iter().filter(|(other, _)| creator != Some(other)).map(|&(_, time)| time);
        let shared = wait_ms(of_guests, at, SEATINGS_WINDOW_MS, max).filter(|_| creator != Some(player));
        own.max(shared).map_or(Ok(()), |retry_after_ms| Err(Rejection::TooManySeatChanges { retry_after_ms }))
    }

    /// Remembers that a player took a seat, and forgets what lies too far back to count.
    pub(crate) fn remember(&mut self, player: &PlayerId, at: Timestamp) {
        self.0.retain(|(_, time)| at.ms_since(*time) < SEATINGS_WINDOW_MS);
        self.0.push((player.clone(), at));
    }
}
