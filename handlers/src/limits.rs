//! The limits of the handlers. Those of frames and tables stand in their own crates.

use std::time::Duration;

/// Seconds whose frames a connection, or a player on all connections, may send at once after some rest.
pub(crate) const FRAMES_BURST_SECONDS: u32 = 3;
/// How many times the frames of one connection a player may send on all of theirs.
pub(crate) const FRAMES_PER_PLAYER_FACTOR: u32 = 2;
/// Seconds whose frames may be refused before the connection is ended, beside one frame in every further second.
pub(crate) const FRAMES_REFUSED_SECONDS: u32 = 2;
/// How often the gateway is asked to end one connection. It may not have taken it, and the last frames come after the end.
pub(crate) const ENDING_ASKED_EVERY: Duration = Duration::from_secs(10);
/// Connections, and players, whose frames a process counts. The one that was silent for longest makes room.
pub(crate) const PACES_KEPT_MAX: usize = 10_000;
/// Longest time for one request to the management API.
pub(crate) const MANAGEMENT_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(1);
/// Connections that one `$connect` ends at most, so that many at the same moment cause a bounded number of requests.
pub(crate) const ENDED_PER_CONNECT_MAX: usize = 8;
