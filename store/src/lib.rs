//! Turnlog's four DynamoDB tables: the only place that knows how items look.
//!
//! [`Log`] is the way of every command: it loads a game, decides, and appends what was decided to the Messages table,
//! once and only once. [`Inbox`] is that of direct messages. [`Messages`], [`Games`], [`Players`] and [`Websockets`] are the tables, concrete types over the SDK's
//! client, and [`Management`] is the gateway's API for open connections. Nothing here knows of sockets, frames or functions.

mod append;
mod attributes;
mod audit;
mod cache;
mod client;
mod direct;
mod entry;
mod error;
mod games;
mod hash;
mod inbox;
mod keys;
pub mod limits;
mod log;
mod mailbox;
mod management;
mod messages;
mod meter;
mod moments;
mod players;
mod rebuild;
mod scan;
mod secrets;
mod standing;
mod tables;
mod transfer;
mod versions;
mod websockets;

pub use append::{AppendError, Appended, Origin};
pub use audit::{Agreement, Link, StoredRow, game_of, key_of, position_of};
pub use cache::GameCache;
pub use client::{ConfigError, client_from_env, client_with, required};
pub use direct::{DirectEntry, DirectMessage, owner_of};
pub use entry::{Entry, Folded, LogFault};
pub use error::{StoreError, StoreErrorKind};
pub use games::{ActiveGame, DueCursor, DuePage, Duty, Games, ParkedGame, Round, SweepCursor, has_snapshot};
pub use hash::Hash;
pub use inbox::{Inbox, Outgoing, SendError};
pub use keys::ChanceKeys;
pub use log::{LoadError, Log};
pub use mailbox::{Blocked, Mailbox};
pub use management::{Management, Sent};
pub use messages::{Messages, Pages, Put, Started};
pub use meter::Meter;
pub use players::{PlayerGame, Players, Standing};
pub use rebuild::{Compared, Filled, Found};
pub use scan::{Begun, Cursor, Page};
pub use secrets::{SecretError, secrets};
pub use standing::{Derived, Standings};
pub use tables::{Account, FindError, Tables};
pub use transfer::{Chain, ChainFault, RawEntry, RawFault, RawPut};
pub use versions::{
    Changed, Control, Kept, Model, ModelVersions, Progress, Target, Versions, VersionsError, VersionsRefusal,
};
pub use websockets::{Connection, Dialect, Subscribed, Subscriber, Websockets};
