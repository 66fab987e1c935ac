/**
 * The board with all that belongs to it: the moves that are made on it, the control that looks back, and whether it is the plain one.
 *
 * @typedef {import("/client/src/index.js").Client} Client
 * @typedef {import("/client/src/types.js").View} View
 *
 * @typedef {object} Shown the game that the page shows
 * @property {string | null} game its id; null without one
 * @property {View | null} view
 * @property {number} viewSeq the message that the view shows
 * @property {string | undefined} invitation the code of a private game, where it is known
 */
import { Boards } from "./boards/boards.js";
import { byId, setText } from "./dom.js";
import { lookOf } from "./kinds.js";
import { clearHints, clearNotices, hint, hintWhileApart, notifyError } from "./notices.js";
import { PendingMove } from "./pending.js";
import { Replay } from "./replay.js";
import { load, save } from "./storage.js";
import { seatName, statusOf, whyNoMove } from "./words.js";

export class PlayArea {
  #client;
  #shown;
  #nameOf;
  #onChange;
  #pending = new PendingMove();
  /** Whether the person wants the plain board, also where the kind has one of its own. */
  #isPlain = load("localStorage", "turnlog.plain-board") === true;
  #plainButton = byId("plain-board", HTMLButtonElement);
  #boards = new Boards(byId("board", HTMLDivElement), (move) => void this.#play(move), (why) => this.#refuse(why), {
    text: async (seq) => (await this.#moment(seq)).text,
    actions: () => this.#client.actions(this.#shown.game ?? ""),
  });
  #replay = new Replay(
    (seq) => {
      hintWhileApart(this.#client);
      return this.#moment(seq);
    },
    () => {
      clearHints();
      this.#onChange();
    },
    (view) => statusOf(view, this.#nameOf).text,
  );

  /**
   * @param {Client} client
   * @param {Shown} shown
   * @param {(playerId: string) => string} nameOf
   * @param {() => void} onChange something is to be shown otherwise
   */
  constructor(client, shown, nameOf, onChange) {
    this.#client = client;
    this.#shown = shown;
    this.#nameOf = nameOf;
    this.#onChange = onChange;
    // What was said of the tap before says nothing of this one.
    byId("board", HTMLDivElement).addEventListener("click", clearHints, { capture: true });
    this.#plainButton.addEventListener("click", () => this.#changeBoard());
  }

  /** Whether a move waits for the connection. */
  get isStuck() {
    return this.#pending.move !== null && this.#client.state.name !== "open";
  }

  /** The view is another one. */
  viewChanged() {
    this.#pending.shows(this.#shown.viewSeq);
  }

  /** The board as it is, or as it was at the moment that is looked at. @param {View} view */
  show(view) {
    this.#replay.show(this.#shown.viewSeq);
    const { moment } = this.#replay;
    const past = moment?.view;
    const isOpen = view.phase === "playing" && view.you !== null && view.turn.includes(view.you) && this.#pending.move === null;
    this.#boards.show({
      view: past ?? view,
      seq: moment?.seq ?? this.#shown.viewSeq,
      text: moment?.text ?? null,
      isOpen: isOpen && !past,
      pending: past ? null : this.#pending.move,
      side: view.you,
      nameOf: (seat) => seatName(past ?? view, seat, this.#nameOf),
    }, this.#isPlain);
    this.#plainButton.hidden = !lookOf(view.kind).board;
    setText(this.#plainButton, this.#isPlain ? "Usual board" : "Plain board");
  }

  clear() {
    this.#pending.clear();
    this.#replay.clear();
    this.#boards.clear();
  }

  /** The game after a message. @param {number} seq */
  #moment(seq) {
    const { game, invitation } = this.#shown;
    return this.#client.view(game ?? "", { seq }, { invitation });
  }

  /** Why the person cannot move now, whatever they try; null when they can. @param {View} view */
  #whyNoMove(view) {
    return whyNoMove(view, this.#nameOf, {
      isPast: this.#replay.moment !== null,
      isPending: this.#pending.move !== null,
      isConnected: this.#client.state.name === "open",
    });
  }

  /** A tap on the board was no move. @param {string} why */
  #refuse(why) {
    const { view } = this.#shown;
    const told = view && (this.#whyNoMove(view) ?? why);
    if (told) hint(told);
  }

  /** @param {any} move */
  async #play(move) {
    const { game, view } = this.#shown;
    if (!game || !view) return;
    const why = this.#whyNoMove(view);
    if (why !== null) return hint(why);
    this.#pending.begin(move);
    this.#onChange();
    let seq = 0;
    try {
      ({ seq = 0 } = await this.#client.play(game, move));
      clearNotices();
    } catch (error) {
      notifyError(error);
    }
    // Somebody may have left the table, and come back to it, meanwhile.
    if (this.#shown.game !== game || this.#pending.move !== move) return;
    this.#pending.answered(seq, this.#shown.viewSeq);
    this.#onChange();
  }

  #changeBoard() {
    this.#isPlain = !this.#isPlain;
    save("localStorage", "turnlog.plain-board", this.#isPlain);
    this.#onChange();
  }
}
