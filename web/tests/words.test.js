import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";

import { loadLook, lookOf, titleOf } from "../kinds.js";
import { eventWords } from "../plain-words.js";
import { linesOf, statusOf, verdictText, whyNoMove } from "../words.js";

/** The kinds that have a file in games/. */
const KINDS = readdirSync(new URL("../games/", import.meta.url)).map((file) => file.replace(/\.js$/, ""));
await Promise.all(KINDS.map(loadLook));

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

test("a table that waits for its host says so to each", () => {
  const table = { start: "host", min_players: 3 };
  const waiting = { phase: "waiting", turn: [], host: "a", table, seats: [{ player_id: "a" }, { player_id: "b" }, null, null] };
  assert.equal(said(waiting).text, "Waiting for another player. Send them the link.");
  const enough = { ...waiting, seats: [{ player_id: "a" }, { player_id: "b" }, { player_id: "c" }, null] };
  assert.equal(said(enough).text, "Start the game when everybody is here.");
  assert.equal(said({ ...enough, you: 1 }).text, "Ada starts the game.");
  assert.equal(said({ ...enough, you: null, seats: [...enough.seats, null] }).text, "2 seats are free.");
});

test("pauses, drop-outs and the ends of all kinds are told", () => {
  assert.deepEqual(said({ phase: "paused", turn: [] }), { text: "The game is paused.", tone: "waiting" });
  const out = { seats: [{ player_id: "a", out: true }, { player_id: "b" }, { player_id: "c" }], turn: [1] };
  assert.equal(said(out).text, "You are out. Bob to move");
  assert.equal(said(finished([0], "timeout")).text, "You won: Bob ran out of time.");
  assert.equal(said(finished([], "timeout")).text, "A draw: time ran out, and nobody else could have won.");
  assert.equal(said(finished([], "agreed")).text, "A draw: all agreed.");
  assert.equal(said({ ...finished([0], "rounds"), kind: "rock-paper-scissors", game: { wins: [1, 2] } }).text, "You won: 2 to 1.");
  assert.equal(said({ ...finished([1], "out_of_cards"), kind: "crazy-eights" }).text, "Bob won: the hand is empty.");
  assert.equal(said({ ...finished([], "threefold_repetition"), kind: "chess" }).text, "A draw: threefold repetition.");
});

/**
 * The lines of a log, its events one to a message.
 * @param {string} kind
 * @param {[string | undefined, string, any?][]} events
 */
function told(kind, events) {
  const known = { kind, options: {}, players: new Map([[0, "a"], [2, "b"]]) };
  return events.flatMap(([player_id, type, data], index) =>
    linesOf(/** @type {any} */ ({ seq: index + 1, at: 0, player_id, events: [{ type, data }] }), known, nameOf),
  ).map(({ text }) => text);
}

test("the log tells what the frame does, and who sits where after the start", () => {
  assert.deepEqual(told("chess", [
    ["a", "kicked", { seat: 2 }], ["b", "seat_taken", { seat: 3, player_id: "b" }], ["a", "started", {}],
    ["a", "played", { seat: 0, uci: "e2e4", san: "e4" }], ["b", "offered", { seat: 1, offer: "take_back" }],
    ["a", "accepted", { seat: 0, offer: "take_back" }], ["a", "taken_back", { to: 4 }], ["a", "paused", {}],
    ["b", "resumed", { seat: 1 }], ["a", "said", { player_id: "a", to: "all", text: "Hello" }],
    ["a", "muted", { player_id: "b" }], [undefined, "timed_out", { seat: 1, then: "loss" }],
    ["a", "rematch_agreed", { game: "x", players: [] }],
  ]), [
    "Ada sent Bob away", "Bob took seat 4", "The game began", "Ada played e4", "Bob requested a takeback",
    "Ada agreed", "The game went back to message 4", "The clocks stopped", "Bob went on", "Bob was muted",
    "Bob ran out of time", "All agreed to play again",
  ]);
});

test("the log tells the moves of every kind, and hides what is hidden", () => {
  const seats = /** @type {[string, string, any]} */ (["a", "started", {}]);
  assert.deepEqual(told("rock-paper-scissors", [seats, ["a", "played", { chose: { seat: 0, choice: null } }],
    ["b", "played", { shown: ["paper", "rock"] }]]).slice(1),
  ["Ada has chosen", "Both showed their choice, paper against rock: Ada won the round"]);
  assert.deepEqual(told("liars-dice", [seats, ["a", "played", { rolled: { dice: [1, 1], roll: { sides: 6, rolled: [null, 2] } } }],
    ["a", "played", { bid: { seat: 0, bid: { count: 1, face: 2 } } }],
    ["b", "played", { challenged: { seat: 1, bid: { count: 1, face: 2 }, cups: [], loser: 1 } }],
    ["b", "played", { dropped: { seat: 1 } }]]).slice(1),
  ["All dice were rolled", "Ada bid 1 × 2", "Bob called 1 × 2 a lie; Bob lost a die", "Bob left the game"]);
  assert.deepEqual(told("crazy-eights", [seats, [undefined, "played", { dealt: { players: 2, hand: 5, deck: { shuffled: [] } } }],
    ["a", "played", { played: { seat: 0, card: "8S", suit: "H" } }], ["b", "played", { drew: { seat: 1, card: null } }],
    ["b", "played", { reshuffled: { order: { shuffled: [] } } }], ["b", "played", { passed: { seat: 1 } }]]).slice(1),
  ["The cards were dealt, 5 to each", "Ada played the 8 of spades and asked for hearts", "Bob drew a card",
    "The discards were shuffled into a new pile", "Bob passed"]);
});

test("a kind without a file has its name as its title, and its events in the words of their JSON", () => {
  assert.equal(titleOf("tic-tac-toe"), "Tic-tac-toe");
  assert.equal(titleOf("three-men_morris"), "Three men morris");
  assert.deepEqual(told("nim", [["a", "started", {}], ["a", "played", { seat: 0, took: 2 }]]).slice(1), ["Ada took 2"]);
  assert.deepEqual(eventWords({ bid: { seat: 1, bid: { count: 3, face: 5 } } }), { seat: 1, text: "bid count 3, face 5" });
  assert.equal(eventWords({ rolled: { dice: [1, 1], roll: { sides: 6, rolled: [null, 2] } } }).text, "Rolled dice 1 1, roll ? 2");
  assert.equal(eventWords({ dealt: { players: 2, deck: { shuffled: [4, null] } } }).text, "Dealt players 2, deck shuffled");
  assert.equal(eventWords({ rolled: { seat: 0, roll: { sides: 6, rolled: [4] } } }).text, "rolled 4");
  assert.equal(eventWords({ challenged: { seat: 0, bid: { count: 3, face: 5 }, loser: 1 } }).text, "challenged bid count 3, face 5, loser 1");
  assert.deepEqual(eventWords({ drew: { seat: 1, card: null } }), { seat: 1, text: "drew" });
  assert.deepEqual(eventWords({ shown: ["rock", "paper"] }), { seat: null, text: "Shown rock paper" });
  assert.equal(eventWords({ deck: Array(200).fill("AS") }).text.length, 121);
  assert.deepEqual([{}, null, "x"].map((data) => eventWords(data).seat), [null, null, null]);
});

test("what the check of chance found names the message", () => {
  assert.match(verdictText({ verified: true, outcomes: 12, known: [] }), /^Verified: all 12 rolls and shuffles.* stand in the log/);
  const known = verdictText({ verified: true, outcomes: 12, known: ["commitment", "contribution"] });
  assert.match(known, /before you sat down.* you among them/);
  assert.match(verdictText({ verified: false, reason: "other_promise", seq: 1 }), /^Not verified: before you sat down/);
  assert.match(verdictText({ verified: false, reason: "differs", seq: 7 }), /^Not verified: message 7 is the first that does not match/);
  assert.match(verdictText({ verified: false, reason: "not_revealed" }), /^Not verified/);
});

test("whoever cannot move is told why, and first of all that there is no connection", () => {
  const now = { isPast: false, isPending: false, isConnected: true };
  const why = (/** @type {any} */ change, /** @type {any} */ situation = {}) => whyNoMove(view(change), nameOf, { ...now, ...situation });
  assert.equal(why({}), null);
  assert.equal(why({}, { isConnected: false }), null, "the move waits, and is not refused");
  assert.equal(why({ you: 1 }), "Not yet: Ada to move.");
  assert.match(String(why({ you: 1 }, { isConnected: false })), /^There is no connection/);
  assert.match(String(why({ you: null }, { isConnected: false })), /^There is no connection/);
  assert.equal(why({ you: null }), "You only watch this game.");
  assert.equal(why({ phase: "waiting", turn: [] }), "The game has not begun yet.");
  assert.equal(why({ phase: "paused", turn: [] }), "Not yet: The game is paused.");
  assert.equal(why(finished([0], "line"), { isConnected: false }), "The game is over.");
  assert.match(String(why({}, { isPast: true })), /^This is how the game was/);
  assert.equal(why({}, { isPending: true }), "Your move is on its way.");
  assert.equal(why({}, { isPending: true, isConnected: false }), "Your move waits for the connection.");
});

test("a line is as long as is usual on its board, until somebody chooses", () => {
  const usual = (/** @type {string} */ kind, /** @type {any} */ options) => lookOf(kind).dependent?.(options).line?.value;
  assert.deepEqual([3, 4, 5, 15, 19].map((size) => usual("tic-tac-toe", { size })), [3, 4, 5, 5, 5]);
  // A field that is empty for the moment.
  assert.equal(usual("tic-tac-toe", { size: NaN }), 3);
  assert.deepEqual([[7, 6], [4, 4], [16, 16]].map(([columns, rows]) => usual("connect-four", { columns, rows })), [4, 4, 4]);
  for (const { fields = [], dependent } of KINDS.map(lookOf)) {
    if (!dependent) continue;
    const options = Object.fromEntries(fields.map(({ name, value }) => [name, value]));
    assert.equal(dependent(options).line?.value, options.line, "the board that stands in the form has the line that stands there");
  }
});

test("every kind's default options lie within its limits", () => {
  for (const { fields = [], dependent } of KINDS.map(lookOf)) {
    const options = Object.fromEntries(fields.map(({ name, value }) => [name, value]));
    for (const field of fields) {
      const { min = -Infinity, max = Infinity, value } = field;
      if (typeof value === "number") assert.ok(min <= value && value <= max);
    }
    for (const [name, { max }] of Object.entries(dependent?.(options) ?? {})) assert.ok(options[name] <= max, name);
  }
});
