import assert from "node:assert/strict";
import { test } from "node:test";

import { NoAnswerError, RejectedError } from "../src/index.js";
import { player } from "./support/player.js";
import { settled } from "./support/clock.js";
import { GAME } from "./support/server.js";

/** @param {Promise<unknown>} promise */
const failure = (promise) => promise.then(() => assert.fail("it was accepted"), (error) => error);

test("a client connects with the protocol and its token", async () => {
  const { client, clock, network, stateNames } = player();
  client.connect();
  await clock.advance(10);
  assert.deepEqual(network.socket.protocols, ["turnlog.v1", "token"]);
  assert.deepEqual(stateNames(), ["connecting", "open"]);
});

test("a request resolves with the answer that carries its id", async () => {
  const { client, clock } = player();
  client.connect();
  const [names, played] = [client.players(["ada", "ada"]), client.play(GAME, { cell: 4 })];
  await clock.advance(10);
  assert.deepEqual(await names, [{ player_id: "ada", name: "ADA" }]);
  assert.equal((await played).seq, 1);
});

test("what the server plays is read page by page", async () => {
  const { client, clock, server } = player();
  server.instead.kinds = ({ after }) => (after ? { kinds: [{ name: "chess" }], more: false } : { kinds: [{ name: "nim" }], more: true });
  client.connect();
  const kinds = client.kinds();
  await clock.advance(30);
  assert.deepEqual((await kinds).map(({ name }) => name), ["nim", "chess"]);
  assert.deepEqual(server.frames.map(({ action, after }) => [action, after]), [["kinds", undefined], ["kinds", "nim"]]);
});

test("the moves that the server lists say whether they are all", async () => {
  const { client, clock, server } = player();
  server.instead.actions = () => ({ game: GAME, seq: 3, actions: [{ take: 1 }] });
  client.connect();
  const all = client.actions(GAME);
  await clock.advance(30);
  assert.deepEqual(await all, { seq: 3, actions: [{ take: 1 }], cut: false });
  server.instead.actions = () => ({ game: GAME, seq: 3, actions: [], cut: true });
  const cut = client.actions(GAME);
  await clock.advance(30);
  assert.equal((await cut).cut, true);
});

for (const browser of ["a browser", "an older browser"]) {
  test(`texts with half of a surrogate pair are mended by ${browser}`, async (context) => {
    const own = Object.getOwnPropertyDescriptor(String.prototype, "toWellFormed");
    assert.ok(own, "this Node has it");
    if (browser === "an older browser") {
      Reflect.deleteProperty(String.prototype, "toWellFormed");
      context.after(() => Object.defineProperty(String.prototype, "toWellFormed", own));
    }
    const { client, clock, server } = player();
    client.connect();
    await clock.advance(10);
    const move = { say: ["\ud83d", "a\ude00b\ud83d\ude00", "\ud83d\ud83d\ude00"], plain: "\\ud83d" };
    void client.play(GAME, move).catch(() => null);
    await clock.advance(10);
    const sent = server.frames.find(({ action }) => action === "play");
    assert.deepEqual(sent?.move, { say: ["\ufffd", "a\ufffdb😀", "\ufffd😀"], plain: "\\ud83d" });
  });
}

test("a refusal is thrown with its code", async () => {
  const { client, clock, server } = player();
  server.instead.play = () => ({ type: "rejected", code: "not_your_turn", message: "Wait.", retryable: false });
  client.connect();
  const error = failure(client.play(GAME, { cell: 0 }));
  await clock.advance(10);
  assert.ok((await error) instanceof RejectedError);
  assert.equal((await error).code, "not_your_turn");
});

test("a fault that may pass is tried again with the same id, a few times", async () => {
  const { client, clock, server } = player();
  server.instead.play = () => ({ type: "failed", code: "try_again", message: "Try again.", retryable: true });
  client.connect();
  const error = failure(client.play(GAME, { cell: 0 }));
  await clock.advance(30_000);
  assert.equal((await error).code, "try_again");
  assert.equal(server.count("play"), 5);
  assert.equal(new Set(server.frames.map(({ id }) => id)).size, 1);
});

test("a frame whose answer is lost is sent again with the same id and acts once", async () => {
  const { client, clock, network, server } = player();
  client.connect();
  await clock.advance(10);
  let carried = 0;
  network.copies = () => (++carried === 2 ? 0 : 1);
  const played = client.play(GAME, { cell: 4 });
  await clock.advance(10_000);
  assert.equal((await played).seq, 1);
  assert.equal(server.count("play"), 2);
  assert.equal(server.log.length, 1);
});

test("the gateway's own error frame carries no id, and the time-out sends again what it stands for", async () => {
  /** @type {any[]} */
  const strays = [];
  const { client, clock, network, server, stateNames } = player({ onStrayFrame: (frame) => strays.push(frame) });
  const gatewayError = { message: "Internal server error", connectionId: "c", requestId: "r" };
  server.instead.play = () => {
    delete server.instead.play;
    network.socket.peer.send(JSON.stringify(gatewayError));
    return null;
  };
  client.connect();
  const played = client.play(GAME, { cell: 4 });
  await clock.advance(10_000);
  assert.equal((await played).seq, 1);
  assert.deepEqual(strays, [gatewayError]);
  assert.deepEqual(stateNames(), ["connecting", "open"]);
});

test("frames that are no JSON, or no object, disturb nothing", async () => {
  const { client, clock, network } = player();
  client.connect();
  await clock.advance(10);
  for (const text of ["", "{", "null", "7", "[]", '{"id":null,"type":"rejected"}']) network.socket.peer.send(text);
  const played = client.play(GAME, { cell: 4 });
  await clock.advance(10);
  assert.equal((await played).seq, 1);
});

test("what has no answer when the connection is lost is sent on the next one with the same id", async () => {
  const { client, clock, network, server } = player();
  client.connect();
  await clock.advance(10);
  network.copies = () => 0;
  const played = client.play(GAME, { cell: 4 });
  await clock.advance(100);
  network.copies = () => 1;
  network.socket.end();
  await clock.advance(2_000);
  assert.equal((await played).seq, 1);
  assert.equal(server.log.length, 1);
  assert.equal(network.sockets.length, 2);
});

test("a socket that looks open and carries nothing is replaced", async () => {
  const { client, clock, network } = player();
  client.connect();
  await clock.advance(10);
  network.socket.isAlive = false;
  const played = client.play(GAME, { cell: 4 });
  await clock.advance(20_000);
  assert.equal((await played).seq, 1);
  assert.equal(network.sockets.length, 2);
});

test("a request that finds no server for a minute fails, and says that it may be tried again", async () => {
  const { client, clock, network } = player();
  network.mode = "down";
  client.connect();
  const error = failure(client.play(GAME, { cell: 4 }));
  await clock.advance(60_000);
  assert.ok((await error) instanceof NoAnswerError);
  assert.equal((await error).retryable, true);
});

test("a frame that the server would refuse for its size is never sent", async () => {
  const { client, clock, server } = player();
  client.connect();
  const error = failure(client.play(GAME, "x".repeat(16 * 1024)));
  await clock.advance(10);
  assert.equal((await error).code, "frame_too_large");
  assert.equal(server.frames.length, 0);
});

test("closing fails what has no answer, and nothing is sent or opened afterwards", async () => {
  const { client, clock, network, server, stateNames } = player();
  client.connect();
  await clock.advance(10);
  network.copies = () => 0;
  const error = failure(client.play(GAME, { cell: 4 }));
  client.close();
  assert.equal((await error).code, "closed");
  assert.equal((await failure(client.play(GAME, { cell: 5 }))).code, "closed");
  await clock.advance(3_600_000);
  assert.deepEqual(stateNames(), ["connecting", "open", "closed"]);
  assert.equal(server.frames.length, 0);
});

test("an idle connection is kept by a ping every five minutes", async () => {
  const { client, clock, server, stateNames } = player();
  client.connect();
  await clock.advance(31 * 60_000);
  assert.equal(server.count("ping"), 6);
  assert.deepEqual(stateNames(), ["connecting", "open"]);
});

test("a stranger's answer and a late second answer settle nothing twice", async () => {
  const { client, clock, network } = player();
  network.copies = () => 2;
  client.connect();
  const played = client.play(GAME, { cell: 4 });
  await clock.advance(10);
  network.socket.peer.send(JSON.stringify({ id: "someone-else", type: "accepted" }));
  await clock.advance(10);
  assert.equal((await played).seq, 1);
  await settled();
});
