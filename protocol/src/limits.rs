//! The limits of the wire.

/// Bytes of a frame from a client. Larger ones are rejected as `frame_too_large`; beyond 32 KB API Gateway closes the
/// connection with code 1009.
pub const CLIENT_FRAME_BYTES_MAX: usize = 16 * 1024;
/// Bytes of a frame to a client. API Gateway counts and bills in units of 32 KB.
pub const SERVER_FRAME_BYTES_MAX: usize = 28 * 1024;
/// Bytes of a view.
pub const VIEW_BYTES_MAX: usize = 12 * 1024;
/// Messages of one `history` page; a larger `limit` is read as this.
pub const HISTORY_MESSAGES_MAX: usize = 100;
/// Player ids in one `players` frame.
pub const PLAYER_IDS_MAX: usize = 50;
/// Characters of a display name; longer ones are cut.
pub const DISPLAY_NAME_LENGTH_MAX: usize = 40;
/// Bytes of a token.
pub const TOKEN_BYTES_MAX: usize = 2048;
/// Seconds by which the clocks of whoever signs tokens and of the authorizer may differ.
pub const TOKEN_LEEWAY_SECONDS: u64 = 30;
/// Bytes of the secret that signs tokens, at least: as many as the hash of HS256 has (RFC 7518, section 3.2).
pub const TOKEN_SECRET_BYTES_MIN: usize = 32;
