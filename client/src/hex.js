/**
 * Bytes as lower-case hexadecimal digits.
 * @param {Uint8Array} bytes
 */
export function hexOf(bytes) {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * The bytes of hexadecimal digits; null when they are none.
 * @param {unknown} text
 * @returns {Uint8Array<ArrayBuffer> | null}
 */
export function bytesOf(text) {
  if (typeof text !== "string" || !/^([0-9a-f]{2})*$/.test(text)) return null;
  return Uint8Array.from({ length: text.length / 2 }, (_, index) => parseInt(text.slice(2 * index, 2 * index + 2), 16));
}
