import assert from "node:assert/strict";
import { test } from "node:test";

import { placeOf } from "../address.js";
import { isExpired, personOf, tokenIn, wayOf, waysOf } from "../sign-in.js";

const GAME = "#game=0d6e4e0c-7f1e-4b11-9a53-0a5f3ff7a001&invitation=00112233445566778899aabbccddeeff";
const TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl-_";

test("a server tells how one signs in; without a word of it one needs a link", () => {
  assert.deepEqual(waysOf({ ways: ["dev"] }), ["dev"]);
  assert.deepEqual(waysOf({ ways: ["token", "guest"] }), ["guest", "token"]);
  assert.deepEqual(waysOf({ ways: ["password", "guest"] }), ["guest"], "what is not known here is left out");
  for (const told of [null, {}, [], { ways: [] }, { ways: "dev" }, { ways: ["password"] }, 7]) assert.deepEqual(waysOf(told), ["token"]);
});

test("a token is taken out of the address, and a game or an invitation stays in it", () => {
  assert.deepEqual(tokenIn(`#token=${TOKEN}`), { token: TOKEN, rest: "" });
  assert.deepEqual(tokenIn(`${GAME}&token=${TOKEN}`), { token: TOKEN, rest: GAME });
  assert.deepEqual(tokenIn(`#token=${TOKEN}&${GAME.slice(1)}`), { token: TOKEN, rest: GAME });
  assert.deepEqual(tokenIn(`#messages&token=${TOKEN}`), { token: TOKEN, rest: "#messages" });
  assert.deepEqual(tokenIn(`#token=a&token=b`), { token: "a", rest: "" }, "none of them stays");
  for (const hash of ["", "#", "#messages", GAME, "#game=token=x"]) assert.deepEqual(tokenIn(hash), { token: null, rest: hash });
  assert.ok(!placeOf(tokenIn(`${GAME}&token=${TOKEN}`).rest).isWrong);
});

test("a token says whom it speaks for and until when, and what says nobody is none", () => {
  const ada = { player_id: "ada", name: "Ada", token: TOKEN, expires_at: 1_500 };
  assert.deepEqual(personOf(TOKEN, { sub: "ada", name: "Ada", exp: 1.5 }), ada);
  assert.deepEqual(personOf(TOKEN, { sub: "ada", name: " " }), { player_id: "ada", name: "ada", token: TOKEN });
  for (const claims of [null, {}, { sub: "" }, { sub: 7 }]) assert.equal(personOf(TOKEN, claims), null);
  assert.deepEqual([isExpired(ada, 1_499), isExpired(ada, 1_500)], [false, true]);
  assert.equal(isExpired({ player_id: "ada", name: "Ada" }, 1e15), false);
});

test("what somebody has tells by which way they came", () => {
  const person = { player_id: "x", name: "" };
  assert.deepEqual([wayOf(person), wayOf({ ...person, guest: "s" }), wayOf({ ...person, token: TOKEN })], ["dev", "guest", "token"]);
});
