/**
 * The game kinds that this page can show: their options and their words. Their boards are in boards/.
 *
 * @typedef {object} NumberField
 * @property {string} name
 * @property {string} label
 * @property {number} min
 * @property {number} max
 * @property {number} [step]
 * @property {number} value
 * @typedef {{name: string, label: string, value: boolean}} SwitchField
 *
 * @typedef {Record<string, number | boolean | undefined>} Options
 *
 * @typedef {object} Told what a played event says: what a player did, or, without a seat, a whole sentence
 * @property {number | null} seat
 * @property {string} text
 *
 * @typedef {object} Kind
 * @property {string} title
 * @property {{min: number, max: number}} seats
 * @property {(NumberField | SwitchField)[]} fields
 * @property {boolean} [takesBack] false where chance or hidden choices have shown what cannot be forgotten
 * @property {boolean} [movesByDefault] whether a move can be made for who is late
 * @property {(options: Options) => number} [longestLine] in games of lines
 * @property {(options: Options) => number} [usualLine] how long a line is where nobody says so
 * @property {(game: Options) => string} describe the options, or what a view shows of them
 * @property {(data: any, known: {options: Options, nameOf: (seat: number) => string}) => Told | null} tell
 */
import { chess } from "./games/chess.js";
import { connectFour } from "./games/connect-four.js";
import { crazyEights } from "./games/crazy-eights.js";
import { liarsDice } from "./games/liars-dice.js";
import { rockPaperScissors } from "./games/rock-paper-scissors.js";
import { ticTacToe } from "./games/tic-tac-toe.js";

/** @type {Record<string, Kind>} */
export const KINDS = {
  "tic-tac-toe": ticTacToe,
  "connect-four": connectFour,
  chess,
  "rock-paper-scissors": rockPaperScissors,
  "liars-dice": liarsDice,
  "crazy-eights": crazyEights,
};

/** @param {string} name @returns {string} */
export function titleOf(name) {
  return KINDS[name]?.title ?? name;
}
