/**
 * The game kinds that this page can show: their options, their words, and how a move on their board is made.
 *
 * @typedef {{name: string, label: string, min: number, max: number, value: number}} OptionField
 * @typedef {Record<string, number>} Options
 *
 * @typedef {object} Kind
 * @property {string} title
 * @property {"cells" | "columns"} board what a player picks
 * @property {OptionField[]} fields
 * @property {(options: Options) => number} longestLine
 * @property {(options: Options) => string} describe
 * @property {(place: number) => Record<string, number>} move
 * @property {(data: any, options: Options) => string} tell what a played event says
 */

const LINE = { name: "line", label: "In a row to win", min: 3 };

/** @type {Record<string, Kind>} */
export const KINDS = {
  "tic-tac-toe": {
    title: "Tic-tac-toe",
    board: "cells",
    fields: [
      { name: "size", label: "Side of the board", min: 3, max: 19, value: 3 },
      { ...LINE, max: 19, value: 3 },
    ],
    longestLine: ({ size = 3 }) => size,
    describe: ({ size = 3, line = 3 }) => `${size} × ${size}, ${line} in a row`,
    move: (cell) => ({ cell }),
    tell: ({ cell }, { size = 3 }) => `marked row ${Math.floor(cell / size) + 1}, column ${(cell % size) + 1}`,
  },
  "connect-four": {
    title: "Connect four",
    board: "columns",
    fields: [
      { name: "columns", label: "Columns", min: 4, max: 16, value: 7 },
      { name: "rows", label: "Rows", min: 4, max: 16, value: 6 },
      { ...LINE, max: 16, value: 4 },
    ],
    longestLine: ({ columns = 7, rows = 6 }) => Math.max(columns, rows),
    describe: ({ columns = 7, rows = 6, line = 4 }) => `${columns} × ${rows}, ${line} in a row`,
    move: (column) => ({ column }),
    tell: ({ column }) => `played column ${column + 1}`,
  },
};

/** @param {string} name @returns {string} */
export function titleOf(name) {
  return KINDS[name]?.title ?? name;
}
