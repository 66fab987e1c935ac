/**
 * The boards of the game kinds.
 *
 * @typedef {object} Situation
 * @property {import("/client/src/types.js").View} view
 * @property {boolean} isOpen whether the viewer may move now
 * @property {any} pending the move that has no answer yet; null without one
 * @property {number | null} side the viewer's seat as it is now, also while an earlier moment is shown in which they had none
 * @property {(seat: number) => string} nameOf
 *
 * @typedef {object} Board
 * @property {(situation: Situation) => void} show
 * @property {() => void} clear forgets what was shown; the root is emptied for it
 *
 * @typedef {(move: any) => void} OnMove a move was made, also by somebody who may not: the table tells them
 * @typedef {(why: string) => void} OnRefused a tap was no move, and why; the table says so, or why nobody can move now
 *
 * @typedef {(root: HTMLElement, onMove: OnMove, onRefused: OnRefused) => Board} Maker
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
  "tic-tac-toe": (root, onMove, onRefused) => new GridBoard(root, onMove, onRefused, "cells"),
  "connect-four": (root, onMove, onRefused) => new GridBoard(root, onMove, onRefused, "columns"),
  chess: (root, onMove, onRefused) => new ChessBoard(root, onMove, onRefused),
  "rock-paper-scissors": (root, onMove) => new RockPaperScissorsBoard(root, onMove),
  "liars-dice": (root, onMove, onRefused) => new LiarsDiceBoard(root, onMove, onRefused),
  "crazy-eights": (root, onMove, onRefused) => new CrazyEightsBoard(root, onMove, onRefused),
};

/** Shows the board of whichever kind a view is of. Each is made once. */
export class Boards {
  #root;
  #onMove;
  #onRefused;
  /** @type {Map<string, Board>} */
  #made = new Map();
  /** @type {Board | null} */
  #shown = null;

  /**
   * @param {HTMLElement} root
   * @param {OnMove} onMove
   * @param {OnRefused} onRefused
   */
  constructor(root, onMove, onRefused) {
    this.#root = root;
    this.#onMove = onMove;
    this.#onRefused = onRefused;
  }

  /** @param {Situation} situation */
  show(situation) {
    const board = this.#boardOf(situation.view.kind);
    if (board !== this.#shown) this.clear();
    this.#shown = board;
    const { view, isOpen, side } = situation;
    setAttributes(this.#root, { "data-kind": view.kind, "data-open": String(isOpen), "data-you": side });
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
    const board = this.#made.get(kind) ?? MAKERS[kind]?.(this.#root, this.#onMove, this.#onRefused) ?? null;
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
