import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Answer } from "../boards/answers.js";
import { groupsOf, shortened, wordsOf } from "../plain-words.js";
import { fieldsOf, valueOf, variantsOf } from "../schema.js";

const OPTIONS = {
  type: "object",
  properties: {
    dice: { type: "integer", format: "uint8", minimum: 1, maximum: 6, default: 5, description: "How many everybody has." },
    wild_ones: { type: "boolean", default: true },
    start: { type: ["string", "null"], default: null },
    most: { type: ["integer", "null"] },
    mode: { $ref: "#/$defs/Mode", default: "slow" },
    weights: { type: "array", items: { type: "number" }, default: [1, 2] },
  },
  $defs: { Mode: { oneOf: [{ type: "string", const: "fast", description: "At once." }, { type: "string", enum: ["slow", "very_slow"] }] } },
};

const ACTION = {
  oneOf: [
    { type: "object", description: "Bid more.", properties: { bid: { $ref: "#/$defs/Bid" } }, required: ["bid"] },
    { type: "object", properties: { challenge: { type: "object" } }, required: ["challenge"] },
    { type: "object", properties: { type: { const: "swap" }, with: { anyOf: [{ $ref: "#/$defs/Bid" }, { type: "null" }] } }, required: ["type"] },
  ],
  $defs: { Bid: { type: "object", properties: { count: { type: "integer", minimum: 1 }, face: { type: "integer" } }, required: ["count", "face"] } },
};

test("a form of options is made from their schema", () => {
  const [dice, wild, start, most, mode, weights] = fieldsOf(OPTIONS);
  assert.deepEqual(dice, {
    name: "dice", label: "Dice", help: "How many everybody has.", isOptional: false, value: 5, type: "number", min: 1, max: 6, step: 1,
  });
  assert.deepEqual([wild?.type, wild?.label, wild?.value], ["switch", "Wild ones", true]);
  assert.deepEqual([start?.type, start?.isOptional], ["text", true]);
  assert.deepEqual([most?.type, most?.isOptional, most?.value], ["number", true, undefined]);
  assert.deepEqual([mode?.type, mode?.value, mode?.choices?.map(({ label }) => label)], ["choice", "slow", ["Fast", "Slow", "Very slow"]]);
  assert.deepEqual([weights?.type, weights?.value], ["json", [1, 2]]);
  assert.deepEqual(fieldsOf({ type: "object" }), []);
  assert.deepEqual(fieldsOf(true), []);
});

test("a form of moves has a shape for each variant, and makes the move that the rules read", () => {
  const [bid, challenge, swap] = variantsOf(ACTION);
  assert.deepEqual([bid?.name, bid?.help, bid?.fields.map(({ name, type }) => [name, type])], ["Bid", "Bid more.", [["count", "number"], ["face", "number"]]]);
  assert.deepEqual(bid && valueOf(bid, { count: 3, face: 5 }), { bid: { count: 3, face: 5 } });
  assert.deepEqual(challenge && valueOf(challenge, {}), { challenge: {} });
  assert.deepEqual([swap?.name, swap?.wrap, swap?.fields[0]?.value, swap?.fields[1]?.isOptional], ["Swap", null, "swap", true]);
  const [only, ...others] = variantsOf({ type: "object", properties: { cell: { type: "integer" } }, required: ["cell"] });
  assert.deepEqual([others, only?.name, only && valueOf(only, { cell: 4 })], [[], "Cell", { cell: 4 }]);
});

test("the schemas that the server sends make forms", () => {
  const frames = JSON.parse(readFileSync(new URL("../../protocol/fixtures/server.json", import.meta.url), "utf8"));
  const [dice] = frames.find((/** @type {any} */ { name }) => name === "accepted kinds").frame.kinds;
  assert.deepEqual(fieldsOf(dice.options).map(({ name, type, value }) => [name, type, value]), [["dice", "number", 5], ["wild_ones", "switch", true]]);
  const [bid, challenge] = variantsOf(dice.action);
  assert.deepEqual(bid && valueOf(bid, { count: 1, face: 2 }), { bid: { count: 1, face: 2 } });
  assert.deepEqual(challenge && [challenge.fields, valueOf(challenge, {})], [[], { challenge: {} }]);
});

test("a reference that leads to itself or nowhere makes a field all the same", () => {
  const schema = { properties: { one: { $ref: "#/$defs/One" }, two: { $ref: "#/$defs/Two" } }, $defs: { One: { $ref: "#/$defs/One" } } };
  assert.deepEqual(fieldsOf(schema).map(({ type }) => type), ["json", "json"]);
});

test("a move reads as its JSON says", () => {
  assert.equal(wordsOf({ take: 2 }), "take 2");
  assert.equal(wordsOf({ challenge: {} }), "challenge");
  assert.equal(wordsOf({ bid: { count: 3, face: 5 } }), "bid count 3, face 5");
  assert.equal(wordsOf({ play: { card: "8S", suit: null } }), "play card 8S");
  assert.equal(wordsOf({ move_to: [3, 4], check: true }), "move to 3 4, check yes");
  assert.equal(wordsOf({ cups: [[1, 2], [], [3, null]] }), "cups 1 2 / – / 3 –");
});

test("few moves are one group, and many are found by what they begin with", () => {
  const bids = [1, 2, 3].flatMap((count) => [1, 2, 3, 4, 5, 6].map((face) => ({ bid: { count, face } })));
  assert.deepEqual(groupsOf(bids.slice(0, 12)), [{ name: "", actions: bids.slice(0, 12) }]);
  const groups = groupsOf([{ challenge: {} }, ...bids]);
  assert.deepEqual(groups.map(({ name, actions }) => [name, actions.length]), [
    ["", 1], ["bid count 1", 6], ["bid count 2", 6], ["bid count 3", 6],
  ]);
  const uci = ["a2a3", "a2a4", "b2b3", "b2b4", "c2c3", "c2c4", "d2d3", "d2d4", "e2e3", "e2e4", "f2f3", "f2f4", "g2g3"].map((move) => ({ uci: move }));
  assert.deepEqual(groupsOf(uci).map(({ name, actions }) => [name, actions.length]), [["uci", 13]]);
  assert.deepEqual([["bid count 1, face 2", "bid count 1"], ["uci e2e4", "uci"], ["challenge", "challenge"], ["take 2", ""], ["cells", "cell"]]
    .map(([words = "", group = ""]) => shortened(words, group)), ["face 2", "e2e4", "challenge", "take 2", "cells"]);
  const cells = Array.from({ length: 30 }, (_, cell) => ({ cell }));
  const places = [0, 1, 2, 3].flatMap((column) => [0, 1, 2, 3].map((row) => ({ column, row })));
  assert.deepEqual(groupsOf(places).map(({ name }) => name), ["column 0", "column 1", "column 2", "column 3"]);
  assert.deepEqual(groupsOf(cells).map(({ name, actions }) => [name, actions.length]), [["cell", 30]]);
});

test("an answer is asked for once a message, and dropped where another one is the newest", async () => {
  /** @type {{seq: number, settle: (value: string) => void, fail: () => void}[]} */
  const asked = [];
  let changes = 0;
  const answer = new Answer((seq) => new Promise((resolve, reject) => asked.push({ seq, settle: resolve, fail: () => reject(new Error("lost")) })), () => (changes += 1));
  const answered = async () => new Promise((resolve) => setImmediate(resolve));
  answer.want(4);
  answer.want(4);
  answer.want(5);
  assert.deepEqual(asked.map(({ seq }) => seq), [4, 5]);
  asked[0]?.settle("four");
  await answered();
  assert.deepEqual([answer.value, changes], [null, 0]);
  asked[1]?.settle("five");
  await answered();
  assert.deepEqual([answer.value, answer.hasFailed, changes], ["five", false, 1]);
  answer.want(6);
  asked[2]?.fail();
  await answered();
  assert.deepEqual([answer.value, answer.hasFailed], ["five", true]);
  answer.again();
  answer.again();
  assert.deepEqual(asked.map(({ seq }) => seq), [4, 5, 6, 6]);
  answer.clear();
  asked[3]?.settle("of the game before");
  await answered();
  assert.equal(answer.value, null);
});
