/**
 * The control under the board that goes through a game message by message, while it goes on and after its end.
 *
 * @typedef {import("/client/src/types.js").Moment} Moment
 * @typedef {import("/client/src/types.js").View} View
 */
import { byId, setAttributes, setText } from "./dom.js";
import { LookBack } from "./look-back.js";
import { notifyError } from "./notices.js";

export class Replay {
  #root = byId("replay", HTMLDivElement);
  #slider = byId("replay-slider", HTMLInputElement);
  #text = byId("replay-text", HTMLParagraphElement);
  #live = byId("replay-live", HTMLButtonElement);
  #lookBack;
  #describe;
  /** The message that the game itself shows. */
  #head = 0;

  /**
   * @param {(seq: number) => Promise<Moment>} ask
   * @param {() => void} onChange another moment is shown, or the game itself again
   * @param {(view: View) => string} describe how the game stood, in a sentence
   */
  constructor(ask, onChange, describe) {
    this.#describe = describe;
    this.#lookBack = new LookBack(ask, () => {
      this.#show();
      onChange();
    });
    this.#slider.addEventListener("input", () => this.#go(Number(this.#slider.value)));
    this.#live.addEventListener("click", () => this.#lookBack.leave());
    const steps = /** @type {const} */ ([["first", () => 1], ["previous", () => this.#seq - 1], ["next", () => this.#seq + 1]]);
    for (const [name, seq] of steps) this.#button(name).addEventListener("click", () => this.#go(seq()));
    this.#button("last").addEventListener("click", () => this.#go(this.#head));
  }

  /** The moment that is looked at; null while the game itself is shown. */
  get moment() {
    return this.#lookBack.moment;
  }

  /** The game itself has come so far. @param {number} seq */
  show(seq) {
    this.#head = seq;
    this.#show();
  }

  clear() {
    this.#head = 0;
    this.#lookBack.leave();
  }

  /** Where the control stands. */
  get #seq() {
    return this.#lookBack.wanted ?? this.#head;
  }

  /** @param {number} seq */
  #go(seq) {
    // The moment after the last message is the game itself, in which one can move.
    if (seq >= this.#head) return this.#lookBack.leave();
    this.#lookBack.go(Math.max(seq, 1)).catch(notifyError);
    this.#show();
  }

  #show() {
    const { moment } = this.#lookBack;
    this.#root.hidden = this.#head < 2;
    setAttributes(this.#root, { "data-seq": moment?.seq ?? null });
    setAttributes(byId("board-frame", HTMLDivElement), { "data-past": moment ? "true" : null });
    setAttributes(this.#slider, { max: Math.max(this.#head, 1), "aria-valuetext": `Message ${this.#seq} of ${this.#head}` });
    if (Number(this.#slider.value) !== this.#seq) this.#slider.value = String(this.#seq);
    for (const name of /** @type {const} */ (["first", "previous"])) disable(this.#button(name), this.#seq <= 1);
    for (const name of /** @type {const} */ (["next", "last"])) disable(this.#button(name), this.#seq >= this.#head);
    this.#live.hidden = this.#lookBack.wanted === null;
    setText(this.#text, moment ? this.#words(moment) : "");
  }

  /** @param {Moment} moment */
  #words({ seq, at, view }) {
    const time = new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
    return `Message ${seq} of ${this.#head}, ${time}: ${this.#describe(view)}`;
  }

  /** @param {"first" | "previous" | "next" | "last"} name */
  #button(name) {
    return byId(`replay-${name}`, HTMLButtonElement);
  }
}

/** Says that a button does nothing now, without taking the focus from it. @param {HTMLButtonElement} button @param {boolean} isIdle */
function disable(button, isIdle) {
  setAttributes(button, { "aria-disabled": isIdle ? "true" : null });
}
