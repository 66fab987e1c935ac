import assert from "node:assert/strict";
import { test } from "node:test";

import { ServerTime } from "../src/clock.js";
import { isOverdue, timesLeft } from "../src/index.js";
import { player } from "./support/player.js";
import { seeded } from "./support/random.js";
import { GAME } from "./support/server.js";

const AHEAD_MS = 3_600_000;

/** @param {any} change @returns {any} */
const view = (change) => ({
  kind: "chess", phase: "playing", seats: [{ player_id: "a" }, { player_id: "b" }], turn: [0], outcome: null, you: 0,
  game: {}, clock: [{ left_ms: 60_000, since: 1_000 }, { left_ms: 45_000 }], deadline: 61_000, ...change,
});

test("the clock of whoever is in turn runs, and the others stand", () => {
  assert.deepEqual(timesLeft(view({}), 11_000), [
    { leftMs: 50_000, isRunning: true }, { leftMs: 45_000, isRunning: false },
  ]);
});

test("a clock shows neither more than there was nor less than nothing", () => {
  assert.equal(timesLeft(view({}), 0)[0]?.leftMs, 60_000);
  assert.equal(timesLeft(view({}), 99_000)[0]?.leftMs, 0);
});

test("a game without a clock has no times", () => {
  assert.deepEqual(timesLeft(view({ clock: undefined, deadline: undefined }), 0), []);
  assert.equal(isOverdue(view({ clock: undefined, deadline: undefined }), 1e15), false);
});

test("a turn can be ended three seconds after its deadline, and only in a game that runs", () => {
  assert.equal(isOverdue(view({}), 64_000), false);
  assert.equal(isOverdue(view({}), 64_001), true);
  assert.equal(isOverdue(view({ phase: "paused" }), 64_001), false);
  assert.equal(isOverdue(view({ deadline: null }), 64_001), false);
});

test("the server's time lies between the question and its answer", () => {
  let now = 1_000;
  const time = new ServerTime(() => now);
  assert.equal(time.isPrecise, false);
  now = 1_400;
  time.answered(AHEAD_MS + 1_150, 1_000);
  assert.equal(time.errorMs, 200);
  assert.ok(Math.abs(time.now() - (AHEAD_MS + 1_400)) <= 200);
});

test("a slow answer spoils nothing that a fast one has told", () => {
  let now = 100;
  const time = new ServerTime(() => now);
  time.answered(AHEAD_MS + 50, 0);
  now = 10_100;
  time.answered(AHEAD_MS + 200, 150);
  assert.ok(Math.abs(time.now() - (AHEAD_MS + now)) <= 60);
});

test("messages alone tell how far our time lags behind at least", () => {
  const time = new ServerTime(() => 1_000);
  time.happened(900);
  assert.equal(time.now(), 1_000);
  time.happened(AHEAD_MS);
  assert.equal(time.now(), AHEAD_MS);
  assert.equal(time.errorMs, Infinity);
});

test("when our clock is set anew, the newest answer counts", () => {
  let now = 100;
  const time = new ServerTime(() => now);
  time.answered(50, 0);
  now = AHEAD_MS + 100;
  time.answered(200, AHEAD_MS);
  assert.ok(Math.abs(time.now() - 250) <= 50);
});

test("an old estimate becomes less certain", () => {
  let now = 0;
  const time = new ServerTime(() => now);
  time.answered(0, 0);
  now = 24 * 3_600_000;
  assert.equal(time.isPrecise, false);
});

test("whatever the network does, the estimate is never further off than it says", () => {
  for (let seed = 1; seed <= 50; seed += 1) {
    const random = seeded(seed);
    const offset = (random() - 0.5) * 1e7;
    // The server's clock runs a little faster or slower than ours.
    const rate = 1 + (random() - 0.5) * 2e-4;
    let now = 1e12;
    const server = () => 1e12 + (now - 1e12) * rate + offset;
    const time = new ServerTime(() => now);
    for (let step = 0; step < 40; step += 1) {
      const sentAt = now;
      now += random() * 2_000;
      const told = server();
      now += random() * 2_000;
      if (random() < 0.5) time.answered(told, sentAt);
      else time.happened(told);
      if (Number.isFinite(time.errorMs)) assert.ok(Math.abs(time.now() - server()) <= time.errorMs + 1, `seed ${seed}`);
      now += random() * 60_000;
    }
  }
});

test("whoever follows a game with a clock knows the server's time within a second", async () => {
  const { client, clock, network, server } = player();
  network.delayMs = () => 300;
  server.instead.ping = () => ({ now: clock.now() + AHEAD_MS });
  server.view = (seq) => ({ ...view({}), game: { moves: seq } });
  server.append("first");
  client.connect();
  client.follow(GAME, {});
  await clock.advance(2_000);
  assert.equal(server.count("ping"), 1);
  assert.ok(Math.abs(client.serverTime.now() - (clock.now() + AHEAD_MS)) < 1_000);
  server.append("second");
  await clock.advance(2_000);
  assert.equal(server.count("ping"), 1, "what is known well is not asked again");
});

test("an answer to a question that was sent twice counts from the first time", async () => {
  const { client, clock, network, server } = player();
  server.instead.ping = () => ({ now: clock.now() + AHEAD_MS });
  client.connect();
  await clock.advance(10);
  network.copies = () => 0;
  void client.request({ action: "ping" });
  await clock.advance(5_000);
  network.copies = () => 1;
  await clock.advance(5_000);
  assert.ok(client.serverTime.errorMs > 3_900);
  assert.ok(Math.abs(client.serverTime.now() - (clock.now() + AHEAD_MS)) <= client.serverTime.errorMs);
});

test("a game without a clock asks for no time", async () => {
  const { client, clock, server } = player();
  server.append("first");
  client.connect();
  client.follow(GAME, {});
  await clock.advance(2_000);
  assert.equal(server.count("ping"), 0);
});
