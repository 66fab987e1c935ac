/**
 * The requests that wait for an answer: each is sent, sent again with the same id when no answer comes, and settled
 * exactly once. Because the server recognises a repeated id, sending again is always safe.
 *
 * @typedef {import("./types.js").Frame} Frame
 * @typedef {import("./types.js").Answer} Answer
 * @typedef {import("./types.js").Clock} Clock
 *
 * @typedef {object} Entry
 * @property {Frame & {id: string}} frame
 * @property {string} text
 * @property {boolean} bound of use on this connection only
 * @property {number} sends
 * @property {number} sentAt
 * @property {number} firstSentAt
 * @property {number} silentTimeouts
 * @property {unknown} timer the time-out of the answer, or the wait before it is sent
 * @property {unknown} ageTimer
 * @property {(answer: Answer) => void} resolve
 * @property {(error: Error) => void} reject
 */
import { backoffMs } from "./backoff.js";
import { ConnectionLostError, NoAnswerError, TurnlogError, errorOf } from "./errors.js";
import {
  ANSWER_TIMEOUT_MS,
  CLIENT_FRAME_BYTES_MAX,
  REQUESTS_OPEN_MAX,
  REQUEST_AGE_MAX_MS,
  REQUEST_SENDS_MAX,
  SILENT_TIMEOUTS_MAX,
} from "./limits.js";
import { Pace } from "./pace.js";
import { wellFormed } from "./text.js";

const RETRY_LIMITS = { baseMs: 400, minMs: 50, maxMs: 5_000 };

export class Requests {
  /** @type {Map<string, Entry>} */
  #entries = new Map();
  #heardAt = 0;
  #pace = new Pace();
  #clock;
  #random;
  #send;
  #onDead;

  /**
   * @param {object} environment
   * @param {Clock} environment.clock
   * @param {() => number} environment.random
   * @param {(text: string) => boolean} environment.send false when there is no open connection
   * @param {() => void} environment.onDead nothing has arrived for too long
   */
  constructor({ clock, random, send, onDead }) {
    this.#clock = clock;
    this.#random = random;
    this.#send = send;
    this.#onDead = onDead;
  }

  /**
   * Sends a frame, now or as soon as there is a connection.
   * @param {Frame & {id: string}} frame
   * @param {{bound?: boolean}} [options] `bound`: fails when the connection is lost, instead of being sent on the next one
   * @returns {Promise<Answer>}
   */
  make(frame, { bound = false } = {}) {
    const text = JSON.stringify(frame, (_, value) => (typeof value === "string" ? wellFormed(value) : value));
    const refusal = this.#refusalOf(frame, text);
    if (refusal) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      /** @type {Entry} */
      const entry = {
        frame, text, bound, resolve, reject, sends: 0, sentAt: 0, firstSentAt: 0,
        silentTimeouts: 0, timer: null, ageTimer: null,
      };
      this.#entries.set(frame.id, entry);
      entry.ageTimer = this.#clock.setTimeout(() => this.#fail(entry, new NoAnswerError()), REQUEST_AGE_MAX_MS);
      this.#transmit(entry);
    });
  }

  /**
   * Takes an answer in. Returns the frame that it answers, and when that was sent first; null when it has been settled
   * before.
   * @param {string} id
   * @param {Record<string, unknown>} answer
   * @returns {{frame: Frame, firstSentAt: number} | null}
   */
  answered(id, answer) {
    const entry = this.#entries.get(id);
    if (!entry) return null;
    if (answer.type === "accepted") {
      this.#settle(entry);
      entry.resolve(/** @type {Answer} */ (/** @type {unknown} */ (answer)));
      return entry;
    }
    const error = errorOf(answer);
    if (error.code === "too_many_frames") {
      this.#slowDown(entry, error.retryAfterMs ?? 0);
      return entry;
    }
    if (error.retryable && entry.sends < REQUEST_SENDS_MAX) this.#tryLater(entry);
    else this.#fail(entry, error);
    return entry;
  }

  /** When something arrived last. */
  get heardAt() {
    return this.#heardAt;
  }

  /** Something arrived, so the connection lives. */
  heard() {
    this.#heardAt = this.#clock.now();
  }

  /** A new connection is open: whatever has no answer is sent on it. */
  connectionOpened() {
    this.heard();
    // The server counts the frames of each connection.
    this.#pace = new Pace();
    for (const entry of [...this.#entries.values()]) this.#transmit(entry);
  }

  connectionLost() {
    for (const entry of [...this.#entries.values()]) {
      this.#stopTimer(entry);
      entry.silentTimeouts = 0;
      if (entry.bound) this.#fail(entry, new ConnectionLostError());
    }
  }

  /** @param {Error} error */
  failAll(error) {
    for (const entry of [...this.#entries.values()]) this.#fail(entry, error);
  }

  /**
   * @param {Frame & {id: string}} frame
   * @param {string} text
   */
  #refusalOf(frame, text) {
    if (new TextEncoder().encode(text).length > CLIENT_FRAME_BYTES_MAX) {
      return new TurnlogError("frame_too_large", "The frame is too large.", false);
    }
    if (this.#entries.size >= REQUESTS_OPEN_MAX) {
      return new TurnlogError("too_many_requests", "Too many requests are waiting for an answer.", true);
    }
    return this.#entries.has(frame.id)
      ? new TurnlogError("id_in_use", "A request with this id is waiting for its answer.", false)
      : null;
  }

  /** @param {Entry} entry */
  #transmit(entry) {
    this.#stopTimer(entry);
    if (entry.sends >= REQUEST_SENDS_MAX) return this.#fail(entry, new NoAnswerError());
    const waitMs = this.#pace.next(this.#clock.now());
    if (waitMs === 0) return this.#put(entry);
    entry.timer = this.#clock.setTimeout(() => this.#put(entry), waitMs);
  }

  /** @param {Entry} entry */
  #put(entry) {
    if (!this.#send(entry.text)) {
      if (entry.bound) this.#fail(entry, new ConnectionLostError());
      return;
    }
    entry.sends += 1;
    entry.sentAt = this.#clock.now();
    if (entry.sends === 1) entry.firstSentAt = entry.sentAt;
    entry.timer = this.#clock.setTimeout(() => this.#timedOut(entry), ANSWER_TIMEOUT_MS);
  }

  /** @param {Entry} entry */
  #timedOut(entry) {
    entry.silentTimeouts = this.#heardAt > entry.sentAt ? 0 : entry.silentTimeouts + 1;
    // A phone that changed networks leaves a socket that looks open. Losing it sends everything on the next one.
    if (entry.silentTimeouts >= SILENT_TIMEOUTS_MAX) return this.#onDead();
    this.#transmit(entry);
  }

  /** @param {Entry} entry */
  #tryLater(entry) {
    this.#stopTimer(entry);
    const delayMs = backoffMs(entry.sends - 1, RETRY_LIMITS, this.#random);
    entry.timer = this.#clock.setTimeout(() => this.#transmit(entry), delayMs);
  }

  /**
   * The server did not look at a frame, since frames came too fast. It goes out again when the server says, however often.
   * @param {Entry} entry
   * @param {number} waitMs
   */
  #slowDown(entry, waitMs) {
    entry.sends -= 1;
    this.#pace.hold(this.#clock.now() + waitMs);
    this.#transmit(entry);
  }

  /**
   * @param {Entry} entry
   * @param {Error} error
   */
  #fail(entry, error) {
    this.#settle(entry);
    entry.reject(error);
  }

  /** @param {Entry} entry */
  #settle(entry) {
    this.#stopTimer(entry);
    this.#clock.clearTimeout(entry.ageTimer);
    this.#entries.delete(entry.frame.id);
  }

  /** @param {Entry} entry */
  #stopTimer(entry) {
    this.#clock.clearTimeout(entry.timer);
    entry.timer = null;
  }
}
