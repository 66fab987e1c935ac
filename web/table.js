/**
 * One game on the page: follows it, shows it, and sends what the person does.
 *
 * @typedef {import("/client/src/index.js").Client} Client
 * @typedef {import("/client/src/types.js").View} View
 * @typedef {import("./names.js").Names} Names
 */
import { Board } from "./board.js";
import { byId, element, markOf, setAttributes, setText, whileBusy } from "./dom.js";
import { KINDS, titleOf } from "./kinds.js";
import { GameLog } from "./log.js";
import { clearHints, clearNotices, hint, notifyError } from "./notices.js";
import { Share } from "./share.js";
import { seatName, statusOf } from "./words.js";

export class Table {
  #client;
  #names;
  #onView;
  #onMissing;
  #board = new Board((place) => void this.#play(place));
  #log;
  #share = new Share();
  #join = byId("join", HTMLButtonElement);
  #leave = byId("leave", HTMLButtonElement);
  #resign = byId("resign", HTMLButtonElement);
  /** @type {string | null} */
  #game = null;
  /** @type {ReturnType<Client["follow"]> | null} */
  #follow = null;
  /** @type {View | null} */
  #view = null;
  /** @type {number | null} */
  #pending = null;

  /**
   * @param {Client} client
   * @param {Names} names
   * @param {{onView: (game: string, view: View) => void, onMissing: (error: Error) => void}} listeners
   */
  constructor(client, names, { onView, onMissing }) {
    this.#client = client;
    this.#names = names;
    this.#onView = onView;
    this.#onMissing = onMissing;
    this.#log = new GameLog((id) => names.of(id));
    this.#wireActions();
  }

  /** @param {string} game */
  open(game) {
    if (this.#game === game) return;
    this.close();
    this.#game = game;
    this.#names.refresh();
    this.#showLoading();
    this.#follow = this.#client.follow(game, {
      onMessages: (messages) => this.#log.add(messages),
      onView: (view) => this.#viewChanged(game, view),
      onError: (error) => this.#onMissing(error),
    });
  }

  close() {
    this.#follow?.stop();
    this.#follow = this.#game = this.#view = this.#pending = null;
    this.#log.clear();
    this.#board.clear();
  }

  /** The connection was lost, or is back. */
  connectionChanged() {
    this.#show();
  }

  /** The names changed. */
  namesChanged() {
    this.#log.renderAll();
    this.#show();
  }

  /** The seq that the view shows. */
  get viewSeq() {
    return this.#follow?.viewSeq ?? 0;
  }

  /** What the window's title says of the game. */
  get headline() {
    if (!this.#view) return "";
    const { text, tone } = statusOf(this.#view, (id) => this.#names.of(id));
    return tone === "yours" ? `● ${text}` : text;
  }

  /** Takes a seat, unless the person has one. */
  async join() {
    const game = this.#game;
    if (game) await whileBusy(this.#join, () => this.#client.join(game).then(clearNotices, notifyError));
  }

  /**
   * @param {string} game
   * @param {View} view
   */
  #viewChanged(game, view) {
    this.#view = view;
    this.#pending = null;
    clearHints();
    void this.#names.learn(view.seats.flatMap((seat) => (seat ? [seat.player_id] : [])));
    this.#show();
    this.#onView(game, view);
  }

  /** @param {number} place */
  async #play(place) {
    const [game, view] = [this.#game, this.#view];
    const move = KINDS[view?.kind ?? ""]?.move(place);
    if (!game || !view || !move || view.you === null || view.phase === "finished" || this.#pending !== null) return;
    if (view.phase === "waiting") return hint("The game begins when all seats are taken.");
    if (!view.turn.includes(view.you)) return hint(`Not yet: ${statusOf(view, (id) => this.#names.of(id)).text}.`);
    if ((view.game.cells[place] ?? null) !== null) return;
    this.#pending = place;
    this.#show();
    try {
      await this.#client.play(game, move);
      clearNotices();
    } catch (error) {
      notifyError(error);
    }
    if (this.#game !== game) return;
    this.#pending = null;
    this.#show();
  }

  #showLoading() {
    setText(byId("game-title", HTMLHeadingElement), "Loading the game…");
    this.#setStatus("Loading the game…", "waiting");
    byId("seats", HTMLOListElement).replaceChildren();
    for (const button of [this.#join, this.#leave, this.#resign]) button.hidden = true;
    byId("new-game", HTMLAnchorElement).hidden = true;
    byId("share", HTMLDivElement).hidden = true;
  }

  #show() {
    const [game, view] = [this.#game, this.#view];
    if (!game || !view) return;
    const isStuck = this.#pending !== null && this.#client.state.name !== "open";
    const { text, tone } = statusOf(view, (id) => this.#names.of(id));
    if (isStuck) this.#setStatus("Your move goes out when the connection is back.", "waiting");
    else this.#setStatus(text, tone);
    const sizes = KINDS[view.kind]?.describe({ size: view.game.columns, ...view.game });
    setText(byId("game-title", HTMLHeadingElement), titleOf(view.kind));
    byId("game-title", HTMLHeadingElement).append(element("small", {}, sizes ?? ""));
    this.#showSeats(view);
    this.#showActions(game, view);
    this.#board.show({
      kind: view.kind,
      grid: view.game,
      isOpen: view.phase === "playing" && view.you !== null && view.turn.includes(view.you) && this.#pending === null,
      pending: this.#pending,
      you: view.you,
      nameOf: (seat) => seatName(view, seat, (id) => this.#names.of(id)),
    });
  }

  /** @param {View} view */
  #showSeats(view) {
    const winners = view.outcome?.winners ?? [];
    const seats = view.seats.map((player, seat) => {
      const name = player ? this.#names.of(player.player_id) : "Free seat";
      const mine = seat === view.you ? [element("span", { class: "you" }, "you")] : [];
      const turn = view.turn.includes(seat) && view.phase === "playing";
      const attributes = {
        class: "seat", "data-seat": seat, "data-turn": turn ? "true" : null, "aria-current": turn ? "true" : null,
        "data-free": player ? null : "true", "data-winner": winners.includes(seat) ? "true" : null,
      };
      return element("li", attributes, markOf(seat), element("span", { class: "seat-name" }, name), ...mine);
    });
    byId("seats", HTMLOListElement).replaceChildren(...seats);
  }

  /**
   * @param {string} game
   * @param {View} view
   */
  #showActions(game, view) {
    const isSeated = view.you !== null;
    this.#join.hidden = isSeated || view.phase !== "waiting";
    this.#leave.hidden = !isSeated || view.phase !== "waiting";
    this.#resign.hidden = !isSeated || view.phase !== "playing";
    byId("new-game", HTMLAnchorElement).hidden = view.phase !== "finished";
    this.#share.show(game, isSeated && view.phase === "waiting");
  }

  /**
   * @param {string} text
   * @param {string} tone
   */
  #setStatus(text, tone) {
    const status = byId("status", HTMLParagraphElement);
    setAttributes(status, { "data-tone": tone });
    setText(status, text);
  }

  #wireActions() {
    this.#join.addEventListener("click", () => void this.join());
    this.#leave.addEventListener("click", () => {
      const game = this.#game;
      if (game) void whileBusy(this.#leave, () => this.#client.leave(game).then(clearNotices, notifyError));
    });
    const dialog = byId("resign-dialog", HTMLDialogElement);
    this.#resign.addEventListener("click", () => dialog.showModal());
    byId("resign-cancel", HTMLButtonElement).addEventListener("click", () => dialog.close());
    byId("resign-confirm", HTMLButtonElement).addEventListener("click", () => {
      dialog.close();
      const game = this.#game;
      if (game) void whileBusy(this.#resign, () => this.#client.resign(game).then(clearNotices, notifyError));
    });
  }
}
