//! How a game ended.

use serde::{Deserialize, Serialize};

use crate::ids::Seat;

/// How a game ended: the place of every seat, 1 being the best. Seats that share a place tied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    places: Vec<u8>,
    reason: String,
}

impl Outcome {
    /// `winner` comes first, everybody else shares the second place.
    pub fn win(winner: Seat, seats: u8, reason: &str) -> Self {
        Self::places((0..seats).map(|seat| if Seat(seat) == winner { 1 } else { 2 }).collect(), reason)
    }

    /// `loser` comes last, everybody else shares the first place.
    pub fn loss(loser: Seat, seats: u8, reason: &str) -> Self {
        Self::places((0..seats).map(|seat| if Seat(seat) == loser { 2 } else { 1 }).collect(), reason)
    }

    /// All share the first place.
    pub fn draw(seats: u8, reason: &str) -> Self {
        Self::places(vec![1; usize::from(seats)], reason)
    }

    /// A place for every seat, in the order of the seats.
    pub fn places(places: Vec<u8>, reason: &str) -> Self {
        Self { places, reason: reason.to_owned() }
    }

    /// The place of every seat, in the order of the seats.
    pub fn as_places(&self) -> &[u8] {
        &self.places
    }

    /// The seats that came first; none when all did, which is a draw.
    pub fn winners(&self) -> Vec<Seat> {
        if self.places.iter().all(|&place| place == 1) {
            return Vec::new();
        }
        (0..).map(Seat).zip(&self.places).filter(|&(_, &place)| place == 1).map(|(seat, _)| seat).collect()
    }

    /// Why it ended, in snake case: `line`, `full`, `resigned`, `abandoned`, …
    pub fn reason(&self) -> &str {
        &self.reason
    }
}
