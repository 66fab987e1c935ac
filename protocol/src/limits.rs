//! The limits of the wire.

use std::ops::RangeInclusive;

/// Bytes of a frame from a client. Larger ones are rejected as `frame_too_large`; beyond 32 KB API Gateway closes the
/// connection with code 1009.
pub const CLIENT_FRAME_BYTES_MAX: usize = 16 * 1024;
/// Bytes of a frame to a client. API Gateway counts and bills in units of 32 KB.
pub const SERVER_FRAME_BYTES_MAX: usize = 28 * 1024;
/// Bytes of a view.
pub const VIEW_BYTES_MAX: usize = 12 * 1024;
/// Messages of one `history` page; a larger `limit` is read as this.
pub const HISTORY_MESSAGES_MAX: usize = 100;
/// Actions that the answer to `actions` lists, where they fit.
pub const ACTIONS_MAX: usize = 200;
/// Player ids in one `players` frame.
pub const PLAYER_IDS_MAX: usize = 50;
/// Characters of a display name; longer ones are cut.
pub const DISPLAY_NAME_LENGTH_MAX: usize = 40;
/// Bytes of a token: the longest address that API Gateway takes has as many.
pub const TOKEN_BYTES_MAX: usize = 4096;
/// Milliseconds by which the clocks of whoever signs tokens and of the authorizer may differ.
pub const TOKEN_LEEWAY_MS: u64 = 30_000;
/// Characters of a secret that signs tokens, at least: as many as the hash of HS256 has bytes (RFC 7518, section 3.2).
pub const TOKEN_SECRET_LENGTH_MIN: usize = 32;
/// Secrets that sign tokens at the same time.
pub const TOKEN_KEYS_MAX: usize = 16;
/// Characters of the secret by which a guest is known again: 128 bits in base64url have 22.
pub const GUEST_SECRET_LENGTHS: RangeInclusive<usize> = 22..=64;
/// Bytes of a guest's secret's hash that are their player id: enough that nobody finds a second secret for any of them.
pub const GUEST_ID_BYTES: usize = 16;
/// Milliseconds for which a guest is signed in by one connection.
pub const GUEST_GOOD_MS: u64 = 24 * 60 * 60 * 1000;
/// Keys of one published set.
pub const PUBLISHED_KEYS_MAX: usize = 64;
