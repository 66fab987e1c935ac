import assert from "node:assert/strict";
import { test } from "node:test";

import { waitsForOthers } from "../src/follow.js";
import { player, upTo, witness } from "./support/player.js";
import { GAME } from "./support/server.js";

/** A player who follows a game of `length` messages. @param {number} length */
async function following(length) {
  const all = player();
  for (const seq of upTo(length)) all.server.append(seq);
  all.client.connect();
  const seen = witness(all.client);
  await all.clock.advance(50);
  return { ...all, ...seen };
}

test("following brings the log so far, in pages, and then what happens", async () => {
  const { server, clock, seqs, views } = await following(8);
  server.append("next");
  await clock.advance(5);
  assert.deepEqual(seqs, upTo(9));
  assert.deepEqual(views, [8, 9]);
  assert.equal(server.count("watch"), 1);
  assert.equal(server.count("history"), 2);
});

test("a look back tells seq, time, head, view and text, and whoever follows the game hears nothing of it", async () => {
  const { client, clock, server, seqs, views } = await following(5);
  server.watchers.clear();
  server.append("what nobody was told");
  const looks = [client.view(GAME, { seq: 2 }), client.view(GAME, { seq: 6 })];
  await clock.advance(5);
  const [earlier, last] = await Promise.all(looks);
  assert.deepEqual(earlier, { seq: 2, at: 2000, head: 6, view: server.view(2), text: "after 2" });
  assert.deepEqual(last?.view, server.view(6));
  assert.deepEqual([seqs, views], [upTo(5), [5]]);
});

test("one's own move is shown from the answer, and its push changes nothing", async () => {
  const { client, server, clock, seqs, views } = await following(1);
  server.watchers.clear();
  await Promise.all([client.play(GAME, "mine"), clock.advance(5)]);
  server.push(server.log);
  await clock.advance(5);
  assert.deepEqual(seqs, [1, 2]);
  assert.deepEqual(views, [1, 2]);
});

test("a move says what its player saw, so that it cannot act twice however late it comes", async () => {
  const { client, server, clock } = await following(4);
  await Promise.all([client.play(GAME, "mine"), clock.advance(5)]);
  assert.equal(server.frames.at(-1).seq, 4);
});

test("a gap is waited for 300 ms, and only then asked for", async () => {
  const { server, network, clock, seqs } = await following(1);
  network.copies = () => 0;
  server.append("lost");
  network.copies = () => 1;
  server.append("came");
  await clock.advance(200);
  assert.deepEqual([seqs, server.count("history")], [[1], 0]);
  await clock.advance(200);
  assert.deepEqual([seqs, server.count("history")], [[1, 2, 3], 1]);
  assert.deepEqual(server.frames.at(-1), { action: "history", after: 1, limit: 1, game: GAME, id: server.frames.at(-1).id });
});

test("a message that was only late is not asked for", async () => {
  const { server, network, clock, seqs } = await following(1);
  network.delayMs = () => 100;
  server.append("late");
  network.delayMs = () => 1;
  server.append("early");
  await clock.advance(1_000);
  assert.deepEqual(seqs, [1, 2, 3]);
  assert.equal(server.count("history"), 0);
});

test("a push that was too big for a frame is asked for", async () => {
  const { server, network, clock, seqs, views } = await following(1);
  network.copies = () => 0;
  server.append("big");
  network.copies = () => 1;
  network.socket.peer.send(JSON.stringify({ type: "behind", game: GAME, seq: 2 }));
  await clock.advance(400);
  assert.deepEqual([seqs, views], [[1, 2], [1, 2]]);
});

test("silent loss is found by the ping within 26 seconds while somebody else is awaited", async () => {
  const { server, network, clock, seqs, views } = await following(1);
  network.copies = () => 0;
  server.append("lost");
  network.copies = () => 1;
  await clock.advance(26_000);
  assert.deepEqual([seqs, views], [[1, 2], [1, 2]]);
  const ping = server.frames.find(({ action }) => action === "ping");
  assert.deepEqual([ping.game, ping.seq], [GAME, 1]);
});

test("a repeat's answer without messages still shows how far the log goes", async () => {
  const { client, server, network, clock, seqs } = await following(1);
  server.watchers.clear();
  server.commands.set("11111111-1111-4111-8111-111111111111", 2);
  network.copies = () => 0;
  server.append("mine");
  network.copies = () => 1;
  void client.play(GAME, "mine", { id: "11111111-1111-4111-8111-111111111111" });
  await clock.advance(400);
  assert.deepEqual(seqs, [1, 2]);
});

test("after a reconnect the game is watched again from the last message, and only the missing ones come", async () => {
  const { server, network, clock, seqs } = await following(5);
  network.socket.end();
  for (const seq of [6, 7, 8, 9, 10]) server.append(seq);
  await clock.advance(2_000);
  const watches = server.frames.filter(({ action }) => action === "watch");
  assert.deepEqual(watches.map(({ after }) => after), [0, 5]);
  assert.deepEqual(seqs, upTo(10));
});

test("a game that cannot be followed is told once and not asked for again", async () => {
  const { client, server, clock } = player();
  server.instead.watch = () => ({ type: "rejected", code: "unknown_game", message: "No such game.", retryable: false });
  client.connect();
  const { errors } = witness(client);
  await clock.advance(600_000);
  assert.deepEqual(errors.map((error) => error.message), ["No such game."]);
  assert.equal(server.count("watch"), 1);
});

test("a watch that fails for now is tried until it succeeds", async () => {
  const { client, server, clock } = player();
  server.append("first");
  server.instead.watch = () => ({ type: "failed", code: "try_again", message: "Try again.", retryable: true });
  client.connect();
  const { seqs, errors } = witness(client);
  await clock.advance(60_000);
  delete server.instead.watch;
  await clock.advance(60_000);
  assert.deepEqual([seqs, errors], [[1], []]);
});

test("a head that the log never reaches is asked for ever more slowly", async () => {
  const { server, network, clock } = await following(1);
  network.socket.peer.send(JSON.stringify({ type: "behind", game: GAME, seq: 99 }));
  await clock.advance(600_000);
  const asked = server.count("watch") + server.count("history");
  assert.ok(asked < 120, `${asked} questions in ten minutes`);
});

test("a follow that was stopped is told nothing more and is not watched again", async () => {
  const { server, network, clock, follow, seqs } = await following(2);
  follow.stop();
  server.append("unseen");
  network.socket.end();
  await clock.advance(60_000);
  assert.deepEqual(seqs, [1, 2]);
  assert.equal(server.count("watch"), 1);
});

test("a follow that was stopped gives the server room for another game, over any number of games", async () => {
  const { client, server, clock, follow } = await following(2);
  follow.stop();
  follow.stop();
  await clock.advance(50);
  assert.equal(server.count("unwatch"), 1);
  assert.equal(server.watchers.size, 0);
  for (let round = 0; round < 30; round += 1) {
    const next = client.follow(GAME, {});
    await clock.advance(50);
    assert.equal(server.watchers.size, 1, `round ${round}`);
    next.stop();
    await clock.advance(50);
    assert.equal(server.watchers.size, 0, `round ${round}`);
  }
});

test("a game that is followed twice is left with the second", async () => {
  const { client, server, clock, follow } = await following(1);
  const other = client.follow(GAME, {});
  await clock.advance(50);
  follow.stop();
  await clock.advance(50);
  assert.equal(server.count("unwatch"), 0);
  other.stop();
  await clock.advance(50);
  assert.equal(server.count("unwatch"), 1);
});

test("a game that is followed again at once is watched only after the server has left it", async () => {
  const { client, server, clock, follow } = await following(1);
  server.instead.unwatch = () => null;
  follow.stop();
  client.follow(GAME, {});
  await clock.advance(50);
  assert.equal(server.count("watch"), 1);
  delete server.instead.unwatch;
  await clock.advance(60_000);
  assert.deepEqual([server.count("watch"), server.watchers.size], [2, 1]);
});

test("a game that the server refused or ended needs no leaving", async () => {
  const { server, network, clock } = await following(1);
  network.socket.peer.send(JSON.stringify({ type: "unwatched", game: GAME, code: "kicked", message: "Kicked." }));
  await clock.advance(1_000);
  assert.equal(server.count("unwatch"), 0);
});

test("pings are frequent only while somebody else is awaited", () => {
  /** @param {any} change */
  const view = (change) => ({ phase: "playing", turn: [0], you: 0, ...change });
  assert.equal(waitsForOthers(null), false);
  assert.equal(waitsForOthers(view({})), false);
  assert.equal(waitsForOthers(view({ turn: [1] })), true);
  assert.equal(waitsForOthers(view({ you: null })), true);
  assert.equal(waitsForOthers(view({ phase: "waiting", turn: [] })), true);
  assert.equal(waitsForOthers(view({ phase: "finished", turn: [] })), false);
  const rematch = { offer: "rematch", seat: 1, accepted: [], declined: false };
  assert.equal(waitsForOthers(view({ phase: "finished", turn: [], offers: [rematch] })), true);
  assert.equal(waitsForOthers(view({ phase: "finished", turn: [], offers: [{ ...rematch, declined: true }] })), false);
});
