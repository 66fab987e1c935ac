//! Write one file of rules, get the whole backend of a multiplayer game.
//!
//! A kind of game is a type that implements [`Rules`](rules::Rules). [`functions`] makes of some kinds the Lambda functions
//! behind them, and [`command`], with the feature of that name, the command
//! line. The feature `testing` has the laws that every kind obeys, as tests: [`testing`].

#[cfg(feature = "command")]
pub mod command;
mod functions;
pub mod rules;

#[cfg(feature = "testing")]
pub use turnlog_testing as testing;

pub use functions::{FunctionError, functions};
