import assert from "node:assert/strict";
import { test } from "node:test";

import { RejectedError } from "../src/index.js";
import { player } from "./support/player.js";
import { GAME } from "./support/server.js";

const INVITATION = "000102030405060708090a0b0c0d0e0f";

/** A client that is connected to a server which accepts everything. @param {string[]} actions */
async function connected(...actions) {
  const all = player();
  for (const action of actions) all.server.instead[action] = ({ game }) => ({ game: game ?? GAME, seq: 1 });
  all.client.connect();
  await all.clock.advance(10);
  return all;
}

/** @param {any} frame */
const withoutId = ({ id: _, ...frame }) => frame;

test("every command is the frame that the protocol names", async () => {
  const { client, clock, server } = await connected(
    "create", "leave", "add_bot", "kick", "start", "play", "resign", "claim", "resume", "rematch", "offer", "accept",
    "decline", "withdraw", "say", "mute", "renew_invitation",
  );
  const asked = Promise.all([
    client.create("crazy-eights", { hand: 7 }, { table: { start: "host", private: true, clock: { seconds: 30 } } }),
    client.leave(GAME), client.addBot(GAME, { bot: "search" }), client.addBot(GAME, { bot: "random", seat: 3 }),
    client.kick(GAME, { seat: 2, player: "bob" }), client.start(GAME), client.play(GAME, { draw: {} }), client.resign(GAME),
    client.claim(GAME), client.resume(GAME), client.rematch(GAME),
    client.offer(GAME, "draw"), client.accept(GAME, { offer: "take_back", seq: 7 }), client.decline(GAME, { offer: "pause", seq: 7 }),
    client.withdraw(GAME, { offer: "rematch", seq: 7 }),
    client.say(GAME, "all", "Hello"), client.say(GAME, { player: "bob" }, "Psst", { invitation: INVITATION }),
    client.mute(GAME, "eve"), client.renewInvitation(GAME),
  ]);
  await clock.advance(10);
  await asked;
  const game = GAME;
  assert.deepEqual(server.frames.map(withoutId), [
    { action: "create", kind: "crazy-eights", options: { hand: 7 },
      table: { start: "host", private: true, clock: { seconds: 30 } } },
    { action: "leave", game }, { action: "add_bot", game, bot: "search" },
    { action: "add_bot", game, bot: "random", seat: 3 }, { action: "kick", game, seat: 2, player: "bob" }, { action: "start", game },
    { action: "play", game, move: { draw: {} } }, { action: "resign", game },
    { action: "claim", game }, { action: "resume", game }, { action: "rematch", game },
    { action: "offer", game, offer: "draw" }, { action: "accept", game, offer: "take_back", seq: 7 },
    { action: "decline", game, offer: "pause", seq: 7 }, { action: "withdraw", game, offer: "rematch", seq: 7 },
    { action: "say", game, to: "all", text: "Hello" },
    { action: "say", game, to: { player: "bob" }, text: "Psst", invitation: INVITATION },
    { action: "mute", game, player: "eve" }, { action: "renew_invitation", game },
  ]);
});

test("whoever joins contributes 16 random bytes to the game's chance, each time others", async () => {
  const { client, clock, server } = await connected("join");
  void client.join(GAME);
  void client.join(GAME, { seat: 1, invitation: INVITATION });
  await clock.advance(10);
  const joins = server.frames.filter(({ action }) => action === "join");
  const [first, second] = joins;
  for (const { entropy } of joins) assert.match(entropy, /^[0-9a-f]{32}$/);
  assert.notEqual(first.entropy, second.entropy);
  assert.deepEqual([second.seat, second.invitation], [1, INVITATION]);
});

test("what a player contributes can be chosen, and may be nothing", async () => {
  const { client, clock, server } = await connected("join");
  void client.join(GAME, { entropy: "0102" });
  void client.join(GAME, { entropy: null });
  await clock.advance(10);
  assert.deepEqual(server.frames.filter(({ action }) => action === "join").map(withoutId), [
    { action: "join", game: GAME, entropy: "0102" }, { action: "join", game: GAME },
  ]);
});

test("a contribution goes out only when the server's promise is known", async () => {
  const { client, clock, server } = await connected("join");
  server.instead.history = () => null;
  void client.join(GAME, { invitation: INVITATION });
  await clock.advance(50);
  assert.deepEqual(server.frames.map(withoutId), [
    { action: "history", game: GAME, after: 0, limit: 1, invitation: INVITATION },
  ]);
  delete server.instead.history;
  await clock.advance(10_000);
  assert.equal(server.count("join"), 1);
});

test("the view of a game that is followed has the promise, and nothing else is asked", async () => {
  const { client, clock, server } = await connected("join");
  server.append("created");
  client.follow(GAME, {});
  await clock.advance(50);
  await Promise.all([client.join(GAME), clock.advance(50)]);
  assert.deepEqual(server.frames.map(({ action }) => action), ["watch", "join"]);
});

test("a game that cannot be seen is refused by its join", async () => {
  const { client, clock, server } = await connected();
  const refused = { type: "rejected", code: "not_invited", message: "Private.", retryable: false };
  server.instead.history = () => refused;
  server.instead.join = () => refused;
  const joined = assert.rejects(client.join(GAME), { code: "not_invited" });
  await clock.advance(50);
  await joined;
  assert.equal(server.count("join"), 1);
});

test("a command whose answer is lost is the same frame again, its contribution included", async () => {
  const { client, clock, network, server } = await connected("join", "say");
  client.follow(GAME, {});
  await clock.advance(50);
  network.copies = () => 0;
  server.frames = [];
  void client.join(GAME).catch(() => {});
  void client.say(GAME, "all", "Hello").catch(() => {});
  await clock.advance(5);
  network.copies = () => 1;
  await clock.advance(10_000);
  network.socket.end();
  await clock.advance(10_000);
  const texts = ["join", "say"].map((action) => server.frames.filter((frame) => frame.action === action).map((frame) => JSON.stringify(frame)));
  for (const sent of texts) assert.equal(new Set(sent).size, 1);
  const commands = server.frames.filter(({ action }) => action === "join" || action === "say");
  assert.equal(new Set(commands.map(({ id }) => id)).size, 2);
});

test("every command takes the id under which it is repeated", async () => {
  const { client, clock, server } = await connected(
    "create", "join", "leave", "add_bot", "kick", "start", "play", "resign", "claim", "resume", "rematch", "offer",
    "accept", "decline", "withdraw", "say", "mute",
  );
  const ids = Array.from({ length: 17 }, (_, index) => ({ id: `00000000-0000-4000-8000-0000000000${index + 10}` }));
  const [create, join, leave, addBot, kick, start, play, resign, claim, resume, rematch, offer, accept, decline, withdraw, say, mute] = ids;
  const asked = [
    client.create("chess", {}, create), client.join(GAME, join), client.leave(GAME, leave),
    client.addBot(GAME, { bot: "random", id: addBot?.id }), client.kick(GAME, { seat: 1, player: "bob" }, kick),
    client.start(GAME, start), client.play(GAME, { uci: "e2e4" }, play), client.resign(GAME, resign),
    client.claim(GAME, claim), client.resume(GAME, resume), client.rematch(GAME, rematch),
    client.offer(GAME, "draw", offer), client.accept(GAME, { offer: "draw", seq: 7 }, accept), client.decline(GAME, { offer: "draw", seq: 7 }, decline),
    client.withdraw(GAME, { offer: "draw", seq: 7 }, withdraw), client.say(GAME, "all", "Hello", say), client.mute(GAME, "eve", mute),
  ];
  await clock.advance(10);
  await Promise.all(asked);
  const commands = server.frames.filter(({ action }) => action !== "history").map(({ id }) => id);
  assert.deepEqual(new Set(commands), new Set(ids.map(({ id }) => id)));
});

test("a private game is watched and caught up with by its invitation, on every connection", async () => {
  const { client, clock, network, server } = await connected();
  for (let seq = 1; seq <= 5; seq += 1) server.append(seq);
  client.follow(GAME, {}, { invitation: INVITATION });
  await clock.advance(100);
  network.socket.end();
  await clock.advance(5_000);
  const asked = server.frames.filter(({ action }) => action === "watch" || action === "history");
  assert.deepEqual(asked.map(({ action }) => action), ["watch", "history", "watch"]);
  for (const { invitation } of asked) assert.equal(invitation, INVITATION);
});

test("the host of a private game learns its invitation, and uses it from then on", async () => {
  const { client, clock, server } = await connected();
  server.append("first");
  const watched = { game: GAME, seq: 1, messages: server.log, view: server.view(1), more: false, invitation: INVITATION };
  server.instead.watch = () => watched;
  const follow = client.follow(GAME, {});
  await clock.advance(10);
  assert.equal(follow.invitation, INVITATION);
  await Promise.all([follow.ping(), clock.advance(10)]);
  assert.equal(server.frames.at(-1).invitation, INVITATION);
});

test("whoever may not look on any more is told why, once, and the game is not followed further", async () => {
  const { client, clock, network, server } = await connected();
  server.append("first");
  /** @type {any[]} */
  const errors = [];
  client.follow(GAME, { onError: (error) => errors.push(error) });
  await clock.advance(10);
  const frame = { type: "unwatched", game: GAME, code: "kicked", message: "The host has sent you away from this table." };
  network.socket.peer.send(JSON.stringify({ ...frame, game: "another" }));
  for (let copy = 0; copy < 2; copy += 1) network.socket.peer.send(JSON.stringify(frame));
  await clock.advance(60_000);
  assert.deepEqual(errors.map(({ code, message }) => [code, message]), [["kicked", frame.message]]);
  assert.ok(errors[0] instanceof RejectedError);
  assert.equal(server.count("watch"), 1);
});
