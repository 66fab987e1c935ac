import assert from "node:assert/strict";
import { test } from "node:test";

import { hintOf } from "../lobby.js";

test("the form for a new game says what it waits for", () => {
  assert.match(hintOf({ name: "connecting" }, "not yet"), /^Connecting/);
  assert.match(hintOf({ name: "open" }, "asking"), /^Asking the server/);
  assert.match(hintOf({ name: "open" }, "failed"), /did not say/);
  for (const [name, refused] of /** @type {const} */ ([["waiting-to-retry", false], ["connecting", true], ["failed", false]])) {
    assert.match(hintOf({ name, refused }, "asking"), /^There is no connection yet/);
  }
  assert.match(hintOf({ name: "waiting-to-retry" }, "done"), /^You take the first seat/);
});
