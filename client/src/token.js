/**
 * When a token expires, in milliseconds since 1970; null when it does not say so in a readable way. Nothing is verified
 * here: only the server can.
 *
 * @param {string} token
 * @returns {number | null}
 */
export function expiryOf(token) {
  const payload = token.split(".")[1];
  if (!payload) return null;
  try {
    const claims = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
    return typeof claims.exp === "number" ? claims.exp * 1000 : null;
  } catch {
    return null;
  }
}
