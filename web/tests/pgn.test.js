import assert from "node:assert/strict";
import { test } from "node:test";

import { pgnOf } from "../games/chess/pgn.js";

const START = "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1";

/** A log of chess: each move is a message, and so is `{to}`, a take-back. @param {(string | {to: number})[]} course @param {string} [fen] */
const log = (course, fen = START) => [
  { seq: 1, at: Date.UTC(2026, 10, 24, 23, 59), player_id: "a", events: [{ type: "created", data: { kind: "chess", options: { fen } } }] },
  ...course.map((step, index) => ({
    seq: index + 2, at: 0, player_id: "a",
    events: [typeof step === "string"
      ? { type: "played", data: { seat: 0, uci: "", san: step } }
      : { type: "taken_back", data: step }],
  })),
];
/** @param {number[]} places @param {string} reason @returns {any} */
const outcome = (places, reason) => ({ places, winners: [], reason });

test("a game of chess is saved as the command writes it", () => {
  const messages = log(["f3", "e5", "g4", "Qh4#"]);
  const text = pgnOf({ game: "g", messages, outcome: outcome([2, 1], "checkmate"), names: ["Ada", 'Bob "the \\ rook"'] });
  assert.equal(text, `[Event "Turnlog"]
[Site "g"]
[Date "2026.11.24"]
[Round "?"]
[White "Ada"]
[Black "Bob \\"the \\\\ rook\\""]
[Result "0-1"]
[Termination "normal"]

1. f3 e5 2. g4 Qh4# 0-1
`);
});

test("moves that were taken back are not saved", () => {
  const messages = log(["e4", "e5", { to: 2 }, "c5"]);
  assert.match(pgnOf({ game: "g", messages, outcome: outcome([1, 1], "agreed"), names: [] }), /\n1\. e4 c5 1\/2-1\/2\n$/);
});

test("a game from another position says so, and counts from there", () => {
  const fen = "4k3/8/8/8/8/8/4P3/4K3 b - - 0 31";
  const text = pgnOf({ game: "g", messages: log(["Kd7", "e4"], fen), outcome: outcome([1, 2], "timeout"), names: [] });
  assert.match(text, /\[SetUp "1"\]\n\[FEN "4k3.* 31"\]\n\[Termination "time forfeit"\]\n\n31\.\.\. Kd7 32\. e4 1-0\n$/);
});

test("no line is longer than 79 letters, and a claim is no move", () => {
  const messages = log(Array.from({ length: 100 }, () => "Nf3"));
  messages.push({ seq: 102, at: 0, player_id: "a", events: [{ type: "played", data: /** @type {any} */ ({ seat: 0, claim: "threefold" }) }] });
  const text = pgnOf({ game: "g", messages, outcome: null, names: [] });
  assert.ok(text.split("\n").every((line) => line.length <= 79));
  assert.equal(text.match(/Nf3/g)?.length, 100);
  assert.match(text, /50\. Nf3 Nf3 \*\n$/);
});
