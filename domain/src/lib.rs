//! Turnlog's rules: game kinds and the sessions in which they are played.
//!
//! Everything here is pure. Time arrives as a parameter, nothing does I/O, and no order depends on a hash map, so the
//! fold of one log is the same everywhere and for ever.
//!
//! The major parts are [`Game`], which a game kind implements; [`Session`], the aggregate that seats players and asks
//! the kind what a move does; and [`decide`] and [`Session::fold`], the two halves of event sourcing: what a command
//! causes, and what the stored messages add up to.
//!
//! ```
//! use turnlog_domain::{Actor, Command, GameId, Timestamp, decide, testing};
//!
//! let ada = testing::player("ada");
//! let create = Command::Create { kind: "tic-tac-toe".to_owned(), options: serde_json::json!({}) };
//! let events = decide(None, &Actor::Player(ada), &create, Timestamp::from_ms(1)).expect("the options are valid");
//! assert_eq!(events.len(), 1);
//! ```

mod game;
pub mod games;
mod ids;
mod kind;
pub mod limits;
mod session;
pub mod testing;

pub use game::{Game, Illegal, InvalidOptions, Misfit, Outcome, Viewer};
pub use ids::{Actor, CommandId, GameId, InvalidId, PlayerId, Seat, Seq, Timestamp};
pub use kind::{Kind, Position};
pub use session::{
    command::Command,
    decide::decide,
    event::{Event, UnknownEvent},
    fold::FoldError,
    message::Message,
    phase::Phase,
    rejection::Rejection,
    state::{Occupant, Session},
};
