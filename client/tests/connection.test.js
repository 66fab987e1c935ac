import assert from "node:assert/strict";
import { test } from "node:test";

import { backoffMs } from "../src/backoff.js";
import { TokenRefusedError, hurryOnReturn } from "../src/index.js";
import { player } from "./support/player.js";

/** @param {number} exp in seconds since 1970 */
const tokenExpiring = (exp) => `e30.${Buffer.from(JSON.stringify({ exp })).toString("base64url")}.signature`;

test("back-off grows up to its maximum, never below its minimum, and is random in between", () => {
  const limits = { baseMs: 500, minMs: 100, maxMs: 30_000 };
  const highest = [0, 1, 2, 3, 50].map((attempt) => backoffMs(attempt, limits, () => 0.999999));
  assert.deepEqual(highest, [499, 999, 1999, 3999, 29999]);
  assert.equal(backoffMs(9, limits, () => 0), 100);
});

test("a lost connection is opened again after a wait that the state tells", async () => {
  const { client, clock, network, states, stateNames } = player();
  client.connect();
  await clock.advance(10);
  network.socket.end();
  const waiting = states.at(-1);
  assert.equal(waiting?.name, "waiting-to-retry");
  assert.ok(Number(waiting?.retryAt) > clock.now());
  await clock.advance(1_000);
  assert.deepEqual(stateNames(), ["connecting", "open", "waiting-to-retry", "connecting", "open"]);
});

test("a server that is down for an hour is asked some hundred times, not thousands", async () => {
  const { client, clock, network } = player();
  network.mode = "down";
  client.connect();
  await clock.advance(3_600_000);
  assert.ok(network.sockets.length > 100 && network.sockets.length < 500, `${network.sockets.length} attempts`);
});

test("connections that end as soon as they open are not opened in a tight loop", async () => {
  const { client, clock, network } = player();
  client.connect();
  for (let round = 0; round < 600; round += 1) {
    await clock.advance(100);
    if (network.socket.isOpen) network.socket.end();
  }
  assert.ok(network.sockets.length < 20, `${network.sockets.length} attempts in a minute`);
});

test("an attempt that neither opens nor fails is given up", async () => {
  const { client, clock, network } = player();
  network.mode = "silent";
  client.connect();
  await clock.advance(10_100);
  network.mode = "open";
  await clock.advance(1_000);
  assert.equal(client.state.name, "open");
});

test("a token that the server answers with 401 ends it, until connect is called again", async () => {
  const { client, clock, network, states } = player();
  network.mode = 401;
  client.connect();
  const waiting = client.request({ action: "ping" });
  waiting.catch(() => {});
  await clock.advance(3_600_000);
  assert.equal(network.sockets.length, 1);
  assert.equal(client.state.name, "failed");
  assert.ok(states.at(-1)?.error instanceof TokenRefusedError);
  await assert.rejects(waiting, TokenRefusedError);
  network.mode = "open";
  client.connect();
  await clock.advance(10);
  assert.equal(client.state.name, "open");
});

test("where the status is hidden, a refused connection is tried again after growing waits, and the state says what is known", async () => {
  const { client, clock, network, states } = player({ isReachable: async () => true, random: () => 0.99 });
  network.mode = "down";
  client.connect();
  await clock.advance(1_000);
  assert.deepEqual([client.state.name, client.state.refused, client.state.reason], ["waiting-to-retry", false, "The connection was lost."]);
  await clock.advance(120_000);
  assert.equal(client.state.refused, true);
  assert.match(String(client.state.reason), /refuses the connection/);
  assert.ok(network.sockets.length >= 6 && network.sockets.length < 15, `${network.sockets.length} attempts in two minutes`);
  assert.ok(!states.some(({ name }) => name === "failed"));
  network.mode = "open";
  await clock.advance(30_100);
  assert.equal(client.state.name, "open");
  network.socket.end();
  assert.equal(client.state.refused, false, "what was refused before is over");
});

test("a server that refuses is not asked sooner because somebody taps, and at once when they want to", async () => {
  const { client, clock, network } = player({ isReachable: async () => true, random: () => 0.99 });
  network.mode = "down";
  client.connect();
  await clock.advance(20_000);
  const before = network.sockets.length;
  for (let tap = 0; tap < 50; tap += 1) {
    client.hurry();
    client.wake();
    await clock.advance(100);
  }
  assert.equal(network.sockets.length, before);
  client.connect();
  assert.equal(network.sockets.length, before);
  await clock.advance(1);
  assert.equal(network.sockets.length, before + 1);
});

test("a server that cannot be reached is tried for ever", async () => {
  const { client, clock, network } = player({ isReachable: () => Promise.reject(new Error("offline")) });
  network.mode = "down";
  client.connect();
  await clock.advance(600_000);
  assert.equal(client.state.name, "waiting-to-retry");
});

test("a token that has expired is not even tried", async () => {
  const { client, clock, network } = player({ token: tokenExpiring(1) });
  client.connect();
  await clock.advance(10);
  assert.equal(client.state.name, "failed");
  assert.equal(network.sockets.length, 0);
});

test("a token without a readable expiry is left to the server", async () => {
  for (const token of ["token", "a.b.c", "e30.e30.e30", tokenExpiring(1e12)]) {
    const { client, clock } = player({ token });
    client.connect();
    await clock.advance(10);
    assert.equal(client.state.name, "open", token);
  }
});

test("a token provider is asked for every connection, and again after it failed", async () => {
  let asked = 0;
  const token = async () => {
    asked += 1;
    if (asked === 1) throw new Error("the login is down");
    return `token-${asked}`;
  };
  const { client, clock, network } = player({ token });
  client.connect();
  await clock.advance(1_000);
  assert.deepEqual(network.socket.protocols, ["turnlog.v1", "token-2"]);
  network.socket.end();
  await clock.advance(2_000);
  assert.deepEqual(network.socket.protocols, ["turnlog.v1", "token-3"]);
});

test("a token provider can give up", async () => {
  const { client, clock, network } = player({ token: () => Promise.reject(new TokenRefusedError("Sign in again.")) });
  client.connect();
  await clock.advance(60_000);
  assert.equal(client.state.reason, "Sign in again.");
  assert.equal(network.sockets.length, 0);
});

/** A client whose server has been down for so long that the next attempt is far away. */
async function waiting() {
  const one = player({ random: () => 0.99 });
  one.network.mode = "down";
  one.client.connect();
  await one.clock.advance(40_000);
  const { client, clock } = one;
  assert.ok(Number(client.state.retryAt) - clock.now() > 5_000, "the next attempt is far away");
  return one;
}

for (const way of /** @type {const} */ (["wake", "networkChanged", "hurry"])) {
  test(`${way}: whoever waits for the connection has it at once when the server is back`, async () => {
    const { client, clock, network } = await waiting();
    network.mode = "open";
    client[way]();
    await clock.advance(10);
    assert.equal(client.state.name, "open");
  });
}

test("an attempt that came too early is followed by others soon, not after the long wait of before", async () => {
  const { client, clock, network } = await waiting();
  client.networkChanged();
  await clock.advance(1_200);
  network.mode = "open";
  await clock.advance(1_500);
  assert.equal(client.state.name, "open");
});

test("whoever taps all the time makes one attempt a second of it", async () => {
  const { client, clock, network } = await waiting();
  const before = network.sockets.length;
  for (let tap = 0; tap < 100; tap += 1) {
    client.hurry();
    await clock.advance(100);
  }
  const attempts = network.sockets.length - before;
  assert.ok(attempts >= 10 && attempts <= 31, `${attempts} attempts in 10 s`);
});

test("an attempt on a network that is gone begins anew on the next one", async () => {
  const { client, clock, network } = player();
  network.mode = "silent";
  client.connect();
  await clock.advance(500);
  network.mode = "open";
  client.hurry();
  client.wake();
  await clock.advance(100);
  assert.equal(network.sockets.length, 1, "a tap does not break an attempt that is under way");
  client.networkChanged();
  await clock.advance(10);
  assert.equal(client.state.name, "open");
  await clock.advance(60_000);
  assert.equal(network.sockets.length, 2, "the first attempt is over");
});

test("a connection that only looks open is found out soon after its player comes back", async () => {
  const { client, clock, network, stateNames } = player();
  client.connect();
  await clock.advance(10);
  network.socket.isAlive = false;
  client.wake();
  client.wake();
  await clock.advance(4_600);
  assert.deepEqual(stateNames(), ["connecting", "open", "waiting-to-retry", "connecting", "open"]);
});

test("a connection that lives stays, however often its player comes back, and is asked once in a while", async () => {
  const { client, clock, network, server } = player();
  client.connect();
  await clock.advance(10);
  for (let second = 0; second < 20; second += 1) {
    client.wake();
    client.networkChanged();
    client.hurry();
    await clock.advance(1_000);
  }
  assert.equal(network.sockets.length, 1);
  assert.equal(server.count("ping"), 5);
});

test("nothing wakes a client that was closed, or whose sign-in was refused", async () => {
  const { client, clock, network } = player();
  network.mode = 401;
  client.connect();
  await clock.advance(10);
  for (const name of ["failed", "closed"]) {
    if (name === "closed") client.close();
    client.wake();
    client.networkChanged();
    client.hurry();
    await clock.advance(60_000);
    assert.equal(client.state.name, name);
  }
  assert.equal(network.sockets.length, 1);
});

test("a page tells its client when the network is back, and when somebody comes back or touches it", () => {
  /** @type {string[]} */
  const told = [];
  const client = { wake: () => told.push("wake"), networkChanged: () => told.push("networkChanged"), hurry: () => told.push("hurry") };
  const page = { window: new EventTarget(), document: Object.assign(new EventTarget(), { hidden: true }) };
  const happens = (/** @type {EventTarget} */ target, /** @type {string} */ name) => {
    told.length = 0;
    target.dispatchEvent(new Event(name));
    return told.join();
  };
  const end = hurryOnReturn(client, page);
  assert.equal(happens(page.window, "online"), "networkChanged");
  assert.equal(happens(page.window, "focus"), "wake");
  assert.equal(happens(page.document, "visibilitychange"), "", "it was hidden");
  page.document.hidden = false;
  assert.equal(happens(page.document, "visibilitychange"), "wake");
  assert.equal(happens(page.window, "pointerdown"), "hurry");
  assert.equal(happens(page.window, "keydown"), "hurry");
  end();
  assert.equal(happens(page.window, "online"), "");
});
