/**
 * Offers at the table: those that wait for an answer, and the buttons that make new ones.
 *
 * @typedef {import("/client/src/types.js").View} View
 * @typedef {import("/client/src/types.js").OfferKind} OfferKind
 * @typedef {import("/client/src/types.js").OpenOffer} OpenOffer
 * @typedef {"accept" | "decline" | "withdraw"} OfferAnswer
 *
 * @typedef {object} OfferDeeds
 * @property {(button: HTMLButtonElement, offer: OfferKind) => void} onOffer
 * @property {(button: HTMLButtonElement, answer: OfferAnswer, offer: OpenOffer) => void} onAnswer
 */
import { byId, element, keyed, setAttributes, setText } from "./dom.js";
import { offerButton, offerNoun, offersOf, openOffers, possibleOffers } from "./offer-words.js";

export class Offers {
  #open = byId("offers", HTMLUListElement);
  #possible = byId("offer-buttons", HTMLDivElement);
  #deeds;

  /** @param {OfferDeeds} deeds */
  constructor(deeds) {
    this.#deeds = deeds;
  }

  /**
   * @param {View} view
   * @param {(seat: number) => string} nameOf
   * @param {import("./offer-words.js").Move[]} moves
   */
  show(view, nameOf, moves) {
    const open = openOffers(view, nameOf);
    this.#open.hidden = open.length === 0;
    const items = keyed(this.#open, open.map(({ offer, seq, youCan }) => `${offer} ${seq} ${youCan}`), (key) => this.#makeOpen(key));
    items.forEach((item, index) => setText(/** @type {HTMLElement} */ (item.firstElementChild), open[index]?.text ?? ""));
    const you = view.you === null ? undefined : view.seats[view.you]?.player_id;
    const possible = possibleOffers(view, moves.some(({ player }) => player === you));
    const offers = offersOf(view);
    this.#possible.hidden = offers.length === 0;
    const buttons = keyed(this.#possible, offers, (key) => {
      const offer = /** @type {OfferKind} */ (key);
      return this.#button(offerButton(offer), "offer", offer, (button) => this.#deeds.onOffer(button, offer));
    });
    // What cannot be offered now keeps its place, so that no other button comes under a finger.
    buttons.forEach((button, index) => {
      const offer = offers[index];
      setAttributes(button, { "aria-disabled": offer && possible.includes(offer) ? null : "true" });
    });
  }

  clear() {
    this.#open.replaceChildren();
    this.#possible.replaceChildren();
    this.#open.hidden = this.#possible.hidden = true;
  }

  /** @param {string} key */
  #makeOpen(key) {
    const [name, seq, youCan] = key.split(" ");
    const offer = /** @type {OfferKind} */ (name);
    const answer = (/** @type {string} */ text, /** @type {OfferAnswer} */ action) =>
      this.#button(text, action, offer, (button) => this.#deeds.onAnswer(button, action, { offer, seq: Number(seq) }));
    /** @type {Node[]} */
    const buttons = [];
    if (youCan === "answer") buttons.push(answer("Accept", "accept"), answer("Decline", "decline"));
    if (youCan === "withdraw") buttons.push(answer("Withdraw", "withdraw"));
    return element("li", { class: "offer", "data-offer": offer }, element("span", { class: "offer-text" }), ...buttons);
  }

  /**
   * @param {string} text
   * @param {"offer" | OfferAnswer} action
   * @param {OfferKind} offer
   * @param {(button: HTMLButtonElement) => void} onClick
   */
  #button(text, action, offer, onClick) {
    const isPrimary = action === "accept";
    const button = element("button", { type: "button", class: isPrimary ? "primary" : "", "data-action": action, "data-offer": offer }, text);
    // "Accept" alone does not say what, when it is read on its own.
    if (action !== "offer") button.setAttribute("aria-label", `${text} ${offerNoun(offer)}`);
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled") !== "true") onClick(button);
    });
    return button;
  }
}
