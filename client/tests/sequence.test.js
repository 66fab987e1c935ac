import assert from "node:assert/strict";
import { test } from "node:test";

import { HISTORY_MESSAGES_MAX, MESSAGES_HELD_MAX } from "../src/limits.js";
import { questionOf, receive, sequenceAfter } from "../src/sequence.js";
import { upTo } from "./support/player.js";
import { seeded, shuffled } from "./support/random.js";

/** @param {number[]} seqs */
const messages = (...seqs) => seqs.map((seq) => ({ seq, at: seq, events: [] }));
/** @param {number} seq @returns {any} */
const viewAt = (seq) => ({ shows: seq });
/** @param {import("../src/sequence.js").Update[]} updates */
function after(...updates) {
  let sequence = sequenceAfter();
  /** @type {number[]} */
  const handedOn = [];
  for (const update of updates) {
    const result = receive(sequence, update);
    sequence = result.sequence;
    handedOn.push(...result.messages.map(({ seq }) => seq));
  }
  return { sequence, handedOn, question: questionOf(sequence) };
}

test("messages in order are handed on at once", () => {
  assert.deepEqual(after({ messages: messages(1) }, { messages: messages(2, 3) }).handedOn, [1, 2, 3]);
});

test("a duplicate changes nothing", () => {
  const frame = { seq: 2, messages: messages(1, 2), view: viewAt(2) };
  assert.deepEqual(after(frame, frame, { messages: messages(2) }).handedOn, [1, 2]);
});

test("messages beyond a gap are held until it is filled, in whatever order they come", () => {
  const { handedOn } = after({ messages: messages(4) }, { messages: messages(2, 3) }, { messages: messages(1) });
  assert.deepEqual(handedOn, [1, 2, 3, 4]);
});

test("with the newest view at hand, exactly the missing messages are asked for", () => {
  const { question } = after({ messages: messages(1, 2) }, { seq: 6, messages: messages(5, 6), view: viewAt(6) });
  assert.deepEqual(question, { action: "history", after: 2, limit: 2 });
});

test("a head without its view is asked for with a watch, which brings both", () => {
  assert.deepEqual(after({ messages: messages(1), seq: 1, view: viewAt(1) }, { seq: 3 }).question, {
    action: "watch",
    after: 1,
  });
});

test("a view whose messages are complete leaves nothing to ask", () => {
  assert.equal(after({ seq: 2, messages: messages(1, 2), view: viewAt(2) }).question, null);
});

test("a page of history is never asked for with a larger limit than the server takes", () => {
  const { question } = after({ seq: 5_000, view: viewAt(5_000) });
  assert.deepEqual(question, { action: "history", after: 0, limit: HISTORY_MESSAGES_MAX });
});

test("views run ahead of messages and never go back", () => {
  const { sequence } = after({ seq: 5, view: viewAt(5) }, { seq: 4, view: viewAt(4), messages: messages(4) });
  assert.deepEqual(sequence.view, viewAt(5));
  assert.equal(sequence.seq, 0);
});

test("no more messages are held than the limit says, and those next to the gap stay", () => {
  const many = upTo(MESSAGES_HELD_MAX + 50).map((seq) => seq + 1);
  const { sequence } = after({ messages: messages(...many) });
  assert.equal(sequence.held.size, MESSAGES_HELD_MAX);
  assert.ok(sequence.held.has(2));
  assert.equal(sequence.head, MESSAGES_HELD_MAX + 51);
});

test("what is no message is ignored", () => {
  const junk = /** @type {any} */ ([{ seq: "1" }, { seq: -1 }, { seq: 1.5 }, {}, null]);
  const { sequence } = after({ seq: /** @type {any} */ ("9"), messages: junk });
  assert.deepEqual(sequence, sequenceAfter());
});

test("a frame leaves the sequence that it was received with as it was", () => {
  const before = receive(sequenceAfter(), { messages: messages(3) }).sequence;
  const copy = structuredClone(before);
  receive(before, { seq: 3, messages: messages(1, 2), view: viewAt(3) });
  assert.deepEqual(before, copy);
});

test("whatever is lost, doubled or reordered, answering the questions ends with every message once and the last view", () => {
  for (let seed = 1; seed <= 500; seed += 1) {
    const random = seeded(seed);
    const head = 1 + Math.floor(random() * 40);
    const pushes = shuffled(randomPushes(head, random), random);
    let { sequence, handedOn } = after(...pushes, { seq: head });
    for (let question = questionOf(sequence); question; question = questionOf(sequence)) {
      const result = receive(sequence, answerTo(question, head));
      handedOn.push(...result.messages.map(({ seq }) => seq));
      assert.ok(handedOn.length > 0 || result.view, `seed ${seed}: a question brought nothing`);
      sequence = result.sequence;
    }
    assert.deepEqual(handedOn, upTo(head), `seed ${seed}`);
    assert.deepEqual(sequence.view, viewAt(head), `seed ${seed}`);
  }
});

/**
 * Pushes of 1 to 3 messages each; about a third is lost, and some come twice.
 * @param {number} head
 * @param {() => number} random
 */
function randomPushes(head, random) {
  const pushes = [];
  for (let seq = 1; seq <= head; ) {
    const last = Math.min(head, seq + Math.floor(random() * 3));
    const push = { seq: last, messages: messages(...upTo(last).slice(seq - 1)), view: viewAt(last) };
    const copies = Math.floor(random() * 3);
    for (let copy = 0; copy < copies; copy += 1) pushes.push(push);
    seq = last + 1;
  }
  return pushes;
}

/**
 * What a server with pages of 5 answers.
 * @param {import("../src/sequence.js").Question} question
 * @param {number} head
 */
function answerTo(question, head) {
  const missing = upTo(head).slice(question.after);
  if (question.action === "watch") return { seq: head, messages: messages(...missing.slice(-5)), view: viewAt(head) };
  return { seq: head, messages: messages(...missing.slice(0, Math.min(question.limit, 5))) };
}
