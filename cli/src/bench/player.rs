//! One player of a game: what they know, and what they are at.

use std::time::{Duration, Instant};

use serde_json::Value;
use uuid::Uuid;

use super::connection::{Broken, Connection, Frame};

/// A frame that was refused is not sent again when so much time has gone since it was sent first.
const RESENT_AT_MOST_FOR: Duration = Duration::from_secs(15);

/// A player, and their connection.
#[derive(Debug)]
pub(super) struct Player {
    pub(super) id: String,
    pub(super) connection: Connection,
    /// The newest message that they know.
    pub(super) seen: u64,
    /// Whether they were in turn after it.
    pub(super) is_in_turn: bool,
    pub(super) doing: Doing,
}

/// What a player is at.
#[derive(Debug)]
pub(super) enum Doing {
    Nothing,
    /// Moves at that moment.
    Thinking(Instant),
    /// Has sent a frame and has no answer to it.
    Waiting(Request),
    /// Sends a frame again at that moment.
    Refused(Instant, Request),
}

/// A frame under way.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) asks: Asks,
    id: Uuid,
    text: String,
    /// When it was sent first.
    at: Instant,
    /// The newest message that its player knew then.
    pub(super) seen: u64,
}

/// What a frame asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// The legal moves.
    Actions,
    /// A move.
    Move,
}

impl Player {
    pub(super) fn new(id: String, connection: Connection) -> Self {
        Self { id, connection, seen: 0, is_in_turn: false, doing: Doing::Nothing }
    }

    /// Is at the beginning of a game whose last message so far is `seq`.
    pub(super) fn begin(&mut self, seq: u64, is_in_turn: bool) {
        (self.seen, self.is_in_turn, self.doing) = (seq, is_in_turn, Doing::Nothing);
    }

    /// Sends a frame with an id of its own. Returns when.
    pub(super) async fn send(&mut self, asks: Asks, mut frame: Value) -> Result<Instant, Broken> {
        let id = Uuid::new_v4();
        frame["id"] = id.to_string().into();
        let (text, at) = (frame.to_string(), Instant::now());
        self.connection.send(&text).await?;
        self.doing = Doing::Waiting(Request { asks, id, text, at, seen: self.seen });
        Ok(at)
    }

    /// Sends a refused frame again.
    pub(super) async fn send_again(&mut self) -> Result<(), Broken> {
        match std::mem::replace(&mut self.doing, Doing::Nothing) {
            Doing::Refused(_, request) => {
                self.connection.send(&request.text).await?;
                self.doing = Doing::Waiting(request);
            }
            other @ (Doing::Nothing | Doing::Thinking(_) | Doing::Waiting(_)) => self.doing = other,
        }
        Ok(())
    }

    /// What is answered under this id; nothing when no answer to it was missing.
    pub(super) fn answered(&mut self, id: Uuid) -> Option<Request> {
        match std::mem::replace(&mut self.doing, Doing::Nothing) {
            Doing::Waiting(request) if request.id == id => Some(request),
            other @ (Doing::Nothing | Doing::Thinking(_) | Doing::Waiting(_) | Doing::Refused(..)) => {
                self.doing = other;
                None
            }
        }
    }

    /// Sends a refused frame again later, if that may help. False when it cannot.
    pub(super) fn tries_again(&mut self, request: Request, refusal: &Frame) -> bool {
        let pause = refusal.resend_after().filter(|_| request.at.elapsed() < RESENT_AT_MOST_FOR);
        if let Some(pause) = pause {
            self.doing = Doing::Refused(Instant::now() + pause, request);
        }
        pause.is_some()
    }

    /// When they do something without having heard anything.
    pub(super) fn wakes_at(&self) -> Option<Instant> {
        match self.doing {
            Doing::Thinking(at) | Doing::Refused(at, _) => Some(at),
            Doing::Nothing | Doing::Waiting(_) => None,
        }
    }

    /// Whether they wait for the answer to such a frame, refused or not.
    pub(super) fn waits_for(&self, asks: Asks) -> bool {
        match &self.doing {
            Doing::Waiting(request) | Doing::Refused(_, request) => request.asks == asks,
            Doing::Nothing | Doing::Thinking(_) => false,
        }
    }

    /// Gets to know where the game stands; tells whether that is its end. The answer to a repeat has no view: whether they
    /// are in turn is then to be asked.
    pub(super) fn learn(&mut self, seat: usize, frame: &Frame) -> bool {
        let Some(seq) = frame.seq.filter(|seq| *seq > self.seen) else { return false };
        self.seen = seq;
        self.is_in_turn = frame.view.as_ref().is_none_or(|view| view.turn.contains(&seat));
        frame.view.as_ref().is_some_and(|view| view.phase == "finished")
    }
}
