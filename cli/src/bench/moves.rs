//! Where the next move of a game comes from.
//!
//! A kind that hides nothing and leaves nothing to chance is played by the rules themselves, as by players who know them: what
//! a game is at follows from its moves, so that a move needs one frame. In all other kinds a player does not know enough to
//! tell which moves are legal, and asks the stack (`actions`) before each one. In both cases the time of a move begins when it is sent.

#[cfg(test)]
mod tests;

use rand::{Rng as _, rngs::SmallRng};
use serde_json::Value;
use turnlog_domain::{Chance, Kind, Position};

use super::connection::Broken;

/// Where moves come from.
#[derive(Debug)]
pub(super) enum Moves {
    Known(Line),
    Asked,
}

/// One course of a game, move after move, by the rules.
#[derive(Debug)]
pub(super) struct Line {
    position: Box<dyn Position>,
    /// The message after which the next move is made.
    seq: u64,
}

impl Moves {
    /// Those of a game that stands at message `seq`, before its first move.
    pub(super) fn new(kind: Kind, options: &Value, seats: usize, seq: u64) -> Result<Self, Broken> {
        if kind.chance() || kind.hidden() {
            return Ok(Self::Asked);
        }
        let mut position = kind.position(options)?;
        for event in position.begin(u8::try_from(seats).unwrap_or(u8::MAX), &mut Chance::none()) {
            position.evolve(&event)?;
        }
        Ok(Self::Known(Line { position, seq }))
    }
}

impl Line {
    /// Whether the seat makes the next move and, at message `seen`, knows all before it. Where several may move at once, the
    /// first does, since the others could change what is legal.
    pub(super) fn is_due(&self, seat: usize, seen: u64) -> bool {
        self.seq == seen && self.position.turn().first().is_some_and(|first| first.index() == seat)
    }

    /// The next move, which is made with it.
    pub(super) fn advance(&mut self, random: &mut SmallRng) -> Result<Value, Broken> {
        let seat = *self.position.turn().first().ok_or(Broken::Stuck)?;
        let action = chosen(self.position.legal_actions(seat), random).ok_or(Broken::Stuck)?;
        for event in self.position.decide(seat, &action, &mut Chance::none())? {
            self.position.evolve(&event)?;
        }
        self.seq += 1;
        Ok(action)
    }
}

/// One of the moves, each as likely as the others; nothing of none.
pub(super) fn chosen(mut actions: Vec<Value>, random: &mut SmallRng) -> Option<Value> {
    if actions.is_empty() { None } else { Some(actions.swap_remove(random.random_range(0..actions.len()))) }
}
