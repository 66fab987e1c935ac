//! What a game kind is.

use std::fmt;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::ids::Seat;

/// The rules of one kind of game. The implementing type is the state of a game under way.
///
/// All of it is pure and total: any action in any reachable state yields events or a refusal and never panics. Seats,
/// players, turns that are not theirs, repeats, resignations and everything around the rules is the session's work;
/// a kind never sees it. `domain/src/games/tic_tac_toe.rs` is the example to start from.
///
/// The JSON of `Event` is stored for ever: never edit an old shape.
pub trait Game: Clone + fmt::Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The name under which games of this kind are created.
    const KIND: &'static str;
    /// What the creator may choose. It must be readable from `{}`, with a default for everything.
    type Options: Serialize + DeserializeOwned;
    /// What a player asks for when it is their turn.
    type Action: Serialize + DeserializeOwned;
    /// What then happened. It says by itself whose doing it was.
    type Event: Clone + Serialize + DeserializeOwned;
    /// What one viewer may see of the state.
    type View: Serialize;

    /// The state before the first move.
    ///
    /// # Errors
    /// When an option is outside its limits.
    fn setup(options: &Self::Options) -> Result<Self, InvalidOptions>;

    /// How many players it takes.
    fn seats(&self) -> u8;

    /// What `action` by `seat` causes. Asked only of seats that are in [`turn`](Self::turn).
    ///
    /// # Errors
    /// When the rules forbid it.
    fn decide(&self, seat: Seat, action: &Self::Action) -> Result<Vec<Self::Event>, Illegal>;

    /// Brings the state forward over one event.
    ///
    /// # Errors
    /// When the event cannot have happened in this state. The state is thrown away then.
    fn evolve(&mut self, event: &Self::Event) -> Result<(), Misfit>;

    /// The seats that may act now: one in turn-based games, several where all choose at once, none at the end.
    fn turn(&self) -> Vec<Seat>;

    /// How it ended, once it has.
    fn outcome(&self) -> Option<Outcome>;

    /// What `viewer` may see. Nothing that is hidden from them may leave through it.
    fn view(&self, viewer: Viewer) -> Self::View;

    /// The event as `viewer` may see it. Needed only where an event carries something hidden.
    #[must_use]
    fn redact(event: &Self::Event, viewer: Viewer) -> Self::Event {
        let _ = viewer;
        event.clone()
    }

    /// Every action that the rules allow `seat` now. Bots, hints and the property tests use it.
    fn legal_actions(&self, seat: Seat) -> Vec<Self::Action>;
}

/// Who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Viewer {
    /// The player on a seat.
    Seat(Seat),
    /// Anybody else.
    Spectator,
}

/// The rules forbid an action. The text is shown to the player.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Illegal(pub &'static str);

/// An option lies outside its limits. The text is shown to the player.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidOptions(pub &'static str);

/// An event does not fit the state that it is applied to: the log is damaged, or newer than this code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the event does not fit the state")]
pub struct Misfit;

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
