/** The lobby: the form for a new game, and the games that were opened in this browser before. */
import { byId, element, setText, whileBusy } from "./dom.js";
import { KINDS, titleOf } from "./kinds.js";
import { notifyError } from "./notices.js";
import { load, save } from "./storage.js";

/** @typedef {{game: string, kind: string, at: number}} Recent */

const RECENT_MAX = 8;

export class Lobby {
  #kind = byId("kind", HTMLSelectElement);
  #fields = byId("options-fields", HTMLDivElement);
  #create;

  /** @param {(kind: string, options: Record<string, number>) => Promise<void>} create */
  constructor(create) {
    this.#create = create;
    this.#kind.replaceChildren(...Object.keys(KINDS).map((kind) => element("option", { value: kind }, titleOf(kind))));
    this.#kind.addEventListener("change", () => this.#showFields());
    this.#fields.addEventListener("input", () => this.#checkFields());
    byId("create-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submitted();
    });
    this.#showFields();
  }

  /** @param {string} playerId */
  show(playerId) {
    const recent = recentGames(playerId);
    byId("recent-card", HTMLDivElement).hidden = recent.length === 0;
    const items = recent.map(({ game, kind, at }) => {
      const opened = new Date(at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
      return element("li", {}, element("a", { href: `#game=${game}` }, titleOf(kind), element("small", {}, opened)));
    });
    byId("recent", HTMLUListElement).replaceChildren(...items);
  }

  async #submitted() {
    const button = byId("create", HTMLButtonElement);
    await whileBusy(button, () => this.#create(this.#kind.value, this.#options()).catch(notifyError));
  }

  #showFields() {
    const fields = KINDS[this.#kind.value]?.fields ?? [];
    const inputs = fields.map(({ name, label, min, max, value }) => {
      const attributes = { type: "number", inputmode: "numeric", id: `option-${name}`, name, min, max, value, required: "" };
      const input = element("input", attributes);
      return element("div", { class: "field" }, element("label", { for: input.id }, label), input);
    });
    this.#fields.replaceChildren(...inputs);
    this.#checkFields();
  }

  /** The longest line depends on the board; the browser's own form check tells when it does not fit. */
  #checkFields() {
    const kind = KINDS[this.#kind.value];
    const options = this.#options();
    const line = this.#fields.querySelector("#option-line");
    if (line instanceof HTMLInputElement) line.max = String(kind?.longestLine(options) ?? line.max);
    setText(byId("options-summary", HTMLSpanElement), kind?.describe(options) ?? "");
    // A fold-out hides its fields from the browser's message, so it opens for it.
    if (this.#fields.querySelector(":invalid")) byId("options", HTMLDetailsElement).open = true;
  }

  /** @returns {Record<string, number>} */
  #options() {
    const inputs = /** @type {HTMLInputElement[]} */ ([...this.#fields.querySelectorAll("input")]);
    return Object.fromEntries(inputs.map((input) => [input.name, input.valueAsNumber]));
  }
}

/**
 * @param {string} playerId
 * @returns {Recent[]}
 */
export function recentGames(playerId) {
  const kept = load("localStorage", `turnlog.recent.${playerId}`);
  return Array.isArray(kept) ? kept.filter((entry) => typeof entry?.game === "string") : [];
}

/**
 * @param {string} playerId
 * @param {string} game
 * @param {string} kind
 */
export function remember(playerId, game, kind) {
  const others = recentGames(playerId).filter((recent) => recent.game !== game);
  const recent = [{ game, kind, at: Date.now() }, ...others].slice(0, RECENT_MAX);
  save("localStorage", `turnlog.recent.${playerId}`, recent);
}
