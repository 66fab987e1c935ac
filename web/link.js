/** Whether the connection lives, always on the page, and what can be done when it does not. */
import { ConnectionEndedError } from "/client/src/index.js";
import { byId, setAttributes, setText } from "./dom.js";
import { notify, withdraw } from "./notices.js";

/** @typedef {import("/client/src/types.js").ConnectionState} ConnectionState */

export class LinkState {
  #root = byId("connection", HTMLSpanElement);
  #text = byId("connection-text", HTMLSpanElement);
  #retry = byId("retry", HTMLButtonElement);
  /** Whether the connection was lost, and is not back. */
  #wasLost = false;
  /** Whether the server refuses, and the person has been told. */
  #isRefused = false;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #countdown;

  /** @param {() => void} onRetry */
  constructor(onRetry) {
    this.#retry.addEventListener("click", onRetry);
  }

  /** @param {ConnectionState} state */
  show(state) {
    clearInterval(this.#countdown);
    setAttributes(this.#root, { "data-state": state.name, title: state.reason ?? null });
    this.#wasLost = state.name !== "open" && (this.#wasLost || state.name === "waiting-to-retry");
    // It stays while a further attempt is under way: whoever has pressed it keeps their place.
    this.#retry.hidden = state.name !== "failed" && !(this.#wasLost && (state.name === "waiting-to-retry" || state.name === "connecting"));
    setText(this.#retry, retryOf(state));
    setAttributes(this.#retry, { "aria-disabled": state.name === "connecting" ? "true" : null });
    setText(this.#text, textOf(state));
    if (state.name === "open") withdraw("token_refused", "too_many_connections", "refused");
    if (state.name === "failed") notify(state.reason ?? "The server refused the sign-in.", isTakenOver(state) ? "too_many_connections" : "token_refused");
    if (state.refused && !this.#isRefused) notify(`${state.reason} This page goes on trying.`, "refused");
    this.#isRefused = state.refused === true;
    if (state.name === "waiting-to-retry") {
      // The countdown stands outside of the live text: a screen reader hears of the loss once, not every second.
      const tick = () => setAttributes(this.#root, { "data-seconds": secondsUntil(state.retryAt) });
      tick();
      this.#countdown = setInterval(tick, 500);
    } else {
      setAttributes(this.#root, { "data-seconds": null });
    }
  }
}

/** @param {ConnectionState} state */
function retryOf(state) {
  if (state.name !== "failed") return "Retry";
  return isTakenOver(state) ? "Connect here" : "Sign in again";
}

/** Whether another connection of the player has taken over. @param {ConnectionState} state */
function isTakenOver(state) {
  return state.error instanceof ConnectionEndedError;
}

/** @param {ConnectionState} state */
function textOf(state) {
  switch (state.name) {
    case "connecting":
      return "Connecting…";
    case "open":
      return "Connected";
    case "waiting-to-retry":
      return state.refused ? "Refused" : "Offline";
    case "failed":
      return isTakenOver(state) ? "Taken over" : "Signed out";
    case "closed":
      return "Not connected";
  }
}

/** @param {number | undefined} time */
function secondsUntil(time) {
  return Math.max(0, Math.ceil(((time ?? 0) - Date.now()) / 1000));
}
