/**
 * What a client saw of each game's chance before it sat down there: the server's promise, and the contribution that it sent
 * after that. `verify` compares both with the log, so that the server cannot tell another story after the end.
 *
 * @typedef {import("./types.js").Message} Message
 *
 * @typedef {object} Seen
 * @property {string | null} commitment what the server had promised; null when it promised nothing
 * @property {string | null} contribution what was contributed, in hexadecimal digits; null when nothing was
 */
export class Witness {
  /** Joins whose place in the log was not shown yet. @type {Map<string, Seen[]>} */
  #sent = new Map();
  /** @type {Map<string, Seen>} */
  #seen = new Map();

  /**
   * What was seen of a game before sitting down there; null when that was not by this client.
   * @param {string} game
   * @returns {Seen | null}
   */
  of(game) {
    return this.#seen.get(game) ?? null;
  }

  /**
   * A seat is asked for.
   * @param {string} game
   * @param {Seen} seen
   */
  asks(game, seen) {
    this.#sent.set(game, [...(this.#sent.get(game) ?? []), seen]);
  }

  /**
   * A seat was taken. An answer without the message is that of a repeat, or of somebody who sat there before: then the log
   * has to show the contribution first.
   * @param {string} game
   * @param {Seen} seen
   * @param {Message[] | undefined} messages those of the answer
   */
  sits(game, seen, messages = []) {
    if (eventsOf(messages).length > 0) this.#seen.set(game, seen);
  }

  /** The seat was given back, so that its contribution does not count. @param {string} game */
  leaves(game) {
    this.#sent.delete(game);
    this.#seen.delete(game);
  }

  /**
   * Takes in what happened in a game.
   * @param {string} game
   * @param {Message[]} messages
   */
  absorb(game, messages) {
    const sent = this.#sent.get(game);
    if (!sent || this.#seen.has(game)) return;
    const shown = eventsOf(messages).map(({ data }) => data?.entropy);
    const seen = sent.find(({ contribution }) => contribution !== null && shown.includes(contribution));
    if (seen) this.#seen.set(game, seen);
  }
}

/** @param {Message[]} messages */
function eventsOf(messages) {
  return messages.flatMap(({ events }) => events).filter(({ type }) => type === "seat_taken");
}
