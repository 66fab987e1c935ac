//! The game: one played instance of a game kind, with its seats, its phase and the commands that it remembers.

pub(crate) mod bot_task;
pub(crate) mod clock;
pub(crate) mod command;
pub(crate) mod decide;
pub(crate) mod event;
pub(crate) mod fold;
pub(crate) mod invitation;
pub(crate) mod message;
pub(crate) mod moment;
pub(crate) mod offer;
pub(crate) mod phase;
pub(crate) mod recent;
pub(crate) mod rejection;
pub(crate) mod seating;
pub(crate) mod settings;
pub(crate) mod shown;
pub(crate) mod state;
pub(crate) mod talk;
pub(crate) mod timer;
pub(crate) mod verify;
pub(crate) mod visibility;
