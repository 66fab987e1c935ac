/** Where the host sets bots on the free seats of a table that waits. */
import { byId, element } from "./dom.js";
import { BOT_NAMES } from "./names.js";

/**
 * @typedef {import("/client/src/types.js").View} View
 * @typedef {import("/client/src/types.js").BotName} BotName
 */

/** What the host chooses from. @type {[BotName, string][]} */
const CHOICES = [
  ["search", `${BOT_NAMES.search}: plays to win`],
  ["random", `${BOT_NAMES.random}: makes any move`],
];

export class Bots {
  #root = byId("bots", HTMLDivElement);
  #kind = byId("bot-kind", HTMLSelectElement);

  /** @param {(button: HTMLButtonElement, bot: BotName) => void} onAdd */
  constructor(onAdd) {
    this.#kind.replaceChildren(...CHOICES.map(([bot, text]) => element("option", { value: bot }, text)));
    const add = byId("add-bot", HTMLButtonElement);
    add.addEventListener("click", () => onAdd(add, /** @type {BotName} */ (this.#kind.value)));
  }

  /**
   * @param {View} view
   * @param {boolean} isHost
   */
  show(view, isHost) {
    // In a rematch the seats are kept, and bots come to theirs by themselves.
    this.#root.hidden = !isHost || view.phase !== "waiting" || !view.seats.includes(null) || (view.reserved?.length ?? 0) > 0;
  }

  clear() {
    this.#root.hidden = true;
  }
}
