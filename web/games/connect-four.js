/** Connect four in words. */
import { LINE } from "./line.js";

/** @type {import("../kinds.js").Kind} */
export const connectFour = {
  title: "Connect four",
  seats: { min: 2, max: 2 },
  fields: [
    { name: "columns", label: "Columns", min: 4, max: 16, value: 7 },
    { name: "rows", label: "Rows", min: 4, max: 16, value: 6 },
    { ...LINE, max: 16, value: 4 },
  ],
  // Four on every board: the game is named after them.
  usualLine: () => 4,
  longestLine: ({ columns = 7, rows = 6 }) => Math.max(Number(columns), Number(rows)),
  describe: ({ columns = 7, rows = 6, line = 4 }) => `${columns} × ${rows}, ${line} in a row`,
  tell: ({ seat, column }) => ({ seat, text: `played column ${column + 1}` }),
};
