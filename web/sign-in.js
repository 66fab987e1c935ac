/**
 * How one signs in, and what a link brings for it. Pure.
 *
 * `sign-in.json`, beside the page, has the ways of its server: `{"ways":["dev"]}`, `["guest"]`, `["token"]` or several.
 *
 * @typedef {"dev" | "guest" | "token"} Way
 *   `dev`: anybody gets a token for any name, on a developer's machine. `guest`: under a secret that the browser makes. `token`: with
 *   a link from whoever runs the server.
 *
 * @typedef {object} Identity
 * @property {string} player_id empty when it is nobody yet
 * @property {string} name empty when it must be asked for
 * @property {string} [guest] the secret, of a guest
 * @property {string} [token] of whoever came with a link
 * @property {number} [expires_at] until when that token is good, in milliseconds since 1970
 */

/** @type {readonly Way[]} */
const WAYS = ["dev", "guest", "token"];
const TOKEN = "token=";

/**
 * The ways that a server tells, those that are known here. Links are possible everywhere, so they are what is left where there is no
 * other.
 * @param {any} told
 * @returns {Way[]}
 */
export function waysOf(told) {
  const ways = Array.isArray(told?.ways) ? WAYS.filter((way) => told.ways.includes(way)) : [];
  return ways.length > 0 ? ways : ["token"];
}

/** The way by which somebody has signed in. @param {Identity} identity @returns {Way} */
export function wayOf({ guest, token }) {
  if (token !== undefined) return "token";
  return guest === undefined ? "dev" : "guest";
}

/**
 * The token in the part of the address after `#`, and that part without it.
 * @param {string} hash
 * @returns {{token: string | null, rest: string}}
 */
export function tokenIn(hash) {
  const parts = hash.slice(1).split("&");
  const token = parts.find((part) => part.startsWith(TOKEN));
  if (token === undefined) return { token: null, rest: hash };
  const others = parts.filter((part) => !part.startsWith(TOKEN)).join("&");
  return { token: token.slice(TOKEN.length), rest: others && `#${others}` };
}

/**
 * Whom a token speaks for, as it says itself; null when it does not. Only the server can tell whether it is good.
 * @param {string} token
 * @param {Record<string, unknown> | null} claims what it says
 * @returns {Identity | null}
 */
export function personOf(token, claims) {
  const { sub, name, exp } = claims ?? {};
  if (typeof sub !== "string" || sub === "") return null;
  const person = { player_id: sub, name: typeof name === "string" && name.trim() !== "" ? name : sub, token };
  return typeof exp === "number" ? { ...person, expires_at: exp * 1_000 } : person;
}

/**
 * Whether somebody's link is good no longer.
 * @param {Identity} identity
 * @param {number} now
 */
export function isExpired({ expires_at }, now) {
  return expires_at !== undefined && expires_at <= now;
}
