/** Whether chance was fair, checked in this browser as soon as a game of chance is over. */
import { byId, setAttributes, setText } from "./dom.js";
import { verdictText } from "./words.js";

/** @typedef {import("/client/src/fairness.js").Verified | import("/client/src/fairness.js").Unverified} Verdict */

export class FairnessCheck {
  #root = byId("fairness", HTMLDivElement);
  #text = byId("fairness-text", HTMLParagraphElement);
  #again = byId("fairness-again", HTMLButtonElement);
  #verify;
  /** @type {string | null} */
  #game = null;

  /** @param {(game: string) => Promise<Verdict>} verify reads the log as it is now, and checks it */
  constructor(verify) {
    this.#verify = verify;
    this.#again.addEventListener("click", () => {
      if (this.#game) void this.#check(this.#game);
    });
  }

  /**
   * Checks a game that is over, once.
   * @param {string} game
   */
  show(game) {
    if (this.#game === game) return;
    this.#game = game;
    void this.#check(game);
  }

  clear() {
    this.#game = null;
    this.#root.hidden = true;
  }

  /** @param {string} game */
  async #check(game) {
    this.#tell("Checking that chance was fair…", "checking");
    // Browsers keep their cryptography from pages that came without encryption.
    if (!globalThis.crypto?.subtle) return this.#tell("This page is not secure, so the browser cannot check the chance of this game.", "unknown");
    try {
      const verdict = await this.#verify(game);
      if (this.#game === game) this.#tell(verdictText(verdict), verdict.verified ? "verified" : "wrong");
    } catch {
      if (this.#game === game) this.#tell("The log could not be read, so nothing is checked yet.", "unknown");
    }
  }

  /**
   * @param {string} text
   * @param {"checking" | "verified" | "wrong" | "unknown"} state
   */
  #tell(text, state) {
    this.#root.hidden = false;
    setAttributes(this.#root, { "data-state": state });
    setText(this.#text, text);
    this.#again.hidden = state !== "unknown" || !globalThis.crypto?.subtle;
  }
}
