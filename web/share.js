import { addressOf, withSecondPlayer } from "./address.js";
import { byId, setAttributes, setText } from "./dom.js";
import { anybodyGetsTokens } from "./identity.js";
import { notify } from "./notices.js";

const COPIED_SHOWN_MS = 2_000;

/** The link to a game, to be sent to somebody. */
export class Share {
  #box = byId("share", HTMLDivElement);
  #link = byId("share-link", HTMLInputElement);
  #secondPlayer = byId("second-player", HTMLAnchorElement);
  #renew = byId("renew", HTMLButtonElement);

  /** @param {(button: HTMLButtonElement) => void} onRenew the invitation is to be another one */
  constructor(onRenew) {
    this.#renew.addEventListener("click", () => onRenew(this.#renew));
    const copy = byId("copy", HTMLButtonElement);
    copy.addEventListener("click", () => void this.#copy(copy));
    this.#link.addEventListener("focus", () => this.#link.select());
    const native = byId("share-native", HTMLButtonElement);
    native.hidden = typeof navigator.share !== "function";
    native.addEventListener("click", () => {
      // Whoever closes the share sheet gets an error that is none.
      navigator.share({ title: "Play a game with me", url: this.#link.value }).catch(() => {});
    });
  }

  /**
   * Shows it while seats are free.
   * @param {import("/client/src/types.js").View} view
   * @param {object} table
   * @param {string} table.game
   * @param {string | undefined} table.invitation the code that a private game asks for
   * @param {boolean} table.isHost whether the person may make another invitation, which ends the one before
   */
  show({ phase, you, seats }, { game, invitation, isHost }) {
    // Without the query: `?player=` would make the other person this one.
    const link = `${location.origin}${location.pathname}${addressOf(game, invitation)}`;
    if (this.#link.value !== link) this.#link.value = link;
    setAttributes(this.#secondPlayer, { href: withSecondPlayer(link, seats.filter((seat) => seat !== null).length + 1) });
    this.#secondPlayer.hidden = !anybodyGetsTokens();
    this.#renew.hidden = !isHost || invitation === undefined;
    this.#box.hidden = you === null || phase !== "waiting" || !seats.includes(null);
  }

  clear() {
    this.#box.hidden = true;
  }

  /** @param {HTMLButtonElement} button */
  async #copy(button) {
    try {
      await navigator.clipboard.writeText(this.#link.value);
      setText(button, "Copied");
      setTimeout(() => setText(button, "Copy"), COPIED_SHOWN_MS);
    } catch {
      // Pages that are not secure have no clipboard.
      this.#link.focus();
      this.#link.select();
      notify("The browser did not allow copying. The link is selected: copy it with the keyboard or the menu.");
    }
  }
}
