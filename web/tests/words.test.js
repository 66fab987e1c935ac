import assert from "node:assert/strict";
import { test } from "node:test";

import { KINDS } from "../kinds.js";
import { linesOf, statusOf } from "../words.js";

/** @param {string} id */
const nameOf = (id) => ({ a: "Ada", b: "Bob" })[id] ?? "A player";
/** @param {any} change @returns {any} */
const view = (change) => ({
  kind: "tic-tac-toe", phase: "playing", seats: [{ player_id: "a" }, { player_id: "b" }], turn: [0], outcome: null,
  you: 0, game: { line: 3 }, ...change,
});
/** @param {any} change */
const said = (change) => statusOf(view(change), nameOf);
/** @param {number[]} winners @param {string} reason */
const finished = (winners, reason) => ({ phase: "finished", turn: [], outcome: { winners, places: [], reason } });

test("whoever has the turn is told so, everybody else by name", () => {
  assert.deepEqual(said({}), { text: "Your turn", tone: "yours" });
  assert.deepEqual(said({ you: 1 }), { text: "Ada to move", tone: "theirs" });
  assert.deepEqual(said({ you: null, turn: [0, 1] }), { text: "Ada and Bob to move", tone: "theirs" });
});

test("a table that is not full says what is missing", () => {
  const waiting = { phase: "waiting", turn: [], seats: [{ player_id: "a" }, null] };
  assert.equal(said(waiting).text, "Waiting for the other player. Send them the link.");
  assert.equal(said({ ...waiting, you: null }).text, "One seat is free.");
  assert.equal(said({ ...waiting, you: null, seats: [null, null] }).text, "Nobody sits here yet.");
});

test("an end is told from the viewer's side, with its reason", () => {
  assert.deepEqual(said(finished([0], "line")), { text: "You won: 3 in a row.", tone: "won" });
  assert.deepEqual(said({ ...finished([0], "line"), you: 1 }), { text: "Ada won: 3 in a row.", tone: "lost" });
  assert.deepEqual(said({ ...finished([0], "resigned"), you: 1 }), { text: "Ada won: you resigned.", tone: "lost" });
  assert.deepEqual(said({ ...finished([1], "resigned"), you: null }), { text: "Bob won: Ada resigned.", tone: "over" });
  assert.deepEqual(said(finished([], "full")), { text: "A draw: the board is full.", tone: "over" });
  assert.deepEqual(said(finished([], "abandoned")), { text: "Closed: nobody moved for too long.", tone: "over" });
});

test("a reason that the page does not know is still readable", () => {
  assert.equal(said(finished([0], "out_of_time")).text, "You won: out of time.");
});

test("the log tells a whole game", () => {
  const known = { kind: "", options: {}, players: new Map() };
  const events = [
    ["a", "created", { kind: "tic-tac-toe", options: { size: 3, line: 3 } }],
    ["a", "seat_taken", { seat: 0, player_id: "a" }],
    ["b", "seat_taken", { seat: 1, player_id: "b" }],
    [undefined, "started", {}],
    ["a", "played", { seat: 0, cell: 5 }],
    ["b", "resigned", { seat: 1 }],
    [undefined, "finished", { places: [1, 2], reason: "resigned" }],
    ["a", "something_new", null],
  ];
  const lines = events.flatMap(([player_id, type, data], index) =>
    linesOf(/** @type {any} */ ({ seq: index + 1, at: 0, player_id, events: [{ type, data }] }), known, nameOf),
  );
  assert.deepEqual(lines.map(({ text }) => text), [
    "Ada created the game", "Ada took seat 1", "Bob took seat 2", "The game began", "Ada marked row 2, column 3",
    "Bob resigned", "Ada won", "something new",
  ]);
});

test("every kind's default options lie within its limits", () => {
  for (const { fields, longestLine } of Object.values(KINDS)) {
    const options = Object.fromEntries(fields.map(({ name, value }) => [name, value]));
    for (const { min, max, value } of fields) assert.ok(min <= value && value <= max);
    assert.ok(Number(options.line) <= longestLine(options));
  }
});
