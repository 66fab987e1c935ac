/**
 * Who sits at this tab. A browser profile is one person; a tab can be another one, by `?player=` in the address, by the
 * button that opens a second player's window, or by choice, so the tab's own storage comes first. After it comes who came with a
 * link, then the guest of this browser, then whoever the local stack gives tokens to. Each is kept by itself, so that none replaces
 * another.
 *
 * @typedef {import("./sign-in.js").Identity} Identity
 * @typedef {import("./sign-in.js").Way} Way
 */
import { TokenRefusedError, claimsOf, guestId, guestToken, newGuestSecret, newId } from "/client/src/index.js";

import { isExpired, personOf, wayOf, waysOf } from "./sign-in.js";
import { forget, load, save } from "./storage.js";

const KEYS = { dev: "turnlog.identity", guest: "turnlog.guest", token: "turnlog.token" };
const KEY_OF_TAB = "turnlog.identity";
/** The ways by which the person of this browser is found, and those by which a new one is made. @type {readonly Way[]} */
const KEPT = ["token", "guest", "dev"];
const MADE = /** @type {const} */ (["guest", "dev"]);
// The server takes the same: 1 to 64 visible ASCII characters other than `#`.
const PLAYER_ID = /^[!"$-~]{1,64}$/;
const EXPIRED = "Your sign-in has expired. Ask whoever runs this server for a new link, and open it in this browser.";

/** Whoever has to come with a link first. @type {Identity} */
const NOBODY = { player_id: "", name: "" };

/** How one signs in here. @type {Way[]} */
let ways = [];
/** Who came with a link while this page is open: where nothing can be kept, the link is good all the same. @type {Identity | null} */
let ofLink = null;

/** Asks how one signs in here. It fails while the server does not say. */
export async function learnWays() {
  const response = await fetch("/sign-in.json", { cache: "no-store" });
  if (!response.ok && response.status !== 404) throw new Error(`no ways to sign in: ${response.status}`);
  // Who hosts the page without the file lets nobody in but by links.
  ways = waysOf(response.ok ? await response.json() : null);
}

/** @returns {Identity} */
export function currentIdentity() {
  const named = new URLSearchParams(location.search).get("player");
  if (ways.includes("dev") && named !== null && PLAYER_ID.test(named)) return identityOfTab(named);
  const kept = [load("sessionStorage", KEY_OF_TAB), ofLink, ...KEPT.map((way) => load("localStorage", KEYS[way]))];
  const known = kept.find((identity) => isIdentity(identity) && isPossible(wayOf(identity)));
  if (known) return known;
  const made = newIdentity();
  if (made !== NOBODY) save("localStorage", KEYS[wayOf(made)], made);
  return made;
}

/**
 * Somebody came with a link. The browser keeps them, whoever sat at this tab before.
 * @param {string} token
 * @returns {boolean} whether it is a token at all
 */
export function keepToken(token) {
  const person = personOf(token, claimsOf(token));
  if (person === null || !isIdentity(person)) return false;
  ofLink = person;
  save("localStorage", KEYS.token, person);
  forget("sessionStorage", KEY_OF_TAB);
  return true;
}

/** Forgets who came with a link, in this browser. */
export function signOut() {
  ofLink = null;
  forget("localStorage", KEYS.token);
  forget("sessionStorage", KEY_OF_TAB);
}

/**
 * @param {Identity} before
 * @param {string} name
 * @returns {Identity}
 */
export function renamed(before, name) {
  const identity = { ...before, name };
  const key = KEYS[wayOf(identity)];
  const profile = load("localStorage", key);
  if (!isIdentity(profile) || profile.player_id === identity.player_id) save("localStorage", key, identity);
  save("sessionStorage", KEY_OF_TAB, identity);
  return identity;
}

/** Another person in this tab only. @returns {Identity} */
export function someoneElse() {
  const made = newIdentity();
  save("sessionStorage", KEY_OF_TAB, made);
  return made;
}

/**
 * A further person, in this tab only. Nobody where there are no tokens for whoever asks.
 * @param {number} number
 * @returns {Promise<Identity | null>}
 */
export async function secondPlayer(number) {
  if (!anybodyGetsTokens()) return null;
  const made = { player_id: newId(), name: `Player ${number}` };
  try {
    await localToken(made);
  } catch {
    return null;
  }
  save("sessionStorage", KEY_OF_TAB, made);
  return made;
}

/** Whether this page can be somebody else at will. */
export function anybodyGetsTokens() {
  return ways.includes("dev");
}

/** Whether one can play here without a link. */
export function anybodyMayPlay() {
  return MADE.some((way) => ways.includes(way));
}

/**
 * A token for whoever it is. A page with a login of its own asks it here.
 * @param {Identity} identity
 * @returns {string | Promise<string>}
 */
export function tokenOf(identity) {
  if (identity.guest !== undefined) return guestToken(identity.guest, identity.name);
  return identity.token === undefined ? localToken(identity) : tokenOfLink(identity);
}

/**
 * The token of whoever came with a link, or of the newer link that they have opened in another tab since.
 * @param {Identity} identity
 */
function tokenOfLink(identity) {
  const kept = load("localStorage", KEYS.token);
  const newest = [identity, ...(isIdentity(kept) && kept.player_id === identity.player_id ? [kept] : [])];
  const good = newest.findLast((person) => person.token !== undefined && !isExpired(person, Date.now()));
  if (good?.token === undefined) throw new TokenRefusedError(EXPIRED);
  return good.token;
}

/** A token of the local stack, where anybody gets one. @param {Identity} identity @returns {Promise<string>} */
async function localToken({ player_id, name }) {
  const response = await fetch("/dev/token", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ player_id, name }),
  });
  // A server that is in trouble may recover; one that says no will say so again.
  if (response.status >= 400 && response.status < 500) throw new TokenRefusedError("The server gave no sign-in.");
  if (!response.ok) throw new Error(`no token: ${response.status}`);
  const { token } = await response.json();
  return token;
}

/** Whether the server answers at all. */
export async function isReachable() {
  return (await fetch("/health", { cache: "no-store" })).ok;
}

/** Somebody who was never here before. @returns {Identity} */
function newIdentity() {
  const way = MADE.find((way) => ways.includes(way));
  if (way === undefined) return NOBODY;
  if (way === "dev") return { player_id: newId(), name: "" };
  const guest = newGuestSecret();
  return { player_id: guestId(guest), name: "", guest };
}

/** A link is good everywhere: the server reads its token as any other. @param {Way} way */
function isPossible(way) {
  return way === "token" || ways.includes(way);
}

/** @param {string} playerId @returns {Identity} */
function identityOfTab(playerId) {
  const kept = load("sessionStorage", KEY_OF_TAB);
  if (isIdentity(kept) && kept.player_id === playerId && wayOf(kept) === "dev") return kept;
  const identity = { player_id: playerId, name: playerId.slice(0, 40) };
  save("sessionStorage", KEY_OF_TAB, identity);
  return identity;
}

/**
 * @param {any} value
 * @returns {value is Identity}
 */
function isIdentity(value) {
  const isText = (/** @type {unknown} */ text) => text === undefined || typeof text === "string";
  const isKept = typeof value?.player_id === "string" && typeof value.name === "string" && PLAYER_ID.test(value.player_id);
  const isTime = value?.expires_at === undefined || typeof value.expires_at === "number";
  return isKept && isText(value.guest) && isText(value.token) && isTime;
}
