import assert from "node:assert/strict";
import { test } from "node:test";

import { addressOf, placeOf, withSecondPlayer, withoutSecondPlayer } from "../address.js";

const GAME = "0d6e4e0c-7f1e-4b11-9a53-0a5f3ff7a001";
const INVITATION = "00112233445566778899aabbccddeeff";

test("an address leads to a game, to the direct messages, or to the lobby", () => {
  assert.deepEqual(placeOf(addressOf(GAME)), { game: GAME, invitation: undefined, isMail: false, isWrong: false, second: null });
  assert.equal(placeOf(addressOf(GAME, INVITATION)).invitation, INVITATION);
  assert.ok(placeOf("#messages").isMail && !placeOf("#messages").isWrong);
  for (const home of ["", "#"]) assert.deepEqual([placeOf(home).game, placeOf(home).isWrong], [null, false]);
});

test("a link that names no game is wrong, whatever was lost of it", () => {
  const broken = ["#game=x", "#game=", "#game", `#game=${GAME.slice(0, -1)}`, `#game=${GAME}.`, `#gaem=${GAME}`, "#somewhere"];
  for (const hash of broken) assert.deepEqual([placeOf(hash).game, placeOf(hash).isWrong], [null, true], hash);
  for (const code of ["", "x", INVITATION.slice(1)]) assert.ok(placeOf(`#game=${GAME}&invitation=${code}`).isWrong, code);
});

test("the address of a second player's window says which player, and loses it again", () => {
  for (const address of [addressOf(GAME), addressOf(GAME, INVITATION)]) {
    const second = withSecondPlayer(address, 3);
    assert.deepEqual(placeOf(second), { ...placeOf(address), second: 3 });
    assert.equal(withoutSecondPlayer(second), address);
  }
  for (const number of ["1", "0", "-2", "2.5", "x", "", "1e9"]) {
    assert.equal(placeOf(`${addressOf(GAME)}&second-player=${number}`).second, null, number);
  }
});
