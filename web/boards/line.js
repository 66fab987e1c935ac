/** What the games of lines on a grid have in common. */
import { markOf } from "../dom.js";

/** The option that says how long a line must be. */
export const LINE = { name: "line", label: "In a row to win", min: 3 };

/** @type {Pick<import("../kinds.js").Look, "mark" | "reasons">} */
export const OF_LINES = {
  mark: markOf,
  reasons: { line: ({ line }) => `${line ?? "all"} in a row`, full: "the board is full" },
};
