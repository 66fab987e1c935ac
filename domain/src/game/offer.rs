//! Offers that the players at a table make each other.

use serde::{Deserialize, Serialize};

use crate::ids::{Seat, Seq};

/// What can be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferKind {
    /// End the game without a winner.
    Draw,
    /// Go back to before the last move of whoever offers it.
    TakeBack,
    /// Stop the clocks until somebody resumes.
    Pause,
    /// Play again, once the game is over.
    Rematch,
}

/// An offer that was made and has not lapsed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// What is offered.
    pub offer: OfferKind,
    /// By whom.
    pub seat: Seat,
    /// Where it was made, which tells it from an earlier or later one.
    pub seq: Seq,
    /// Who has agreed so far.
    pub accepted: Vec<Seat>,
    /// Whether somebody refused it, or it was taken back. It is remembered until the next move, so that it is not made again and again.
    pub declined: bool,
}
