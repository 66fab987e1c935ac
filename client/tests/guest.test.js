import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { claimsOf, guestId, guestToken, newGuestSecret } from "../src/index.js";
import { sha256 } from "../src/sha256.js";
import { lifetimeOf } from "../src/token.js";
import { player } from "./support/player.js";

/** What the server reads, too. @type {{secret: string, name: string, token: string, player_id: string}[]} */
const FIXTURES = JSON.parse(readFileSync(new URL("../../protocol/fixtures/guests.json", import.meta.url), "utf8"));

test("tokens and ids of guests are those of the fixtures", () => {
  for (const { secret, name, token, player_id } of FIXTURES) {
    assert.equal(guestToken(secret, name), token);
    assert.equal(guestId(secret), player_id);
  }
});

test("secrets of guests are such as the server takes, and never the same", () => {
  const secrets = Array.from({ length: 1_000 }, newGuestSecret);
  for (const secret of secrets) assert.match(secret, /^[\w-]{32}$/);
  assert.equal(new Set(secrets).size, secrets.length);
});

test("a name of any letters makes a token that fits into a header", () => {
  for (const name of ["Zoë", "李雷", "🎲🎲", "a".repeat(200), "../?&=+ \n"]) {
    const token = guestToken("A".repeat(22), name);
    assert.match(token, /^[\w.-]+$/);
    assert.equal(Buffer.from(String(token.split(".")[2]), "base64url").toString(), name);
  }
});

test("our SHA-256 is the one of Node for every length", () => {
  for (let length = 0; length < 300; length += 1) {
    const message = Uint8Array.from({ length }, (_, index) => (index * 151 + length * 7) % 256);
    assert.deepEqual(Buffer.from(sha256(message)), createHash("sha256").update(message).digest(), `${length} bytes`);
  }
});

test("the token of a guest is no signed one, whatever its parts look like", () => {
  const claims = Buffer.from('{"sub":"ada","exp":1}').toString("base64url");
  assert.equal(lifetimeOf(guestToken(claims, "Ada")), null);
  assert.equal(claimsOf(guestToken(claims, "Ada")), null);
});

test("claims of a signed token are read as UTF-8, and of anything else there are none", () => {
  const payload = Buffer.from('{"sub":"zoe","name":"Zoë 🎲","exp":1.5}').toString("base64url");
  assert.deepEqual(claimsOf(`e30.${payload}.x`), { sub: "zoe", name: "Zoë 🎲", exp: 1.5 });
  assert.deepEqual(lifetimeOf(`e30.${payload}.x`), { issuedAt: null, expiresAt: 1_500 });
  for (const token of ["", "x", "e30.e30", "e30.x.x", `e30.${Buffer.from("7").toString("base64url")}.x`]) assert.equal(claimsOf(token), null, token);
});

test("a guest connects again and again with the same token", async () => {
  const token = guestToken("A".repeat(22), "Ada");
  const { client, clock, network } = player({ token });
  client.connect();
  await clock.advance(10);
  assert.equal(client.state.name, "open");
  assert.equal(network.sockets.length, 1);
  await clock.advance(3 * 60 * 60_000);
  assert.equal(client.state.name, "open", "nothing is renewed: the token does not say when it ends");
  assert.equal(network.sockets.length, 1);
});
