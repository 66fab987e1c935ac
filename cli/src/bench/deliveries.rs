//! Which moves of one game were answered, and to whom they have come.

#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

/// The moves of one game. Every seat sends one at a time, and a message counts as heard of by whoever made it.
#[derive(Debug)]
pub(super) struct Deliveries {
    /// The last message before the first move.
    start: u64,
    /// What each seat has sent and has no answer to.
    sent: Vec<Option<Pending>>,
    /// When the message with this `seq` was sent.
    moves: HashMap<u64, Instant>,
    /// The messages that each seat has.
    heard: Vec<HashSet<u64>>,
    /// How often a message has still to come to a seat.
    to_come: usize,
}

#[derive(Debug, Clone, Copy)]
struct Pending {
    at: Instant,
    /// Whether somebody has heard of it already.
    is_heard: bool,
}

/// What a pushed message is to a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// A move, so long after it was sent.
    First(Duration),
    /// A move that the seat has already.
    Again,
    /// No move of this game.
    NoMove,
}

impl Deliveries {
    /// Of a game of so many seats, before its first move.
    pub(super) fn new(seats: usize, start: u64) -> Self {
        Self { start, sent: vec![None; seats], moves: HashMap::new(), heard: vec![HashSet::new(); seats], to_come: 0 }
    }

    /// A seat has sent a move.
    pub(super) fn sent(&mut self, seat: usize, at: Instant) {
        self.sent[seat] = Some(Pending { at, is_heard: false });
    }

    /// The move of a seat was accepted as message `seq`. Returns how long that took; nothing when it had been answered.
    pub(super) fn accepted(&mut self, seat: usize, seq: u64, now: Instant) -> Option<Duration> {
        let pending = self.sent[seat].take()?;
        self.stands(seat, seq, pending.at);
        Some(now - pending.at)
    }

    /// The move of a seat was refused, and is not sent again.
    pub(super) fn refused(&mut self, seat: usize) {
        self.sent[seat] = None;
    }

    /// The message `seq` of the player on the seat `by` was pushed to `seat`, perhaps before its maker had the answer.
    pub(super) fn heard(&mut self, seat: usize, by: usize, seq: u64, now: Instant) -> Heard {
        if seq <= self.start {
            return Heard::NoMove;
        }
        if !self.moves.contains_key(&seq) {
            let Some(pending) = self.sent[by].as_mut() else { return Heard::NoMove };
            pending.is_heard = true;
            let at = pending.at;
            self.stands(by, seq, at);
        }
        if self.heard[seat].insert(seq) {
            self.to_come -= 1;
            Heard::First(now - self.moves[&seq])
        } else {
            Heard::Again
        }
    }

    /// Whether an answer or a push has still to come.
    pub(super) fn is_waiting(&self) -> bool {
        self.to_come > 0 || self.sent.iter().any(Option::is_some)
    }

    /// How many answers and pushes have not come.
    pub(super) fn missing(&self) -> (usize, usize) {
        let unanswered = || self.sent.iter().flatten();
        let unheard = unanswered().filter(|pending| !pending.is_heard).count();
        (unanswered().count(), self.to_come + unheard * (self.sent.len() - 1))
    }

    fn stands(&mut self, by: usize, seq: u64, sent_at: Instant) {
        if self.moves.insert(seq, sent_at).is_none() {
            self.heard[by].insert(seq);
            self.to_come += self.heard.len() - 1;
        }
    }
}
