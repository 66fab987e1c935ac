/** Moves as buttons: grouped where there are many, and with a field that finds one where there are very many. */
import { element, keyed, setAttributes, setText } from "../dom.js";
import { groupsOf, shortened, wordsOf } from "../plain-words.js";

/** More moves than this have a field that finds one. */
const UNSEARCHED_MAX = 24;
/** Of more moves than this only the first group is open. */
const OPEN_MAX = 40;

export class MoveButtons {
  root = element("div", { class: "plain-buttons" });
  #onMove;
  /** The moves that are shown, as JSON. */
  #shown = "";
  #field = element("div", { class: "field" });
  #search = element("input", { type: "search", id: "plain-search", autocomplete: "off", spellcheck: "false" });
  #groups = element("div", { class: "plain-groups" });
  #nothing = element("p", { class: "hint", role: "status" });

  /** @param {(move: any) => void} onMove */
  constructor(onMove) {
    this.#onMove = onMove;
    this.#field.append(element("label", { for: this.#search.id }, "Find a move"), this.#search);
    this.#search.addEventListener("input", () => this.#find());
    this.root.append(this.#field, this.#groups, this.#nothing);
  }

  /**
   * @param {any[]} actions
   * @param {any} pending the move that has no answer yet; null without one
   */
  show(actions, pending) {
    const groups = groupsOf(actions);
    // What was looked for among other moves would hide some of these.
    const shownNow = JSON.stringify(actions);
    if (shownNow !== this.#shown) this.#search.value = "";
    this.#shown = shownNow;
    const first = groups.find(({ name }) => name !== "")?.name;
    const isSearched = actions.length > UNSEARCHED_MAX;
    this.#field.hidden = !isSearched;
    // A group keeps whether it is open from one move to the next.
    const shown = keyed(this.#groups, groups.map(({ name }) => name), (name) => this.#makeGroup(name, actions.length <= OPEN_MAX || name === first));
    shown.forEach((shownGroup, index) => {
      const group = groups[index];
      if (group) this.#showGroup(shownGroup, group, pending);
    });
    this.#find();
  }

  clear() {
    this.#shown = this.#search.value = "";
    this.#groups.replaceChildren();
  }

  /**
   * @param {string} name
   * @param {boolean} isOpen
   */
  #makeGroup(name, isOpen) {
    const buttons = element("div", { class: "choices" });
    if (name === "") return element("div", {}, buttons);
    const summary = element("summary", {}, name, element("small", { class: "count" }));
    return element("details", { open: isOpen ? "" : null }, summary, buttons);
  }

  /**
   * @param {HTMLElement} shown
   * @param {import("../plain-words.js").Group} group
   * @param {any} pending
   */
  #showGroup(shown, { name, actions }, pending) {
    const count = shown.querySelector(".count");
    if (count) setText(count, `${actions.length} ${actions.length === 1 ? "move" : "moves"}`);
    const list = /** @type {HTMLElement} */ (shown.querySelector(".choices"));
    const sent = JSON.stringify(pending);
    const buttons = keyed(list, actions.map((action) => JSON.stringify(action)), (key) => this.#makeButton(key, name));
    for (const button of buttons) setAttributes(button, { "data-pending": button.getAttribute("data-move") === sent ? "true" : null });
  }

  /**
   * @param {string} move as JSON
   * @param {string} group
   */
  #makeButton(move, group) {
    const words = wordsOf(JSON.parse(move));
    const button = element("button", { type: "button", "data-move": move, "aria-label": words }, shortened(words, group));
    button.addEventListener("click", () => this.#onMove(JSON.parse(move)));
    return button;
  }

  /** Shows only what has all the words that are looked for. */
  #find() {
    const words = this.#search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const isFound = (/** @type {Element} */ button) => words.every((word) => button.getAttribute("aria-label")?.toLowerCase().includes(word));
    for (const button of this.#groups.querySelectorAll("button")) button.hidden = !isFound(button);
    for (const group of /** @type {HTMLCollectionOf<HTMLElement>} */ (this.#groups.children)) {
      group.hidden = !group.querySelector("button:not([hidden])");
      if (words.length > 0 && !group.hidden && group instanceof HTMLDetailsElement) group.open = true;
    }
    const isVain = words.length > 0 && !this.#groups.querySelector("button:not([hidden])");
    setText(this.#nothing, isVain ? "No move has these words." : "");
  }
}
