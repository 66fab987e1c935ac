/**
 * Who sits at this tab. A browser profile is one person; a tab can be another one, by `?player=` in the address, by the
 * button that opens a second player's window, or by choice, so the tab's own storage comes first.
 *
 * @typedef {{player_id: string, name: string}} Identity
 */
import { TokenRefusedError, newId } from "/client/src/index.js";

import { load, save } from "./storage.js";

const KEY = "turnlog.identity";
// The server takes the same: 1 to 64 visible ASCII characters other than `#`.
const PLAYER_ID = /^[!"$-~]{1,64}$/;

/** Whether `/dev/token` has given this page a token. Only a local stack has it. */
let isLocal = false;

/** @returns {Identity} the name is empty when it must be asked for */
export function currentIdentity() {
  const named = new URLSearchParams(location.search).get("player");
  if (named !== null && PLAYER_ID.test(named)) return identityOfTab(named);
  const kept = load("sessionStorage", KEY) ?? load("localStorage", KEY);
  if (isIdentity(kept)) return kept;
  const made = { player_id: newId(), name: "" };
  save("localStorage", KEY, made);
  return made;
}

/**
 * @param {Identity} identity
 * @param {string} name
 * @returns {Identity}
 */
export function renamed({ player_id }, name) {
  const identity = { player_id, name };
  const profile = load("localStorage", KEY);
  if (!isIdentity(profile) || profile.player_id === player_id) save("localStorage", KEY, identity);
  save("sessionStorage", KEY, identity);
  return identity;
}

/** Another person in this tab only. @returns {Identity} */
export function someoneElse() {
  const made = { player_id: newId(), name: "" };
  save("sessionStorage", KEY, made);
  return made;
}

/**
 * A further person, in this tab only. Nobody where there are no tokens for whoever asks.
 * @param {number} number
 * @returns {Promise<Identity | null>}
 */
export async function secondPlayer(number) {
  const made = { player_id: newId(), name: `Player ${number}` };
  try {
    await localToken(made);
  } catch {
    return null;
  }
  save("sessionStorage", KEY, made);
  return made;
}

/** Whether this page can be somebody else at will, as far as it knows. */
export function anybodyGetsTokens() {
  return isLocal;
}

/**
 * A token for whoever it is. A deployed page asks its own login here.
 * @param {Identity} identity
 * @returns {Promise<string>}
 */
export function tokenOf(identity) {
  return localToken(identity);
}

/** A token of the local stack, where anybody gets one. @param {Identity} identity @returns {Promise<string>} */
async function localToken(identity) {
  const response = await fetch("/dev/token", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(identity),
  });
  // A server that is in trouble may recover; one that says no will say so again.
  if (response.status >= 400 && response.status < 500) throw new TokenRefusedError("The server gave no sign-in.");
  if (!response.ok) throw new Error(`no token: ${response.status}`);
  const { token } = await response.json();
  isLocal = true;
  return token;
}

/** Whether the server answers at all. */
export async function isReachable() {
  return (await fetch("/health", { cache: "no-store" })).ok;
}

/** @param {string} playerId @returns {Identity} */
function identityOfTab(playerId) {
  const kept = load("sessionStorage", KEY);
  if (isIdentity(kept) && kept.player_id === playerId) return kept;
  const identity = { player_id: playerId, name: playerId.slice(0, 40) };
  save("sessionStorage", KEY, identity);
  return identity;
}

/**
 * @param {any} value
 * @returns {value is Identity}
 */
function isIdentity(value) {
  return typeof value?.player_id === "string" && typeof value.name === "string" && PLAYER_ID.test(value.player_id);
}
