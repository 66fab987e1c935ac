/**
 * The lobby: the form for a new game, and the games that were opened in this browser before.
 *
 * @typedef {import("/client/src/types.js").TableWishes} TableWishes
 * @typedef {Record<string, any>} Options
 * @typedef {{game: string, kind: string, at: number, invitation?: string}} Recent
 */
import { addressOf } from "./address.js";
import { byId, element, setText, whileBusy } from "./dom.js";
import { factsOf, kindNames, lookOf, titleOf } from "./kinds.js";
import { notifyError } from "./notices.js";
import { wordsOf } from "./plain-words.js";
import { enteredIn, fieldElements } from "./schema-form.js";
import { fieldsOf } from "./schema.js";
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
    this.#kind.addEventListener("change", () => this.#showFields());
    this.#fields.addEventListener("input", ({ target }) => {
      if (target instanceof HTMLInputElement && target.name === "line") this.#lineFollows = false;
      this.#checkFields();
    });
    byId("create-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submitted();
    });
  }

  /** What the server plays is known now. */
  kindsChanged() {
    this.#kind.replaceChildren(...kindNames().map((kind) => element("option", { value: kind }, titleOf(kind))));
    byId("create", HTMLButtonElement).disabled = kindNames().length === 0;
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
    const facts = factsOf(this.#kind.value);
    const elements = fieldElements(this.#fieldsOfKind(), "option");
    byId("options", HTMLDetailsElement).hidden = elements.length === 0;
    this.#fields.replaceChildren(...elements);
    this.#lineFollows = true;
    if (facts) this.#table.show(facts);
    this.#checkFields();
  }

  /** The length of a line depends on the board; the browser's own form check tells when one that was chosen does not fit. */
  #checkFields() {
    const look = lookOf(this.#kind.value);
    const line = this.#fields.querySelector("#option-line");
    if (line instanceof HTMLInputElement) {
      line.max = String(look.longestLine?.(this.#options()) ?? line.max);
      if (this.#lineFollows && look.usualLine) line.value = String(look.usualLine(this.#options()));
    }
    const options = this.#options();
    setText(byId("options-summary", HTMLSpanElement), look.describe ? look.describe(options) : wordsOf(options));
    // A fold-out hides its fields from the browser's message, so it opens for it.
    if (this.#fields.querySelector(":invalid")) byId("options", HTMLDetailsElement).open = true;
  }

  /** @returns {Options} */
  #options() {
    return enteredIn(this.#fields, this.#fieldsOfKind());
  }

  #fieldsOfKind() {
    return lookOf(this.#kind.value).fields ?? fieldsOf(factsOf(this.#kind.value)?.options ?? {});
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
 * @param {string} [invitation]
 */
export function remember(playerId, game, kind, invitation) {
  const others = recentGames(playerId).filter((recent) => recent.game !== game);
  const recent = [{ game, kind, at: Date.now(), ...(invitation && { invitation }) }, ...others].slice(0, RECENT_MAX);
  save("localStorage", `turnlog.recent.${playerId}`, recent);
}
