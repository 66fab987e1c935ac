/**
 * One game on the page: follows it, and shows it by its parts.
 *
 * @typedef {import("/client/src/index.js").Client} Client
 * @typedef {import("/client/src/types.js").View} View
 * @typedef {import("/client/src/types.js").Message} Message
 * @typedef {import("./names.js").Names} Names
 * @typedef {import("./play-area.js").Shown} Shown
 *
 * @typedef {object} Listeners
 * @property {(game: string, view: View) => void} onView
 * @property {(error: Error) => void} onMissing
 * @property {() => string} playerId who the person is
 * @property {(game: string, invitation?: string) => Promise<void>} onRematch the person goes on to the game that follows
 */
import { Bots } from "./bots.js";
import { Clocks } from "./clocks.js";
import { byId, element, setAttributes, setText, whileBusy } from "./dom.js";
import { FairnessCheck } from "./fairness.js";
import { factsOf, loadLook, lookOf, titleOf } from "./kinds.js";
import { GameLog } from "./log.js";
import { clearHints, clearNotices, hintWhileApart, notifyError } from "./notices.js";
import { movesAfter } from "./offer-words.js";
import { Offers } from "./offers.js";
import { OpenLog } from "./open-log.js";
import { PlayArea } from "./play-area.js";
import { Record } from "./record.js";
import { Seats } from "./seats.js";
import { Share } from "./share.js";
import { takeStyle } from "./styles.js";
import { TableButtons } from "./table-buttons.js";
import { clockText } from "./table-options.js";
import { Talk } from "./talk.js";
import { isHost, seatName, statusOf } from "./words.js";

/** A board is shown without its style when that has not come for so long. */
const STYLE_PATIENCE_MS = 2_000;

/** @implements {Shown} */
export class Table {
  #client;
  #names;
  #listeners;
  #nameOf = (/** @type {string} */ id) => this.#names.of(id);
  /** @type {import("./table-buttons.js").Send} */
  #send = (button, command) => this.#do(button, command);
  #log = new GameLog(this.#nameOf);
  #openLog = new OpenLog(() => this.#client.log(this.#game ?? "", { invitation: this.invitation }), (messages) => this.#log.open(messages));
  #record = new Record(this, this.#log, this.#nameOf);
  #share = new Share((button) => void this.#do(button, (game) => this.#client.renewInvitation(game)));
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
  #talk = new Talk(
    {
      onSay: (button, to, text) => this.#do(button, (game) => this.#client.say(game, to, text, { invitation: this.invitation })),
      onMute: (button, player) => this.#do(button, (game) => this.#client.mute(game, player)),
    },
    this.#nameOf,
  );
  #play;
  #buttons;
  /** @type {import("./offer-words.js").Move[]} */
  #moves = [];
  /** @type {string | null} */
  #game = null;
  /** @type {ReturnType<Client["follow"]> | null} */
  #follow = null;
  /** @type {View | null} */
  #view = null;
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
    this.#play = new PlayArea(client, this, this.#nameOf, () => this.#show());
    this.#buttons = new TableButtons(client, this, this.#send, listeners.onRematch);
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
      onMessages: (/** @type {Message[]} */ messages) => this.#happened(messages),
      onView: (/** @type {View} */ view) => this.#viewChanged(game, view),
      onError: (/** @type {Error} */ error) => this.#listeners.onMissing(error),
    };
    this.#talk.open(game, this.#listeners.playerId());
    this.#follow = this.#client.follow(game, handlers, { invitation });
  }

  close() {
    this.#follow?.stop();
    this.#follow = this.#game = this.#view = this.#readyKind = null;
    this.#moves = [];
    for (const part of [this.#log, this.#openLog, this.#talk, this.#play, this.#seats, this.#bots, this.#offers, this.#fairness]) part.clear();
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

  get game() {
    return this.#game;
  }

  get view() {
    return this.#view;
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
    const { text, tone } = statusOf(this.#view, this.#nameOf);
    return tone === "yours" ? `● ${text}` : text;
  }

  /** Takes a seat, unless the person has one. */
  join() {
    return this.#buttons.join();
  }

  /** @param {Message[]} messages */
  #happened(messages) {
    this.#log.add(messages);
    this.#talk.add(messages);
    this.#moves = movesAfter(this.#moves, messages);
    // Those who left again are in the log only.
    void this.#names.learn([...new Set(messages.flatMap(({ player_id }) => player_id ?? []))]);
  }

  /**
   * @param {string} game
   * @param {View} view
   */
  #viewChanged(game, view) {
    this.#view = view;
    this.#play.viewChanged();
    clearHints();
    const players = view.seats.flatMap((seat) => (seat ? [seat.player_id] : []));
    void this.#names.learn([...new Set([...players, ...(view.reserved ?? []), ...(view.host ? [view.host] : [])])]);
    if (this.#readyKind === null) void this.#prepare(game, view.kind);
    this.#show();
    this.#listeners.onView(game, view);
  }

  /**
   * Loads what the page has for a kind before anything of its game is shown: the plain board where there is no module, and a board without
   * its style where only that cannot be had, or not soon.
   * @param {string} game
   * @param {string} kind
   */
  async #prepare(game, kind) {
    await loadBoard(kind).catch(notifyError);
    if (this.#game !== game) return;
    this.#readyKind = kind;
    this.#log.renderAll();
    this.#show();
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {(game: string) => Promise<unknown>} command
   * @returns {Promise<boolean>}
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
    // Whether the button can be pressed again.
    this.#show();
    return isAccepted;
  }

  #showLoading() {
    setText(byId("game-title", HTMLHeadingElement), "Loading the game…");
    this.#setStatus("Loading the game…", "waiting");
    this.#buttons.clear();
    this.#share.clear();
  }

  #show() {
    const [game, view] = [this.#game, this.#view];
    if (!game || !view || this.#readyKind === null) return;
    const youAreHost = isHost(view, this.#listeners.playerId());
    setText(byId("game-title", HTMLHeadingElement), titleOf(view.kind));
    byId("game-title", HTMLHeadingElement).append(element("small", {}, describe(view)));
    this.#seats.show(view, this.#nameOf, youAreHost);
    this.#bots.show(view, youAreHost);
    this.#clocks.show(view);
    this.#showStatus(view);
    this.#offers.show(view, (seat) => seatName(view, seat, this.#nameOf), this.#moves);
    this.#talk.show(view, youAreHost);
    this.#buttons.show(view, { isHost: youAreHost, isOverdue: this.#clocks.isOverdue });
    this.#share.show(view, { game, invitation: this.invitation, isHost: youAreHost });
    if (view.phase === "finished" && view.chance) this.#fairness.show(game);
    this.#openLog.show(view, factsOf(view.kind));
    this.#record.show(view);
    this.#play.show(view);
  }

  /** @param {View} view */
  #showStatus(view) {
    const { text, tone } = statusOf(view, this.#nameOf);
    if (this.#play.isStuck) this.#setStatus("Offline: your move waits.", "waiting");
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
}

/** @param {string} kind */
async function loadBoard(kind) {
  await loadLook(kind);
  const { style } = lookOf(kind);
  if (!style) return;
  const patience = new Promise((resolve) => setTimeout(resolve, STYLE_PATIENCE_MS));
  await Promise.race([takeStyle(style), patience]);
}

/** What stands beside the title: the options, and how it is played. @param {View} view */
function describe(view) {
  const clock = view.table && view.table.clock !== "none" ? clockText(view.table.clock) : "";
  const parts = [lookOf(view.kind).describe?.(view.game), clock, view.private ? "private" : ""];
  return parts.filter(Boolean).join(", ");
}
