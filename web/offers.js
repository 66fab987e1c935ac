/**
 * Offers at the table: those that wait for an answer, and the buttons that make new ones.
 *
 * @typedef {import("/client/src/types.js").View} View
 * @typedef {import("/client/src/types.js").OfferKind} OfferKind
 * @typedef {"offer" | "accept" | "decline" | "withdraw"} OfferAction
 * @typedef {(button: HTMLButtonElement, action: OfferAction, offer: OfferKind) => void} OnOffer
 */
import { byId, element, keyed, setText } from "./dom.js";
import { offerButton, offerNoun, openOffers, possibleOffers } from "./offer-words.js";

export class Offers {
  #open = byId("offers", HTMLUListElement);
  #possible = byId("offer-buttons", HTMLDivElement);
  #onOffer;

  /** @param {OnOffer} onOffer */
  constructor(onOffer) {
    this.#onOffer = onOffer;
  }

  /**
   * @param {View} view
   * @param {(seat: number) => string} nameOf
   * @param {import("./offer-words.js").Move[]} moves
   */
  show(view, nameOf, moves) {
    const open = openOffers(view, nameOf);
    this.#open.hidden = open.length === 0;
    const items = keyed(this.#open, open.map(({ offer, youCan }) => `${offer} ${youCan}`), (key) => this.#makeOpen(key));
    items.forEach((item, index) => setText(/** @type {HTMLElement} */ (item.firstElementChild), open[index]?.text ?? ""));
    const you = view.you === null ? undefined : view.seats[view.you]?.player_id;
    const possible = possibleOffers(view, moves.some(({ player }) => player === you));
    this.#possible.hidden = possible.length === 0;
    keyed(this.#possible, possible, (offer) => this.#button(offerButton(/** @type {OfferKind} */ (offer)), "offer", /** @type {OfferKind} */ (offer)));
  }

  clear() {
    this.#open.replaceChildren();
    this.#possible.replaceChildren();
    this.#open.hidden = this.#possible.hidden = true;
  }

  /** @param {string} key */
  #makeOpen(key) {
    const [name, youCan] = key.split(" ");
    const offer = /** @type {OfferKind} */ (name);
    /** @type {Node[]} */
    const buttons = [];
    if (youCan === "answer") buttons.push(this.#button("Accept", "accept", offer), this.#button("Decline", "decline", offer));
    if (youCan === "withdraw") buttons.push(this.#button("Withdraw", "withdraw", offer));
    return element("li", { class: "offer", "data-offer": offer }, element("span", { class: "offer-text" }), ...buttons);
  }

  /**
   * @param {string} text
   * @param {OfferAction} action
   * @param {OfferKind} offer
   */
  #button(text, action, offer) {
    const isPrimary = action === "accept";
    const button = element("button", { type: "button", class: isPrimary ? "primary" : "", "data-action": action, "data-offer": offer }, text);
    // "Accept" alone does not say what, when it is read on its own.
    if (action !== "offer") button.setAttribute("aria-label", `${text} ${offerNoun(offer)}`);
    button.addEventListener("click", () => this.#onOffer(button, action, offer));
    return button;
  }
}
