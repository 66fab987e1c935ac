/**
 * The answer to a question about the newest message of a game. It is asked once for each message, and an answer that comes when
 * another message is the newest is dropped. It knows no page.
 *
 * @template T
 */
export class Answer {
  #ask;
  #onChange;
  #seq = 0;
  /** Changes with every question. */
  #visit = {};
  /** @type {T | null} */
  #value = null;
  #hasFailed = false;

  /**
   * @param {(seq: number) => Promise<T>} ask
   * @param {() => void} onChange
   */
  constructor(ask, onChange) {
    this.#ask = ask;
    this.#onChange = onChange;
  }

  /** The last answer that came; null before the first. */
  get value() {
    return this.#value;
  }

  /** Whether there is none for the newest message, and none will come by itself. */
  get hasFailed() {
    return this.#hasFailed;
  }

  /** A message is the newest. @param {number} seq */
  want(seq) {
    if (seq !== this.#seq) void this.#go(seq);
  }

  /** Asks again after a failure. */
  again() {
    if (this.#hasFailed) void this.#go(this.#seq);
  }

  clear() {
    this.#seq = 0;
    this.#visit = {};
    this.#value = null;
    this.#hasFailed = false;
  }

  /** @param {number} seq */
  async #go(seq) {
    const visit = (this.#visit = {});
    this.#seq = seq;
    this.#hasFailed = false;
    const value = await this.#ask(seq).catch(() => null);
    if (visit !== this.#visit) return;
    this.#hasFailed = value === null;
    this.#value = value ?? this.#value;
    this.#onChange();
  }
}
