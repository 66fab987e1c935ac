import assert from "node:assert/strict";
import { test } from "node:test";

import { PendingMove } from "../pending.js";

const rock = { choose: "rock" };

/** @param {number} [seq] @param {number} [shown] */
function pending(seq, shown = 3) {
  const made = new PendingMove();
  made.begin(rock);
  if (seq !== undefined) made.answered(seq, shown);
  return made;
}

test("a choice that is not shown yet lets nobody choose again, whatever the others do or say meanwhile", () => {
  const made = pending();
  made.shows(4);
  assert.equal(made.move, rock, "no answer yet");
  made.answered(6, 4);
  made.shows(5);
  assert.equal(made.move, rock, "accepted, but what is shown is older");
  made.shows(6);
  assert.equal(made.move, null);
});

test("a move is over with its answer when it is shown already, or was refused", () => {
  assert.equal(pending(4, 4).move, null);
  assert.equal(pending(0).move, null);
});

test("whoever leaves the table takes no answer of it along", () => {
  const made = pending(9);
  made.clear();
  made.begin("another");
  made.shows(10);
  assert.equal(made.move, "another");
});
