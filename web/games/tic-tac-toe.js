/** Tic-tac-toe. */
import { GridBoard } from "../boards/grid.js";
import { LINE, OF_LINES } from "../boards/line.js";

/** @type {import("../kinds.js").Look} */
export default {
  ...OF_LINES,
  title: "Tic-tac-toe",
  fields: [
    { name: "size", label: "Side of the board", min: 3, max: 19, value: 3 },
    { ...LINE, max: 19, value: 3 },
  ],
  // On a large board three in a row are won by whoever begins; five are what is played there.
  dependent: ({ size = 3 }) => ({ line: { max: Number(size), value: Math.min(Math.max(Number(size) || 3, 3), 5) } }),
  describe: ({ columns, size = columns ?? 3, line = 3 }) => `${size} × ${size}, ${line} in a row`,
  tell({ seat, cell }, { options: { size = 3 } }) {
    const columns = Number(size);
    return { seat, text: `marked row ${Math.floor(cell / columns) + 1}, column ${(cell % columns) + 1}` };
  },
  board: (root, onMove, onRefused) => new GridBoard(root, onMove, onRefused, "cells"),
};
