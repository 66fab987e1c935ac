import assert from "node:assert/strict";
import { test } from "node:test";

import { OpenLog } from "../open-log.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** @param {any} phase @returns {any} */
const view = (phase) => ({ phase });

const HIDES = { hidden: true, opens_at_end: true };

function openLog() {
  let reads = 0;
  /** @type {any[]} */
  const logs = [];
  const log = new OpenLog(async () => [/** @type {any} */ ({ seq: (reads += 1) })], (messages) => logs.push(messages));
  return { log, logs, reads: () => reads };
}

test("a log that was read before the end of a game is read again then, once", async () => {
  const { log, logs, reads } = openLog();
  for (const phase of ["waiting", "playing", "finished", "finished"]) log.show(view(phase), HIDES);
  await settled();
  log.show(view("finished"), HIDES);
  await settled();
  assert.deepEqual([reads(), logs], [1, [[{ seq: 1 }]]]);
});

test("a log is not read again where it can have hidden nothing", async () => {
  const { log, reads } = openLog();
  log.show(view("finished"), HIDES);
  log.show(view("playing"), HIDES);
  for (const facts of [undefined, { hidden: false, opens_at_end: true }, { hidden: true, opens_at_end: false }]) log.show(view("finished"), facts);
  await settled();
  assert.equal(reads(), 0);
  log.show(view("finished"), HIDES);
  assert.equal(reads(), 1, "the facts were not known before");
});

test("a log of a game that is left meanwhile is not shown", async () => {
  const { log, logs } = openLog();
  log.show(view("playing"), HIDES);
  log.show(view("finished"), HIDES);
  log.clear();
  await settled();
  log.show(view("finished"), HIDES);
  await settled();
  assert.deepEqual(logs, []);
});
