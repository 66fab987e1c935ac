//! Write one file of rules, get the whole backend of a multiplayer game.
//!
//! A kind of game is a type that implements [`Rules`](rules::Rules). [`functions`] makes of some kinds the Lambda functions
//! behind them, and [`command`], with the feature of that name, the command line. `testing`,
//! also a feature, is for tests: one line of it tries on some kinds what holds for every kind.

#[cfg(feature = "command")]
mod calls;
#[cfg(feature = "command")]
pub mod command;
mod functions;
pub mod rules;

#[cfg(feature = "testing")]
pub use turnlog_testing as testing;

pub use functions::{FunctionError, functions};
