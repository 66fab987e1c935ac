import assert from "node:assert/strict";
import { test } from "node:test";

import { Mailbox, SHOWN_MAX } from "../mailbox.js";

const message = (/** @type {number} */ seq, from = "bob") => ({ seq, at: seq * 1000, from, text: `message ${seq}` });

test("what came after the read mark is unread", () => {
  const mailbox = new Mailbox();
  mailbox.add([message(1), message(2), message(3)]);
  assert.equal(mailbox.unread, 3);
  mailbox.read = 2;
  assert.deepEqual([mailbox.unread, mailbox.isUnread(message(2)), mailbox.isUnread(message(3))], [1, false, true]);
});

test("a browser goes on from what it has kept, and shows the last messages only", () => {
  const mailbox = new Mailbox();
  assert.deepEqual([mailbox.seq, mailbox.kept], [undefined, undefined]);
  mailbox.add(Array.from({ length: SHOWN_MAX + 7 }, (_, index) => message(index + 1)));
  const again = new Mailbox(JSON.parse(JSON.stringify(mailbox.kept)));
  assert.deepEqual([again.seq, again.messages.length, again.messages[0]?.seq], [SHOWN_MAX + 7, SHOWN_MAX, 8]);
});

test("what a browser has kept may be damaged", () => {
  for (const kept of [null, 7, {}, { seq: "1", messages: [] }, { seq: 1 }]) assert.equal(new Mailbox(kept).seq, undefined);
  const mailbox = new Mailbox({ seq: 3, messages: [message(2), null, { seq: 3 }, { ...message(3), text: 9 }] });
  assert.deepEqual(mailbox.messages, [message(2)]);
});

test("names are needed of whoever has written or is blocked", () => {
  const mailbox = new Mailbox();
  mailbox.add([message(1), message(2, "eve"), message(3)]);
  mailbox.blocked = ["eve", "gus"];
  assert.deepEqual(mailbox.people, ["bob", "eve", "gus"]);
});
