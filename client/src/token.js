/**
 * When a token was made and when it expires, in milliseconds since 1970, as it says itself. Nothing is verified here: only
 * the server can.
 *
 * @typedef {{issuedAt: number | null, expiresAt: number}} Lifetime
 */
import { isGuestToken } from "./guest.js";
import { CONNECTION_AGE_MAX_MS, RENEW_AFTER_MIN_MS, RENEW_BEFORE_MS } from "./limits.js";

/**
 * What a signed token says. Null when it is none; that of a guest says nothing to read.
 * @param {string} token
 * @returns {Record<string, unknown> | null}
 */
export function claimsOf(token) {
  const [, payload, signature] = token.split(".");
  if (!payload || signature === undefined || isGuestToken(token)) return null;
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes));
    return claims !== null && typeof claims === "object" ? claims : null;
  } catch {
    return null;
  }
}

/**
 * Null when the token does not say in a readable way when it expires.
 * @param {string} token
 * @returns {Lifetime | null}
 */
export function lifetimeOf(token) {
  const { exp, iat } = claimsOf(token) ?? {};
  if (typeof exp !== "number") return null;
  return { issuedAt: typeof iat === "number" ? iat * 1000 : null, expiresAt: exp * 1000 };
}

/**
 * How long after now a connection with this token is to be replaced by one with a fresh token: a minute before it expires, or
 * a quarter of its life when that is less. Null when that is not for the client to do: the connection ends earlier in any case,
 * or the token should be over by this clock. Then the clock is wrong, since the server has just taken the token, and the server
 * will say when it is time. A clock that is wrong makes no client connect more often than four times in the life of a token.
 *
 * @param {Lifetime} lifetime
 * @param {number} now
 * @returns {number | null}
 */
export function renewalDelayMs({ issuedAt, expiresAt }, now) {
  const leftMs = expiresAt - now;
  const lifeMs = issuedAt === null ? leftMs : expiresAt - issuedAt;
  const earlyMs = Math.min(RENEW_BEFORE_MS, lifeMs / 4);
  if (lifeMs <= 0 || leftMs <= earlyMs) return null;
  const soonestMs = issuedAt === null ? RENEW_AFTER_MIN_MS : lifeMs / 4;
  const delayMs = Math.max(leftMs - earlyMs, soonestMs);
  return delayMs < CONNECTION_AGE_MAX_MS ? delayMs : null;
}
