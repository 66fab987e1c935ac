/** Time that stands still until a test moves it. */
export class ManualClock {
  #now = Date.UTC(2030, 0, 1);
  #nextId = 1;
  /** @type {Map<number, {at: number, task: () => void}>} */
  #timers = new Map();

  now = () => this.#now;

  /**
   * @param {() => void} task
   * @param {number} delayMs
   */
  setTimeout = (task, delayMs) => {
    const id = this.#nextId++;
    this.#timers.set(id, { at: this.#now + delayMs, task });
    return id;
  };

  /** @param {number} id */
  clearTimeout = (id) => {
    this.#timers.delete(id);
  };

  /** Lets promises settle, then runs what falls due in the next `ms`, in order. @param {number} ms */
  async advance(ms) {
    const until = this.#now + ms;
    await settled();
    for (let due = this.#next(until); due; due = this.#next(until)) {
      const [id, { at, task }] = due;
      this.#timers.delete(id);
      this.#now = at;
      task();
      await settled();
    }
    this.#now = until;
  }

  /** @param {number} until */
  #next(until) {
    const due = [...this.#timers].filter(([, { at }]) => at <= until);
    return due.sort(([leftId, left], [rightId, right]) => left.at - right.at || leftId - rightId)[0];
  }
}

/** Every promise that can go on has gone on. */
export function settled() {
  return new Promise((resolve) => setImmediate(resolve));
}
