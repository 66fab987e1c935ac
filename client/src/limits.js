/** The limits of the client, units last. */

/** A frame that got no answer for so long is sent again with the same id. */
export const ANSWER_TIMEOUT_MS = 8_000;
/** So often is one frame sent at most. */
export const REQUEST_SENDS_MAX = 5;
/** A request that has no answer after so long fails, also while there is no connection. */
export const REQUEST_AGE_MAX_MS = 60_000;
/** After so many time-outs of one frame in which nothing at all arrived, the connection counts as dead. */
export const SILENT_TIMEOUTS_MAX = 2;
/** Requests under way at the same time. */
export const REQUESTS_OPEN_MAX = 256;
/** Frames that are sent at once after a rest, fewer than the server takes, and the time between further ones, which is what it takes. */
export const FRAMES_BURST_MAX = 40;
export const FRAME_INTERVAL_MS = 50;
/** The server refuses larger frames. */
export const CLIENT_FRAME_BYTES_MAX = 16 * 1024;

/** A connection attempt that did not open for so long is given up. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** A connection that lived for so long was a good one: the back-off starts from the beginning. */
export const STABLE_AFTER_MS = 10_000;
/** The first wait before a reconnect is at most this long, and each further one at most twice the one before. */
export const RETRY_DELAY_BASE_MS = 500;
export const RETRY_DELAY_MIN_MS = 100;
export const RETRY_DELAY_MAX_MS = 30_000;
/** Attempts that somebody's return or tap brings forward begin at least this long after the one before. */
export const WAKE_INTERVAL_MIN_MS = 1_000;
/** A connection that looks open when its player comes back, and on which nothing arrives for so long, counts as dead. */
export const WAKE_ANSWER_TIMEOUT_MS = 4_000;
/** So many refusals in a row by a server that can be reached are no passing trouble: the state says so. */
export const REFUSALS_CERTAIN = 3;

/** So long before its token expires, a connection is replaced by one with a fresh token; for short tokens a quarter of their life. */
export const RENEW_BEFORE_MS = 60_000;
/** A token that does not say when it was made is not replaced sooner than this. */
export const RENEW_AFTER_MIN_MS = 10_000;
/** When there was no fresh token, it is asked for again after half of the time that is left, and not sooner than this. */
export const RENEW_AGAIN_MIN_MS = 1_000;
/** Random bytes of the secret of a guest. */
export const GUEST_SECRET_BYTES = 24;
/** API Gateway ends every connection after two hours. */
export const CONNECTION_AGE_MAX_MS = 2 * 60 * 60_000;

/** A message that is missing may only be late: so long is it waited for before it is asked for. */
export const GAP_WAIT_MS = 300;
/** Waits between questions that bring nothing grow up to this. */
export const CATCH_UP_DELAY_MAX_MS = 30_000;
/** Messages beyond a gap that are kept; further ones are asked for again. */
export const MESSAGES_HELD_MAX = 1_000;
/** Messages of one page of history. */
export const HISTORY_MESSAGES_MAX = 100;

/** Pings while somebody else is awaited: a lost push is found within this time. */
export const PING_WAITING_MS = 25_000;
/** Pings otherwise. API Gateway cuts a connection that was idle for 10 minutes. */
export const PING_IDLE_MS = 5 * 60_000;
/** Ids of players in one frame. */
export const PLAYER_IDS_MAX = 50;

/** Random bytes that a player contributes to a game's chance: far more than anybody can try. */
export const ENTROPY_BYTES = 16;

/** An estimate of the server's time that is off by this at most needs no further question. */
export const CLOCK_PRECISE_MS = 500;
/** How long after a deadline the server still waits for frames that arrived in time, before a turn can be ended. */
export const CLAIM_AFTER_MS = 3_000;
/** By so much of the time that passes, the clocks of two machines drift apart at most. */
export const CLOCK_DRIFT_RATE_MAX = 0.0005;
/** So often is the time asked at most while the answers take too long to be precise. */
export const CLOCK_QUESTION_INTERVAL_MS = 5_000;
