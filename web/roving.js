/**
 * Keyboard movement in a grid: one of its items is in the tab order, and the arrow keys move on from there, as the
 * ARIA pattern for grids has it.
 */
export class Roving {
  /** @type {HTMLElement[]} */
  #items = [];
  #columns = 1;
  #current = 0;

  /** @param {HTMLElement} grid */
  constructor(grid) {
    grid.addEventListener("keydown", (event) => this.#keyPressed(event));
    grid.addEventListener("focusin", (event) => {
      const index = this.#items.findIndex((item) => item === event.target);
      if (index >= 0) this.#moveTo(index);
    });
  }

  /**
   * @param {HTMLElement[]} items row by row
   * @param {number} columns
   */
  set(items, columns) {
    this.#items = items;
    this.#columns = columns;
    // The middle is the nearest to everything.
    this.#current = centreOf(items.length, columns);
    items.forEach((item, index) => (item.tabIndex = index === this.#current ? 0 : -1));
  }

  /** @param {KeyboardEvent} event */
  #keyPressed(event) {
    if (this.#items.length === 0 || event.altKey || event.metaKey) return;
    const next = this.#target(event.key, event.ctrlKey);
    if (next === null) return;
    event.preventDefault();
    this.#moveTo(next);
    this.#items[next]?.focus();
  }

  /**
   * @param {string} key
   * @param {boolean} isWhole Ctrl means the whole board instead of the row
   * @returns {number | null}
   */
  #target(key, isWhole) {
    const column = this.#current % this.#columns;
    const rowStart = this.#current - column;
    const last = this.#items.length - 1;
    switch (key) {
      case "ArrowLeft":
        return column > 0 ? this.#current - 1 : this.#current;
      case "ArrowRight":
        return column < this.#columns - 1 ? this.#current + 1 : this.#current;
      case "ArrowUp":
        return this.#current - this.#columns >= 0 ? this.#current - this.#columns : this.#current;
      case "ArrowDown":
        return this.#current + this.#columns <= last ? this.#current + this.#columns : this.#current;
      case "Home":
        return isWhole ? 0 : rowStart;
      case "End":
        return isWhole ? last : rowStart + this.#columns - 1;
      default:
        return null;
    }
  }

  /** @param {number} index */
  #moveTo(index) {
    const [before, after] = [this.#items[this.#current], this.#items[index]];
    if (before) before.tabIndex = -1;
    if (after) after.tabIndex = 0;
    this.#current = index;
  }
}

/**
 * @param {number} count
 * @param {number} columns
 */
function centreOf(count, columns) {
  const rows = Math.ceil(count / columns);
  return Math.floor((rows - 1) / 2) * columns + Math.floor((columns - 1) / 2);
}
