import assert from "node:assert/strict";
import { test } from "node:test";

import { learnKinds } from "../kinds.js";
import { mayAct, movesAfter, offersOf, openOffers, possibleOffers } from "../offer-words.js";
import { clockText, describeChoices, timeText, wishesOf } from "../table-options.js";
import { audienceText, audiencesOf } from "../talk-words.js";
import { Names } from "../names.js";
import { isHost } from "../words.js";

/** @param {any} [change] @returns {import("../table-options.js").Choices} */
const choices = (change) => ({
  start: "full", players: 2, isPrivate: false, spectators: true, clock: "none", seconds: 60, days: 3, minutes: 5,
  increment: 2, timeout: "drop_out", ...change,
});

/** @param {any} [change] @returns {any} */
const view = (change) => ({
  kind: "chess", phase: "playing", seats: [{ player_id: "a" }, { player_id: "b" }], turn: [0], outcome: null, you: 0,
  game: {}, ...change,
});

await learnKinds(async () => ["chess", "liars-dice"].map((name) => /** @type {any} */ ({ name, take_backs: name === "chess" })));

/** @param {number} seat */
const nameOfSeat = (seat) => ["Ada", "Bob", "Cleo"][seat] ?? "?";
/** @param {string} id */
const nameOf = (id) => ({ a: "Ada", b: "Bob" })[id] ?? "A player";

test("a table as the server makes it by itself needs no wishes", () => {
  assert.equal(wishesOf(choices(), 2), undefined);
});

test("the wishes say only what differs", () => {
  assert.deepEqual(wishesOf(choices({ start: "host", players: 4, isPrivate: true, spectators: false }), 6), {
    start: "host", max_players: 4, private: true, spectators: false,
  });
  assert.deepEqual(wishesOf(choices({ clock: "seconds", timeout: "default_move" }), 2), {
    clock: { seconds: 60 }, timeout: "default_move",
  });
  assert.deepEqual(wishesOf(choices({ clock: "days" }), 2), { clock: { days: 3 }, timeout: "drop_out" });
  assert.deepEqual(wishesOf(choices({ clock: "fischer", minutes: 0.5 }), 2), {
    clock: { fischer: { initial_ms: 30_000, increment_ms: 2_000 } }, timeout: "drop_out",
  });
});

test("a table is described in a line", () => {
  assert.equal(describeChoices(choices(), 2), "open to everybody, no clock");
  assert.equal(describeChoices(choices({ players: 4, isPrivate: true, clock: "days" }), 6), "up to 4 players, private, 3 days a move");
  assert.equal(clockText({ fischer: { initial_ms: 300_000, increment_ms: 2_000 } }), "5 min + 2 s");
});

test("a clock shows what matters: days, hours, seconds, and in the end tenths", () => {
  const shown = /** @type {[number, string][]} */ ([
    [3 * 86_400_000 - 1, "3 d 0 h"], [86_400_000, "1 d 0 h"], [3_723_000, "1:02:03"], [251_000, "4:11"], [59_001, "1:00"],
    [10_000, "0:10"], [9_940, "10.0"], [9_400, "9.4"], [1, "0.1"], [0, "0:00"], [-5, "0:00"],
  ]);
  for (const [leftMs, text] of shown) assert.equal(timeText(leftMs), text, String(leftMs));
});

test("what can be offered depends on the phase, the clock and the kind", () => {
  const possible = (/** @type {any} */ change) => possibleOffers(view(change), true);
  assert.deepEqual(possible({}), ["draw", "take_back"]);
  assert.deepEqual(possible({ clock: [{ left_ms: 1 }, { left_ms: 1 }] }), ["draw", "take_back", "pause"]);
  assert.deepEqual(possible({ kind: "liars-dice" }), ["draw"]);
  assert.deepEqual(possible({ kind: "of-which-nothing-is-known" }), ["draw"]);
  assert.deepEqual(possibleOffers(view({ phase: "paused" }), true), []);
  assert.deepEqual(possibleOffers(view({ phase: "finished", outcome: { winners: [], places: [1, 1], reason: "agreed" } }), true), ["rematch"]);
  assert.deepEqual(possibleOffers(view({ phase: "finished", rematch: "another" }), true), []);
  assert.deepEqual(possibleOffers(view({ you: null }), true), []);
});

test("an offer that is open, or was declined, is not made again", () => {
  const draw = { offer: "draw", seat: 0, seq: 4, accepted: [], declined: false };
  assert.deepEqual(possibleOffers(view({ offers: [draw] }), true), ["take_back"]);
  assert.deepEqual(possibleOffers(view({ offers: [{ ...draw, declined: true }] }), true), ["take_back"]);
  assert.deepEqual(possibleOffers(view({ offers: [{ ...draw, seat: 1, declined: true }] }), true), ["draw", "take_back"]);
});

test("what cannot be offered now keeps its button", () => {
  const draw = { offer: "draw", seat: 1, seq: 4, accepted: [], declined: false };
  assert.deepEqual(offersOf(view({ offers: [draw] })), ["draw", "take_back"]);
  assert.deepEqual(possibleOffers(view({ offers: [draw] }), false), []);
  assert.deepEqual(offersOf(view({ you: null })), []);
});

test("whoever is out of a game that goes on offers nothing, until it is over", () => {
  const out = { seats: [{ player_id: "a", out: true }, { player_id: "b" }, { player_id: "c" }] };
  assert.ok(!mayAct(view(out)));
  assert.ok(mayAct(view({ ...out, phase: "finished" })));
  assert.deepEqual(possibleOffers(view(out), true), []);
});

test("a take-back is offered only by who has a move to take back", () => {
  const played = (/** @type {number} */ seq, /** @type {string} */ player) =>
    ({ seq, at: 0, player_id: player, events: [{ type: "played", data: {} }] });
  const takenBack = (/** @type {number} */ seq, /** @type {number} */ to) =>
    ({ seq, at: 0, player_id: "b", events: [{ type: "accepted", data: {} }, { type: "taken_back", data: { to } }] });
  const deal = { seq: 3, at: 0, player_id: "b", events: [{ type: "seat_taken", data: {} }, { type: "played", data: {} }] };
  const moves = movesAfter([], [deal, played(4, "a"), played(5, "b")]);
  assert.deepEqual(moves, [{ seq: 4, player: "a" }, { seq: 5, player: "b" }]);
  assert.deepEqual(movesAfter(moves, [takenBack(7, 4)]), [{ seq: 4, player: "a" }]);
  assert.deepEqual(movesAfter(moves, [takenBack(7, 3), played(8, "a")]), [{ seq: 8, player: "a" }]);
  assert.deepEqual(possibleOffers(view(), false), ["draw"]);
});

test("open offers say whose they are, and what the viewer can do", () => {
  const offers = [
    { offer: "draw", seat: 1, seq: 4, accepted: [], declined: false },
    { offer: "take_back", seat: 0, seq: 5, accepted: [2], declined: false },
    { offer: "pause", seat: 2, seq: 6, accepted: [0], declined: false },
    { offer: "rematch", seat: 2, seq: 7, accepted: [], declined: true },
  ];
  assert.deepEqual(openOffers(view({ offers }), nameOfSeat), [
    { offer: "draw", seq: 4, text: "Bob offers a draw.", youCan: "answer" },
    { offer: "take_back", seq: 5, text: "You requested a takeback. Cleo agreed.", youCan: "withdraw" },
    { offer: "pause", seq: 6, text: "Cleo offers a pause. Ada agreed.", youCan: null },
  ]);
  assert.deepEqual(openOffers(view({ offers, you: null }), nameOfSeat).map(({ youCan }) => youCan), [null, null, null]);
});

test("seats talk to all or to one another, and spectators among themselves", () => {
  assert.deepEqual(audiencesOf(view(), nameOf), [
    { key: "all", label: "Everybody" }, { key: "player b", label: "Only Bob" },
  ]);
  assert.deepEqual(audiencesOf(view({ you: null }), nameOf), [{ key: "spectators", label: "Other spectators" }]);
  assert.equal(audienceText({ player: "b" }, nameOf), " to Bob");
  assert.equal(audienceText("all", nameOf), "");
});

test("a bot is named as one, is not asked about, and is not spoken to", async () => {
  /** @type {string[][]} */
  const asked = [];
  const names = new Names(async (ids) => {
    asked.push(ids);
    return [];
  }, () => {});
  await names.learn(["bot:search:1", "b"]);
  assert.deepEqual(asked, [["b"]]);
  assert.deepEqual(["bot:search:1", "bot:random:0", "b"].map((id) => names.of(id)), ["Search bot 2", "Random bot 1", "A player"]);
  const withBot = view({ seats: [{ player_id: "a" }, { player_id: "bot:search:1", bot: "search" }, { player_id: "b" }] });
  assert.deepEqual(audiencesOf(withBot, nameOf).map(({ key }) => key), ["all", "player b"]);
});

test("the host is whom the server names, with a seat or without", () => {
  assert.equal(isHost(view({ host: "a" }), "a"), true);
  assert.equal(isHost(view({ host: "a", you: null, seats: [null, null] }), "a"), true);
  assert.equal(isHost(view({ host: "a" }), "b"), false);
  assert.equal(isHost(view(), "a"), false);
});
