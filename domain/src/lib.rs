//! Turnlog's rules: game kinds and the games in which they are played.
//!
//! Everything here is pure. Time and the secrets behind chance arrive as parameters, nothing does I/O, and no order depends on a hash map, so the
//! fold of one log is the same everywhere and for ever.
//!
//! The major parts are [`Rules`], which a game kind implements; [`Game`], the aggregate that seats players and asks
//! the kind what a move does; and [`decide`] and [`Game::fold`], the two halves of event sourcing: what a command
//! causes, and what the stored messages add up to.
//!
//! ```
//! use turnlog_domain::{Actor, Command, Context, Timestamp, decide, testing};
//!
//! let kinds = turnlog_games::kinds();
//! let ada = testing::player("ada");
//! let create = Command::create("tic-tac-toe", serde_json::json!({}));
//! let (actor, now) = (Actor::Player(ada), Timestamp::from_ms(1));
//! let events = decide(None, &actor, &create, &Context::new(&kinds, now)).expect("the options are valid");
//! assert_eq!(events.len(), 1);
//! ```

mod bot;
mod chance;
mod direct;
mod game;
mod hex;
mod ids;
mod invalid_event;
mod json;
mod kind;
pub mod limits;
mod outcome;
mod rate;
mod rules;
mod sanitize;
mod seed;
pub mod testing;
mod upcast;

pub use bot::{Bot, Thinking};
pub use chance::{Chance, Roll, Shuffle};
pub use direct::{Sending, Sent, Text};
pub use game::{
    bot_task::BotTask,
    command::Command,
    decide::{Context, decide},
    event::{
        Created, Event, EventGroup, InvitationRenewed, Muted, OfOffer, OfSeat, Played, RematchAgreed, Said, SeatTaken,
        SeedRevealed, TakenBack, TimedOut, UnknownEvent,
    },
    fold::FoldError,
    invitation::{Invitation, InvitationHash},
    message::Message,
    moment::Moment,
    offer::{Offer, OfferKind},
    phase::Phase,
    rejection::Rejection,
    settings::{Clock, Settings, Start, Timeout},
    state::{Game, Occupant, UnreadableState},
    talk::Audience,
    timer::Timer,
    verify::{Unverified, verify},
};
pub use hex::Hex;
pub use ids::{Actor, CommandId, GameId, InvalidId, PlayerId, Seat, Seq, Timestamp};
pub use invalid_event::InvalidEvent;
pub use kind::{Kind, Kinds, Position};
pub use outcome::Outcome;
pub use rules::{Form, Illegal, InvalidOptions, Rules, Viewer};
pub use sanitize::sanitize;
pub use seed::{Commitment, Entropy, KeyId, Promise, Revealed, Seed, ServerPart};
