/** What the games of lines on a grid have in common. */
import { GRID_STYLE, markOf } from "./grid.js";

/** The option that says how long a line must be. */
export const LINE = { name: "line", label: "In a row to win", min: 3 };

/** @type {Pick<import("../kinds.js").Look, "mark" | "reasons" | "style">} */
export const OF_LINES = {
  style: GRID_STYLE,
  mark: markOf,
  reasons: { line: ({ line }) => `${line ?? "all"} in a row`, full: "the board is full" },
};
