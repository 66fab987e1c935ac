//! The limits of what operators do.

use std::time::Duration;

/// Longest time for one attempt of a request.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Attempts of a request, the first included.
pub const ATTEMPTS_MAX: u32 = 10;
/// Items of one page of a scan: about as many messages as fit into the 1 MB that such a page may have.
pub const SCAN_PAGE_ITEMS_MAX: i32 = 2_000;
/// Entries of one page of a raw log.
pub const RAW_PAGE_ENTRIES_MAX: usize = 100;
/// Milliseconds after the beginning of a rebuild for which a later run goes on where it was stopped.
pub const REBUILD_RESUMED_MS_MAX: u64 = 24 * 60 * 60 * 1000;
/// Games that a rebuild compares before it notes how far it has come.
pub const REBUILD_PAGE_GAMES: i32 = 50;
