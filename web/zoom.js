import { byId, setAttributes, setText } from "./dom.js";

/** The smallest side of something that a finger can hit, in CSS pixels. */
const FINGER_PX = 44;
/** The smallest cell on which a mark can be told and a mouse can aim. */
const MOUSE_PX = 22;

/**
 * How a board that is too large for its frame is shown: whole with small cells, or with cells that a finger can hit, in
 * a frame that scrolls.
 */
export class BoardZoom {
  #scroll = byId("board-scroll", HTMLDivElement);
  #button = byId("zoom", HTMLButtonElement);
  #columns = 1;
  #rows = 1;
  /** What the person chose; null until they do. @type {boolean | null} */
  #chosen = null;

  constructor() {
    this.#button.addEventListener("click", () => {
      this.#chosen = !this.#isLarge();
      this.#apply();
    });
    new ResizeObserver(() => this.#apply()).observe(this.#scroll.parentElement ?? this.#scroll);
  }

  /**
   * @param {number} columns
   * @param {number} rows
   */
  fit(columns, rows) {
    this.#columns = columns;
    this.#rows = rows;
    this.#chosen = null;
    this.#apply();
    // A board that scrolls starts in its middle, where games begin.
    this.#scroll.scrollLeft = (this.#scroll.scrollWidth - this.#scroll.clientWidth) / 2;
    this.#scroll.scrollTop = (this.#scroll.scrollHeight - this.#scroll.clientHeight) / 2;
  }

  /** No grid is shown. */
  unfit() {
    this.fit(1, 1);
  }

  /** @param {HTMLElement | undefined} cell */
  reveal(cell) {
    if (!cell || !this.#isLarge()) return;
    const [box, frame] = [cell.getBoundingClientRect(), this.#scroll.getBoundingClientRect()];
    const isInside = box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom;
    if (isInside) return;
    // Only the frame scrolls: the page must not jump under somebody's finger.
    this.#scroll.scrollBy({
      left: (box.left + box.right - frame.left - frame.right) / 2,
      top: (box.top + box.bottom - frame.top - frame.bottom) / 2,
      behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth",
    });
  }

  #apply() {
    const fits = this.#cellWhenWhole() >= FINGER_PX;
    const isLarge = this.#isLarge();
    setAttributes(this.#scroll, { "data-zoom": isLarge ? "large" : "whole" });
    setAttributes(this.#button, { "aria-pressed": String(isLarge) });
    setText(this.#button, isLarge ? "Show the whole board" : "Show large cells");
    this.#button.hidden = fits;
  }

  #isLarge() {
    const cell = this.#cellWhenWhole();
    if (cell >= FINGER_PX) return false;
    return this.#chosen ?? (matchMedia("(pointer: coarse)").matches || cell < MOUSE_PX);
  }

  #cellWhenWhole() {
    const width = this.#scroll.parentElement?.clientWidth ?? 0;
    return width === 0 ? FINGER_PX : Math.min(width / this.#columns, (innerHeight * 0.8) / this.#rows);
  }
}
