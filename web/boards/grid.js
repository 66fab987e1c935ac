/**
 * The board of a game of cells: a grid of buttons, one for each cell or one for each column, whichever a player picks.
 * It is built once for its size; afterwards only what changed is touched.
 *
 * For browser tests these stay as they are: `button[data-place="0"]`, which is a `button[data-cell="0"]` or a `button[data-column="0"]`;
 * every cell is `[data-cell]`, with `data-seat` (0 or 1), `data-last`, `data-winning`.
 *
 * @typedef {object} Grid what a view shows
 * @property {number} columns
 * @property {number} rows
 * @property {number} line how many in a row win
 * @property {(number | null)[]} cells the seats, row by row from the top left
 * @property {number | null} last
 * @property {number[]} winning
 *
 * @typedef {import("./boards.js").Board} Board
 * @typedef {import("./boards.js").Situation} Situation
 */
import { clearAttributes, element, setAttributes, sketch } from "../dom.js";
import { Roving } from "../roving.js";
import { BoardZoom } from "../zoom.js";

/** The style of such a board. */
export const GRID_STYLE = new URL("grid.css", import.meta.url);

const CROSS = "M5.5 5.5l13 13m0-13l-13 13";
const RING = "M4.8 12a7.2 7.2 0 1 0 14.4 0a7.2 7.2 0 1 0 -14.4 0";

/** The mark of a seat. Shape and colour both tell whose it is. @param {number} seat */
export function markOf(seat) {
  return sketch(seat === 0 ? CROSS : RING, { class: "mark", "data-seat": seat });
}

/** @type {BoardZoom | undefined} */
let zoom;

/** Both kinds of grid share the frame that scrolls. */
function sharedZoom() {
  zoom ??= new BoardZoom();
  return zoom;
}

/** @implements {Board} */
export class GridBoard {
  #root;
  #byColumn;
  #roving;
  #zoom = sharedZoom();
  #shape = "";
  /** @type {HTMLElement[]} */
  #cells = [];
  /** @type {HTMLElement[]} */
  #places = [];
  /** @type {number | null} */
  #last = null;
  /** @type {Grid | null} */
  #grid = null;

  /**
   * @param {HTMLElement} root
   * @param {(move: {cell: number} | {column: number}) => void} onMove
   * @param {import("./boards.js").OnRefused} onRefused
   * @param {"cells" | "columns"} picks
   */
  constructor(root, onMove, onRefused, picks) {
    this.#root = root;
    this.#roving = new Roving(root);
    this.#byColumn = picks === "columns";
    root.addEventListener("click", (event) => {
      const place = event.target instanceof Element ? event.target.closest("[data-place]") : null;
      if (!place || !this.#grid) return;
      const index = Number(place.getAttribute("data-place"));
      // The top cell of a column has the index of the column.
      if ((this.#grid.cells[index] ?? null) !== null) onRefused(this.#byColumn ? "That column is full." : "That cell is taken.");
      else onMove(this.#byColumn ? { column: index } : { cell: index });
    });
  }

  /** @param {Situation} situation */
  show(situation) {
    const { view, pending } = situation;
    /** @type {Grid} */
    const grid = view.game;
    const byColumn = this.#byColumn;
    this.#grid = grid;
    this.#build(view.kind, grid, byColumn);
    grid.cells.forEach((_, cell) => this.#showCell(cell, grid));
    this.#places.forEach((place, index) => {
      const label = byColumn ? columnLabel(index, situation) : cellLabel(index, situation);
      const isFull = (grid.cells[index] ?? null) !== null;
      setAttributes(place, {
        "aria-label": label,
        "aria-disabled": situation.isOpen && !isFull ? null : "true",
        "data-pending": (byColumn ? pending?.column : pending?.cell) === index ? "true" : null,
      });
    });
    this.#revealLast(grid);
  }

  /** Nothing to show yet, or another board is shown. */
  clear() {
    this.#shape = "";
    this.#last = this.#grid = null;
    this.#roving.set([], 1);
    this.#zoom.unfit();
    clearAttributes(this.#root, ["role", "aria-label", "aria-colcount", "aria-rowcount", "data-picks"]);
  }

  /**
   * @param {string} kind
   * @param {Grid} grid
   * @param {boolean} byColumn
   */
  #build(kind, { columns, rows }, byColumn) {
    const shape = `${kind} ${columns} ${rows}`;
    if (shape === this.#shape) return;
    this.#shape = shape;
    this.#last = null;
    this.#root.style.setProperty("--columns", String(columns));
    this.#root.style.setProperty("--rows", String(rows));
    setAttributes(this.#root, {
      role: "grid", "data-picks": byColumn ? "columns" : "cells",
      "aria-label": `Board, ${columns} columns and ${rows} rows`,
      "aria-colcount": columns, "aria-rowcount": byColumn ? 1 : rows,
    });
    if (byColumn) this.#buildColumns(columns, rows);
    else this.#buildCells(columns, rows);
    this.#roving.set(this.#places, columns);
    this.#zoom.fit(columns, rows);
  }

  /**
   * @param {number} columns
   * @param {number} rows
   */
  #buildCells(columns, rows) {
    const indexes = Array.from({ length: columns * rows }, (_, index) => index);
    this.#cells = indexes.map((index) =>
      element("button", { type: "button", role: "gridcell", class: "cell", "data-cell": index, "data-place": index }),
    );
    this.#places = this.#cells;
    const lines = Array.from({ length: rows }, (_, row) =>
      element("div", { role: "row", class: "row" }, ...this.#cells.slice(row * columns, (row + 1) * columns)),
    );
    this.#root.replaceChildren(...lines);
  }

  /**
   * @param {number} columns
   * @param {number} rows
   */
  #buildColumns(columns, rows) {
    this.#cells = Array.from({ length: columns * rows }, (_, index) =>
      element("span", { class: "cell", "data-cell": index, "aria-hidden": "true" }),
    );
    this.#places = Array.from({ length: columns }, (_, column) =>
      element(
        "button",
        { type: "button", role: "gridcell", class: "column", "data-column": column, "data-place": column },
        ...this.#cells.filter((_, index) => index % columns === column),
      ),
    );
    this.#root.replaceChildren(element("div", { role: "row", class: "row" }, ...this.#places));
  }

  /**
   * @param {number} cell
   * @param {Grid} grid
   */
  #showCell(cell, grid) {
    const shown = this.#cells[cell];
    const seat = grid.cells[cell] ?? null;
    if (!shown) return;
    if ((shown.getAttribute("data-seat") ?? null) !== (seat === null ? null : String(seat))) {
      shown.replaceChildren(...(seat === null ? [] : [markOf(seat)]));
    }
    setAttributes(shown, {
      "data-seat": seat,
      "data-last": grid.last === cell ? "true" : null,
      "data-winning": grid.winning.includes(cell) ? "true" : null,
    });
  }

  /** Brings the newest mark into view where the board is larger than its frame. @param {Grid} grid */
  #revealLast({ last }) {
    if (last === this.#last) return;
    this.#last = last;
    if (last !== null) this.#zoom.reveal(this.#cells[last]);
  }
}

/**
 * @param {number} index
 * @param {Situation} situation
 */
function cellLabel(index, { view, nameOf }) {
  /** @type {Grid} */
  const grid = view.game;
  const seat = grid.cells[index] ?? null;
  const place = `Row ${Math.floor(index / grid.columns) + 1}, column ${(index % grid.columns) + 1}`;
  const newest = grid.last === index ? ", newest" : "";
  return seat === null ? `${place}, free` : `${place}, ${seat === 0 ? "cross" : "ring"}, ${nameOf(seat)}${newest}`;
}

/**
 * @param {number} column
 * @param {Situation} situation
 */
function columnLabel(column, { view, nameOf }) {
  /** @type {Grid} */
  const grid = view.game;
  const discs = [];
  for (let row = grid.rows - 1; row >= 0; row -= 1) {
    const seat = grid.cells[row * grid.columns + column] ?? null;
    if (seat !== null) discs.push(nameOf(seat));
  }
  const newest = grid.last !== null && grid.last % grid.columns === column ? ", newest on top" : "";
  const content = discs.length === 0 ? "empty" : `from the bottom: ${discs.join(", ")}${newest}`;
  return `Column ${column + 1}, ${content}${discs.length === grid.rows ? ", full" : ""}`;
}
