import assert from "node:assert/strict";
import { test } from "node:test";

import { ConnectionEndedError } from "../src/index.js";
import { player } from "./support/player.js";
import { GAME } from "./support/server.js";

const TOO_MANY = { type: "rejected", code: "too_many_frames", message: "Wait.", retryable: true, retry_after_ms: 2_000 };
const ENDED = { type: "closing", code: "too_many_connections", message: "Another connection has taken over." };

test("some frames go out at once, and further ones one after the other", async () => {
  const { client, clock, server } = player();
  client.connect();
  await clock.advance(10);
  const answers = Promise.all(Array.from({ length: 100 }, () => client.request({ action: "ping" })));
  await clock.advance(10);
  assert.equal(server.frames.length, 40);
  await clock.advance(1_000);
  assert.equal(server.frames.length, 60);
  await clock.advance(2_000);
  await answers;
  assert.equal(server.frames.length, 100);
  assert.equal(new Set(server.frames.map(({ id }) => id)).size, 100, "each once");
});

test("a frame that came too fast goes out again when the server says, under the same id, however often", async () => {
  const { client, clock, server } = player();
  client.connect();
  await clock.advance(10);
  server.instead.play = () => TOO_MANY;
  const played = client.play(GAME, { cell: 4 });
  await clock.advance(1_900);
  assert.equal(server.count("play"), 1);
  await clock.advance(200);
  assert.equal(server.count("play"), 2);
  await clock.advance(20_000);
  assert.ok(server.count("play") > 5);
  delete server.instead.play;
  await clock.advance(2_100);
  assert.equal((await played).seq, 1);
  assert.equal(new Set(server.frames.map(({ id }) => id)).size, 1);
});

test("whatever else is to be sent waits as well", async () => {
  const { client, clock, server } = player();
  client.connect();
  await clock.advance(10);
  server.instead.play = () => {
    delete server.instead.play;
    return TOO_MANY;
  };
  const played = client.play(GAME, { cell: 4 });
  await clock.advance(10);
  const names = client.players(["ada"]);
  await clock.advance(1_900);
  assert.equal(server.frames.length, 1);
  await clock.advance(200);
  await Promise.all([played, names]);
  assert.equal(server.frames.length, 3);
});

test("a refusal that passes with time says when", async () => {
  const { client, clock, server } = player();
  client.connect();
  await clock.advance(10);
  server.instead.say = () => ({ ...TOO_MANY, code: "too_much_talk", retryable: false, retry_after_ms: 7_000 });
  const refused = assert.rejects(client.say(GAME, "all", "Hello"), { code: "too_much_talk", retryAfterMs: 7_000 });
  await clock.advance(10);
  await refused;
  assert.equal(server.count("say"), 1, "whether it is said then is for the player to decide");
});

test("a connection whose player has enough others is not opened again, until connect is called", async () => {
  for (const end of [
    (/** @type {any} */ frame, /** @type {any} */ network) => network.socket.peer.send(JSON.stringify(frame)),
    (/** @type {any} */ frame, /** @type {any} */ network) => {
      network.server.instead.ping = () => ({ ...frame, type: "rejected", retryable: false });
    },
  ]) {
    const { client, clock, network, states } = player();
    client.connect();
    await clock.advance(10);
    end(ENDED, network);
    const asked = assert.rejects(client.request({ action: "ping" }), ConnectionEndedError);
    await clock.advance(10);
    await asked;
    await clock.advance(3_600_000);
    assert.equal(network.sockets.length, 1);
    assert.equal(network.socket.isOpen, false);
    assert.equal(states.at(-1)?.name, "failed");
    assert.equal(states.at(-1)?.reason, ENDED.message);
    client.connect();
    await clock.advance(10);
    assert.equal(client.state.name, "open");
  }
});

test("a connection that the server ends for another reason is opened again", async () => {
  const { client, clock, network } = player();
  client.connect();
  await clock.advance(10);
  network.socket.peer.send(JSON.stringify({ type: "closing", code: "try_again", message: "Come again." }));
  await clock.advance(2_000);
  assert.equal(client.state.name, "open");
  assert.equal(network.sockets.length, 2);
});
