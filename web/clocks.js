/** Lets the clocks of a game tick, by the server's time. */
import { isOverdue, timesLeft } from "/client/src/index.js";

import { timeText } from "./table-options.js";

/** @typedef {import("/client/src/types.js").View} View */

const TICK_MS = 100;
/** From here on a clock looks urgent. */
const LOW_MS = 20_000;

export class Clocks {
  #now;
  #onTimes;
  #onOverdue;
  /** @type {View | null} */
  #view = null;
  #wasOverdue = false;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /**
   * @param {() => number} now the server's time
   * @param {(times: {text: string, isRunning: boolean, isLow: boolean}[]) => void} onTimes
   * @param {() => void} onOverdue whether somebody's time is up has changed
   */
  constructor(now, onTimes, onOverdue) {
    this.#now = now;
    this.#onTimes = onTimes;
    this.#onOverdue = onOverdue;
  }

  /** Whether somebody's time is up. */
  get isOverdue() {
    return this.#view !== null && isOverdue(this.#view, this.#now());
  }

  /** @param {View | null} view */
  show(view) {
    clearInterval(this.#timer);
    this.#view = view;
    this.#wasOverdue = this.isOverdue;
    this.#tick();
    const isTicking = view?.phase === "playing" && view.clock?.some(({ since }) => typeof since === "number");
    if (isTicking) this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  #tick() {
    const now = this.#now();
    const times = this.#view ? timesLeft(this.#view, now) : [];
    this.#onTimes(times.map(({ leftMs, isRunning }) => ({ text: timeText(leftMs), isRunning, isLow: isRunning && leftMs < LOW_MS })));
    const overdue = this.isOverdue;
    if (overdue !== this.#wasOverdue) {
      this.#wasOverdue = overdue;
      this.#onOverdue();
    }
  }
}
