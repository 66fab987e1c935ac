import assert from "node:assert/strict";
import { createCipheriv, createHash, createHmac, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { block, wordsOf } from "../src/chacha20.js";
import { numberBelow, roll, seedOf, shuffle, wordsOfMessage } from "../src/fairness.js";
import { bytesOf, hexOf } from "../src/hex.js";
import { verify } from "../src/index.js";
import { Witness } from "../src/witness.js";
import { player } from "./support/player.js";
import { GAME } from "./support/server.js";

/** The game of the document's test vector. */
const TOLD = "67e55044-10b1-426f-9247-bb680e5fe0c8";
const VECTOR = JSON.parse(
  String(readFileSync(new URL("../../docs/fairness.md", import.meta.url), "utf8").split("```json\n")[1]?.split("```")[0]),
);
const PART = new Uint8Array(createHmac("sha256", "turnlog test key").update(TOLD).digest());

/** @param {string} text */
const bytes = (text) => /** @type {Uint8Array<ArrayBuffer>} */ (bytesOf(text.replaceAll(/\s/g, "")));
/** @param {Uint32Array} words */
const serialized = (words) => hexOf(new Uint8Array(words.buffer));

test("the key stream is that of RFC 8439, section 2.3.2", () => {
  const key = Uint8Array.from({ length: 32 }, (_, index) => index);
  assert.equal(serialized(block(key, 1, bytes("000000090000004a00000000"))), [
    "10f1e7e4d13b5915500fdd1fa32071c4", "c7d1f4c733c068030422aa9ac3d46c4e",
    "d2826446079faa0914c2d705d98b02a2", "b5129cd1de164eb9cbd083e8a2503c4e",
  ].join(""));
});

test("the key stream is that of RFC 8439, appendix A.1, vectors 1 and 2", () => {
  const [key, nonce] = [new Uint8Array(32), new Uint8Array(12)];
  assert.equal(serialized(block(key, 0, nonce)), [
    "76b8e0ada0f13d90405d6ae55386bd28", "bdd219b8a08ded1aa836efcc8b770dc7",
    "da41597c5157488d7724e03fb8d84a37", "6a43b8f41518a11cc387b669b2ee6586",
  ].join(""));
  assert.equal(serialized(block(key, 1, nonce)), [
    "9f07e7be5551387a98ba977c732d080d", "cb0f29a048e3656912c6533e32ee7aed",
    "29b721769ce64e43d57133b074d839d5", "31ed1f28510afb45ace10a1f4b794d6f",
  ].join(""));
});

test("many blocks of random keys are those of another implementation", () => {
  for (let round = 0; round < 20; round += 1) {
    const key = randomBytes(32);
    const expected = createCipheriv("chacha20", key, Buffer.alloc(16)).update(Buffer.alloc(640));
    const words = wordsOf(key);
    const ours = Uint32Array.from({ length: 160 }, () => words.next().value);
    assert.equal(serialized(ours), expected.toString("hex"));
  }
});

test("words that would favour small numbers are passed over", () => {
  const words = [2 ** 32 - 1, 4_294_967_292, 4_294_967_291, 7][Symbol.iterator]();
  assert.equal(numberBelow(6, words), 5);
  assert.equal(numberBelow(6, words), 1);
});

test("the test vector of the document holds", async () => {
  assert.equal(createHash("sha256").update(PART).digest("hex"), VECTOR.commitment);
  const words = await wordsOfMessage(await seedOf(TOLD, PART, [bytes("0102"), bytes("")]), 3);
  assert.deepEqual(roll(10, 6, words), VECTOR.dice.rolled);
  assert.deepEqual(shuffle(10, words), VECTOR.cards.shuffled);
});

/** @param {any[][]} messages events, each its type and data @returns {any[]} */
const log = (...messages) =>
  messages.map((events, index) => ({
    seq: index + 1, at: index, events: events.map(([type, data = {}]) => ({ type, data })),
  }));

/** A finished game with the vector's chance. @param {{dice?: any, cards?: any, created?: any, end?: any[]}} [change] */
const told = ({ dice = VECTOR.dice, cards = VECTOR.cards, created = {}, end } = {}) =>
  log(
    [["created", { kind: "test", options: {}, chance: { key: "k1", commitment: VECTOR.commitment }, ...created }]],
    [["seat_taken", { seat: 0, player_id: "ada", entropy: "0102" }]],
    [["seat_taken", { seat: 1, player_id: "bob" }], ["started"], ["played", { rolled: { dice: [5, 5], roll: dice } }],
      ["played", { dealt: [{ deck: cards }] }]],
    [["played", { bid: { seat: 0, bid: { count: 1, face: 2 } } }]],
    end ?? [["resigned", { seat: 1 }], ["finished", { places: [1, 2], reason: "resigned" }],
      ["seed_revealed", { server_part: hexOf(PART) }]],
  );

test("a game whose every outcome chance decided is verified", async () => {
  assert.deepEqual(await verify(TOLD, told()), { verified: true, outcomes: 2, known: [] });
});

test("who left before the start has no part in it, and free seats do not count", async () => {
  const [created, ada, bob, ...rest] = told();
  const messages = [created, ada, bob, ...rest].map((message) => structuredClone(message));
  Object.assign(messages[0], { events: [...messages[0].events,
    { type: "seat_taken", data: { seat: 0, player_id: "eve", entropy: "ffff" } },
    { type: "seat_left", data: { seat: 0 } },
    { type: "seat_taken", data: { seat: 4, player_id: "dan", entropy: "eeee" } },
    { type: "kicked", data: { seat: 4 } },
  ] });
  messages[2].events[0].data.seat = 5;
  assert.deepEqual(await verify(TOLD, messages), { verified: true, outcomes: 2, known: [] });
});

test("the first message that chance did not decide is named", async () => {
  const changed = (/** @type {any[]} */ values, /** @type {number} */ place) => values.with(place, values[place] === 1 ? 2 : 1);
  const dice = { ...VECTOR.dice, rolled: changed(VECTOR.dice.rolled, 9) };
  const cards = { shuffled: changed(VECTOR.cards.shuffled, 0) };
  assert.deepEqual(await verify(TOLD, told({ dice })), { verified: false, reason: "differs", seq: 3 });
  assert.deepEqual(await verify(TOLD, told({ cards })), { verified: false, reason: "differs", seq: 3 });
  assert.deepEqual(await verify(GAME, told()), { verified: false, reason: "differs", seq: 3 });
  const impossible = [{ sides: 0, rolled: [1] }, { sides: 1.5, rolled: [1] }, { sides: 2 ** 40, rolled: [1] }];
  for (const dice of impossible) assert.equal((await verify(TOLD, told({ dice }))).verified, false);
});

test("another contribution makes another seed", async () => {
  const messages = told();
  messages[1].events[0].data.entropy = "0103";
  assert.deepEqual(await verify(TOLD, messages), { verified: false, reason: "differs", seq: 3 });
});

test("a server's part that was not promised is named where it is revealed", async () => {
  const end = [["finished", {}], ["seed_revealed", { server_part: "00".repeat(32) }]];
  assert.deepEqual(await verify(TOLD, told({ end })), { verified: false, reason: "commitment", seq: 5 });
  assert.deepEqual(await verify(TOLD, told({ end: [["finished", {}]] })), { verified: false, reason: "not_revealed" });
  const unreadable = [["finished", {}], ["seed_revealed", { server_part: "x" }]];
  assert.deepEqual(await verify(TOLD, told({ end: unreadable })), { verified: false, reason: "commitment", seq: 5 });
});

test("a log of another promise than the one that was seen is not verified, whatever it reveals", async () => {
  const seen = { commitment: VECTOR.commitment, contribution: "0102" };
  assert.deepEqual(await verify(TOLD, told(), seen), { verified: true, outcomes: 2, known: ["commitment", "contribution"] });
  const nothing = { commitment: VECTOR.commitment, contribution: null };
  assert.deepEqual(await verify(TOLD, told(), nothing), { verified: true, outcomes: 2, known: ["commitment"] });
  for (const commitment of ["00".repeat(32), null]) {
    const verdict = await verify(TOLD, told(), { ...seen, commitment });
    assert.deepEqual(verdict, { verified: false, reason: "other_promise", seq: 1 });
  }
  const unpromised = told({ created: { chance: undefined }, dice: null, cards: null });
  assert.deepEqual(await verify(TOLD, unpromised, seen), { verified: false, reason: "other_promise", seq: 1 });
});

test("a log in which the caller's contribution is another, or does not count, is not verified", async () => {
  const seen = { commitment: VECTOR.commitment, contribution: "0103" };
  assert.deepEqual(await verify(TOLD, told(), seen), { verified: false, reason: "other_contribution" });
  const messages = told();
  messages[0].events.push({ type: "seat_taken", data: { seat: 1, player_id: "eve", entropy: "0103" } },
    { type: "seat_left", data: { seat: 1 } });
  assert.deepEqual(await verify(TOLD, messages, seen), { verified: false, reason: "other_contribution" });
});

/** A client whose server has promised, seats it, and then tells `end` as the log. @param {any} end */
async function seated(end) {
  const { client, clock, server } = player();
  const [created] = told();
  server.log = [created];
  server.instead.join = ({ entropy }) => {
    const message = { seq: 2, at: 1, player_id: "ada", events: [{ type: "seat_taken", data: { seat: 0, player_id: "ada", entropy } }] };
    return { game: TOLD, seq: 2, seat: 0, messages: [message] };
  };
  client.connect();
  await clock.advance(10);
  await Promise.all([client.join(TOLD, { entropy: "0102" }), clock.advance(50)]);
  server.log = end;
  return { client, clock, server };
}

test("a client remembers by itself what it saw before it sat down", async () => {
  const honest = await seated(told());
  const verdict = honest.client.verify(TOLD);
  await honest.clock.advance(100);
  assert.deepEqual(await verdict, { verified: true, outcomes: 2, known: ["commitment", "contribution"] });
  const ground = told({ created: { chance: { key: "k1", commitment: "00".repeat(32) } } });
  const lying = await seated(ground);
  const found = lying.client.verify(TOLD);
  await lying.clock.advance(100);
  assert.deepEqual(await found, { verified: false, reason: "other_promise", seq: 1 });
});

test("a contribution that was taken back with the seat is not expected", async () => {
  const { client, clock, server } = await seated(told());
  server.instead.leave = () => ({ game: TOLD, seq: 3 });
  await Promise.all([client.leave(TOLD), clock.advance(50)]);
  const verdict = client.verify(TOLD);
  await clock.advance(100);
  assert.deepEqual(await verdict, { verified: true, outcomes: 2, known: [] });
});

test("a seat whose answer was that of a repeat is known by its contribution", async () => {
  const witness = new Witness();
  const seen = { commitment: VECTOR.commitment, contribution: "0102" };
  witness.asks(TOLD, { commitment: VECTOR.commitment, contribution: "ffff" });
  witness.asks(TOLD, seen);
  witness.sits(TOLD, seen, undefined);
  assert.equal(witness.of(TOLD), null);
  witness.absorb(TOLD, told().slice(0, 2));
  assert.deepEqual(witness.of(TOLD), seen);
});

test("chance without a promise is named", async () => {
  assert.deepEqual(await verify(TOLD, told({ created: { chance: undefined } })), { verified: false, reason: "commitment", seq: 3 });
});

test("nothing is taken back where chance has spoken", async () => {
  const end = [["taken_back", { to: 3, last_moves: [null, null], position: {} }], ["finished", {}],
    ["seed_revealed", { server_part: hexOf(PART) }]];
  assert.deepEqual(await verify(TOLD, told({ end })), { verified: false, reason: "differs", seq: 5 });
});

test("a log that was read before the end, or in part, or of a running game is not verified", async () => {
  const hidden = { ...VECTOR.dice, rolled: VECTOR.dice.rolled.with(0, null) };
  assert.deepEqual(await verify(TOLD, told({ dice: hidden })), { verified: false, reason: "hidden", seq: 3 });
  assert.deepEqual(await verify(TOLD, told().toSpliced(1, 1)), { verified: false, reason: "incomplete", seq: 2 });
  assert.deepEqual(await verify(TOLD, []), { verified: false, reason: "incomplete", seq: 1 });
  assert.deepEqual(await verify(TOLD, told().slice(0, 4)), { verified: false, reason: "not_finished" });
});

test("a game that leaves nothing to chance needs no seed", async () => {
  const messages = log([["created", { kind: "tic-tac-toe" }]], [["started"]], [["finished", {}]]);
  assert.deepEqual(await verify(TOLD, messages), { verified: true, outcomes: 0, known: [] });
});

test("the whole log comes in pages", async () => {
  const { client, clock, server } = player();
  for (let seq = 1; seq <= 7; seq += 1) server.append(seq);
  client.connect();
  const whole = client.log(GAME);
  await clock.advance(100);
  assert.deepEqual((await whole).map(({ seq }) => seq), [1, 2, 3, 4, 5, 6, 7]);
  assert.equal(server.count("history"), 3);
});
