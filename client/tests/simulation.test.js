import assert from "node:assert/strict";
import { test } from "node:test";

import { player, upTo, witness } from "./support/player.js";
import { seeded } from "./support/random.js";
import { GAME } from "./support/server.js";

const SEEDS = Number(process.env.TURNLOG_SEEDS ?? 60);

test("a client on a bad network ends with every message once, and every accepted move was made once", async () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) await storm(seed);
});

/**
 * Frames are lost, doubled, late and reordered, connections end and die silently, others play and so does the client.
 * Then the network recovers.
 * @param {number} seed
 */
async function storm(seed) {
  const random = seeded(seed);
  const { client, clock, network, server } = player({ seed });
  const { seqs, views } = witness(client);
  const lossRate = random() * 0.4;
  network.copies = () => (random() < lossRate ? 0 : random() < 0.15 ? 2 : 1);
  network.delayMs = () => 1 + Math.floor(random() * random() * 3_000);
  client.connect();
  /** @type {Promise<string | null>[]} */
  const moves = [];
  for (let step = 0; step < 30; step += 1) {
    await clock.advance(random() * 4_000);
    disturb(network, random);
    if (random() < 0.4) server.append(`other ${step}`);
    if (random() < 0.4) moves.push(move(client, `own ${step}`));
  }
  network.mode = "open";
  network.copies = () => 1;
  network.delayMs = () => 5;
  await clock.advance(6 * 60_000);
  const head = server.log.length;
  assert.deepEqual(seqs, upTo(head), `seed ${seed}`);
  assert.equal(views.at(-1) ?? 0, head, `seed ${seed}`);
  assert.deepEqual(views, [...views].sort((left, right) => left - right), `seed ${seed}`);
  const made = server.log.map(({ events }) => events[0]?.data.move);
  assert.equal(new Set(made).size, made.length, `seed ${seed}: a move was made twice`);
  for (const accepted of await Promise.all(moves)) assert.ok(!accepted || made.includes(accepted), `seed ${seed}`);
  client.close();
}

/**
 * @param {import("./support/network.js").Network} network
 * @param {() => number} random
 */
function disturb(network, random) {
  const chance = random();
  if (chance < 0.1) network.socket.end();
  else if (chance < 0.15) network.socket.isAlive = false;
  network.mode = random() < 0.8 ? "open" : "down";
}

/**
 * @param {import("../src/index.js").Client} client
 * @param {string} move
 */
function move(client, move) {
  return client.play(GAME, move).then(() => move, () => null);
}
