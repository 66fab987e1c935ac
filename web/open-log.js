/**
 * Reads the log of a game again when the game is over and everything in it is open: whoever was there before has messages
 * without what was hidden then. It knows no page.
 *
 * @typedef {import("/client/src/types.js").Message} Message
 * @typedef {import("/client/src/types.js").View} View
 * @typedef {import("/client/src/types.js").KindFacts} KindFacts
 */
export class OpenLog {
  #read;
  #onLog;
  /** Whether the game was seen before its end. */
  #wasRunning = false;
  #isAsked = false;
  /** Changes with the game, so that no log of another one is shown. */
  #visit = {};

  /**
   * @param {() => Promise<Message[]>} read
   * @param {(messages: Message[]) => void} onLog
   */
  constructor(read, onLog) {
    this.#read = read;
    this.#onLog = onLog;
  }

  /**
   * The game stands like this. As long as the facts of its kind are not known, nothing is read.
   * @param {View} view
   * @param {Pick<KindFacts, "hidden" | "opens_at_end"> | undefined} facts
   */
  show({ phase }, facts) {
    if (phase !== "finished") this.#wasRunning = true;
    else if (this.#wasRunning && !this.#isAsked && facts?.hidden && facts.opens_at_end) void this.#ask();
  }

  clear() {
    this.#wasRunning = this.#isAsked = false;
    this.#visit = {};
  }

  async #ask() {
    const visit = this.#visit;
    this.#isAsked = true;
    try {
      const messages = await this.#read();
      if (visit === this.#visit) this.#onLog(messages);
    } catch {
      // What the page has stays as it was; whoever loads it again sees everything.
    }
  }
}
