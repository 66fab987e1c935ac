//! The limits of the projections.

use std::time::Duration;

/// Games of a batch that are worked on at the same time.
pub const GAMES_AT_ONCE_MAX: usize = 16;
/// Connections that are sent to at the same time.
pub const PUSHES_AT_ONCE_MAX: usize = 256;
/// Frames that wait for one connection: twice as many as it may follow games. Those beyond are left out.
pub const FRAMES_PER_CONNECTION_MAX: usize = 40;
/// Longest time to find out what happened in one game, and who is to be told.
pub const PUSH_TIME_PER_GAME_MAX: Duration = Duration::from_secs(10);
/// How long a batch waits for the first attempts of its frames. The others go on beside the next batch.
pub const PUSH_TIME_PER_BATCH_MAX: Duration = Duration::from_millis(500);
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
/// How far back the sweep looks for games whose very first message was missed.
pub const SWEEP_STARTED_MS: u64 = 10 * 60 * 1000;
/// What the sweep leaves of its time, so that it ends in order.
pub const SWEEP_RESERVE: Duration = Duration::from_secs(5);
/// Time for the one move of a bot that the sweep finds late.
pub const SWEEP_TIME_PER_BOT: Duration = Duration::from_secs(1);
/// How long a run of the sweep may end connections whose tokens have expired.
pub const EXPIRY_TIME_MAX: Duration = Duration::from_secs(40);
/// How long a process leaves a game alone that it could not fold.
pub const PARKED_RETRY_EVERY: Duration = Duration::from_mins(5);
/// Games that a process remembers as such.
pub const FAULTS_KEPT_MAX: usize = 1_000;
