import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as chess from "../games/chess/position.js";
import * as cards from "../games/crazy-eights/cards.js";
import * as dice from "../games/liars-dice.js";
import { winnerOf } from "../games/rock-paper-scissors.js";

const START = "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1";

test("a position of chess is read square by square from a8", () => {
  const pieces = chess.piecesOf(START);
  assert.equal(pieces.length, 64);
  assert.deepEqual([pieces[0], pieces[4], pieces[27], pieces[60], pieces[63]], ["r", "k", null, "K", "R"]);
  assert.deepEqual([0, 7, 56, 63].map(chess.squareName), ["a8", "h8", "a1", "h1"]);
  assert.equal(chess.sideOf(START), 0);
  assert.equal(chess.sideOf(START.replace(" w ", " b ")), 1);
});

test("a piece shows where it can go, and a pawn what it can become", () => {
  const moves = ["e7e8q", "e7e8r", "e7e8b", "e7e8n", "e7d8q", "e7d8n", "g1f3", "g1h3"];
  assert.deepEqual([...chess.targetsFrom(moves, "g1")], ["f3", "h3"]);
  assert.deepEqual([...chess.targetsFrom(moves, "e7")], ["e8", "d8"]);
  assert.deepEqual([...chess.targetsFrom(moves, "a1")], []);
  assert.deepEqual(chess.promotionsOf(moves, "e7", "e8"), ["q", "r", "b", "n"]);
  assert.deepEqual(chess.promotionsOf(moves, "e7", "d8"), ["q", "n"]);
  assert.deepEqual(chess.promotionsOf(moves, "g1", "f3"), []);
});

test("a tap on a square that is no move says why", () => {
  const moves = ["g1f3", "g1h3", "e2e4"];
  const why = (/** @type {string | null} */ from, /** @type {string} */ to, /** @type {any} */ change = {}) =>
    chess.refusalOf({ fen: START, moves, check: false, ...change }, from, to);
  assert.equal(why(null, "g1"), null);
  assert.equal(why("e2", "g1"), null, "another piece is picked");
  assert.equal(why(null, "e5"), "Pick one of your pieces first.");
  assert.equal(why(null, "e7"), "That piece is not yours.");
  assert.equal(why(null, "a1"), "The rook on a1 cannot move.");
  assert.equal(why("g1", "g5"), "The knight on g1 cannot go to g5.");
  assert.equal(why("g1", "g8"), "The knight on g1 cannot go to g8.");
  assert.equal(why("g1", "g5", { check: true }), "The knight on g1 cannot go to g5: your king is in check.");
  assert.equal(why(null, "a1", { check: true }), "The rook on a1 cannot move: your king is in check.");
});

test("the king in check is that of the side to move", () => {
  const fen = "rnb1kbnr/pppp1ppp/8/4p3/5PPq/8/PPPPP2P/RNBQKBNR w KQkq - 1 3";
  assert.equal(chess.checkedKing({ fen, check: true }), "e1");
  assert.equal(chess.checkedKing({ fen: fen.replace(" w ", " b "), check: true }), "e8");
  assert.equal(chess.checkedKing({ fen, check: false }), null);
});

test("a claim says whether it comes with a move", () => {
  assert.equal(chess.claimText({ claim: "threefold" }), "Claim a draw: threefold repetition");
  assert.equal(chess.claimText({ uci: "g1f3", claim: "fifty" }), "Play g1f3 and claim a draw: fifty moves without progress");
});

test("rock, paper and scissors beat each other in a ring", () => {
  assert.equal(winnerOf(["rock", "scissors"]), 0);
  assert.equal(winnerOf(["rock", "paper"]), 1);
  assert.equal(winnerOf(["scissors", "paper"]), 0);
  assert.equal(winnerOf(["paper", "paper"]), null);
});

test("a bid has more dice than the last one, or as many of a higher face", () => {
  const game = { dice: [3, 2], bid: { count: 3, face: 4 } };
  const allowed = [[3, 5], [3, 6], [4, 1], [5, 6]];
  const refused = [[3, 4], [3, 3], [2, 6], [6, 1], [0, 5], [4, 7], [4, 0], [3.5, 2], [NaN, 2]];
  for (const [count = 0, face = 0] of allowed) assert.ok(dice.isBid(game, { count, face }), `${count} × ${face}`);
  for (const [count = 0, face = 0] of refused) assert.ok(!dice.isBid(game, { count, face }), `${count} × ${face}`);
  assert.ok(dice.isBid({ ...game, bid: null }, { count: 1, face: 1 }));
});

test("the lowest bid follows the last one, until there is none", () => {
  assert.deepEqual(dice.lowestBid({ dice: [2, 2], bid: { count: 2, face: 3 } }), { count: 2, face: 4 });
  assert.deepEqual(dice.lowestBid({ dice: [2, 2], bid: { count: 2, face: 6 } }), { count: 3, face: 1 });
  assert.equal(dice.lowestBid({ dice: [2, 2], bid: { count: 4, face: 6 } }), null);
});

test("the bid is that of the player before the one in turn, past those who are out", () => {
  const game = { dice: [5, 0, 2, 1], bid: { count: 2, face: 2 } };
  assert.equal(dice.bidderOf(game, 2), 0);
  assert.equal(dice.bidderOf(game, 0), 3);
  assert.equal(dice.bidderOf({ ...game, bid: null }, 0), null);
  assert.equal(dice.bidderOf(game, undefined), null);
});

test("ones count as any face where they are wild", () => {
  assert.deepEqual([1, 4, 5].map((die) => dice.counts(die, 4, true)), [true, true, false]);
  assert.equal(dice.counts(1, 4, false), false);
});

test("a card fits by suit or rank, and an eight always", () => {
  const game = { discards: ["2S", "KD"], suit: /** @type {const} */ ("D") };
  assert.deepEqual(["TD", "KS", "8C", "2S", "AH"].map((card) => cards.fits(game, card)), [true, true, true, false, false]);
  // An eight of spades asked for diamonds.
  assert.ok(!cards.fits({ discards: ["8S"], suit: "D" }, "3S"));
});

test("a card is drawn once in a turn, as long as there is one", () => {
  const game = { has_drawn: false, pile: 1, discards: ["KD"] };
  assert.ok(cards.canDraw(game));
  assert.ok(!cards.canDraw({ ...game, has_drawn: true }));
  assert.ok(cards.canDraw({ ...game, pile: 0, discards: ["2S", "KD"] }));
  assert.ok(!cards.canDraw({ ...game, pile: 0 }));
});

test("a card that does not fit, a second card and an early pass say why", () => {
  const game = { discards: ["2S", "KD"], suit: /** @type {const} */ ("D"), has_drawn: false, pile: 1 };
  assert.equal(cards.cardRefusal(game, "KS"), null);
  assert.equal(cards.cardRefusal(game, "2S"), "The 2 of spades matches neither suit nor rank: diamonds must follow.");
  assert.equal(cards.drawRefusal(game), null);
  assert.match(String(cards.drawRefusal({ ...game, has_drawn: true })), /^You have drawn already/);
  assert.match(String(cards.drawRefusal({ ...game, pile: 0, discards: ["KD"] })), /^Nothing is left to draw/);
  assert.equal(cards.passRefusal(game), "Draw a card before you pass.");
  assert.equal(cards.passRefusal({ ...game, has_drawn: true }), null);
});

test("the name of a card begins with what stands on it", () => {
  for (const rank of "A23456789TJQK") {
    const card = `${rank}S`;
    assert.ok(cards.cardLabel(card).startsWith(`${cards.rankSign(card)},`), card);
  }
  assert.equal(cards.cardLabel("AC"), "A, ace of clubs");
});

test("cards have names and an order", () => {
  assert.deepEqual(["AC", "TD", "8H", "KS"].map(cards.cardName), ["ace of clubs", "10 of diamonds", "8 of hearts", "king of spades"]);
  assert.deepEqual(cards.sorted(["KS", "8H", "AC", "TD", "2C"]), ["AC", "2C", "TD", "8H", "KS"]);
});

/** How bright a colour is, as WCAG counts. @param {string} hex */
function luminance(hex) {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

test("what stands on a small red card is as easy to read as on a black one", () => {
  const style = readFileSync(new URL("../games/crazy-eights.css", import.meta.url), "utf8");
  const red = /\[data-suit="H"\] \{\s*color: (#\w{6})/.exec(style)?.[1];
  assert.ok(red && 1.05 / (luminance(red) + 0.05) >= 7, `${red} on white`);
});
