/**
 * Crazy eights: what the others hold, the cards on the table, and the viewer's own hand. For browser tests:
 * `button[data-card="8H"]`, `[data-fits]`, then `button[data-wish="S"]` for an eight; `#draw`, `#pass`.
 *
 * @typedef {import("../boards/boards.js").Board} Board
 * @typedef {import("../boards/boards.js").Situation} Situation
 * @typedef {import("./crazy-eights/cards.js").CardView} CardView
 * @typedef {import("./crazy-eights/cards.js").Move} Move
 */
import { element, keyed, setAttributes, setText } from "../dom.js";
import {
  SUITS, canDraw, cardLabel, cardName, cardRefusal, drawRefusal, fits, isWild, passRefusal, rankSign, sorted, suitName, suitOf, suitSign,
} from "./crazy-eights/cards.js";

/** @type {import("../kinds.js").Look} */
export default {
  title: "Crazy eights",
  fields: [{ name: "hand", label: "Cards for each", min: 3, max: 8, value: 5 }],
  describe: ({ hand }) => (hand === undefined ? "" : `${hand} cards for each`),
  tell({ dealt, played, drew, reshuffled, passed, dropped }) {
    if (dealt) return { seat: null, text: `The cards were dealt, ${dealt.hand} to each` };
    if (played) return { seat: played.seat, text: playText(played) };
    if (drew) return { seat: drew.seat, text: `drew ${drew.card ? `the ${cardName(drew.card)}` : "a card"}` };
    if (reshuffled) return { seat: null, text: "The discards were shuffled into a new pile" };
    if (passed) return { seat: passed.seat, text: "passed" };
    return dropped ? { seat: dropped.seat, text: "left the game" } : null;
  },
  reasons: { out_of_cards: "the hand is empty", last_at_the_table: "everybody else has left", blocked: "nobody can play" },
  board: (root, onMove, onRefused) => new CrazyEightsBoard(root, onMove, onRefused),
  style: new URL("crazy-eights.css", import.meta.url),
};

/** @implements {Board} */
export class CrazyEightsBoard {
  #root;
  #onMove;
  #onRefused;
  #others = element("ol", { class: "panels" });
  #top = element("div", { class: "top-card" });
  #told = element("p", { class: "suit-told" });
  #hand = element("div", { class: "hand", role: "group", "aria-label": "Your hand", tabindex: -1 });
  #suits = element("div", { class: "choices", role: "group", "aria-label": "The suit that must follow" });
  #draw = element("button", { type: "button", id: "draw" }, "Draw a card");
  #pass = element("button", { type: "button", id: "pass" }, "Pass");
  #actions = element("div", { class: "actions" }, this.#draw, this.#pass);
  /** @type {Situation | null} */
  #situation = null;
  /** The eight that waits for its suit. @type {string | null} */
  #wild = null;

  /**
   * @param {HTMLElement} root
   * @param {(move: Move) => void} onMove
   * @param {import("../boards/boards.js").OnRefused} onRefused
   */
  constructor(root, onMove, onRefused) {
    this.#root = root;
    this.#onMove = onMove;
    this.#onRefused = onRefused;
    this.#suits.hidden = true;
    this.#draw.addEventListener("click", () => this.#tried({ draw: {} }, drawRefusal));
    this.#pass.addEventListener("click", () => this.#tried({ pass: {} }, passRefusal));
    this.#suits.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#choose(null);
    });
  }

  /** @param {Situation} situation */
  show(situation) {
    this.#situation = situation;
    if (!this.#hand.isConnected) {
      const table = element("div", { class: "card-table" }, this.#top, this.#told);
      this.#root.replaceChildren(this.#others, table, this.#hand, this.#suits, this.#actions);
    }
    this.#showOthers(situation);
    this.#showTable(situation);
    this.#showHand(situation);
    this.#showActions(situation);
  }

  clear() {
    this.#situation = this.#wild = null;
    this.#suits.hidden = true;
  }

  /** @param {Situation} situation */
  #showOthers({ view, nameOf }) {
    /** @type {CardView} */
    const game = view.game;
    const seats = game.cards.map((_, seat) => seat).filter((seat) => seat !== view.you);
    const hands = keyed(this.#others, seats, () => element("li", { class: "panel" }));
    hands.forEach((hand, index) => {
      const seat = seats[index] ?? 0;
      const count = game.cards[seat] ?? 0;
      const isGone = game.gone.includes(seat);
      setAttributes(hand, {
        "data-seat": seat, "data-out": isGone ? "true" : null, "data-turn": view.turn.includes(seat) ? "true" : null,
      });
      const shown = game.hands[seat];
      const cards = shown && shown.length > 0
        ? element("span", { class: "fan" }, ...sorted(shown).map((card) => cardFace(card, "small")))
        : element("span", { class: "fan", "aria-hidden": "true" }, ...Array.from({ length: count }, cardBack));
      hand.replaceChildren(
        element("span", { class: "panel-name" }, nameOf(seat)),
        element("span", { class: "panel-note" }, isGone ? "has left" : cardCount(count)),
        cards,
      );
    });
  }

  /** @param {Situation} situation */
  #showTable({ view }) {
    /** @type {CardView} */
    const game = view.game;
    const top = game.discards.at(-1);
    this.#top.replaceChildren(...(top ? [cardFace(top, "large")] : []));
    if (!top) return setText(this.#told, "The cards are dealt when the game begins.");
    setAttributes(this.#told, { "data-suit": game.suit });
    if (view.phase === "finished") return setText(this.#told, `The last card was the ${cardName(top)}.`);
    setText(this.#told, `Suit to follow: ${suitName(game.suit)} ${suitSign(game.suit)}. ${cardCount(game.pile)} to draw.`);
  }

  /** @param {Situation} situation */
  #showHand({ view, isOpen, pending }) {
    /** @type {CardView} */
    const game = view.game;
    const own = view.you === null ? [] : sorted(game.hands[view.you] ?? []);
    this.#hand.hidden = own.length === 0;
    const hadFocus = this.#hand.contains(document.activeElement);
    const cards = keyed(this.#hand, own, (card) => {
      const button = element("button", { type: "button", class: "card", "data-card": card, "aria-label": cardLabel(card) });
      button.append(...cardFace(card, "large").childNodes);
      setAttributes(button, { "data-suit": suitOf(card) });
      button.addEventListener("click", () => this.#clicked(card));
      return button;
    });
    for (const card of cards) {
      const name = card.getAttribute("data-card") ?? "";
      setAttributes(card, {
        "aria-disabled": isOpen && fits(game, name) ? null : "true",
        "data-fits": isOpen && fits(game, name) ? "true" : null,
        "data-pending": pending?.play?.card === name ? "true" : null,
        "aria-pressed": this.#wild === name ? "true" : null,
      });
    }
    // The card that was played took the focus with it.
    if (hadFocus && !this.#hand.contains(document.activeElement)) this.#hand.focus();
    if (!isOpen || (this.#wild && !own.includes(this.#wild))) this.#choose(null);
  }

  /** @param {Situation} situation */
  #showActions({ view, isOpen }) {
    this.#actions.hidden = view.you === null || view.phase !== "playing" || view.game.gone.includes(view.you);
    setAttributes(this.#draw, { "aria-disabled": isOpen && canDraw(view.game) ? null : "true" });
    setAttributes(this.#pass, { "aria-disabled": isOpen && !canDraw(view.game) ? null : "true" });
  }

  /** @param {string} card */
  #clicked(card) {
    const situation = this.#situation;
    if (situation?.isOpen && isWild(card)) return this.#choose(this.#wild === card ? null : card);
    this.#tried({ play: { card } }, (game) => cardRefusal(game, card));
  }

  /**
   * @param {Move} move
   * @param {(game: CardView) => string | null} refusalOf
   */
  #tried(move, refusalOf) {
    const refusal = this.#situation && refusalOf(this.#situation.view.game);
    if (refusal) this.#onRefused(refusal);
    else this.#onMove(move);
  }

  /** Asks for the suit that must follow an eight. @param {string | null} card */
  #choose(card) {
    const hadFocus = this.#suits.contains(document.activeElement);
    const before = this.#wild;
    this.#wild = card;
    this.#suits.hidden = card === null;
    for (const button of this.#hand.querySelectorAll("button")) {
      setAttributes(button, { "aria-pressed": button.getAttribute("data-card") === card ? "true" : null });
    }
    if (card === null) {
      this.#suits.replaceChildren();
      if (hadFocus) (this.#cardButton(before) ?? this.#hand).focus();
      return;
    }
    const buttons = SUITS.map((suit) => {
      const button = element("button", { type: "button", "data-wish": suit }, `${suitSign(suit)} ${suitName(suit)}`);
      button.addEventListener("click", () => this.#onMove({ play: { card, suit } }));
      return button;
    });
    this.#suits.replaceChildren(element("span", {}, "Which suit must follow?"), ...buttons);
    buttons[0]?.focus();
  }

  /** @param {string | null} card */
  #cardButton(card) {
    return [...this.#hand.querySelectorAll("button")].find((button) => button.getAttribute("data-card") === card);
  }
}

/** @param {number} count */
function cardCount(count) {
  return `${count} ${count === 1 ? "card" : "cards"}`;
}

/**
 * @param {string} card
 * @param {"small" | "large"} size
 */
function cardFace(card, size) {
  const suit = suitOf(card);
  return element(
    "span",
    { class: "card", "data-size": size, "data-suit": suit, role: "img", "aria-label": cardName(card) },
    element("span", { class: "rank", "aria-hidden": "true" }, rankSign(card)),
    element("span", { class: "suit", "aria-hidden": "true" }, suitSign(suit)),
  );
}

function cardBack() {
  return element("span", { class: "card", "data-size": "small", "data-hidden": "true" });
}

/** @param {{card: string, suit: string}} played */
function playText({ card, suit }) {
  return isWild(card) ? `played the ${cardName(card)} and asked for ${suitName(suit)}` : `played the ${cardName(card)}`;
}
