/** The option of every game of lines. */
export const LINE = { name: "line", label: "In a row to win", min: 3 };
