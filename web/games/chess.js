/**
 * The board of chess: pick a piece, then where it goes. The side of the viewer is below. For browser tests: `button[data-square="e2"]`,
 * with `data-last`, `data-check`, `data-target`; `button[data-promotion="q"]`.
 *
 * @typedef {import("../boards/boards.js").Board} Board
 * @typedef {import("../boards/boards.js").Situation} Situation
 * @typedef {import("./chess/position.js").Position} Position
 * @typedef {import("./chess/position.js").Move} Move
 */
import { element, keyed, setAttributes, setText } from "../dom.js";
import { Roving } from "../roving.js";
import { pgnOf } from "./chess/pgn.js";
import {
  CLAIMS, checkedKing, claimText, nameOf, piecesOf, promotionsOf, refusalOf, seatOf, signOf, squareName, targetsFrom,
} from "./chess/position.js";

/** @type {import("../kinds.js").Look} */
export default {
  title: "Chess",
  fields: [],
  describe: () => "",
  tell({ seat, san, claim }) {
    return { seat, text: claim ? `claimed a draw: ${CLAIMS[claim] ?? claim}` : `played ${san}` };
  },
  reasons: { fifty_moves: "fifty moves without progress", seventyfive_moves: "seventy-five moves without progress" },
  mark: (seat) => element("span", { class: "sign piece-sign", "data-seat": seat, "aria-hidden": "true" }, signOf("k")),
  record: { label: "Save as PGN", ending: "pgn", write: pgnOf },
  board: (root, onMove, onRefused) => new ChessBoard(root, onMove, onRefused),
  style: new URL("chess.css", import.meta.url),
};

const INDEXES = Array.from({ length: 64 }, (_, index) => index);

/** @implements {Board} */
export class ChessBoard {
  #root;
  #onMove;
  #onRefused;
  #grid = element("div", { class: "chess", role: "grid", "aria-label": "Chess board", "aria-colcount": 8, "aria-rowcount": 8 });
  #claims = element("div", { class: "actions claims" });
  #promotion = element("div", { class: "choices", role: "group", "aria-label": "The pawn becomes" });
  #roving = new Roving(this.#grid);
  /** The squares by their index from a8. @type {HTMLButtonElement[]} */
  #squares = [];
  /** @type {boolean | null} */
  #isTurned = null;
  /** @type {Situation | null} */
  #situation = null;
  /** The square of the piece that was picked. @type {string | null} */
  #picked = null;

  /**
   * @param {HTMLElement} root
   * @param {(move: Move) => void} onMove
   * @param {import("../boards/boards.js").OnRefused} onRefused
   */
  constructor(root, onMove, onRefused) {
    this.#root = root;
    this.#onMove = onMove;
    this.#onRefused = onRefused;
    this.#promotion.hidden = true;
    this.#squares = INDEXES.map((index) => this.#makeSquare(squareName(index)));
    this.#grid.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#pick(null);
    });
  }

  /** @param {Situation} situation */
  show(situation) {
    const before = this.#situation?.view.game.fen;
    this.#situation = situation;
    // A piece that was picked before the other side moved may not be there any more.
    if (before !== situation.view.game.fen || !situation.isOpen) this.#unpick();
    this.#build(situation.side === 1);
    this.#showSquares();
    this.#showClaims();
  }

  clear() {
    this.#situation = this.#isTurned = null;
    this.#unpick();
  }

  /** @param {boolean} isTurned black is below */
  #build(isTurned) {
    if (isTurned === this.#isTurned) return;
    this.#isTurned = isTurned;
    const squares = isTurned ? this.#squares.toReversed() : this.#squares;
    const rows = Array.from({ length: 8 }, (_, row) =>
      element("div", { role: "row", class: "chess-row" }, ...squares.slice(row * 8, row * 8 + 8)),
    );
    squares.forEach((square, place) => {
      const name = square.getAttribute("data-square") ?? "";
      setAttributes(square, { "data-rank": place % 8 === 0 ? (name[1] ?? "") : null });
      const letter = square.querySelector(".file-letter");
      // Not as text, which the name of the square would have to repeat.
      if (letter) setAttributes(letter, { "data-file": place >= 56 ? (name[0] ?? "") : null });
    });
    this.#grid.replaceChildren(...rows);
    this.#roving.set(squares, 8);
    this.#root.replaceChildren(this.#grid, this.#promotion, this.#claims);
  }

  /** @param {string} name */
  #makeSquare(name) {
    const isDark = ((name.codePointAt(0) ?? 0) + Number(name[1])) % 2 === 0;
    const square = element("button", {
      type: "button", role: "gridcell", class: "square", "data-square": name, "data-shade": isDark ? "dark" : "light",
    });
    square.append(
      element("span", { class: "piece", "aria-hidden": "true" }),
      element("span", { class: "file-letter", "aria-hidden": "true" }),
    );
    square.addEventListener("click", () => this.#clicked(name));
    return square;
  }

  #showSquares() {
    if (!this.#situation) return;
    const { view, isOpen, pending } = this.#situation;
    /** @type {Position} */
    const position = view.game;
    const pieces = piecesOf(position.fen);
    const targets = this.#picked ? targetsFrom(position.moves, this.#picked) : new Set();
    const checked = checkedKing(position);
    const lastSquares = position.last ? [position.last.slice(0, 2), position.last.slice(2, 4)] : [];
    this.#squares.forEach((square, index) => {
      const [name, piece] = [squareName(index), pieces[index] ?? null];
      const isTarget = targets.has(name);
      const canMove = isOpen && position.moves.some((move) => move.startsWith(name));
      const isLast = lastSquares.includes(name);
      const sign = square.querySelector(".piece");
      if (sign) setText(sign, piece ? signOf(piece) : "");
      setAttributes(square, {
        "data-seat": piece ? seatOf(piece) : null,
        "data-last": isLast ? "true" : null,
        "data-check": checked === name ? "true" : null,
        "data-target": isTarget ? (piece ? "capture" : "move") : null,
        "data-pending": pending?.uci?.slice(2, 4) === name ? "true" : null,
        "aria-selected": this.#picked === name ? "true" : null,
        "aria-disabled": canMove || isTarget ? null : "true",
        "aria-label": label(name, piece, { isTarget, isLast, isChecked: checked === name }),
      });
    });
  }

  #showClaims() {
    if (!this.#situation) return;
    const { view, isOpen } = this.#situation;
    /** @type {Move[]} */
    const claims = isOpen ? view.game.claims : [];
    keyed(this.#claims, claims.map((claim) => JSON.stringify(claim)), (key) => {
      const claim = /** @type {Move} */ (JSON.parse(key));
      const button = element("button", { type: "button" }, claimText(claim));
      button.addEventListener("click", () => this.#onMove(claim));
      return button;
    });
  }

  /** @param {string} name */
  #clicked(name) {
    if (!this.#situation) return;
    /** @type {Position} */
    const position = this.#situation.view.game;
    const picked = this.#picked;
    if (picked && targetsFrom(position.moves, picked).has(name)) return this.#go(picked, name);
    const refusal = picked === name ? null : refusalOf(position, picked, name);
    if (this.#situation.isOpen) this.#pick(picked === name || refusal ? null : name);
    if (refusal || !this.#situation.isOpen) this.#onRefused(refusal ?? "");
  }

  /**
   * @param {string} from
   * @param {string} to
   */
  #go(from, to) {
    const promotions = promotionsOf(this.#situation?.view.game.moves ?? [], from, to);
    if (promotions.length === 0) return this.#onMove({ uci: from + to });
    const buttons = promotions.map((piece) => {
      const button = element("button", { type: "button", "data-promotion": piece }, `${signOf(piece)} ${nameOf(piece)}`);
      button.addEventListener("click", () => this.#promoted({ uci: from + to + piece }));
      return button;
    });
    const cancel = element("button", { type: "button", class: "quiet" }, "Cancel");
    cancel.addEventListener("click", () => this.#promoted(null));
    this.#promotion.replaceChildren(element("span", {}, "The pawn becomes"), ...buttons, cancel);
    this.#promotion.hidden = false;
    buttons[0]?.focus();
  }

  /** @param {Move | null} move */
  #promoted(move) {
    const picked = this.#picked;
    this.#pick(null);
    this.#squares.find((square) => square.getAttribute("data-square") === picked)?.focus();
    if (move) this.#onMove(move);
  }

  /** @param {string | null} square */
  #pick(square) {
    this.#unpick();
    this.#picked = square;
    this.#showSquares();
  }

  #unpick() {
    this.#picked = null;
    this.#promotion.hidden = true;
    this.#promotion.replaceChildren();
  }
}

/**
 * @param {string} name
 * @param {string | null} piece
 * @param {{isTarget: boolean, isLast: boolean, isChecked: boolean}} marks
 */
function label(name, piece, { isTarget, isLast, isChecked }) {
  const content = piece ? `${seatOf(piece) === 0 ? "white" : "black"} ${nameOf(piece)}` : "empty";
  const extras = [isChecked && "in check", isLast && "last move", isTarget && (piece ? "can be captured" : "can be moved to")];
  return [name, content, ...extras.filter(Boolean)].join(", ");
}
