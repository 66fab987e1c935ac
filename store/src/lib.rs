//! Turnlog's four DynamoDB tables: the only place that knows how items look.
//!
//! [`Log`] is the way of every command: it loads a game, decides, and appends what was decided to the Messages table,
//! once and only once. [`Inbox`] is that of direct messages. [`Messages`], [`Games`], [`Players`] and [`Websockets`] are the tables, concrete types over the SDK's
//! client, and [`Management`] is the gateway's API for open connections. Nothing here knows of sockets, frames or functions.

mod append;
pub mod attributes;
mod batch;
mod cache;
mod client;
mod clock;
mod cursor;
mod derived;
mod direct;
mod entry;
mod environment;
mod error;
mod games;
mod hash;
mod keys;
pub mod limits;
mod link;
mod load_error;
mod log;
mod management;
mod messages;
pub mod metrics;
mod moments;
mod players;
mod read_model;
mod secrets;
mod websockets;

pub use append::{AppendError, Appended, Origin, pause};
pub use cache::GameCache;
pub use client::{client_with, config_with};
pub use clock::now;
pub use cursor::Cursor;
pub use derived::{Derived, READ_MODELS, rows_of_head};
pub use direct::{Blocked, DirectEntry, DirectMessage, Inbox, InboxMarks, Outgoing, SendError, owner_of};
pub use entry::{Entry, Folded, LogFault};
pub use environment::{ConfigError, Environment};
pub use error::{StoreError, StoreErrorKind};
pub use games::{ActiveGame, DueCursor, DuePage, Duty, Games, ParkedGame, Round, SweepCursor};
pub use hash::Hash;
pub use keys::ChanceKeys;
pub use link::Link;
pub use load_error::LoadError;
pub use log::Log;
pub use management::{Management, Sent};
pub use messages::{Messages, Pages, Put, Started};
pub use players::Players;
pub use read_model::{Agreement, ReadModel, ReadModels, Row, RowKey, RowTable, StoredRow};
pub use secrets::{SecretError, secrets};
pub use websockets::{Connection, Dialect, EndError, Subscribed, Subscriber, TokenExpiry, Websockets};
