//! Turnlog's rules: game kinds and the sessions in which they are played.
//!
//! Everything here is pure. Time and the secrets behind chance arrive as parameters, nothing does I/O, and no order depends on a hash map, so the
//! fold of one log is the same everywhere and for ever.
//!
//! The major parts are [`Game`], which a game kind implements; [`Session`], the aggregate that seats players and asks
//! the kind what a move does; and [`decide`] and [`Session::fold`], the two halves of event sourcing: what a command
//! causes, and what the stored messages add up to.
//!
//! ```
//! use turnlog_domain::{Actor, Circumstances, Command, Timestamp, decide, testing};
//!
//! let ada = testing::player("ada");
//! let create = Command::create("tic-tac-toe", serde_json::json!({}));
//! let (actor, now) = (Actor::Player(ada), Timestamp::from_ms(1));
//! let events = decide(None, &actor, &create, now, &Circumstances::default()).expect("the options are valid");
//! assert_eq!(events.len(), 1);
//! ```

mod bot;
mod chance;
mod direct;
mod game;
pub mod games;
mod hex;
mod ids;
mod kind;
mod legible;
pub mod limits;
mod outcome;
mod rate;
mod seed;
mod session;
pub mod testing;
mod upcast;

pub use bot::{Bot, Errand, Thinking};
pub use chance::{Chance, Roll, Shuffle};
pub use direct::{Sending, Sent, Text};
pub use game::{Game, Illegal, InvalidOptions, Misfit, Viewer};
pub use hex::Hex;
pub use ids::{Actor, CommandId, GameId, InvalidId, PlayerId, Seat, Seq, Timestamp};
pub use kind::{Kind, Position};
pub use legible::legible;
pub use outcome::Outcome;
pub use seed::{Commitment, Entropy, KeyId, Promise, Revealed, Seed, ServerPart};
pub use session::{
    clock::Timer,
    command::Command,
    decide::{Circumstances, decide},
    event::{
        Created, Event, InvitationRenewed, Muted, OfOffer, OfSeat, Played, RematchAgreed, Said, SeatTaken,
        SeedRevealed, TakenBack, TimedOut, UnknownEvent,
    },
    fold::FoldError,
    invitation::{Invitation, InvitationHash},
    message::Message,
    moment::Moment,
    offer::{Offer, OfferKind},
    phase::Phase,
    rejection::Rejection,
    state::{Occupant, Session},
    table::{Clock, Start, Table, Timeout},
    talk::Audience,
    verify::{Unverified, verify},
};
