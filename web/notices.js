import { byId, element } from "./dom.js";

/** More than this would push the game off a phone's screen; the oldest give way. */
const NOTICES_MAX = 3;

const CLOSED_BY_US = new Set(["closed", "connection_lost"]);

/**
 * Shows what went wrong until it is dismissed.
 * @param {string} text
 * @param {string} [code]
 */
export function notify(text, code = "") {
  const box = byId("errors", HTMLDivElement);
  for (const shown of box.querySelectorAll(".error")) {
    if (shown.querySelector("p")?.textContent === text) shown.remove();
  }
  const dismiss = element("button", { type: "button", class: "quiet dismiss", "aria-label": "Dismiss" }, "✕");
  const notice = element("div", { class: "error", "data-code": code }, element("p", {}, text), dismiss);
  dismiss.addEventListener("click", () => notice.remove());
  box.append(notice);
  while (box.children.length > NOTICES_MAX) box.firstElementChild?.remove();
}

/** Tells why nothing happens. The next change of the game takes it away. @param {string} text */
export function hint(text) {
  notify(text, "hint");
}

export function clearHints() {
  for (const shown of byId("errors", HTMLDivElement).querySelectorAll('[data-code="hint"]')) shown.remove();
}

/** What was wrong before is of no interest any more. */
export function clearNotices() {
  byId("errors", HTMLDivElement).replaceChildren();
}

/** Tells why a request did not succeed. @param {any} error */
export function notifyError(error) {
  if (CLOSED_BY_US.has(error?.code)) return;
  if (error?.code === "no_answer") {
    notify("The server did not answer. If it took effect after all, the board will show it.", error.code);
  } else {
    notify(error?.message ?? "Something went wrong.", error?.code);
  }
}
