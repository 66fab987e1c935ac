/**
 * What the clocks of a game show here, by the server's time and not by ours, which may be hours off.
 *
 * @typedef {import("./types.js").View} View
 *
 * @typedef {{lowMs: number, highMs: number, at: number}} Bounds what is to be added to our time, at least and at most, as
 *   it was known at `at`
 */
import { CLAIM_AFTER_MS, CLOCK_DRIFT_RATE_MAX, CLOCK_PRECISE_MS } from "./limits.js";

/**
 * An estimate of the server's time. Every answer to a ping, and every message that arrives, narrows it: the answer was
 * given between question and arrival, and a message was written before it came.
 */
export class ServerTime {
  /** @type {Bounds} */
  #bounds = { lowMs: -Infinity, highMs: Infinity, at: 0 };
  #now;

  /** @param {() => number} now our own time, in milliseconds since 1970 */
  constructor(now) {
    this.#now = now;
  }

  /**
   * The server answered with its time.
   * @param {number} serverNow
   * @param {number} sentAt when it was asked, by our time
   */
  answered(serverNow, sentAt) {
    const at = this.#now();
    this.#narrow({ lowMs: serverNow - at, highMs: serverNow - sentAt, at });
  }

  /**
   * Something arrived that happened at `serverAt`.
   * @param {number} serverAt
   */
  happened(serverAt) {
    const at = this.#now();
    this.#narrow({ lowMs: serverAt - at, highMs: Infinity, at });
  }

  /** The server's time; our own as long as nothing is known. */
  now() {
    return this.#now() + this.offsetMs;
  }

  /** What is added to our time. */
  get offsetMs() {
    const { lowMs, highMs } = this.#bounds;
    if (Number.isFinite(lowMs) && Number.isFinite(highMs)) return (lowMs + highMs) / 2;
    // Only messages have come, which says how much our time lags behind at least.
    return Math.max(0, lowMs);
  }

  /** How far off the estimate can be. */
  get errorMs() {
    const { lowMs, highMs } = this.#widened(this.#now());
    return (highMs - lowMs) / 2;
  }

  /** Whether it is good enough for a clock that shows seconds. */
  get isPrecise() {
    return this.errorMs <= CLOCK_PRECISE_MS;
  }

  /** @param {Bounds} fresh */
  #narrow(fresh) {
    const known = this.#widened(fresh.at);
    const lowMs = Math.max(known.lowMs, fresh.lowMs);
    const highMs = Math.min(known.highMs, fresh.highMs);
    // Our clock was set, or the machine slept: what was known is worth nothing any more.
    this.#bounds = lowMs > highMs ? fresh : { lowMs, highMs, at: fresh.at };
  }

  /** Both clocks run, one faster than the other. @param {number} at @returns {Bounds} */
  #widened(at) {
    const driftMs = Math.abs(at - this.#bounds.at) * CLOCK_DRIFT_RATE_MAX;
    return { lowMs: this.#bounds.lowMs - driftMs, highMs: this.#bounds.highMs + driftMs, at };
  }
}

/**
 * What is left to each seat at that moment; nothing where there is no clock.
 * @param {View} view
 * @param {number} serverNow
 * @returns {{leftMs: number, isRunning: boolean}[]}
 */
export function timesLeft(view, serverNow) {
  return (view.clock ?? []).map(({ left_ms, since }) => {
    if (since === undefined || since === null) return { leftMs: left_ms, isRunning: false };
    // An estimate that lags must not show more than there was.
    const usedMs = Math.max(0, serverNow - since);
    return { leftMs: Math.max(0, left_ms - usedMs), isRunning: true };
  });
}

/**
 * Whether somebody's time is up, so that a `claim` ends their turn.
 * @param {View} view
 * @param {number} serverNow
 */
export function isOverdue(view, serverNow) {
  if (view.phase !== "playing" || view.deadline === undefined || view.deadline === null) return false;
  return serverNow > view.deadline + CLAIM_AFTER_MS;
}

/**
 * Whether a clock runs by which somebody's time can be up.
 * @param {View | null | undefined} view
 */
export function hasClock(view) {
  return (view?.clock?.length ?? 0) > 0;
}
