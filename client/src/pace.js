/**
 * How fast a connection sends: some frames at once after a rest, then one after the other, as the server allows. Whoever sends
 * faster is refused, and ended when they go on.
 */
import { FRAMES_BURST_MAX, FRAME_INTERVAL_MS } from "./limits.js";

export class Pace {
  /** When the next frame may be sent, counted from so far back that some may be sent at once. */
  #nextAt = -Infinity;

  /**
   * Takes the place of one more frame.
   * @param {number} now
   * @returns {number} how long it has to wait, in milliseconds
   */
  next(now) {
    const at = Math.max(this.#nextAt, now - (FRAMES_BURST_MAX - 1) * FRAME_INTERVAL_MS);
    this.#nextAt = at + FRAME_INTERVAL_MS;
    return Math.max(0, at - now);
  }

  /**
   * The server refused a frame: nothing more goes out before `until`, and then one frame after the other.
   * @param {number} until
   */
  hold(until) {
    this.#nextAt = Math.max(this.#nextAt, until);
  }
}
