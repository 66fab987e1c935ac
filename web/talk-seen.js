/**
 * Which lines of talk somebody has seen in this browser, from one visit to the next.
 *
 * @typedef {import("/client/src/types.js").Audience} Audience
 * @typedef {{seq: number, player: string, to: Audience, text: string | null}} Said
 */
import { load, save } from "./storage.js";

/** More games than somebody goes back and forth between. */
const GAMES_MAX = 50;

/**
 * How many lines are new to somebody: not their own, and not those that are not for them.
 * @param {Said[]} said
 * @param {number} seen the seq up to which they have seen all
 * @param {string} me
 */
export function unreadOf(said, seen, me) {
  return said.filter(({ seq, player, text }) => seq > seen && player !== me && text !== null).length;
}

/**
 * @param {string} me
 * @param {string} game
 * @returns {number} the seq up to which they have seen all; 0 when that is not known
 */
export function seenUpTo(me, game) {
  return entriesOf(me).find(([kept]) => kept === game)?.[1] ?? 0;
}

/**
 * @param {string} me
 * @param {string} game
 * @param {number} seq
 */
export function keepSeen(me, game, seq) {
  const others = entriesOf(me).filter(([kept]) => kept !== game);
  save("localStorage", keyOf(me), [[game, seq], ...others].slice(0, GAMES_MAX));
}

/**
 * @param {string} me
 * @returns {[string, number][]} the newest first
 */
function entriesOf(me) {
  const kept = load("localStorage", keyOf(me));
  return Array.isArray(kept) ? kept.filter((entry) => typeof entry?.[0] === "string" && Number.isSafeInteger(entry[1])) : [];
}

/** @param {string} me */
function keyOf(me) {
  return `turnlog.talk.${me}`;
}
