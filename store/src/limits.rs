//! The limits of the tables.

use std::time::Duration;

pub use turnlog_domain::limits::{ARRIVED_AGO_MS_MAX, EVENTS_BYTES_MAX};

/// Characters of a secret behind chance, at least: 16 bytes when it is hexadecimal, and more in any other form.
pub const CHANCE_KEY_LENGTH_MIN: usize = 32;
/// Keys for chance that are held at the same time.
pub const CHANCE_KEYS_MAX: usize = 16;
/// Attempts of one append, the first included.
pub const APPEND_ROUNDS_MAX: u32 = 5;
/// Longest wait before the second attempt of an append; it doubles with each further one.
pub const APPEND_WAIT_MS_MAX: u64 = 20;
/// Attempts of one direct message, the first included: many may write to one player at the same moment.
pub const SEND_ROUNDS_MAX: u32 = 12;
/// Rounds after which the wait between them grows no longer.
pub const SEND_ROUNDS_GROWING_MAX: u32 = 5;
/// Direct messages in which a repeat is looked for, after the position that its first attempt saw.
pub const REPEAT_SCAN_MESSAGES_MAX: usize = 5_000;
/// Direct messages of one page.
pub const INBOX_PAGE_MESSAGES_MAX: usize = 100;
/// How far the last message may lie ahead of this process's clock, in milliseconds.
pub const CLOCK_AHEAD_MS_MAX: u64 = 5_000;
/// Games that a warm process keeps.
pub const CACHED_SESSIONS_MAX: usize = 500;
/// The state of a game is kept at every multiple of this. It bounds how many messages a look back folds; what is kept takes
/// about a tenth of the bytes of the log then. Whatever was kept at another interval is not found any more.
pub const SNAPSHOT_INTERVAL_MESSAGES: u64 = 100;
/// Snapshots that a look back tries, from the nearest on, before it leaves them alone: the nearest may not be there yet.
pub const SNAPSHOTS_TRIED_MAX: usize = 3;
/// Messages of a log that are held at a time. An answer ends at 1 MB in any case, which is 2,000 messages of the usual size; the
/// embedded database, though, reads a log to its end for a page without a limit.
pub const LOG_PAGE_MESSAGES_MAX: i32 = 1_000;
/// Messages that a fold from the beginning of a log holds at a time.
pub const FOLD_PAGE_MESSAGES_MAX: usize = 500;
/// Open connections of one player that are remembered and told of something. A burst of connects may exceed it for a moment.
pub const CONNECTIONS_PER_PLAYER_MAX: usize = 16;
/// Seconds for which a player opens no connection after one was ended because it sent too much.
pub const BARRED_SECONDS: u64 = 30;
/// Games that one connection may follow.
pub const SUBSCRIPTIONS_PER_CONNECTION_MAX: usize = 20;
/// Connections that may follow one game, those of its players not counted out. A burst may exceed it by a few.
pub const WATCHERS_PER_GAME_MAX: i32 = 1_000;
/// Unfinished games that a player may have made or sit in. It is counted by the read model, so a burst may exceed it.
pub const OPEN_GAMES_PER_PLAYER_MAX: usize = 50;
/// Seconds after which a connection's items expire: API Gateway ends a connection after 2 hours.
pub const CONNECTION_SECONDS_MAX: u64 = 2 * 60 * 60 + 15 * 60;
/// Connections with expired tokens that are listed at a time, of one partition of their index.
pub const EXPIRED_PER_BUCKET_MAX: i32 = 100;
/// Partitions over which an index spreads its entries.
pub const INDEX_BUCKETS: u8 = 16;
/// Longest time for one attempt of one request.
pub const REQUEST_ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1_500);
/// Longest time for one request with its retries.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest time to open a connection.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Attempts of one request, the first included. Appends count their own.
pub const REQUEST_ATTEMPTS_MAX: u32 = 3;
/// Milliseconds after which a bot that has something to do is late: its doorbell was lost, and the sweep sees to it.
pub const BOT_LATE_MS: u64 = 30_000;
/// A game at rest is due at a multiple of this in milliseconds, after the moment from which it counts as abandoned: its entry
/// in the index moves only once an hour then, however much is said and done there.
pub const REST_DUE_STEP_MS: u64 = 60 * 60 * 1000;
/// Entries that the sweep reads at a time.
pub const SWEEP_PAGE_GAMES_MAX: i32 = 100;
