/**
 * The player's direct messages on whatever connection there is: asks for those that this device lacks, hands them on in
 * order, each once, and finds and fills what was lost. Whoever keeps `seq` can go on from there after a restart.
 *
 * @typedef {import("./types.js").Clock} Clock
 * @typedef {import("./types.js").Frame} Frame
 *
 * @typedef {{seq: number, at: number, from: string, text: string}} DirectMessage
 *
 * @typedef {object} InboxHandlers
 * @property {(messages: DirectMessage[]) => void} [onMessages] what came next, each message once and in order
 * @property {(seq: number) => void} [onRead] the player has read up to here, on whatever device; it never goes back
 * @property {(players: string[]) => void} [onBlocked] whose messages the player does not get, as the server says now and then
 * @property {(error: Error) => void} [onError] the inbox cannot be read, and no further attempt is made
 *
 * @typedef {object} InboxUpdate what a frame says of the inbox; any part may be absent
 * @property {unknown} [type]
 * @property {number} [seq]
 * @property {number} [read]
 * @property {any[]} [messages]
 * @property {string[]} [blocked]
 *
 * @typedef {object} InboxEnvironment
 * @property {number} [after] the last message that this device has; without it, those are handed on that are unread
 * @property {InboxHandlers} handlers
 * @property {Clock} clock
 * @property {() => number} random
 * @property {(frame: Frame) => Promise<any>} ask sends on the present connection only
 * @property {() => void} onStopped
 */
import { backoffMs } from "./backoff.js";
import { TurnlogError } from "./errors.js";
import { CATCH_UP_DELAY_MAX_MS, GAP_WAIT_MS, PING_IDLE_MS } from "./limits.js";
import { receive, sequenceAfter } from "./sequence.js";

/** What the inbox is called where games have their ids. */
export const INBOX = "inbox";

const CATCH_UP_LIMITS = { baseMs: GAP_WAIT_MS * 4, minMs: GAP_WAIT_MS, maxMs: CATCH_UP_DELAY_MAX_MS };

export class Inbox {
  game = INBOX;
  viewSeq = 0;
  #environment;
  /** Null until the server has said what is unread. @type {import("./sequence.js").Sequence | null} */
  #sequence;
  /** What was pushed before that. @type {InboxUpdate[]} */
  #early = [];
  #read = 0;
  /** The present connection; null while there is none. Answers of an earlier one change nothing here. @type {object | null} */
  #connection = null;
  #asking = false;
  /** Whether the last question got its answer, on this connection. */
  #isAnswered = false;
  #vainQuestions = 0;
  /** When to ask next: soon when something is missing, otherwise in a while. @type {unknown} */
  #timer = null;
  #isTimerForGap = false;
  #stopped = false;

  /** @param {InboxEnvironment} environment */
  constructor(environment) {
    this.#environment = environment;
    this.#sequence = environment.after === undefined ? null : sequenceAfter(environment.after);
  }

  /** Everything up to here was handed on; undefined before the first answer to a device that knew nothing. */
  get seq() {
    return this.#sequence?.seq;
  }

  /** The player has read up to here. */
  get read() {
    return this.#read;
  }

  /** Ends it. The server goes on sending on this connection; that is ignored. */
  stop() {
    if (this.#stopped) return;
    this.#stopped = true;
    this.connectionLost();
    this.#environment.onStopped();
  }

  /** A new connection: whatever came meanwhile is asked for. */
  connectionOpened() {
    if (this.#stopped) return;
    this.#connection = {};
    this.#vainQuestions = 0;
    void this.ping();
  }

  connectionLost() {
    this.#connection = null;
    this.#asking = this.#isAnswered = false;
    this.#stopTimer();
  }

  /**
   * Takes in what a frame says of the inbox.
   * @param {InboxUpdate} update
   */
  absorb(update) {
    if (this.#stopped) return;
    if (update.type === "read") return this.#mark(update.seq);
    if (!this.#sequence) {
      this.#early.push(update);
      return;
    }
    const { sequence, messages } = receive(this.#sequence, { seq: update.seq, messages: update.messages });
    this.#sequence = sequence;
    if (messages.length > 0) this.#vainQuestions = 0;
    if (!this.#asking) this.#arm(GAP_WAIT_MS);
    if (messages.length > 0) this.#environment.handlers.onMessages?.(/** @type {any[]} */ (messages));
  }

  /** Asks at once for what is missing, for instance when a phone wakes up. */
  async ping() {
    this.#stopTimer();
    if (!this.#connection || this.#asking) return;
    const connection = this.#connection;
    this.#asking = true;
    const before = this.seq;
    const answer = await this.#environment.ask({ action: "inbox", after: before }).catch(asError);
    if (this.#connection !== connection) return;
    this.#asking = false;
    if (answer instanceof TurnlogError && !answer.retryable) return this.giveUp(answer);
    this.#isAnswered = !(answer instanceof Error);
    if (this.#isAnswered) this.#answered(answer);
    const brought = this.seq !== undefined && this.seq !== before;
    this.#vainQuestions = brought ? 0 : this.#vainQuestions + 1;
    if (brought && this.#isIncomplete) void this.ping();
    else this.#arm(backoffMs(this.#vainQuestions, CATCH_UP_LIMITS, this.#environment.random));
  }

  /**
   * Ends it for good, since it cannot be read.
   * @param {Error} error
   */
  giveUp(error) {
    this.stop();
    this.#environment.handlers.onError?.(error);
  }

  get #isIncomplete() {
    return !this.#isAnswered || !this.#sequence || this.#sequence.seq < this.#sequence.head;
  }

  /** @param {InboxUpdate} answer */
  #answered(answer) {
    const early = this.#early;
    this.#early = [];
    // Without a seq of its own, this device starts where the player has read to.
    this.#sequence ??= sequenceAfter(answer.read ?? 0);
    this.#mark(answer.read);
    this.#environment.handlers.onBlocked?.(answer.blocked ?? []);
    for (const update of [answer, ...early]) this.absorb({ seq: update.seq, messages: update.messages });
  }

  /** @param {number | undefined} seq */
  #mark(seq) {
    if (typeof seq !== "number" || seq <= this.#read) return;
    this.#read = seq;
    this.#environment.handlers.onRead?.(seq);
  }

  /**
   * A gap is waited for and asked for then; otherwise the next question only finds what was lost without a trace.
   * @param {number} delayMs
   */
  #arm(delayMs) {
    if (!this.#connection || (this.#timer !== null && this.#isTimerForGap && this.#isIncomplete)) return;
    this.#stopTimer();
    this.#isTimerForGap = this.#isIncomplete;
    this.#timer = this.#environment.clock.setTimeout(() => void this.ping(), this.#isTimerForGap ? delayMs : PING_IDLE_MS);
  }

  #stopTimer() {
    this.#environment.clock.clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/**
 * @param {unknown} error
 * @returns {Error}
 */
function asError(error) {
  return error instanceof Error ? error : new Error(String(error));
}
