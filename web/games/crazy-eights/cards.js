/**
 * Cards, and what may be done with them. Pure.
 *
 * @typedef {"C" | "D" | "H" | "S"} Suit
 * @typedef {{play: {card: string, suit?: Suit}} | {draw: {}} | {pass: {}}} Move cards are `AC`, `TD`, `8H`, `KS`
 * @typedef {object} CardView
 * @property {(string[] | null)[]} hands null where the viewer may not see it
 * @property {number[]} cards how many each seat holds
 * @property {number} pile how many are left to draw
 * @property {string[]} discards the top card last
 * @property {Suit} suit the suit to follow
 * @property {boolean} has_drawn whether whoever is in turn has drawn already
 * @property {number[]} gone the seats that left
 */

/** @type {Suit[]} */
export const SUITS = ["C", "D", "H", "S"];

/** @type {Record<string, {name: string, sign: string}>} */
const SUIT_WORDS = {
  C: { name: "clubs", sign: "♣\uFE0E" },
  D: { name: "diamonds", sign: "♦\uFE0E" },
  H: { name: "hearts", sign: "♥\uFE0E" },
  S: { name: "spades", sign: "♠\uFE0E" },
};

/** @type {Record<string, string>} */
const RANK_WORDS = { A: "ace", T: "10", J: "jack", Q: "queen", K: "king" };

/** @param {string} suit */
export function suitName(suit) {
  return SUIT_WORDS[suit]?.name ?? suit;
}

/** @param {string} suit */
export function suitSign(suit) {
  return SUIT_WORDS[suit]?.sign ?? suit;
}

/** @param {string} card */
export function suitOf(card) {
  return card.at(-1) ?? "";
}

/** The rank as it stands on a card. @param {string} card */
export function rankSign(card) {
  return card[0] === "T" ? "10" : (card[0] ?? "");
}

/** @param {string} card */
export function cardName(card) {
  return `${RANK_WORDS[card[0] ?? ""] ?? card[0]} of ${suitName(suitOf(card))}`;
}

/** The name of a card that is pressed: it begins with what stands on it, so that whoever speaks to the page can say that. @param {string} card */
export function cardLabel(card) {
  return `${rankSign(card)}, ${cardName(card)}`;
}

/** Whether whoever plays it names the suit that follows. @param {string} card */
export function isWild(card) {
  return card.startsWith("8");
}

/**
 * @param {Pick<CardView, "discards" | "suit">} game
 * @param {string} card
 */
export function fits({ discards, suit }, card) {
  return isWild(card) || suitOf(card) === suit || discards.at(-1)?.[0] === card[0];
}

/** Whether whoever is in turn may draw. @param {Pick<CardView, "has_drawn" | "pile" | "discards">} game */
export function canDraw({ has_drawn, pile, discards }) {
  return !has_drawn && (pile > 0 || discards.length > 1);
}

/**
 * Why a card cannot be played; null when it can.
 * @param {Pick<CardView, "discards" | "suit">} game
 * @param {string} card
 */
export function cardRefusal(game, card) {
  return fits(game, card) ? null : `The ${cardName(card)} matches neither suit nor rank: ${suitName(game.suit)} must follow.`;
}

/** Why no card can be drawn; null when one can. @param {Pick<CardView, "has_drawn" | "pile" | "discards">} game */
export function drawRefusal(game) {
  if (canDraw(game)) return null;
  return game.has_drawn ? "You have drawn already: play a card or pass." : "Nothing is left to draw: play a card or pass.";
}

/** Why nobody can pass; null when they can. @param {Pick<CardView, "has_drawn" | "pile" | "discards">} game */
export function passRefusal(game) {
  return canDraw(game) ? "Draw a card before you pass." : null;
}

/**
 * By suit, and in a suit by rank.
 * @param {string[]} hand
 */
export function sorted(hand) {
  const place = (/** @type {string} */ card) => SUITS.indexOf(/** @type {Suit} */ (suitOf(card))) * 13 + "A23456789TJQK".indexOf(card[0] ?? "");
  return hand.toSorted((left, right) => place(left) - place(right));
}
