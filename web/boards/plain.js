/**
 * The board of every kind: what the kind's text says of a game, and a button for each legal move. It knows no kind.
 *
 * @typedef {import("./boards.js").Board} Board
 * @typedef {import("./boards.js").Situation} Situation
 * @typedef {import("/client/src/types.js").Actions} Actions
 *
 * @typedef {object} Questions
 * @property {(seq: number) => Promise<string>} text what the game shows after that message, in the kind's words
 * @property {() => Promise<Actions>} actions what the viewer may do now
 */
import { element, setAttributes, setText } from "../dom.js";
import { factsOf } from "../kinds.js";
import { Answer } from "./answers.js";
import { MoveButtons } from "./move-buttons.js";
import { MoveForm } from "./move-form.js";
import { treeOf } from "./tree.js";

/** @implements {Board} */
export class PlainBoard {
  #root;
  #text = element("pre", { class: "plain-text", role: "group", "aria-label": "The game as text", tabindex: 0 });
  #tree = element("div", { class: "plain-tree" });
  #failed = element("p", { class: "plain-failed" }, "The server did not say how the game stands. ");
  #moves = element("div", { class: "plain-moves", role: "group", "aria-label": "Your moves" });
  #note = element("p", { class: "hint" });
  #buttons;
  #form;
  #textAnswer;
  #actionsAnswer;
  /** @type {Situation | null} */
  #situation = null;

  /**
   * @param {HTMLElement} root
   * @param {(move: any) => void} onMove
   * @param {Questions} questions
   */
  constructor(root, onMove, questions) {
    this.#root = root;
    this.#textAnswer = new Answer(questions.text, () => this.#render());
    this.#actionsAnswer = new Answer(() => questions.actions(), () => this.#render());
    this.#buttons = new MoveButtons(onMove);
    this.#form = new MoveForm(onMove);
    const again = element("button", { type: "button" }, "Ask again");
    again.addEventListener("click", () => [this.#textAnswer, this.#actionsAnswer].forEach((answer) => answer.again()));
    this.#failed.append(again);
    this.#moves.append(this.#note, this.#buttons.root, this.#form.root);
  }

  /** @param {Situation} situation */
  show(situation) {
    this.#situation = situation;
    if (situation.text === null) this.#textAnswer.want(situation.seq);
    if (isInTurn(situation)) this.#actionsAnswer.want(situation.seq);
    this.#render();
  }

  clear() {
    this.#situation = null;
    this.#textAnswer.clear();
    this.#actionsAnswer.clear();
    this.#buttons.clear();
    this.#form.clear();
  }

  #render() {
    if (!this.#situation) return;
    if (!this.#moves.isConnected) this.#root.replaceChildren(this.#text, this.#tree, this.#failed, this.#moves);
    this.#showState(this.#situation);
    this.#showMoves(this.#situation);
    this.#failed.hidden = !this.#textAnswer.hasFailed && !this.#actionsAnswer.hasFailed;
  }

  /** The kind's text, or all that the view has where the kind says nothing. @param {Situation} situation */
  #showState({ view, text }) {
    const shown = (text ?? this.#textAnswer.value ?? "").trimEnd();
    const isAnswered = text !== null || this.#textAnswer.value !== null || this.#textAnswer.hasFailed;
    this.#text.hidden = shown === "";
    setText(this.#text, shown);
    this.#tree.hidden = shown !== "" || !isAnswered;
    if (!this.#tree.hidden) this.#tree.replaceChildren(treeOf(view.game));
  }

  /** @param {Situation} situation */
  #showMoves(situation) {
    const { view, seq, isOpen, pending } = situation;
    const answer = this.#actionsAnswer.value;
    const isKnown = isInTurn(situation) && answer?.seq === seq;
    this.#moves.hidden = !isKnown;
    if (!isKnown) return;
    const { actions, cut } = answer;
    this.#buttons.show(actions, pending);
    this.#form.show(cut ? factsOf(view.kind)?.action : null, view.kind);
    setText(this.#note, cut ? `These are the first ${actions.length} moves. You can enter any other one below.` : "");
    this.#note.hidden = !cut;
    for (const button of this.#moves.querySelectorAll("button")) setAttributes(button, { "aria-disabled": isOpen ? null : "true" });
  }
}

/** Whether the viewer may move, or has just moved, in the game as it is now. @param {Situation} situation */
function isInTurn({ view, isOpen, pending, text }) {
  return text === null && (isOpen || (pending !== null && view.you !== null && view.turn.includes(view.you)));
}
