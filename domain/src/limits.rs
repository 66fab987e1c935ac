//! The limits of sessions. Limits of the wire and of the tables stand in their own crates.

/// Characters of a player id.
pub const PLAYER_ID_LENGTH_MAX: usize = 64;
/// Commands that a session remembers of each seated player, so that a repeat is recognised.
pub const RECENT_PER_SEATED_PLAYER_MAX: usize = 16;
/// Commands that a session remembers of everybody who holds no seat, taken together.
pub const RECENT_OF_OTHERS_MAX: usize = 64;
/// Events of one message.
pub const EVENTS_PER_MESSAGE_MAX: usize = 16;
/// Milliseconds after which a game that nobody completed the table of is closed: a day.
pub const WAITING_IDLE_MS_MAX: u64 = 24 * 60 * 60 * 1000;
/// Milliseconds without a move after which a running game is closed: two weeks.
pub const PLAYING_IDLE_MS_MAX: u64 = 14 * 24 * 60 * 60 * 1000;
/// Characters of the explanation in a refusal.
pub const REASON_LENGTH_MAX: usize = 200;
/// Characters of a chess position in FEN; the longest legal one has fewer.
pub const FEN_LENGTH_MAX: usize = 100;
/// Tags of one game that is read from PGN.
pub const PGN_TAGS_MAX: usize = 64;
/// Characters of a tag's value in PGN; what is beyond is cut off.
pub const PGN_TAG_LENGTH_MAX: usize = 255;
/// Moves by both sides in one game that is read from PGN; the rule of 75 moves lets no game become longer.
pub const PGN_MOVES_MAX: usize = 17_697;
/// Depth of variations within variations in PGN.
pub const PGN_VARIATION_DEPTH_MAX: usize = 100;
