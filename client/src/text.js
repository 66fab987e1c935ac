/**
 * The text with U+FFFD for every half of a surrogate pair, which has no form in UTF-8: what is left of an emoji that was cut
 * in its middle. Browsers from before 2023 have no `toWellFormed`.
 * @param {string} text
 * @returns {string}
 */
export function wellFormed(text) {
  return /** @type {any} */ (text).toWellFormed?.() ?? text.replace(/[\ud800-\udfff]/gu, "\ufffd");
}
