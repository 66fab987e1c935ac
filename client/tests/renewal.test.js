import assert from "node:assert/strict";
import { test } from "node:test";

import { TokenRefusedError } from "../src/index.js";
import { renewalDelayMs } from "../src/token.js";
import { player, upTo, witness } from "./support/player.js";
import { GAME } from "./support/server.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/**
 * @param {number} now in milliseconds
 * @param {number} lifeMs
 */
const tokenFor = (now, lifeMs) => {
  const claims = { iat: now / 1000, exp: (now + lifeMs) / 1000 };
  return `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.signature`;
};

/**
 * A player whose tokens live so long, and how often one was asked for.
 * @param {number} lifeMs
 */
function playerWithTokensOf(lifeMs) {
  const asked = { times: 0, token: () => tokenFor(parts.clock.now(), lifeMs) };
  const parts = player({
    token: () => {
      asked.times += 1;
      return asked.token();
    },
  });
  return { ...parts, asked };
}

test("a token is replaced a minute before it expires, or after three quarters of a short life", () => {
  const now = Date.UTC(2030, 0, 1);
  const delay = (/** @type {number | null} */ issuedMs, /** @type {number} */ expiresMs) =>
    renewalDelayMs({ issuedAt: issuedMs === null ? null : now + issuedMs, expiresAt: now + expiresMs }, now);
  assert.equal(delay(0, HOUR), 59 * MINUTE);
  assert.equal(delay(-10 * MINUTE, 50 * MINUTE), 49 * MINUTE);
  assert.equal(delay(0, 8_000), 6_000);
  assert.equal(delay(null, 10 * MINUTE), 9 * MINUTE);
  // The connection ends before that in any case; and a timer of 30 days would ring at once.
  assert.equal(delay(0, 24 * HOUR), null);
  assert.equal(delay(0, 30 * 24 * HOUR), null);
  // It should be over by this clock, and the server has just taken it.
  assert.equal(delay(-HOUR, 0), null);
  assert.equal(delay(-2 * HOUR, -HOUR), null);
  assert.equal(delay(-HOUR + 30_000, 30_000), null);
  // A clock that is nearly an hour ahead would connect every ten seconds otherwise.
  assert.equal(delay(-HOUR + 70_000, 70_000), 15 * MINUTE);
  assert.equal(delay(null, 11_000), 10_000);
  // A clock that is behind is told by the server when it is time.
  assert.equal(delay(30 * MINUTE, 90 * MINUTE), 89 * MINUTE);
  assert.equal(delay(10, 5), null);
});

test("a connection is replaced before its token expires, and nothing is lost or done twice", async () => {
  const { client, clock, network, server, stateNames, asked } = playerWithTokensOf(10 * MINUTE);
  client.connect();
  await clock.advance(10);
  const { seqs, errors } = witness(client);
  await clock.advance(10);
  // One move a second from both sides, through six lives of a token.
  const plays = [];
  for (let second = 0; second < 3_300; second += 1) {
    if (second % 2 === 0) plays.push(client.play(GAME, { second }));
    else server.append({ second });
    await clock.advance(1_000);
  }
  await clock.advance(5_000);
  await Promise.all(plays);
  assert.deepEqual(seqs, upTo(3_300));
  assert.deepEqual(errors, []);
  assert.equal(server.log.length, 3_300, "nothing was played twice");
  assert.equal(network.sockets.length, 7);
  assert.equal(asked.times, 7);
  assert.equal(network.sockets.filter(({ isOpen }) => isOpen).length, 1);
  assert.deepEqual(stateNames(), ["connecting", "open"], "nobody sees anything of it");
});

test("a frame that is under way while the connection is replaced is answered on the next one", async () => {
  const { client, clock, network, server } = playerWithTokensOf(10 * MINUTE);
  client.connect();
  await clock.advance(10);
  const { seqs } = witness(client);
  await clock.advance(9 * MINUTE - 100);
  // From here on the first socket carries nothing back.
  const [first] = network.sockets;
  assert.ok(first);
  const play = client.play(GAME, "first");
  await clock.advance(1);
  first.isAlive = false;
  await clock.advance(200);
  assert.equal(network.sockets.length, 2);
  assert.equal(first.isOpen, false);
  assert.equal((await play).seq, 1);
  assert.equal(server.count("play"), 2);
  await clock.advance(1_000);
  assert.deepEqual(seqs, [1]);
});

test("without a fresh token the connection goes on, and asks again", async () => {
  for (const answer of ["the same", "none", "refused", "nothing"]) {
    const { client, clock, network, stateNames, asked } = playerWithTokensOf(10 * MINUTE);
    client.connect();
    await clock.advance(10);
    const same = tokenFor(clock.now() - 10, 10 * MINUTE);
    asked.token = () => {
      if (answer === "none") throw new Error("the login is down");
      if (answer === "refused") throw new TokenRefusedError("Sign in again.");
      return answer === "same" ? same : /** @type {any} */ (answer === "nothing" ? new Promise(() => {}) : same);
    };
    await clock.advance(9.7 * MINUTE);
    assert.deepEqual(stateNames(), ["connecting", "open"], answer);
    assert.equal(network.sockets.length, 1, answer);
    assert.ok(asked.times >= 2 && asked.times <= 4, `${answer}: ${asked.times}`);
    asked.token = () => tokenFor(clock.now(), 10 * MINUTE);
    await clock.advance(0.3 * MINUTE);
    assert.equal(network.sockets.length, 2, answer);
    assert.deepEqual(stateNames(), ["connecting", "open"], answer);
  }
});

test("when the next connection cannot be had, the present one goes on", async () => {
  for (const mode of /** @type {const} */ (["down", 401, "silent"])) {
    const { client, clock, network, stateNames } = playerWithTokensOf(10 * MINUTE);
    client.connect();
    await clock.advance(10);
    network.mode = mode;
    await clock.advance(9.4 * MINUTE);
    assert.deepEqual(stateNames(), ["connecting", "open"], String(mode));
    assert.equal((await Promise.all([client.request({ action: "ping" }), clock.advance(10)]))[0].type, "accepted");
    network.mode = "open";
    await clock.advance(0.6 * MINUTE);
    assert.deepEqual(stateNames(), ["connecting", "open"], String(mode));
    assert.equal(network.sockets.filter(({ isOpen }) => isOpen).length, 1);
    assert.notEqual(network.socket, network.sockets[0]);
  }
});

test("a connection that the server ends for its token comes back with a fresh one, and nothing is lost", async () => {
  let tokens = 0;
  const { client, clock, network, server, states } = player({ token: () => `token-${(tokens += 1)}` });
  client.connect();
  await clock.advance(10);
  const { seqs, errors } = witness(client);
  await clock.advance(20_000);
  const message = "The sign-in has expired. Please connect again.";
  const refusal = { type: "rejected", code: "token_expired", message, retryable: true };
  server.instead.play = () => {
    delete server.instead.play;
    const { socket } = network;
    const closing = JSON.stringify({ type: "closing", code: "token_expired", message });
    network.clock.setTimeout(() => socket.peer.send(closing), 1);
    network.clock.setTimeout(() => socket.end(1005), 5);
    return refusal;
  };
  const play = client.play(GAME, "again");
  await clock.advance(1_000);
  assert.equal((await play).seq, 1);
  server.append("after");
  await clock.advance(10);
  assert.deepEqual(seqs, [1, 2]);
  assert.deepEqual(errors, []);
  assert.deepEqual(network.socket.protocols, ["turnlog.v1", "token-2"]);
  assert.equal(states.find(({ name }) => name === "waiting-to-retry")?.reason, message);
});

test("a token that is given as a text is never replaced", async () => {
  const start = Date.UTC(2030, 0, 1);
  const { client, clock, network, states } = player({ token: tokenFor(start, 10 * MINUTE) });
  client.connect();
  await clock.advance(11 * MINUTE);
  assert.equal(network.sockets.length, 1);
  network.socket.peer.send(JSON.stringify({ type: "closing", code: "token_expired", message: "It is over." }));
  await clock.advance(1_000);
  assert.equal(client.state.name, "failed");
  assert.ok(states.at(-1)?.error instanceof TokenRefusedError);
});

test("closing a client while its connection is being replaced closes both", async () => {
  const { client, clock, network } = playerWithTokensOf(10 * MINUTE);
  client.connect();
  await clock.advance(10);
  network.mode = "silent";
  await clock.advance(9 * MINUTE + 10);
  assert.equal(network.sockets.length, 2);
  client.close();
  await clock.advance(HOUR);
  assert.deepEqual(network.sockets.map(({ isClosed }) => isClosed), [true, true]);
});
