import assert from "node:assert/strict";
import { test } from "node:test";

import { LookBack } from "../look-back.js";

/** Somebody who looks back, and a server that answers when it is told to. */
function looking() {
  /** @type {{seq: number, answer: () => void, refuse: () => void}[]} */
  const asked = [];
  let changes = 0;
  const lookBack = new LookBack(
    (seq) => new Promise((resolve, reject) => {
      const moment = /** @type {any} */ ({ seq, at: 1000 * seq, head: 9, view: {} });
      asked.push({ seq, answer: () => resolve(moment), refuse: () => reject(new Error("refused")) });
    }),
    () => (changes += 1),
  );
  return { lookBack, asked, changes: () => changes };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("a moment is shown when its answer is there, and not before", async () => {
  const { lookBack, asked, changes } = looking();
  const went = lookBack.go(4);
  assert.deepEqual([lookBack.wanted, lookBack.moment, changes()], [4, null, 0]);
  asked[0]?.answer();
  await went;
  assert.deepEqual([lookBack.moment?.seq, changes()], [4, 1]);
  lookBack.leave();
  assert.deepEqual([lookBack.wanted, lookBack.moment], [null, null]);
});

test("dragging asks for one moment at a time, and ends at the one that was wanted last", async () => {
  const { lookBack, asked } = looking();
  const went = lookBack.go(2);
  for (const seq of [3, 4, 5, 6]) void lookBack.go(seq);
  asked[0]?.answer();
  await settled();
  assert.deepEqual(asked.map(({ seq }) => seq), [2, 6]);
  asked[1]?.answer();
  await went;
  assert.equal(lookBack.moment?.seq, 6);
});

test("the answer about a game that was left is not shown in the next one", async () => {
  const { lookBack, asked } = looking();
  const went = lookBack.go(2);
  lookBack.leave();
  void lookBack.go(2);
  asked[0]?.answer();
  await settled();
  assert.deepEqual([lookBack.moment, asked.length], [null, 2]);
  asked[1]?.answer();
  await went;
  assert.equal(lookBack.moment?.seq, 2);
});

test("what cannot be had leads back to the game itself", async () => {
  const { lookBack, asked } = looking();
  const went = lookBack.go(2);
  asked[0]?.refuse();
  await assert.rejects(went, /refused/);
  assert.deepEqual([lookBack.wanted, lookBack.moment], [null, null]);
});
