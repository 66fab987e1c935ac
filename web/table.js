/**
 * One game on the page: follows it, shows it, and sends what the person does.
 *
 * @typedef {import("/client/src/index.js").Client} Client
 * @typedef {import("/client/src/types.js").View} View
 * @typedef {import("./names.js").Names} Names
 *
 * @typedef {object} Listeners
 * @property {(game: string, view: View) => void} onView
 * @property {(error: Error) => void} onMissing
 * @property {() => string} playerId who the person is
 * @property {(game: string, invitation?: string) => Promise<void>} onRematch the person goes on to the game that follows
 */
import { Boards } from "./boards/boards.js";
import { Bots } from "./bots.js";
import { Clocks } from "./clocks.js";
import { byId, element, saveText, setAttributes, setText, whileBusy } from "./dom.js";
import { FairnessCheck } from "./fairness.js";
import { loadLook, lookOf, titleOf } from "./kinds.js";
import { GameLog } from "./log.js";
import { clearHints, clearNotices, hint, hintWhileApart, notifyError } from "./notices.js";
import { mayAct, movesAfter } from "./offer-words.js";
import { Offers } from "./offers.js";
import { PendingMove } from "./pending.js";
import { Replay } from "./replay.js";
import { Seats } from "./seats.js";
import { Share } from "./share.js";
import { load, save } from "./storage.js";
import { clockText } from "./table-options.js";
import { Talk } from "./talk.js";
import { isHost, seatName, statusOf, whyNoMove } from "./words.js";

const BUTTONS = /** @type {const} */ (["join", "start", "claim", "resume", "rematch", "leave", "resign"]);

export class Table {
  #client;
  #names;
  #listeners;
  #log;
  #boards = new Boards(byId("board", HTMLDivElement), (move) => void this.#play(move), (why) => this.#refuse(why), {
    text: async (seq) => (await this.#client.view(this.#game ?? "", { seq }, { invitation: this.invitation })).text,
    actions: () => this.#client.actions(this.#game ?? ""),
  });
  #share = new Share((button) => void this.#do(button, (game) => this.#client.renewInvitation(game)));
  #buttons = Object.fromEntries(BUTTONS.map((name) => [name, byId(name, HTMLButtonElement)]));
  #seats = new Seats({
    onSit: (button, seat) => this.#do(button, (game) => this.#client.join(game, { seat, invitation: this.invitation })),
    onKick: (button, seat) => {
      const player = this.#view?.seats[seat]?.player_id;
      if (player !== undefined) void this.#do(button, (game) => this.#client.kick(game, { seat, player }));
    },
  });
  #bots = new Bots((button, bot) => this.#do(button, (game) => this.#client.addBot(game, { bot })));
  #offers = new Offers({
    onOffer: (button, offer) => this.#do(button, (game) => this.#client.offer(game, offer)),
    onAnswer: (button, answer, offer) => this.#do(button, (game) => this.#client[answer](game, offer)),
  });
  #clocks = new Clocks(
    () => this.#client.serverTime.now(),
    (times) => this.#seats.showTimes(times),
    () => this.#show(),
  );
  #fairness = new FairnessCheck((game) => this.#client.verify(game, { invitation: this.invitation }));
  #talk;
  /** @type {import("./offer-words.js").Move[]} */
  #moves = [];
  #replay = new Replay(
    (seq) => {
      hintWhileApart(this.#client);
      return this.#client.view(this.#game ?? "", { seq }, { invitation: this.invitation });
    },
    () => {
      clearHints();
      this.#show();
    },
    (view) => statusOf(view, (id) => this.#names.of(id)).text,
  );
  /** @type {string | null} */
  #game = null;
  /** @type {ReturnType<Client["follow"]> | null} */
  #follow = null;
  /** @type {View | null} */
  #view = null;
  #pending = new PendingMove();
  /** Whether the person wants the plain board, also where the kind has one of its own. */
  #isPlain = load("localStorage", "turnlog.plain-board") === true;
  /** The kind whose file is there, or could not be loaded. @type {string | null} */
  #readyKind = null;

  /**
   * @param {Client} client
   * @param {Names} names
   * @param {Listeners} listeners
   */
  constructor(client, names, listeners) {
    this.#client = client;
    this.#names = names;
    this.#listeners = listeners;
    this.#log = new GameLog((id) => names.of(id));
    this.#talk = new Talk(
      {
        onSay: (button, to, text) => this.#do(button, (game) => client.say(game, to, text, { invitation: this.invitation })),
        onMute: (button, player) => this.#do(button, (game) => client.mute(game, player)),
      },
      (id) => names.of(id),
    );
    this.#wireActions();
  }

  /**
   * @param {string} game
   * @param {string} [invitation] the code that a private game asks for
   */
  open(game, invitation) {
    if (this.#game === game) return;
    this.close();
    this.#game = game;
    this.#names.refresh();
    this.#showLoading();
    const handlers = {
      onMessages: (/** @type {import("/client/src/types.js").Message[]} */ messages) => {
        this.#log.add(messages);
        this.#talk.add(messages);
        this.#moves = movesAfter(this.#moves, messages);
        // Those who left again are in the log only.
        void this.#names.learn([...new Set(messages.flatMap(({ player_id }) => player_id ?? []))]);
      },
      onView: (/** @type {View} */ view) => this.#viewChanged(game, view),
      onError: (/** @type {Error} */ error) => this.#listeners.onMissing(error),
    };
    this.#talk.open(game, this.#listeners.playerId());
    this.#follow = this.#client.follow(game, handlers, { invitation });
  }

  close() {
    this.#follow?.stop();
    this.#follow = this.#game = this.#view = this.#readyKind = null;
    this.#pending.clear();
    this.#moves = [];
    for (const part of [this.#log, this.#talk, this.#replay, this.#boards, this.#seats, this.#bots, this.#offers, this.#fairness]) part.clear();
    this.#clocks.show(null);
  }

  /** The connection was lost, or is back. */
  connectionChanged() {
    if (this.#client.state.name === "open") clearHints();
    this.#show();
  }

  /** The names changed. */
  namesChanged() {
    this.#log.renderAll();
    this.#talk.namesChanged();
    this.#show();
  }

  /** More is known of the kinds. */
  kindsChanged() {
    this.#show();
  }

  /** The seq that the view shows. */
  get viewSeq() {
    return this.#follow?.viewSeq ?? 0;
  }

  /** The code of a private game, where it is known. */
  get invitation() {
    return this.#follow?.invitation;
  }

  /** What the window's title says of the game. */
  get headline() {
    if (!this.#view) return "";
    const { text, tone } = statusOf(this.#view, (id) => this.#names.of(id));
    return tone === "yours" ? `● ${text}` : text;
  }

  /** Takes a seat, unless the person has one. */
  async join() {
    await this.#do(this.#button("join"), (game) => this.#client.join(game, { invitation: this.invitation }));
  }

  /**
   * @param {string} game
   * @param {View} view
   */
  #viewChanged(game, view) {
    this.#pending.shows(this.viewSeq);
    this.#view = view;
    clearHints();
    const players = view.seats.flatMap((seat) => (seat ? [seat.player_id] : []));
    void this.#names.learn([...new Set([...players, ...(view.reserved ?? []), ...(view.host ? [view.host] : [])])]);
    if (this.#readyKind === null) void this.#prepare(game, view.kind);
    this.#show();
    this.#listeners.onView(game, view);
  }

  /**
   * Loads what the page has for a kind before anything of its game is shown. Without it there is the plain board.
   * @param {string} game
   * @param {string} kind
   */
  async #prepare(game, kind) {
    await loadLook(kind).catch(notifyError);
    if (this.#game !== game) return;
    this.#readyKind = kind;
    this.#log.renderAll();
    this.#show();
  }

  /** Why the person cannot move now, whatever they try; null when they can. @param {View} view */
  #whyNoMove(view) {
    return whyNoMove(view, (id) => this.#names.of(id), {
      isPast: this.#replay.moment !== null,
      isPending: this.#pending.move !== null,
      isConnected: this.#client.state.name === "open",
    });
  }

  /** A tap on the board was no move. @param {string} why */
  #refuse(why) {
    const told = this.#view && (this.#whyNoMove(this.#view) ?? why);
    if (told) hint(told);
  }

  /** @param {any} move */
  async #play(move) {
    const [game, view] = [this.#game, this.#view];
    if (!game || !view) return;
    const why = this.#whyNoMove(view);
    if (why !== null) return hint(why);
    this.#pending.begin(move);
    this.#show();
    let seq = 0;
    try {
      ({ seq = 0 } = await this.#client.play(game, move));
      clearNotices();
    } catch (error) {
      notifyError(error);
    }
    // Somebody may have left the table, and come back to it, meanwhile.
    if (this.#game !== game || this.#pending.move !== move) return;
    this.#pending.answered(seq, this.viewSeq);
    this.#show();
  }

  /**
   * Sends a command about this game, once for a press of its button.
   * @param {HTMLButtonElement} button
   * @param {(game: string) => Promise<unknown>} command
   * @returns {Promise<boolean>} whether it was accepted
   */
  async #do(button, command) {
    const game = this.#game;
    let isAccepted = false;
    const accepted = () => {
      isAccepted = true;
      clearNotices();
    };
    hintWhileApart(this.#client);
    if (game) await whileBusy(button, () => command(game).then(accepted, notifyError));
    return isAccepted;
  }

  #showLoading() {
    setText(byId("game-title", HTMLHeadingElement), "Loading the game…");
    this.#setStatus("Loading the game…", "waiting");
    for (const name of BUTTONS) this.#button(name).hidden = true;
    byId("new-game", HTMLAnchorElement).hidden = true;
    byId("share", HTMLDivElement).hidden = true;
  }

  #show() {
    const [game, view] = [this.#game, this.#view];
    if (!game || !view || this.#readyKind === null) return;
    const nameOf = (/** @type {string} */ id) => this.#names.of(id);
    const nameOfSeat = (/** @type {number} */ seat) => seatName(view, seat, nameOf);
    const youAreHost = isHost(view, this.#listeners.playerId());
    const isStuck = this.#pending.move !== null && this.#client.state.name !== "open";
    setText(byId("game-title", HTMLHeadingElement), titleOf(view.kind));
    byId("game-title", HTMLHeadingElement).append(element("small", {}, describe(view)));
    this.#seats.show(view, nameOf, youAreHost);
    this.#bots.show(view, youAreHost);
    this.#clocks.show(view);
    this.#showStatus(view, isStuck);
    this.#offers.show(view, nameOfSeat, this.#moves);
    this.#talk.show(view, youAreHost);
    this.#showActions(game, view, youAreHost);
    if (view.phase === "finished" && view.chance) this.#fairness.show(game);
    this.#showRecord(view);
    this.#replay.show(this.viewSeq);
    this.#showBoard(view);
  }

  /** The board as it is, or as it was at the moment that is looked at; everything beside it stays as it is. @param {View} view */
  #showBoard(view) {
    const { moment } = this.#replay;
    const past = moment?.view;
    const isOpen = view.phase === "playing" && view.you !== null && view.turn.includes(view.you) && this.#pending.move === null;
    this.#boards.show({
      view: past ?? view,
      seq: moment?.seq ?? this.viewSeq,
      text: moment?.text ?? null,
      isOpen: isOpen && !past,
      pending: past ? null : this.#pending.move,
      side: view.you,
      nameOf: (seat) => seatName(past ?? view, seat, (id) => this.#names.of(id)),
    }, this.#isPlain);
    const plain = byId("plain-board", HTMLButtonElement);
    plain.hidden = !lookOf(view.kind).board;
    setText(plain, this.#isPlain ? "Usual board" : "Plain board");
  }

  /**
   * @param {string} game
   * @param {View} view
   * @param {boolean} youAreHost
   */
  #showActions(game, view, youAreHost) {
    const isSeated = view.you !== null;
    const isWaiting = view.phase === "waiting";
    const hasFree = view.seats.includes(null);
    const isRunning = view.phase === "playing" || view.phase === "paused";
    const seated = view.seats.filter((seat) => seat !== null).length;
    // A table that is full begins by itself, unless only bots sit there.
    const canStart = view.table?.start === "host" ? seated >= view.table.min_players : !hasFree;
    const shown = {
      join: !isSeated && isWaiting && hasFree,
      start: youAreHost && isWaiting && canStart,
      claim: isRunning && mayAct(view) && this.#clocks.isOverdue,
      resume: view.phase === "paused" && mayAct(view),
      rematch: view.phase === "finished" && isSeated && Boolean(view.rematch),
      leave: isSeated && isWaiting,
      resign: isRunning && mayAct(view),
    };
    for (const name of BUTTONS) this.#button(name).hidden = !shown[name];
    byId("new-game", HTMLAnchorElement).hidden = view.phase !== "finished";
    const mayRenew = youAreHost && this.invitation !== undefined;
    this.#share.show({ game, invitation: this.invitation, seated, mayRenew }, isSeated && isWaiting && hasFree);
  }

  /**
   * @param {View} view
   * @param {boolean} isStuck a move waits for the connection
   */
  #showStatus(view, isStuck) {
    const { text, tone } = statusOf(view, (id) => this.#names.of(id));
    if (isStuck) this.#setStatus("Offline: your move waits.", "waiting");
    else if (tone === "yours" && this.#clocks.isOverdue) this.#setStatus("Your time is up.", "waiting");
    else this.#setStatus(text, tone);
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

  /** @param {typeof BUTTONS[number]} name */
  #button(name) {
    return /** @type {HTMLButtonElement} */ (this.#buttons[name]);
  }

  /** @param {View} view */
  #showRecord(view) {
    const button = byId("save-record", HTMLButtonElement);
    const { record } = lookOf(view.kind);
    button.hidden = !record || view.phase !== "finished";
    setText(button, record?.label ?? "");
  }

  #saveRecord() {
    const [game, view] = [this.#game, this.#view];
    const record = view && lookOf(view.kind).record;
    if (!game || !record) return;
    const names = view.seats.map((seat) => (seat ? this.#names.of(seat.player_id) : "?"));
    const text = record.write({ game, messages: this.#log.messages, outcome: view.outcome, names });
    saveText(`turnlog-${game}.${record.ending}`, text);
  }

  #changeBoard() {
    this.#isPlain = !this.#isPlain;
    save("localStorage", "turnlog.plain-board", this.#isPlain);
    this.#show();
  }

  #wireActions() {
    const client = this.#client;
    // What was said of the tap before says nothing of this one.
    byId("board", HTMLDivElement).addEventListener("click", clearHints, { capture: true });
    const wire = (/** @type {typeof BUTTONS[number]} */ name, /** @type {(game: string) => Promise<unknown>} */ command) =>
      this.#button(name).addEventListener("click", () => void this.#do(this.#button(name), command));
    this.#button("join").addEventListener("click", () => void this.join());
    wire("start", (game) => client.start(game));
    wire("claim", (game) => client.claim(game));
    wire("resume", (game) => client.resume(game));
    wire("leave", (game) => client.leave(game));
    wire("rematch", async (old) => {
      const { game, invitation } = await client.rematch(old);
      if (game) await this.#listeners.onRematch(game, invitation);
    });
    byId("save-record", HTMLButtonElement).addEventListener("click", () => this.#saveRecord());
    byId("plain-board", HTMLButtonElement).addEventListener("click", () => this.#changeBoard());
    const dialog = byId("resign-dialog", HTMLDialogElement);
    this.#button("resign").addEventListener("click", () => {
      const isForTwo = (this.#view?.seats.length ?? 2) === 2;
      setText(byId("resign-text", HTMLParagraphElement), isForTwo ? "The other player wins." : "You are out; the others go on.");
      dialog.showModal();
    });
    byId("resign-cancel", HTMLButtonElement).addEventListener("click", () => dialog.close());
    byId("resign-confirm", HTMLButtonElement).addEventListener("click", () => {
      dialog.close();
      void this.#do(this.#button("resign"), (game) => client.resign(game));
    });
  }
}

/** What stands beside the title: the options, and how it is played. @param {View} view */
function describe(view) {
  const clock = view.table && view.table.clock !== "none" ? clockText(view.table.clock) : "";
  const parts = [lookOf(view.kind).describe?.(view.game), clock, view.private ? "private" : ""];
  return parts.filter(Boolean).join(", ");
}
