/** What there is to say to somebody who came with a link, or has to come with one: their name is not theirs to choose here. */
import { byId, setAttributes, setText } from "./dom.js";
import { anybodyMayPlay } from "./identity.js";
import { isExpired, wayOf } from "./sign-in.js";

/** @typedef {import("./sign-in.js").Identity} Identity */
/** @typedef {"signed-in" | "expired" | "nobody"} State */

const ASK = "Ask whoever runs this server for";

export class Account {
  #root = byId("account", HTMLElement);
  #title = byId("account-title", HTMLHeadingElement);
  #text = byId("account-text", HTMLParagraphElement);
  #back = byId("account-back", HTMLButtonElement);
  #signOut = byId("sign-out", HTMLButtonElement);

  /**
   * @param {() => void} onBack
   * @param {() => void} onSignOut
   */
  constructor(onBack, onSignOut) {
    this.#back.addEventListener("click", onBack);
    this.#signOut.addEventListener("click", onSignOut);
  }

  /**
   * Whether this is what somebody has to see now.
   * @param {Identity} identity
   * @param {boolean} isRenaming whether they have asked for their name
   */
  isFor(identity, isRenaming) {
    const state = stateOf(identity);
    return state === "signed-in" ? isRenaming : state !== null;
  }

  /** @param {Identity} identity */
  show(identity) {
    const state = stateOf(identity) ?? "nobody";
    setAttributes(this.#root, { "data-state": state });
    const { title, text } = wordsOf(state, identity.name);
    setText(this.#title, title);
    setText(this.#text, text);
    this.#back.hidden = state !== "signed-in";
    // Signed out, there has to be something else to be.
    this.#signOut.hidden = state === "nobody" || (state === "expired" && !anybodyMayPlay());
    setText(this.#signOut, state === "expired" ? "Play without a link" : "Sign out");
  }
}

/** Null for those who choose their own name. @param {Identity} identity @returns {State | null} */
function stateOf(identity) {
  if (identity.player_id === "") return "nobody";
  if (wayOf(identity) !== "token") return null;
  return isExpired(identity, Date.now()) ? "expired" : "signed-in";
}

/**
 * @param {State} state
 * @param {string} name
 */
function wordsOf(state, name) {
  switch (state) {
    case "signed-in":
      return { title: `You are signed in as ${name}`, text: "The name comes with the link that you opened, and cannot be changed here." };
    case "expired":
      return { title: "Your sign-in has expired", text: `You were signed in as ${name}. ${ASK} a new link, and open it in this browser.` };
    case "nobody":
      return { title: "You need a link to play here", text: `${ASK} a link that signs you in, and open it in this browser.` };
  }
}
