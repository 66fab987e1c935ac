/**
 * Liar's dice: everybody's cup, the bid on the table, and what the viewer may bid. For browser tests: `#bid-count`, `#bid-face`, `#bid`,
 * `#challenge`.
 *
 * @typedef {import("../boards/boards.js").Board} Board
 * @typedef {import("../boards/boards.js").Situation} Situation
 * @typedef {{count: number, face: number}} Bid
 * @typedef {{bid: Bid} | {challenge: {}}} Move
 * @typedef {object} DiceView
 * @property {boolean} wild_ones whether ones count as any face
 * @property {number[]} dice how many each seat has
 * @property {(number[] | null)[]} cups null where the viewer may not see it
 * @property {Bid | null} bid
 * @property {{seat: number, bid: Bid, cups: number[][], loser: number} | null} last the last challenge
 */
import { element, keyed, setAttributes, setText } from "../dom.js";

export const FACES = [1, 2, 3, 4, 5, 6];

/** @type {import("../kinds.js").Look} */
export default {
  title: "Liar’s dice",
  fields: [
    { name: "dice", label: "Dice for each", min: 1, max: 6, value: 5 },
    { name: "wild_ones", label: "Ones count as any face", value: true },
  ],
  // A view has the dice of everybody in the place of the option.
  describe({ dice, wild_ones = true }) {
    const parts = [typeof dice === "number" && `${dice} dice for each`, wild_ones ? "ones are wild" : "ones are ones"];
    return parts.filter(Boolean).join(", ");
  },
  tell({ rolled, bid, challenged, dropped }, { nameOf }) {
    if (rolled) return { seat: null, text: "All dice were rolled" };
    if (bid) return { seat: bid.seat, text: `bid ${bidText(bid.bid)}` };
    if (dropped) return { seat: dropped.seat, text: "left the game" };
    if (!challenged) return null;
    return {
      seat: challenged.seat,
      text: `called ${bidText(challenged.bid)} a lie; ${nameOf(challenged.loser)} lost a die`,
    };
  },
  reasons: { last_with_dice: "the last one with dice" },
  board: (root, onMove, onRefused) => new LiarsDiceBoard(root, onMove, onRefused),
  style: new URL("liars-dice.css", import.meta.url),
};

/** @implements {Board} */
export class LiarsDiceBoard {
  #root;
  #onMove;
  #cups = element("ol", { class: "panels" });
  #bid = element("p", { class: "bid" });
  #last = element("div", { class: "challenge" });
  #form = element("form", { class: "bid-form" });
  #count = element("input", { type: "number", inputmode: "numeric", id: "bid-count", min: 1, value: 1, required: "" });
  #face = element("select", { id: "bid-face" }, ...FACES.map((face) => element("option", { value: face }, String(face))));
  #make = element("button", { type: "submit", class: "primary", id: "bid" }, "Bid");
  #challenge = element("button", { type: "button", id: "challenge" }, "Challenge");
  /** @type {Situation | null} */
  #situation = null;
  /** The bid that the form was set up for; what somebody typed since then stays. */
  #proposedFor = "";

  /**
   * @param {HTMLElement} root
   * @param {(move: Move) => void} onMove
   * @param {import("../boards/boards.js").OnRefused} onRefused
   */
  constructor(root, onMove, onRefused) {
    this.#root = root;
    this.#onMove = onMove;
    const field = (/** @type {string} */ text, /** @type {HTMLElement} */ input) =>
      element("div", { class: "field" }, element("label", { for: input.id }, text), input);
    this.#form.append(field("Dice", this.#count), field("Face", this.#face), this.#make, this.#challenge);
    this.#form.addEventListener("input", () => this.#check());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#check()) this.#onMove({ bid: this.#bidOfForm() });
    });
    this.#challenge.addEventListener("click", () => {
      if (this.#situation?.view.game.bid) this.#onMove({ challenge: {} });
      else onRefused("There is no bid to challenge yet.");
    });
  }

  /** @param {Situation} situation */
  show(situation) {
    const { view } = situation;
    /** @type {DiceView} */
    const game = view.game;
    this.#situation = situation;
    if (!this.#form.isConnected) {
      this.#root.replaceChildren(this.#cups, this.#bid, this.#form, this.#last);
    }
    showCups(this.#cups, situation);
    setText(this.#bid, bidOnTable(situation));
    this.#last.replaceChildren(...lastChallenge(situation));
    this.#form.hidden = view.you === null || view.phase !== "playing" || (game.dice[view.you] ?? 0) === 0;
    this.#propose(game);
    this.#check();
  }

  clear() {
    this.#situation = null;
    this.#proposedFor = "";
  }

  /** Sets the form to the lowest bid, once for each bid on the table. @param {DiceView} game */
  #propose(game) {
    const state = JSON.stringify([game.bid, game.dice]);
    if (state === this.#proposedFor) return;
    this.#proposedFor = state;
    const bid = lowestBid(game) ?? game.bid;
    this.#count.max = String(diceInPlay(game));
    this.#count.value = String(bid?.count ?? 1);
    this.#face.value = String(bid?.face ?? 2);
  }

  /** Whether the form holds a bid; the browser tells when it does not. */
  #check() {
    if (!this.#situation) return false;
    const { view, isOpen } = this.#situation;
    const fits = isBid(view.game, this.#bidOfForm());
    const hint = view.game.bid ? `Bid more than ${bidText(view.game.bid)}: more dice, or as many of a higher face.` : "";
    this.#count.setCustomValidity(fits || !isOpen || this.#count.value === "" ? "" : hint || "So many dice are not there.");
    setAttributes(this.#make, { "aria-disabled": isOpen && lowestBid(view.game) ? null : "true" });
    setAttributes(this.#challenge, { "aria-disabled": isOpen && view.game.bid ? null : "true" });
    return fits || !isOpen;
  }

  #bidOfForm() {
    return { count: this.#count.valueAsNumber, face: Number(this.#face.value) };
  }
}

/**
 * @param {HTMLElement} list
 * @param {Situation} situation
 */
function showCups(list, { view, nameOf }) {
  /** @type {DiceView} */
  const game = view.game;
  const cups = keyed(list, game.dice.map((_, seat) => seat), () => element("li", { class: "panel cup" }));
  cups.forEach((cup, seat) => {
    const count = game.dice[seat] ?? 0;
    const dice = game.cups[seat] ?? null;
    setAttributes(cup, {
      "data-seat": seat, "data-you": seat === view.you ? "true" : null, "data-out": count === 0 ? "true" : null,
      "data-turn": view.turn.includes(seat) ? "true" : null,
    });
    const held = count === 0 ? "no dice" : `${count} ${count === 1 ? "die" : "dice"}`;
    cup.replaceChildren(
      element("span", { class: "panel-name" }, seat === view.you ? "Your cup" : nameOf(seat)),
      element("span", { class: "panel-note" }, held),
      dice ? diceRow(dice) : element("span", { class: "dice", "aria-hidden": "true" }, ...Array.from({ length: count }, hiddenDie)),
    );
  });
}

/** @param {Situation} situation */
function bidOnTable({ view, nameOf }) {
  /** @type {DiceView} */
  const game = view.game;
  if (game.dice.length === 0) return "The dice are rolled when the game begins.";
  if (view.phase === "finished") return "";
  const inPlay = `${diceInPlay(game)} dice are in play${game.wild_ones ? ", and ones count as any face" : ""}.`;
  const bidder = bidderOf(game, view.turn[0]);
  if (!game.bid) return `No bid yet. ${inPlay}`;
  return `${bidder === null ? "The bid is" : `${nameOf(bidder)} bids`} ${bidText(game.bid)}. ${inPlay}`;
}

/**
 * @param {Situation} situation
 * @returns {HTMLElement[]}
 */
function lastChallenge({ view, nameOf }) {
  /** @type {DiceView} */
  const { last, wild_ones } = view.game;
  if (!last) return [];
  const isMatch = (/** @type {number} */ die) => counts(die, last.bid.face, wild_ones);
  const found = last.cups.flat().filter(isMatch).length;
  const told = `${nameOf(last.seat)} doubted ${bidText(last.bid)}. There ${found === 1 ? "was" : "were"} ${found}: ${nameOf(last.loser)} lost a die.`;
  const cups = last.cups.flatMap((cup, seat) =>
    cup.length === 0 ? [] : [element("li", {}, element("span", { class: "panel-name" }, nameOf(seat)), diceRow(cup, isMatch))],
  );
  return [element("h2", {}, "The last challenge"), element("p", {}, told), element("ol", { class: "panels shown-cups" }, ...cups)];
}

/**
 * @param {number[]} dice
 * @param {(die: number) => boolean} [isMatch]
 */
function diceRow(dice, isMatch = () => false) {
  const row = element("span", { class: "dice", role: "img", "aria-label": dice.join(", ") });
  row.append(...dice.map((die) => dieOf(die, isMatch(die))));
  return row;
}

/**
 * @param {number} face
 * @param {boolean} isMatch
 */
function dieOf(face, isMatch) {
  const pips = Array.from({ length: face }, () => element("i", {}));
  return element("span", { class: "die", "data-face": face, "data-match": isMatch ? "true" : null }, ...pips);
}

function hiddenDie() {
  return element("span", { class: "die", "data-hidden": "true" });
}

/** @param {Bid} bid */
export function bidText({ count, face }) {
  return `${count} × ${face}`;
}

/** @param {Pick<DiceView, "dice">} game */
export function diceInPlay({ dice }) {
  return dice.reduce((sum, count) => sum + count, 0);
}

/**
 * Whether it may be bid: more dice than the last bid, or as many of a higher face.
 * @param {Pick<DiceView, "dice" | "bid">} game
 * @param {Bid} bid
 */
export function isBid(game, { count, face }) {
  if (!Number.isInteger(count) || count < 1 || count > diceInPlay(game) || !FACES.includes(face)) return false;
  return game.bid === null || count > game.bid.count || (count === game.bid.count && face > game.bid.face);
}

/**
 * The lowest bid that there is; null when the last one cannot be raised.
 * @param {Pick<DiceView, "dice" | "bid">} game
 * @returns {Bid | null}
 */
export function lowestBid(game) {
  const { count, face } = game.bid ?? { count: 1, face: 1 };
  const next = face < 6 ? { count, face: face + 1 } : { count: count + 1, face: 1 };
  return isBid(game, next) ? next : null;
}

/**
 * Who made the last bid: the last player before the one in turn who still has dice.
 * @param {Pick<DiceView, "dice" | "bid">} game
 * @param {number | undefined} turn
 */
export function bidderOf({ dice, bid }, turn) {
  if (bid === null || turn === undefined) return null;
  for (let back = 1; back < dice.length; back += 1) {
    const seat = (turn - back + dice.length) % dice.length;
    if ((dice[seat] ?? 0) > 0) return seat;
  }
  return null;
}

/**
 * Whether a die counts for a bid on that face.
 * @param {number} die
 * @param {number} face
 * @param {boolean} wildOnes
 */
export function counts(die, face, wildOnes) {
  return die === face || (wildOnes && die === 1);
}
