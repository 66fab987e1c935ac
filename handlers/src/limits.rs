//! The limits of the functions behind the API.

use std::time::Duration;

/// Longest time for one request of published keys: an authorizer has five seconds, and players wait for it.
pub const KEYS_TIMEOUT: Duration = Duration::from_secs(2);
/// Bytes of a set of published keys.
pub const KEYS_BYTES_MAX: usize = 64 * 1024;
/// Milliseconds between two requests of published keys at least, however many tokens name keys that are not known.
pub const KEYS_INTERVAL_MS_MIN: u64 = 10_000;
/// Milliseconds after which published keys are asked for again, so that one that was taken back is good no longer.
pub const KEYS_AGE_MS_MAX: u64 = 60 * 60 * 1000;
/// Longest time for one request to the gateway about a connection.
pub const MANAGEMENT_TIMEOUT: Duration = Duration::from_secs(1);
/// Seconds whose frames a connection, or a player on all connections, may send at once after some rest.
pub const FRAMES_BURST_SECONDS: u32 = 3;
/// How many times the frames of one connection a player may send on all of theirs.
pub const FRAMES_PER_PLAYER_FACTOR: u32 = 2;
/// Seconds whose frames may be refused before the connection is ended, beside one frame in every further second.
pub const FRAMES_REFUSED_SECONDS: u32 = 2;
/// How often the gateway is asked to end one connection. It may not have taken it, and the last frames come after the end.
pub const ENDING_ASKED_EVERY: Duration = Duration::from_secs(10);
/// Connections that are told at once. All others hear it from the stream.
pub const PUSH_AT_ONCE_CONNECTIONS_MAX: usize = 16;
/// Connections, and players, whose frames a process counts. The one that was silent for longest makes room.
pub const PACES_KEPT_MAX: usize = 10_000;
/// Addresses whose connections of guests a process counts. The one that was silent for longest makes room.
pub const GUEST_ADDRESSES_KEPT_MAX: usize = 10_000;
/// Connections that one `$connect` ends at most, so that many at the same moment cause a bounded number of requests.
pub const ENDED_PER_CONNECT_MAX: usize = 8;
