/**
 * Guests: people without an account, where the server lets them in. A guest is whoever has their secret, so the page keeps it in
 * the browser; the player id follows from it one way, so that whoever sees the id cannot sign in with it.
 */
import { hexOf } from "./hex.js";
import { GUEST_SECRET_BYTES } from "./limits.js";
import { sha256 } from "./sha256.js";

const TOKEN_PREFIX = "guest.";
/** As in `protocol/src/token/guest.rs`. */
const HASHED_PREFIX = "turnlog guest 1: ";
const ID_BYTES = 16;

/** A secret for a new guest, which nobody can guess. Pages that are not secure can make one, too. */
export function newGuestSecret() {
  return base64url(crypto.getRandomValues(new Uint8Array(GUEST_SECRET_BYTES)));
}

/**
 * The player id of the guest with this secret.
 * @param {string} secret
 */
export function guestId(secret) {
  return `guest-${hexOf(sha256(new TextEncoder().encode(HASHED_PREFIX + secret)).subarray(0, ID_BYTES))}`;
}

/**
 * The token with which the guest with this secret connects.
 * @param {string} secret
 * @param {string} [name] what others see; the player id when there is none
 */
export function guestToken(secret, name = "") {
  const shown = base64url(new TextEncoder().encode(name));
  return TOKEN_PREFIX + secret + (shown && `.${shown}`);
}

/** @param {string} token */
export function isGuestToken(token) {
  return token.startsWith(TOKEN_PREFIX);
}

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
