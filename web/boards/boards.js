/**
 * The board of whichever kind is played: its own, or the plain one that every kind has.
 *
 * @typedef {object} Situation
 * @property {import("/client/src/types.js").View} view
 * @property {number} seq the message that the view shows
 * @property {string | null} text the view in the kind's words, where an earlier moment is shown; null for the game as it is now
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
import { clearAttributes, setAttributes } from "../dom.js";
import { lookOf } from "../kinds.js";
import { PlainBoard } from "./plain.js";

/** Shows the board of whichever kind a view is of. Each is made once. */
export class Boards {
  #root;
  #onMove;
  #onRefused;
  #questions;
  /** By kind, and by nothing the plain one. @type {Map<string, Board>} */
  #made = new Map();
  /** @type {Board | null} */
  #shown = null;

  /**
   * @param {HTMLElement} root
   * @param {OnMove} onMove
   * @param {OnRefused} onRefused
   * @param {import("./plain.js").Questions} questions
   */
  constructor(root, onMove, onRefused, questions) {
    this.#root = root;
    this.#onMove = onMove;
    this.#onRefused = onRefused;
    this.#questions = questions;
  }

  /**
   * @param {Situation} situation
   * @param {boolean} isPlain whether the person wants the plain board
   */
  show(situation, isPlain) {
    const { kind } = situation.view;
    const board = this.#boardOf(isPlain || !lookOf(kind).board ? "" : kind);
    if (board !== this.#shown) this.clear();
    this.#shown = board;
    const { view, isOpen, side } = situation;
    setAttributes(this.#root, { "data-kind": view.kind, "data-open": String(isOpen), "data-you": side });
    board.show(situation);
  }

  clear() {
    this.#shown?.clear();
    this.#shown = null;
    clearAttributes(this.#root, ["data-kind", "data-open", "data-you"]);
    this.#root.replaceChildren();
  }

  /** @param {string} kind */
  #boardOf(kind) {
    const board = this.#made.get(kind) ?? this.#make(kind);
    this.#made.set(kind, board);
    return board;
  }

  /** @param {string} kind @returns {Board} */
  #make(kind) {
    return lookOf(kind).board?.(this.#root, this.#onMove, this.#onRefused) ?? new PlainBoard(this.#root, this.#onMove, this.#questions);
  }
}
