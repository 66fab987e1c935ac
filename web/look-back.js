/**
 * Which earlier moment of a game is looked at. It asks for one moment at a time, so that a slider that is dragged along a
 * long game asks no more than the server answers, and ends with the moment that was wanted last. It knows no page.
 *
 * @typedef {import("/client/src/types.js").Moment} Moment
 */
export class LookBack {
  #ask;
  #onChange;
  /** The moment that is shown; null while the game itself is. @type {Moment | null} */
  #moment = null;
  /** @type {number | null} */
  #wanted = null;
  #isAsking = false;
  /** Changes with the game, so that no answer about another one is shown. */
  #visit = 0;

  /**
   * @param {(seq: number) => Promise<Moment>} ask
   * @param {() => void} onChange another moment is shown, or the game itself again
   */
  constructor(ask, onChange) {
    this.#ask = ask;
    this.#onChange = onChange;
  }

  /** @returns {Moment | null} */
  get moment() {
    return this.#moment;
  }

  /** The message of the moment that is wanted, which is not always shown yet; null for the game itself. */
  get wanted() {
    return this.#wanted;
  }

  /**
   * Goes to the moment after a message; when it cannot be had, back to the game itself.
   * @param {number} seq
   */
  async go(seq) {
    this.#wanted = seq;
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      while (this.#wanted !== null && this.#wanted !== this.#moment?.seq) await this.#askFor(this.#wanted);
    } catch (error) {
      this.leave();
      throw error;
    } finally {
      this.#isAsking = false;
    }
  }

  /** Goes back to the game itself. */
  leave() {
    this.#visit += 1;
    this.#moment = this.#wanted = null;
    this.#onChange();
  }

  /** @param {number} seq */
  async #askFor(seq) {
    const visit = this.#visit;
    const moment = await this.#ask(seq);
    if (visit !== this.#visit) return;
    this.#moment = moment;
    this.#onChange();
  }
}
