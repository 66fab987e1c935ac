/**
 * Offers in words: those that are open, and those that the viewer can make. Pure.
 *
 * @typedef {import("/client/src/types.js").View} View
 * @typedef {import("/client/src/types.js").OfferKind} OfferKind
 *
 * @typedef {import("/client/src/types.js").Message} Message
 * @typedef {{seq: number, player: string}} Move
 *
 * @typedef {object} OpenOffer
 * @property {OfferKind} offer
 * @property {number} seq
 * @property {string} text
 * @property {"answer" | "withdraw" | null} youCan
 */
import { factsOf } from "./kinds.js";

/** @type {Record<OfferKind, {button: string, noun: string}>} */
const WORDS = {
  draw: { button: "Offer a draw", noun: "a draw" },
  take_back: { button: "Request takeback", noun: "a takeback" },
  pause: { button: "Offer a pause", noun: "a pause" },
  rematch: { button: "Offer a rematch", noun: "a rematch" },
};

/** @type {OfferKind[]} */
const OFFERS = ["draw", "take_back", "pause", "rematch"];

/** @param {OfferKind} offer */
export function offerButton(offer) {
  return WORDS[offer].button;
}

/** @param {OfferKind} offer */
export function offerNoun(offer) {
  return WORDS[offer]?.noun ?? offer;
}

/**
 * The offers that wait for an answer.
 * @param {View} view
 * @param {(seat: number) => string} nameOf
 * @returns {OpenOffer[]}
 */
export function openOffers(view, nameOf) {
  return (view.offers ?? []).filter(({ declined }) => !declined).map(({ offer, seat, seq, accepted }) => {
    const agreed = accepted.length > 0 ? ` ${accepted.map(nameOf).join(" and ")} agreed.` : "";
    const isRequest = offer === "take_back";
    if (seat === view.you) return { offer, seq, text: `You ${isRequest ? "requested" : "offered"} ${offerNoun(offer)}.${agreed}`, youCan: "withdraw" };
    const verb = isRequest ? "requests" : "offers";
    const mayAnswer = mayAct(view) && view.you !== null && !accepted.includes(view.you);
    return { offer, seq, text: `${nameOf(seat)} ${verb} ${offerNoun(offer)}.${agreed}`, youCan: mayAnswer ? "answer" : null };
  });
}

/**
 * What can be offered in this phase of such a game, whether it can be offered now or not.
 * @param {View} view
 * @returns {OfferKind[]}
 */
export function offersOf(view) {
  return mayAct(view) ? OFFERS.filter((offer) => fitsPhase(view, offer)) : [];
}

/**
 * What the viewer can offer now.
 * @param {View} view
 * @param {boolean} canTakeBack whether they have a move to take back
 * @returns {OfferKind[]}
 */
export function possibleOffers(view, canTakeBack) {
  const offers = view.offers ?? [];
  const isFree = (/** @type {OfferKind} */ offer) =>
    !offers.some((other) => other.offer === offer && (!other.declined || other.seat === view.you));
  return offersOf(view).filter((offer) => (offer !== "take_back" || canTakeBack) && isFree(offer));
}

/**
 * The moves of a game that can be taken back, after further messages: those that no take-back has undone.
 * @param {Move[]} moves
 * @param {Message[]} messages
 * @returns {Move[]}
 */
export function movesAfter(moves, messages) {
  return messages.reduce((all, { seq, player_id, events }) => {
    const undone = events.find(({ type }) => type === "taken_back");
    if (undone) return all.filter((move) => move.seq <= undone.data.to);
    // A move begins its message; what follows from something else, as a deal, is nobody's to take back.
    return player_id && events[0]?.type === "played" ? [...all, { seq, player: player_id }] : all;
  }, moves);
}

/** Whether the viewer has a seat, and is still in the game or it is over. @param {View} view */
export function mayAct(view) {
  if (view.you === null) return false;
  return view.phase === "finished" || view.seats[view.you]?.out !== true;
}

/**
 * @param {View} view
 * @param {OfferKind} offer
 */
function fitsPhase(view, offer) {
  switch (offer) {
    case "draw":
      return view.phase === "playing";
    case "take_back":
      return view.phase === "playing" && factsOf(view.kind)?.take_backs === true;
    case "pause":
      return view.phase === "playing" && (view.clock?.length ?? 0) > 0;
    case "rematch":
      return view.phase === "finished" && !view.rematch && view.seats.every((seat) => seat !== null) && view.outcome?.reason !== "abandoned";
  }
}
