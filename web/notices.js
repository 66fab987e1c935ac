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
  const box = byId("refusals", HTMLDivElement);
  for (const shown of box.querySelectorAll(".error")) {
    if (shown.querySelector("p")?.textContent === text) shown.remove();
  }
  box.append(noticeOf(text, code));
  while (box.children.length > NOTICES_MAX) box.firstElementChild?.remove();
}

/** Tells why nothing happens, in the place of what was told before. It goes when it is not true any more. @param {string} text */
export function hint(text) {
  byId("hints", HTMLDivElement).replaceChildren(noticeOf(text, "hint"));
}

/** Tells that what was just pressed waits for the connection. @param {{state: {name: string}}} client */
export function hintWhileApart({ state: { name } }) {
  if (name === "connecting" || name === "waiting-to-retry") hint("There is no connection now. This goes out as soon as there is one.");
}

export function clearHints() {
  byId("hints", HTMLDivElement).replaceChildren();
}

/** Takes notices away that are not true any more. @param {string[]} codes */
export function withdraw(...codes) {
  for (const code of codes) {
    for (const shown of byId("refusals", HTMLDivElement).querySelectorAll(`[data-code="${code}"]`)) shown.remove();
  }
}

/** What was wrong before is of no interest any more. */
export function clearNotices() {
  byId("refusals", HTMLDivElement).replaceChildren();
  clearHints();
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

/**
 * @param {string} text
 * @param {string} code
 */
function noticeOf(text, code) {
  const dismiss = element("button", { type: "button", class: "quiet dismiss", "aria-label": "Dismiss" }, "✕");
  const notice = element("div", { class: "error", "data-code": code }, element("p", {}, text), dismiss);
  dismiss.addEventListener("click", () => notice.remove());
  return notice;
}
