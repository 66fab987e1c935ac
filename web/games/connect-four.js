/** Connect four. */
import { GridBoard } from "../boards/grid.js";
import { LINE, OF_LINES } from "../boards/line.js";

/** @type {import("../kinds.js").Look} */
export default {
  ...OF_LINES,
  title: "Connect four",
  fields: [
    { name: "columns", label: "Columns", min: 4, max: 16, value: 7 },
    { name: "rows", label: "Rows", min: 4, max: 16, value: 6 },
    { ...LINE, max: 16, value: 4 },
  ],
  // Four on every board: the game is named after them.
  dependent: ({ columns = 7, rows = 6 }) => ({ line: { max: Math.max(Number(columns), Number(rows)), value: 4 } }),
  describe: ({ columns = 7, rows = 6, line = 4 }) => `${columns} × ${rows}, ${line} in a row`,
  tell: ({ seat, column }) => ({ seat, text: `played column ${column + 1}` }),
  board: (root, onMove, onRefused) => new GridBoard(root, onMove, onRefused, "columns"),
};
