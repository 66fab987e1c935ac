//! What is said of an event that does not fit.

/// An event cannot have happened in the state that it is applied to: the log is damaged, or newer than this code. The text says
/// why, in a few words that follow a colon. It is for whoever operates the server and is logged, so it says nothing hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidEvent(pub &'static str);
