import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { keepSeen, seenUpTo, unreadOf } from "../talk-seen.js";

/** @type {Map<string, string>} */
let kept;
beforeEach(() => {
  kept = new Map();
  const storage = { getItem: (/** @type {string} */ key) => kept.get(key) ?? null, setItem: (/** @type {string} */ key, /** @type {string} */ value) => kept.set(key, value) };
  Object.assign(globalThis, { localStorage: storage });
});

/** @param {number} seq @param {string} player @param {string | null} [text] */
const line = (seq, player, text = "Hello") => ({ seq, player, to: /** @type {const} */ ("all"), text });

test("one's own lines are never new, and neither are those that are for others", () => {
  const said = [line(4, "ada"), line(5, "bob"), line(6, "ada"), line(7, "bob", null), line(8, "bob")];
  assert.equal(unreadOf(said, 0, "ada"), 2);
  assert.equal(unreadOf(said, 5, "ada"), 1);
  assert.equal(unreadOf(said, 8, "ada"), 0);
  assert.equal(unreadOf(said, 0, "cleo"), 4);
});

test("what was seen is seen after a reload, in each game and for each player", () => {
  assert.equal(seenUpTo("ada", "g"), 0);
  keepSeen("ada", "g", 7);
  keepSeen("ada", "h", 3);
  keepSeen("ada", "g", 9);
  assert.deepEqual([seenUpTo("ada", "g"), seenUpTo("ada", "h"), seenUpTo("bob", "g")], [9, 3, 0]);
});

test("old games are forgotten, and damaged storage is none", () => {
  for (let game = 0; game < 60; game += 1) keepSeen("ada", String(game), 1);
  assert.deepEqual([seenUpTo("ada", "9"), seenUpTo("ada", "10")], [0, 1]);
  for (const damaged of ["x", "{}", "[1]", '[["g","7"]]']) {
    kept.set("turnlog.talk.ada", damaged);
    assert.equal(seenUpTo("ada", "g"), 0, damaged);
  }
});
