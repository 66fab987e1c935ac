/**
 * The boards of the game kinds.
 *
 * @typedef {object} Situation
 * @property {import("/client/src/types.js").View} view
 * @property {boolean} isOpen whether the viewer may move now
 * @property {any} pending the move that has no answer yet; null without one
 * @property {(seat: number) => string} nameOf
 *
 * @typedef {object} Board
 * @property {(situation: Situation) => void} show
 * @property {() => void} clear forgets what was shown; the root is emptied for it
 *
 * @typedef {(root: HTMLElement, onMove: (move: unknown) => void) => Board} Maker
 *   `onMove` is called with null when somebody tries to move who may not, so that the table tells them why.
 */
import { clearAttributes, element, markOf, setAttributes } from "../dom.js";
import { signOf } from "../games/chess.js";
import { ChessBoard } from "./chess.js";
import { CrazyEightsBoard } from "./crazy-eights.js";
import { GridBoard } from "./grid.js";
import { LiarsDiceBoard } from "./liars-dice.js";
import { RockPaperScissorsBoard } from "./rock-paper-scissors.js";

/** @type {Record<string, Maker>} */
const MAKERS = {
  "tic-tac-toe": (root, onMove) => new GridBoard(root, onMove, "cells"),
  "connect-four": (root, onMove) => new GridBoard(root, onMove, "columns"),
  chess: (root, onMove) => new ChessBoard(root, onMove),
  "rock-paper-scissors": (root, onMove) => new RockPaperScissorsBoard(root, onMove),
  "liars-dice": (root, onMove) => new LiarsDiceBoard(root, onMove),
  "crazy-eights": (root, onMove) => new CrazyEightsBoard(root, onMove),
};

/** Shows the board of whichever kind a view is of. Each is made once. */
export class Boards {
  #root;
  #onMove;
  /** @type {Map<string, Board>} */
  #made = new Map();
  /** @type {Board | null} */
  #shown = null;

  /**
   * @param {HTMLElement} root
   * @param {(move: any) => void} onMove
   */
  constructor(root, onMove) {
    this.#root = root;
    this.#onMove = onMove;
  }

  /** @param {Situation} situation */
  show(situation) {
    const board = this.#boardOf(situation.view.kind);
    if (board !== this.#shown) this.clear();
    this.#shown = board;
    const { view, isOpen } = situation;
    setAttributes(this.#root, { "data-kind": view.kind, "data-open": String(isOpen), "data-you": view.you });
    board?.show(situation);
  }

  clear() {
    this.#shown?.clear();
    this.#shown = null;
    clearAttributes(this.#root, ["data-kind", "data-open", "data-you"]);
    this.#root.replaceChildren();
  }

  /** @param {string} kind */
  #boardOf(kind) {
    const board = this.#made.get(kind) ?? MAKERS[kind]?.(this.#root, this.#onMove) ?? null;
    if (board) this.#made.set(kind, board);
    return board;
  }
}

/**
 * The sign by which a seat is told, beside its name.
 * @param {string} kind
 * @param {number} seat
 */
export function seatMark(kind, seat) {
  if (kind === "tic-tac-toe" || kind === "connect-four") return markOf(seat);
  const sign = kind === "chess" ? signOf("k") : String(seat + 1);
  return element("span", { class: "sign", "data-kind": kind, "data-seat": seat, "aria-hidden": "true" }, sign);
}
