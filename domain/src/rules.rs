//! What a game kind is.

use std::{fmt, ops::RangeInclusive};

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{chance::Chance, ids::Seat, invalid_event::InvalidEvent, outcome::Outcome};

/// The rules of one kind of game. The implementing type is the state of a game under way.
///
/// All of it is pure and total: any action in any reachable state yields events or a refusal and never panics. Who sits
/// where, whose move came too late, repeats, offers and everything else around the rules is the game's work; a kind
/// never sees it. `games/src/tic_tac_toe.rs` is the example to start from, `crazy_eights.rs` the one with hidden
/// hands and chance.
///
/// The JSON of `Event`, of `Options` and of the state itself is stored for ever: never edit an old shape. Raise
/// [`VERSION`](Self::VERSION) instead; docs/change-an-event.md goes through it.
pub trait Rules: Clone + fmt::Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The name under which games of this kind are created.
    const KIND: &'static str;
    /// The version in which events, options and state are stored. Each change of one of them raises it by one, and
    /// [`upcast`](Self::upcast) says how what was stored before becomes the new form. All else here knows only the newest.
    const VERSION: u32 = 1;
    /// Whether anything is left to chance. Such a game commits to its chance at its creation, reveals its seed at the
    /// end, and with it everything that was hidden; its [`legal_actions`](Self::legal_actions) must be complete, since
    /// whoever verifies a game tries them.
    const CHANCE: bool = false;
    /// Whether anything is hidden from anybody before the end. The tests of secrecy hold it against what the views show.
    const HIDDEN: bool = false;
    /// Whether moves can be taken back. What chance has shown cannot be forgotten, and neither can something hidden that has
    /// been shown since: a kind with either has no take-backs, and the tests of secrecy insist on it.
    const TAKE_BACKS: bool = !Self::CHANCE && !Self::HIDDEN;
    /// Whether there is a [`default_action`](Self::default_action) for whoever is in turn. A table plays on with default
    /// moves only where there is; the laws of all kinds hold the two together.
    const DEFAULT_MOVES: bool = false;
    /// Whether everybody may see everything once the game is over.
    const OPENS_AT_END: bool = true;
    /// What the creator may choose. It must be readable from `{}`, with a default for everything. A form is made of its schema:
    /// the comment of a field is its explanation there, and `#[schemars(range(min = 3, max = 19))]` says what may be entered.
    type Options: Serialize + DeserializeOwned + JsonSchema;
    /// What a player asks for when it is their turn.
    type Action: Serialize + DeserializeOwned + JsonSchema;
    /// What then happened. It says by itself whose doing it was, and holds what chance decided as [`Roll`](crate::Roll)
    /// or [`Shuffle`](crate::Shuffle).
    type Event: Clone + Serialize + DeserializeOwned;
    /// What one viewer may see of the state.
    type View: Serialize;

    /// The state before the start.
    ///
    /// # Errors
    /// When an option is outside its limits.
    fn setup(options: &Self::Options) -> Result<Self, InvalidOptions>;

    /// How many players it takes, at least and at most.
    fn seats(&self) -> RangeInclusive<u8>;

    /// What happens when play starts with `seats` players: the deal, the first roll. Where the number varies, these events
    /// must tell it.
    fn begin(&self, seats: u8, chance: &mut Chance) -> Vec<Self::Event> {
        let _ = (seats, chance);
        Vec::new()
    }

    /// What `action` by `seat` causes. Asked only of seats that are in [`turn`](Self::turn).
    ///
    /// # Errors
    /// When the rules forbid it.
    fn decide(&self, seat: Seat, action: &Self::Action, chance: &mut Chance) -> Result<Vec<Self::Event>, Illegal>;

    /// What happens when a player who is not yet [out](Self::is_out) gives up or is timed out. `None` ends the game, and
    /// they lose it; otherwise the game goes on, and `seat` is out.
    fn drop_out(&self, seat: Seat, chance: &mut Chance) -> Option<Vec<Self::Event>> {
        let _ = (seat, chance);
        None
    }

    /// Whether the player on `seat` is out of a game that goes on: eliminated by the rules, or dropped out.
    fn is_out(&self, seat: Seat) -> bool {
        let _ = seat;
        false
    }

    /// Whether any course of moves, however unlikely, lets `seat` win. Whoever gives up or runs out of time has lost only
    /// against somebody who still could; otherwise the game is drawn.
    fn can_win(&self, seat: Seat) -> bool {
        let _ = seat;
        true
    }

    /// The move that is made for `seat`, which is in turn, when its time is up and the table plays on with default moves. A kind
    /// that has one says so in [`DEFAULT_MOVES`](Self::DEFAULT_MOVES).
    fn default_action(&self, seat: Seat) -> Option<Self::Action> {
        let _ = seat;
        None
    }

    /// Brings the state forward over one event.
    ///
    /// # Errors
    /// When the event cannot have happened in this state. The state is thrown away then.
    fn evolve(&mut self, event: &Self::Event) -> Result<(), InvalidEvent>;

    /// What was stored in version `from`, as it is in the next one. Pure and total: what is damaged goes through as it is, and
    /// is found to be damaged by whoever reads it. A step that was once released is never changed or taken away.
    #[must_use]
    fn upcast(form: Form, from: u32, stored: Value) -> Value {
        let _ = (form, from);
        stored
    }

    /// The seats that may act now: one in turn-based games, several where all choose at once, none at the end.
    fn turn(&self) -> Vec<Seat>;

    /// How it ended, once it has.
    fn outcome(&self) -> Option<Outcome>;

    /// What `viewer` may see. Nothing that is hidden from them may leave through it, and all that they may know of the
    /// current state must be in it: two states with equal views are the same to them.
    fn view(&self, viewer: Viewer) -> Self::View;

    /// The view for a terminal, in a few lines.
    fn text(view: &Self::View) -> String;

    /// The event as `viewer` may see it. Needed only where an event carries something hidden.
    #[must_use]
    fn redact(event: &Self::Event, viewer: Viewer) -> Self::Event {
        let _ = viewer;
        event.clone()
    }

    /// Every action that the rules allow `seat` now. Bots, hints, the property tests and the verification use it.
    fn legal_actions(&self, seat: Seat) -> Vec<Self::Action>;

    /// A state that `viewer` cannot tell from this one: what is hidden from them drawn anew. Bots search in such states
    /// instead of the true one, and the tests of secrecy compare them. `chance` has words here even where
    /// [`CHANCE`](Self::CHANCE) says that the rules use none. Needed only where something is hidden.
    #[must_use]
    fn resample(&self, viewer: Viewer, chance: &mut Chance) -> Self {
        let _ = (viewer, chance);
        self.clone()
    }
}

/// What of a kind is stored, all in its [`VERSION`](Rules::VERSION).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// An event.
    Event,
    /// The options of a game.
    Options,
    /// The state, to which a take-back returned.
    State,
}

/// Who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Viewer {
    /// The player on a seat.
    Seat(Seat),
    /// Anybody else.
    Spectator,
    /// Anybody, when nothing is hidden any more.
    Open,
}

impl Viewer {
    /// Whether they may see what only the player on `seat` may see.
    pub fn sees(self, seat: Seat) -> bool {
        match self {
            Self::Seat(own) => own == seat,
            Self::Spectator => false,
            Self::Open => true,
        }
    }
}

/// The rules forbid an action. The text is shown to the player.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Illegal(pub &'static str);

/// An option lies outside its limits. The text is shown to the player.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidOptions(pub &'static str);
