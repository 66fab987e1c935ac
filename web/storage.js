/**
 * Reads a value of a browser's storage. Storage may be switched off, full or damaged; the page works without it.
 * @param {"localStorage" | "sessionStorage"} kind
 * @param {string} key
 * @returns {any} null when there is none
 */
export function load(kind, key) {
  try {
    return JSON.parse(globalThis[kind].getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/**
 * @param {"localStorage" | "sessionStorage"} kind
 * @param {string} key
 * @param {unknown} value
 */
export function save(kind, key, value) {
  try {
    globalThis[kind].setItem(key, JSON.stringify(value));
  } catch {
    // What cannot be kept is made anew next time.
  }
}

/**
 * @param {"localStorage" | "sessionStorage"} kind
 * @param {string} key
 */
export function forget(kind, key) {
  try {
    globalThis[kind].removeItem(key);
  } catch {
    // Where nothing can be kept, nothing is.
  }
}
