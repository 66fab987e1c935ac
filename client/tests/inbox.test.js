import assert from "node:assert/strict";
import { test } from "node:test";

import { player, upTo } from "./support/player.js";

const PAGE = 3;

/** A player whose server keeps direct messages, of which the first `read` are read. */
function mailbox(length = 0, read = 0) {
  const all = player();
  /** @type {{seq: number, at: number, from: string, text: string}[]} */
  const log = [];
  const append = () => {
    const seq = log.length + 1;
    log.push({ seq, at: seq * 1000, from: "bob", text: `message ${seq}` });
    return log.at(-1);
  };
  for (const _ of upTo(length)) append();
  all.server.instead.inbox = ({ after = read }) => {
    const messages = log.slice(after, after + PAGE);
    return { seq: log.length, read, messages, more: after + messages.length < log.length };
  };
  const push = (/** @type {any[]} */ ...messages) => {
    const frame = { type: "inbox", seq: messages.at(-1).seq, messages };
    all.network.socket.peer.send(JSON.stringify(frame));
  };
  return { ...all, log, append, push, ask: () => all.server.frames.filter(({ action }) => action === "inbox") };
}

/** Opens the inbox and keeps what it is told. @param {any} client @param {{after?: number}} [from] */
function witness(client, from) {
  /** @type {number[]} */
  const seqs = [];
  /** @type {number[]} */
  const reads = [];
  /** @type {Error[]} */
  const errors = [];
  const inbox = client.inbox({
    onMessages: (/** @type {any[]} */ messages) => seqs.push(...messages.map(({ seq }) => seq)),
    onRead: (/** @type {number} */ seq) => reads.push(seq),
    onError: (/** @type {Error} */ error) => errors.push(error),
  }, from);
  return { inbox, seqs, reads, errors };
}

test("a device that knows nothing is told what is unread, in pages, and then what comes", async () => {
  const { client, clock, append, push, ask } = mailbox(9, 2);
  client.connect();
  const { inbox, seqs, reads } = witness(client);
  await clock.advance(50);
  assert.deepEqual([seqs, reads, inbox.read], [[3, 4, 5, 6, 7, 8, 9], [2], 2]);
  assert.deepEqual(ask().map(({ after }) => after), [undefined, 5, 8]);
  push(append());
  await clock.advance(5);
  assert.deepEqual(seqs.at(-1), 10);
});

test("a device goes on from the last message that it has, over every reconnect", async () => {
  const { client, network, clock, append, ask } = mailbox(4);
  client.connect();
  const { seqs } = witness(client, { after: 3 });
  await clock.advance(50);
  network.socket.end();
  append();
  await clock.advance(2_000);
  assert.deepEqual(seqs, [4, 5]);
  assert.deepEqual(ask().map(({ after }) => after), [3, 4]);
});

test("what comes twice or out of order is handed on once and in order", async () => {
  const { client, clock, append, push, ask } = mailbox(1);
  client.connect();
  const { seqs } = witness(client, { after: 0 });
  await clock.advance(50);
  const [two, three, four] = [append(), append(), append()];
  push(four);
  push(two);
  push(two, three);
  push(three, four);
  await clock.advance(1_000);
  assert.deepEqual(seqs, [1, 2, 3, 4]);
  assert.equal(ask().length, 1);
});

test("a gap is waited for 300 ms, and only then asked for", async () => {
  const { client, clock, append, push, ask } = mailbox(1);
  client.connect();
  const { seqs } = witness(client, { after: 0 });
  await clock.advance(50);
  append();
  push(append());
  await clock.advance(200);
  assert.deepEqual([seqs, ask().length], [[1], 1]);
  await clock.advance(200);
  assert.deepEqual([seqs, ask().length], [[1, 2, 3], 2]);
});

test("a push that is lost without a trace is found within five minutes", async () => {
  const { client, clock, append } = mailbox(1);
  client.connect();
  const { seqs } = witness(client, { after: 0 });
  await clock.advance(50);
  append();
  await clock.advance(5 * 60_000 + 50);
  assert.deepEqual(seqs, [1, 2]);
});

test("what is pushed before the first answer is not lost", async () => {
  const { client, clock, server, append, push, log } = mailbox(2, 1);
  const usual = server.instead.inbox;
  server.instead.inbox = (frame) => {
    const answer = usual?.(frame);
    push(append());
    return answer;
  };
  client.connect();
  const { seqs } = witness(client);
  await clock.advance(10);
  server.instead.inbox = usual ?? (() => null);
  await clock.advance(1_000);
  assert.deepEqual(seqs, log.slice(1).map(({ seq }) => seq));
});

test("other devices hear how far is read, and the mark never goes back", async () => {
  const { client, network, clock } = mailbox(5, 2);
  client.connect();
  const { reads, inbox } = witness(client, { after: 5 });
  await clock.advance(50);
  for (const seq of [4, 3, 4]) network.socket.peer.send(JSON.stringify({ type: "read", seq }));
  await clock.advance(5);
  assert.deepEqual([reads, inbox.read], [[2, 4], 4]);
});

test("an inbox that fails for now is asked again, and one that cannot be read is told once", async () => {
  const { client, clock, server, ask } = mailbox(1);
  const usual = server.instead.inbox;
  server.instead.inbox = () => ({ type: "failed", code: "try_again", message: "Try again.", retryable: true });
  client.connect();
  const { seqs, errors } = witness(client, { after: 0 });
  await clock.advance(60_000);
  server.instead.inbox = usual ?? (() => null);
  await clock.advance(60_000);
  assert.deepEqual([seqs, errors], [[1], []]);
  server.instead.inbox = () => ({ type: "failed", code: "game_parked", message: "Not now.", retryable: false });
  const asked = ask().length;
  await clock.advance(60 * 60_000);
  assert.deepEqual([errors.map(({ message }) => message), ask().length], [["Not now."], asked + 1]);
});

test("an inbox that was stopped is told nothing more", async () => {
  const { client, clock, append, push, ask } = mailbox(1);
  client.connect();
  const { seqs, inbox } = witness(client, { after: 0 });
  await clock.advance(50);
  inbox.stop();
  push(append());
  await clock.advance(60 * 60_000);
  assert.deepEqual([seqs, ask().length], [[1], 1]);
});

test("direct messages, marks and blocks are frames of their own, and a refusal says why", async () => {
  const { client, clock, server } = mailbox();
  server.instead.sendmessage = ({ destinationPlayerId: to }) =>
    to === "bob" ? { to, at: 7 } : { type: "rejected", code: "unknown_player", message: "No.", retryable: false };
  server.instead.block = ({ player: name }) => ({ blocked: [name] });
  client.connect();
  const sent = client.sendMessage("bob", "Hello");
  const refused = client.sendMessage("nobody", "Hello").then(() => null, (error) => error.code);
  const blocked = client.block("mallory");
  await clock.advance(50);
  const { to, at } = await sent;
  assert.deepEqual([to, at, await refused, (await blocked).blocked], ["bob", 7, "unknown_player", ["mallory"]]);
});

test("whoever is blocked is told with every answer, on each device", async () => {
  const { client, clock, server } = mailbox(1);
  /** @type {string[][]} */
  const told = [];
  const answer = server.instead.inbox;
  server.instead.inbox = (/** @type {any} */ frame) => ({ ...answer?.(frame), blocked: ["eve"] });
  client.connect();
  client.inbox({ onBlocked: (/** @type {string[]} */ players) => told.push(players) });
  await clock.advance(50);
  assert.deepEqual(told, [["eve"]]);
});
