//! The limits of the projections.

use std::time::Duration;

/// Games of a batch that are worked on at the same time.
pub const GAMES_AT_ONCE_MAX: usize = 16;
/// Messages of one game that are read for one push: a frame holds fewer.
pub const PUSHED_MESSAGES_MAX: usize = 500;
/// Connections that are sent to at the same time.
pub const PUSHES_AT_ONCE_MAX: usize = 256;
/// Frames that wait for one connection: twice as many as it may follow games. Those beyond are left out.
pub const FRAMES_PER_CONNECTION_MAX: usize = 40;
/// Longest time to find out what happened in one game, and who is to be told.
pub const PUSH_TIME_PER_GAME_MAX: Duration = Duration::from_secs(10);
/// How long a batch waits for the first attempts of its frames. The others go on beside the next batch.
pub const PUSH_TIME_PER_BATCH_MAX: Duration = Duration::from_millis(500);
/// How long no batch waits for a connection that was slow.
pub const PUSH_SLOW_TIME: Duration = Duration::from_secs(2);
/// Longest time to find out what the games and inboxes of a batch are to be told.
pub const PUSH_READING_TIME_MAX: Duration = Duration::from_secs(15);
/// Wait before the second and last attempt of a frame, at least, in milliseconds.
pub const PUSH_RETRY_WAIT_MS_MIN: u64 = 200;
/// The same, at most.
pub const PUSH_RETRY_WAIT_MS_MAX: u64 = 400;
/// Longest time for one attempt of one frame.
pub const PUSH_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long after its handshake began a connection may still look as if it were gone.
pub const CONNECTING_MS_MAX: u64 = 10_000;
/// Further attempts on such a connection.
pub const CONNECTING_ATTEMPTS_MAX: u32 = 5;
/// Wait before the first of them; it doubles with each further one.
pub const CONNECTING_WAIT: Duration = Duration::from_millis(100);
/// Commands that bots give in one game before its next record: more than there are between the moves of most people.
pub const BOT_COMMANDS_PER_DOORBELL_MAX: u32 = 64;
/// The same where only bots play: nobody waits for them, and others do.
pub const BOT_COMMANDS_AMONG_BOTS_MAX: u32 = 16;
/// How long they go on there before its next record, which is one or two moves of bots that think.
pub const BOT_TIME_AMONG_BOTS: Duration = Duration::from_millis(500);
/// How long bots go on with the games of one batch. Then each game has had its first command, and its next record rings again.
pub const BOT_TIME_PER_BATCH: Duration = Duration::from_secs(5);
/// Longest time that a bot thinks about one move. The bots of one batch think at the same time.
pub const BOT_THINKING_MAX: Duration = Duration::from_millis(500);
/// Moves that a bot tries in its head for one of its own.
pub const BOT_MOVES_TRIED_MAX: u32 = 20_000;
/// What bots leave of the time of their function, so that it ends in order.
pub const BOTS_RESERVE: Duration = Duration::from_secs(10);
/// What is left of it when even what was begun is dropped, so that its batch is answered.
pub const BOTS_END_RESERVE: Duration = Duration::from_secs(3);
/// How far back the very first sweep looks for new games, and how much of the time since the last one a later one reads at once.
pub const SWEEP_STARTED_MS: u64 = 10 * 60 * 1000;
/// How old a game is before the sweep looks whether its records have come: the index is a moment behind, and so are clocks.
pub const SWEEP_STARTED_GRACE_MS: u64 = 30_000;
/// How old the last message of a game is before the sweep brings its row forward: the stream takes a second or two.
pub const SWEEP_HEALED_GRACE_MS: u64 = 10_000;
/// New games after which the sweep notes how far it has come.
pub const SWEEP_STARTED_PAGE_GAMES: usize = 100;
/// Unfinished games that one sweep compares with their logs, and a page more.
pub const SWEEP_COMPARED_GAMES_MAX: usize = 1_000;
/// Parked games that one sweep tries again.
pub const SWEEP_PARKED_GAMES_MAX: usize = 100;
/// Parked games that are counted exactly; above this it is one answer's worth more.
pub const PARKED_COUNTED_MAX: usize = 10_000;
/// What the sweep leaves of its time, so that it ends in order.
pub const SWEEP_RESERVE: Duration = Duration::from_secs(5);
/// What clocks and bots leave of the sweep's time, however many are due.
pub const SWEEP_TIME_FOR_HEALING: Duration = Duration::from_secs(15);
/// Longest time for one game.
pub const SWEEP_TIME_PER_GAME: Duration = Duration::from_secs(10);
/// Time for the one move of a bot that the sweep finds late.
pub const SWEEP_TIME_PER_BOT: Duration = Duration::from_secs(1);
/// How long a run of the sweep may end connections whose tokens have expired.
pub const EXPIRY_TIME_MAX: Duration = Duration::from_secs(40);
/// How long a process leaves a game alone that it could not fold.
pub const PARKED_RETRY_EVERY: Duration = Duration::from_mins(5);
/// Games that a process remembers as such.
pub const FAULTS_KEPT_MAX: usize = 1_000;
