/**
 * Tells a client when it is worth trying at once, in a browser: the network is back, or somebody comes back to the page or
 * touches it. A wait that has grown long is then over, and the player does not sit before a page that could be connected.
 *
 * @param {Pick<import("./client.js").Client, "wake" | "networkChanged" | "hurry">} client
 * @param {{window: EventTarget, document: EventTarget & {hidden: boolean}}} [page] another window than this one
 * @returns {() => void} ends it
 */
export function hurryOnReturn(client, page = globalThis) {
  const end = new AbortController();
  const options = { capture: true, passive: true, signal: end.signal };
  const on = (/** @type {EventTarget} */ target, /** @type {string} */ name, /** @type {() => void} */ task) =>
    target.addEventListener(name, task, options);
  on(page.window, "online", () => client.networkChanged());
  on(page.window, "focus", () => client.wake());
  on(page.document, "visibilitychange", () => {
    if (!page.document.hidden) client.wake();
  });
  for (const name of ["pointerdown", "keydown"]) on(page.window, name, () => client.hurry());
  return () => end.abort();
}
