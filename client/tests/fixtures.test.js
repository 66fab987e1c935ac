import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { player } from "./support/player.js";
import { settled } from "./support/clock.js";

/** The frames that the server's own tests read and write. @param {string} name @returns {{name: string, frame: any}[]} */
const fixtures = (name) => JSON.parse(readFileSync(new URL(`../../protocol/fixtures/${name}.json`, import.meta.url), "utf8"));

/** What the client is called with, by the action of the fixture. @type {Record<string, (client: any, frame: any) => unknown>} */
const calls = {
  create: (client, { kind, options, table }) => client.create(kind, options, { table }),
  join: (client, { game, seat, entropy = null, invitation }) => client.join(game, { seat, entropy, invitation }),
  leave: (client, { game }) => client.leave(game),
  add_bot: (client, { game, bot, seat }) => client.addBot(game, { bot, seat }),
  kick: (client, { game, seat, player }) => client.kick(game, { seat, player }),
  start: (client, { game }) => client.start(game),
  play: (client, { game, move, seq }) => client.play(game, move, { seq }),
  resign: (client, { game }) => client.resign(game),
  claim: (client, { game }) => client.claim(game),
  resume: (client, { game }) => client.resume(game),
  rematch: (client, { game }) => client.rematch(game),
  offer: (client, { game, offer }) => client.offer(game, offer),
  accept: (client, { game, offer, seq }) => client.accept(game, { offer, seq }),
  decline: (client, { game, offer, seq }) => client.decline(game, { offer, seq }),
  withdraw: (client, { game, offer, seq }) => client.withdraw(game, { offer, seq }),
  say: (client, { game, to, text, invitation }) => client.say(game, to, text, { invitation }),
  mute: (client, { game, player }) => client.mute(game, player),
  renew_invitation: (client, { game }) => client.renewInvitation(game),
  watch: (client, { game, invitation }) => client.follow(game, {}, { invitation }),
  unwatch: async (client, { game }) => client.follow(game, {}).stop(),
  history: (client, { game, after, limit, invitation }) => client.history(game, { after, limit, invitation }),
  view: (client, { game, at, invitation }) => client.view(game, at, { invitation }),
  kinds: (client, { after }) => (after === undefined ? client.kinds() : client.request({ action: "kinds", after })),
  actions: (client, { game }) => client.actions(game),
  players: (client, { ids }) => client.players(ids),
  ping: (client, { game, seq, invitation }) => client.request({ action: "ping", game, seq, invitation }),
  sendmessage: (client, { destinationPlayerId, message }) => client.sendMessage(destinationPlayerId, message),
  inbox: (client, { after }) => client.inbox({}, { after }),
  read: (client, { seq }) => client.markRead(seq),
  block: (client, { player }) => client.block(player),
  unblock: (client, { player }) => client.unblock(player),
};

for (const { name, frame } of fixtures("client")) {
  test(`the client sends the frame of the fixture: ${name}`, async () => {
    const { client, clock, server } = player();
    server.instead[frame.action] = () => null;
    client.connect();
    await clock.advance(10);
    const call = calls[frame.action]?.(client, frame);
    assert.ok(call, "every action of the fixtures has its call here");
    if (call instanceof Promise) call.catch(() => {});
    await clock.advance(10);
    const { id, ...sent } = server.frames.find(({ action }) => action === frame.action);
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    const { id: _, ...expected } = frame;
    assert.deepEqual(sent, expected);
  });
}

test("the client understands every frame of the server's fixtures", async () => {
  const frames = fixtures("server");
  const pushed = frames.find(({ name }) => name === "pushed messages")?.frame;
  const { client, clock, network } = player();
  /** @type {number[]} */
  const seqs = [];
  /** @type {any[]} */
  const views = [];
  client.connect();
  await clock.advance(10);
  client.follow(pushed.game, {
    onMessages: (messages) => seqs.push(...messages.map(({ seq }) => seq)),
    onView: (view) => views.push(view),
  }, { after: pushed.messages[0].seq - 1 });
  for (const frame of [pushed, ...frames.map(({ frame }) => frame)]) network.socket.peer.send(JSON.stringify(frame));
  await clock.advance(5);
  await settled();
  assert.ok(seqs.includes(pushed.seq));
  assert.deepEqual(views[0], pushed.view);
});
