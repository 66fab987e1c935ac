/**
 * Rock, paper, scissors: the score, the round before, and the three choices. For browser tests: `button[data-choice="rock"]`.
 *
 * @typedef {import("../boards/boards.js").Board} Board
 * @typedef {import("../boards/boards.js").Situation} Situation
 * @typedef {"rock" | "paper" | "scissors"} Choice
 * @typedef {object} RoundView
 * @property {number} best_of
 * @property {number} rounds played so far, draws too
 * @property {number[]} wins
 * @property {boolean[]} chosen who has chosen in this round
 * @property {(Choice | null)[]} choices null where the viewer may not see it
 * @property {Choice[] | null} last the round before
 */
import { element, setAttributes, setText, sketch } from "../dom.js";

/** @type {Choice[]} */
const CHOICES = ["rock", "paper", "scissors"];

/** @type {Record<Choice, string>} */
const DRAWINGS = {
  rock: "M5 16l-1.5-5L8 5.5l6.5-1 5.5 5-.5 7-5 3H8z",
  paper: "M6 3.5h9l3 3v14H6zM15 3.5v3h3M9 10.5h6M9 14h6",
  scissors: "M8.2 15.4L18 3.5M15.8 15.4L6 3.5M3.7 17.8a2.8 2.8 0 1 0 5.6 0a2.8 2.8 0 1 0 -5.6 0M14.7 17.8a2.8 2.8 0 1 0 5.6 0a2.8 2.8 0 1 0 -5.6 0",
};

/** @type {import("../kinds.js").Look} */
export default {
  title: "Rock, paper, scissors",
  fields: [{ name: "best_of", label: "Best of", min: 1, max: 15, step: 2, value: 3 }],
  describe: ({ best_of = 3 }) => `best of ${best_of}`,
  tell({ chose, shown }, { nameOf }) {
    if (chose) return { seat: chose.seat, text: chose.choice ? `chose ${chose.choice}` : "has chosen" };
    if (!shown) return null;
    const winner = winnerOf(shown);
    const won = winner === null ? "nobody won the round" : `${nameOf(winner)} won the round`;
    return { seat: null, text: `Both showed their choice, ${shown[0]} against ${shown[1]}: ${won}` };
  },
  reasons: { rounds: (/** @type {RoundView} */ { wins }) => wins.toSorted((left, right) => right - left).join(" to ") },
  board: (root, onMove) => new RockPaperScissorsBoard(root, onMove),
  style: new URL("rock-paper-scissors.css", import.meta.url),
};

/** @implements {Board} */
export class RockPaperScissorsBoard {
  #root;
  #sides = [0, 1].map((seat) => makeSide(seat));
  #last = element("p", { class: "round-before" });
  #choices = element("div", { class: "choices", role: "group", "aria-label": "Your choice" });
  #buttons;

  /**
   * @param {HTMLElement} root
   * @param {(move: {choose: Choice}) => void} onMove
   */
  constructor(root, onMove) {
    this.#root = root;
    this.#buttons = CHOICES.map((choice) => {
      const button = element("button", { type: "button", class: "throw", "data-choice": choice }, sketch(DRAWINGS[choice], { class: "hand-sign" }), titled(choice));
      button.addEventListener("click", () => onMove({ choose: choice }));
      return button;
    });
    this.#choices.append(...this.#buttons);
  }

  /** @param {Situation} situation */
  show({ view, isOpen, pending, nameOf }) {
    /** @type {RoundView} */
    const round = view.game;
    if (!this.#choices.isConnected) {
      this.#root.replaceChildren(element("div", { class: "duel" }, ...this.#sides), this.#last, this.#choices);
    }
    this.#sides.forEach((side, seat) => showSide(side, seat, round, view.phase, nameOf(seat)));
    setText(this.#last, lastRound(round, nameOf));
    this.#choices.hidden = view.you === null || view.phase === "finished";
    const own = view.you === null ? null : (round.choices[view.you] ?? null);
    for (const button of this.#buttons) {
      const choice = button.getAttribute("data-choice");
      setAttributes(button, {
        "aria-pressed": String(own === choice),
        "aria-disabled": isOpen ? null : "true",
        "data-pending": pending?.choose === choice ? "true" : null,
      });
    }
  }

  /** There is nothing to forget: all of it comes from the view. */
  clear() {}
}

/** @param {number} seat */
function makeSide(seat) {
  return element(
    "div",
    { class: "panel side", "data-seat": seat },
    element("span", { class: "panel-name" }),
    element("span", { class: "score" }),
    element("span", { class: "panel-note" }),
  );
}

/**
 * @param {HTMLElement} side
 * @param {number} seat
 * @param {RoundView} round
 * @param {string} phase
 * @param {string} name
 */
function showSide(side, seat, round, phase, name) {
  const [label, score, state] = /** @type {HTMLElement[]} */ ([...side.children]);
  const choice = round.choices[seat] ?? null;
  const wins = round.wins[seat] ?? 0;
  if (label) setText(label, name);
  if (score) setText(score, `${wins} ${wins === 1 ? "win" : "wins"}`);
  if (state) setText(state, phase === "playing" ? stateText(choice, round.chosen[seat] === true) : "");
  setAttributes(side, { "data-chosen": round.chosen[seat] ? "true" : null });
}

/**
 * @param {Choice | null} choice
 * @param {boolean} hasChosen
 */
function stateText(choice, hasChosen) {
  if (choice) return titled(choice);
  return hasChosen ? "has chosen" : "is choosing…";
}

/**
 * @param {RoundView} round
 * @param {(seat: number) => string} nameOf
 */
function lastRound({ last, rounds }, nameOf) {
  if (!last) return "";
  const winner = winnerOf(last);
  const how = winner === null ? "a draw" : `${nameOf(winner)} won it`;
  return `Round ${rounds}: ${nameOf(0)} ${last[0]}, ${nameOf(1)} ${last[1]} – ${how}.`;
}

/** @param {string} choice */
function titled(choice) {
  return choice.charAt(0).toUpperCase() + choice.slice(1);
}

/**
 * The seat that wins a round; null when both chose the same.
 * @param {string[]} shown
 */
export function winnerOf([first = "", second = ""]) {
  if (first === second) return null;
  const beats = { rock: "scissors", paper: "rock", scissors: "paper" };
  return beats[/** @type {keyof typeof beats} */ (first)] === second ? 0 : 1;
}
