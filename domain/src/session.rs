//! The session: one played instance of a game kind, with its seats, its phase and the commands that it remembers.

pub(crate) mod command;
pub(crate) mod decide;
pub(crate) mod event;
pub(crate) mod fold;
pub(crate) mod message;
pub(crate) mod phase;
pub(crate) mod recent;
pub(crate) mod rejection;
pub(crate) mod state;
