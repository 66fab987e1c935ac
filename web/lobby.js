/**
 * The lobby: the form for a new game, and the games that were opened in this browser before.
 *
 * @typedef {import("/client/src/types.js").TableWishes} TableWishes
 * @typedef {Record<string, any>} Options
 * @typedef {{game: string, kind: string, at: number, invitation?: string}} Recent
 * @typedef {"not yet" | "asking" | "failed" | "done"} Learning whether it is known what the server plays
 * @typedef {import("/client/src/types.js").ConnectionState} ConnectionState
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
  /** The options that somebody has chosen: they follow no others any more. @type {Set<string>} */
  #chosen = new Set();
  #create;

  /**
   * @param {(kind: string, options: Options, table: TableWishes | undefined) => Promise<void>} create
   * @param {() => Promise<void>} ask asks again what the server plays
   */
  constructor(create, ask) {
    this.#create = create;
    const again = byId("ask-kinds", HTMLButtonElement);
    again.addEventListener("click", () => void whileBusy(again, ask));
    this.#kind.addEventListener("change", () => this.#showFields());
    this.#fields.addEventListener("input", ({ target }) => {
      if (target instanceof HTMLInputElement) this.#chosen.add(target.name);
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
    this.#showFields();
  }

  /**
   * Says what the form waits for. It takes its whole place from the start, so that nothing moves when it can be used.
   * @param {ConnectionState} state
   * @param {Learning} learning
   */
  waitFor(state, learning) {
    byId("create-fields", HTMLFieldSetElement).disabled = learning !== "done";
    setText(byId("create-hint", HTMLParagraphElement), hintOf(state, learning));
    byId("ask-kinds", HTMLButtonElement).hidden = learning !== "failed" || state.name !== "open";
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
    this.#chosen.clear();
    if (facts) this.#table.show(facts);
    this.#checkFields();
  }

  /** Some fields depend on others; the browser's own form check tells when what was chosen does not fit. */
  #checkFields() {
    const look = lookOf(this.#kind.value);
    for (const [name, { max, value }] of Object.entries(look.dependent?.(this.#options()) ?? {})) {
      const field = this.#fields.querySelector(`#option-${name}`);
      if (!(field instanceof HTMLInputElement)) continue;
      field.max = String(max);
      if (!this.#chosen.has(name)) field.value = String(value);
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
 * What stands under the form.
 * @param {ConnectionState} state
 * @param {Learning} learning
 */
export function hintOf({ name, refused }, learning) {
  if (learning === "done") return "You take the first seat. Then send the link to whoever you want to play with.";
  if (name === "open") return learning === "failed" ? "The server did not say which games it has." : "Asking the server which games it has…";
  if (name === "connecting" && !refused) return "Connecting to the server…";
  return "There is no connection yet. The games to choose from come with it.";
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
