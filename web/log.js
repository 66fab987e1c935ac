import { byId, element } from "./dom.js";
import { linesOf } from "./words.js";

/**
 * The list of what happened, newest first.
 *
 * @typedef {import("/client/src/types.js").Message} Message
 */
export class GameLog {
  #list = byId("moves", HTMLOListElement);
  /** @type {Message[]} */
  #messages = [];
  /** Messages without secrets, by their `seq`, once the game is over. @type {Map<number, Message>} */
  #opened = new Map();
  #nameOf;
  /** @type {Parameters<typeof linesOf>[1]} */
  #known = nothingKnown();

  /** @param {(playerId: string) => string} nameOf */
  constructor(nameOf) {
    this.#nameOf = nameOf;
  }

  /** @param {Message[]} messages */
  add(messages) {
    for (const message of messages) {
      const shown = this.#opened.get(message.seq) ?? message;
      this.#messages.push(shown);
      this.#render(shown);
    }
  }

  /** Takes the whole log as everybody may see it once the game is over. @param {Message[]} messages */
  open(messages) {
    this.#opened = new Map(messages.map((message) => [message.seq, message]));
    this.#messages = this.#messages.map((message) => this.#opened.get(message.seq) ?? message);
    this.renderAll();
  }

  get messages() {
    return this.#messages;
  }

  clear() {
    this.#messages = [];
    this.#opened.clear();
    this.renderAll();
  }

  /** The names changed. */
  renderAll() {
    this.#known = nothingKnown();
    this.#list.replaceChildren();
    for (const message of this.#messages) this.#render(message);
  }

  /** @param {Message} message */
  #render(message) {
    const lines = linesOf(message, this.#known, this.#nameOf);
    if (lines.length === 0) return;
    const time = new Date(message.at);
    const texts = lines.map(({ text, seat }) => element("span", { class: "line", "data-seat": seat }, text));
    const when = element("time", { datetime: time.toISOString(), title: time.toLocaleString() }, clockTime(time));
    this.#list.prepend(
      element("li", { value: message.seq, "data-seq": message.seq }, element("span", { class: "lines" }, ...texts), when),
    );
  }
}

/** @param {Date} time */
function clockTime(time) {
  return time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

/** @returns {Parameters<typeof linesOf>[1]} */
function nothingKnown() {
  return { kind: "", options: {}, players: new Map() };
}
