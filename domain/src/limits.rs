//! The limits of games. Limits of the wire and of the tables stand in their own crates.

use std::ops::RangeInclusive;

/// Characters of a player id.
pub const PLAYER_ID_LENGTH_MAX: usize = 64;
/// How the ids of bots begin, and those of people do not.
pub const PLAYER_ID_BOT_PREFIX: &str = "bot:";
/// How the ids of guests begin, and those that signed tokens name do not.
pub const PLAYER_ID_GUEST_PREFIX: &str = "guest-";
/// Moves after which a bot gives up playing a game out in its head.
pub const BOT_PLAYOUT_MOVES_MAX: u32 = 60;
/// Commands that a game remembers of each seated player, so that a repeat is recognised.
pub const RECENT_PER_SEATED_PLAYER_MAX: usize = 16;
/// Commands that a game remembers of everybody who holds no seat, taken together.
pub const RECENT_OF_OTHERS_MAX: usize = 64;
/// Events of one message.
pub const EVENTS_PER_MESSAGE_MAX: usize = 16;
/// Milliseconds after which a game that nobody completed the table of is closed: a day.
pub const WAITING_IDLE_MS_MAX: u64 = 24 * 60 * 60 * 1000;
/// Milliseconds without any message after which a running game is closed: two weeks.
pub const PLAYING_IDLE_MS_MAX: u64 = 14 * 24 * 60 * 60 * 1000;
/// Milliseconds that a frame may have waited for a function and still count from its arrival. A turn ends so long after its
/// deadline at the earliest, when no frame that arrived in time can be decided on any more.
pub const ARRIVED_AGO_MS_MAX: u64 = 3_000;
/// Characters of the explanation in a refusal.
pub const REASON_LENGTH_MAX: usize = 200;
/// Bytes of one player's contribution to the seed.
pub const ENTROPY_BYTES_MAX: usize = 32;
/// Characters of the id of a server key.
pub const KEY_ID_LENGTH_MAX: usize = 32;
/// Bytes of the events of one message as JSON text.
pub const EVENTS_BYTES_MAX: usize = 12 * 1024;
/// Players that a host can remove from one table.
pub const KICKED_MAX: usize = 64;
/// Seconds that a move may be given.
pub const SECONDS_PER_MOVE: RangeInclusive<u32> = 5..=86_400;
/// Days that a move may be given, less than those after which a game counts as abandoned.
pub const DAYS_PER_MOVE_MAX: u8 = 10;
/// Milliseconds that a player may have for the whole game: ten seconds to a day.
pub const FISCHER_INITIAL_MS: RangeInclusive<u64> = 10_000..=86_400_000;
/// Milliseconds that a move may add.
pub const FISCHER_INCREMENT_MS_MAX: u64 = 600_000;
/// Characters of one text at the table, of at most four bytes each.
pub const TALK_LENGTH_MAX: usize = 500;
/// Combining marks on one character of a text or name: the fullest syllables of Hebrew and Tibetan have as many.
pub const MARKS_PER_CHARACTER_MAX: usize = 5;
/// Milliseconds over which texts are counted.
pub const TALK_WINDOW_MS: u64 = 10_000;
/// Texts of one player in that time.
pub const TALK_PER_PLAYER_MAX: usize = 5;
/// Texts of all who hold no seat, taken together, in that time.
pub const TALK_OF_SPECTATORS_MAX: usize = 20;
/// Milliseconds over which it is counted how often seats are taken at a table that waits.
pub const SEATINGS_WINDOW_MS: u64 = 60_000;
/// Seats that one player takes in that time, for themself or for bots.
pub const SEATINGS_PER_PLAYER_MAX: usize = 10;
/// Seats that all take in that time who did not make the game, when one comes back.
pub const SEATINGS_OF_RETURNING_GUESTS_MAX: usize = 20;
/// The same when one comes who did not sit there in that time. It bounds what is remembered.
pub const SEATINGS_OF_GUESTS_MAX: usize = 40;
/// Milliseconds over which the direct messages of one sender are counted.
pub const SENT_WINDOW_MS: u64 = 10_000;
/// Direct messages of one sender in that time.
pub const SENT_PER_PLAYER_MAX: usize = 5;
/// Direct messages that are remembered of one sender, so that a repeat is recognised: at least those of a minute.
pub const SENT_REMEMBERED_MAX: usize = 32;
/// Players that one player can block.
pub const BLOCKED_MAX: usize = 64;
/// Players that a host can mute at one table.
pub const MUTED_MAX: usize = 64;
