/**
 * The lobby: the form for a new game, and the games that were opened in this browser before.
 *
 * @typedef {import("/client/src/types.js").TableWishes} TableWishes
 * @typedef {Record<string, number | boolean>} Options
 * @typedef {{game: string, kind: string, at: number, invitation?: string}} Recent
 */
import { addressOf } from "./address.js";
import { byId, element, setText, whileBusy } from "./dom.js";
import { KINDS, titleOf } from "./kinds.js";
import { notifyError } from "./notices.js";
import { load, save } from "./storage.js";
import { TableForm } from "./table-form.js";

const RECENT_MAX = 8;

export class Lobby {
  #kind = byId("kind", HTMLSelectElement);
  #fields = byId("options-fields", HTMLDivElement);
  #table = new TableForm();
  /** Whether the length of a line follows the board, because nobody has chosen one. */
  #lineFollows = true;
  #create;

  /** @param {(kind: string, options: Options, table: TableWishes | undefined) => Promise<void>} create */
  constructor(create) {
    this.#create = create;
    this.#kind.replaceChildren(...Object.keys(KINDS).map((kind) => element("option", { value: kind }, titleOf(kind))));
    this.#kind.addEventListener("change", () => this.#showFields());
    this.#fields.addEventListener("input", ({ target }) => {
      if (target instanceof HTMLInputElement && target.name === "line") this.#lineFollows = false;
      this.#checkFields();
    });
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
    const items = recent.map(({ game, kind, at, invitation }) => {
      const opened = new Date(at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
      return element("li", {}, element("a", { href: addressOf(game, invitation) }, titleOf(kind), element("small", {}, opened)));
    });
    byId("recent", HTMLUListElement).replaceChildren(...items);
  }

  async #submitted() {
    const button = byId("create", HTMLButtonElement);
    await whileBusy(button, () => this.#create(this.#kind.value, this.#options(), this.#table.wishes).catch(notifyError));
  }

  #showFields() {
    const kind = KINDS[this.#kind.value];
    const fields = kind?.fields ?? [];
    byId("options", HTMLDetailsElement).hidden = fields.length === 0;
    this.#fields.replaceChildren(...fields.map(fieldOf));
    this.#lineFollows = true;
    if (kind) this.#table.show(kind);
    this.#checkFields();
  }

  /** The length of a line depends on the board; the browser's own form check tells when one that was chosen does not fit. */
  #checkFields() {
    const kind = KINDS[this.#kind.value];
    const line = this.#fields.querySelector("#option-line");
    if (line instanceof HTMLInputElement) {
      line.max = String(kind?.longestLine?.(this.#options()) ?? line.max);
      if (this.#lineFollows && kind?.usualLine) line.value = String(kind.usualLine(this.#options()));
    }
    const options = this.#options();
    setText(byId("options-summary", HTMLSpanElement), kind?.describe(options) ?? "");
    // A fold-out hides its fields from the browser's message, so it opens for it.
    if (this.#fields.querySelector(":invalid")) byId("options", HTMLDetailsElement).open = true;
  }

  /** @returns {Options} */
  #options() {
    const inputs = /** @type {HTMLInputElement[]} */ ([...this.#fields.querySelectorAll("input")]);
    return Object.fromEntries(inputs.map((input) => [input.name, input.type === "checkbox" ? input.checked : input.valueAsNumber]));
  }
}

/** @param {import("./kinds.js").NumberField | import("./kinds.js").SwitchField} field */
function fieldOf(field) {
  const { name, label } = field;
  const id = `option-${name}`;
  if (typeof field.value === "boolean") {
    const input = element("input", { type: "checkbox", id, name });
    input.checked = field.value;
    return element("label", { class: "switch", for: id }, input, label);
  }
  const { min, max, step = 1, value } = /** @type {import("./kinds.js").NumberField} */ (field);
  const input = element("input", { type: "number", inputmode: "numeric", id, name, min, max, step, value, required: "" });
  return element("div", { class: "field" }, element("label", { for: id }, label), input);
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
 * @param {string} [invitation]
 */
export function remember(playerId, game, kind, invitation) {
  const others = recentGames(playerId).filter((recent) => recent.game !== game);
  const recent = [{ game, kind, at: Date.now(), ...(invitation && { invitation }) }, ...others].slice(0, RECENT_MAX);
  save("localStorage", `turnlog.recent.${playerId}`, recent);
}
