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
pub const MANAGEMENT_TIMEOUT: Duration = Duration::from_secs(2);
