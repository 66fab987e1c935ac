//! The Lambda functions behind Turnlog's streams and schedules.
//!
//! A stream is only a doorbell: it may ring twice, late, or out of order. What happened stands in the
//! log, so every function here asks the log when something is missing, and writes only forwards.

pub mod bots;
pub mod expiry;
pub mod games;
pub mod push;
pub mod sweep;

mod batch;
mod bot_tasks;
mod faults;
pub mod limits;
mod project;
