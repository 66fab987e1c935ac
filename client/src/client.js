/**
 * The client of a Turnlog server: sends what a player asks for and follows games, over one WebSocket that is opened
 * again whenever it is lost.
 *
 * @typedef {import("./types.js").Answer} Answer
 * @typedef {import("./types.js").Clock} Clock
 * @typedef {import("./types.js").ConnectionState} ConnectionState
 * @typedef {import("./types.js").Frame} Frame
 * @typedef {import("./types.js").Actions} Actions
 * @typedef {import("./types.js").KindFacts} KindFacts
 * @typedef {import("./types.js").Moment} Moment
 * @typedef {import("./types.js").Player} Player
 * @typedef {import("./types.js").SocketConstructor} SocketConstructor
 * @typedef {import("./types.js").When} When
 * @typedef {import("./connection.js").Token} Token
 * @typedef {import("./follow.js").Handlers} Handlers
 *
 * @typedef {object} Options
 * @property {string} url `wss://…/v1`
 * @property {Token} token the player's token, or a function that gets one for each connection. It is asked again shortly
 *   before a token expires, and the connection replaced without a gap. It may throw `TokenRefusedError` to give up; after
 *   anything else that it throws it is asked again later
 * @property {(state: ConnectionState) => void} [onState] the connection opened, was lost, …
 * @property {(frame: Record<string, unknown>) => void} [onStrayFrame] frames that answer nothing, such as the gateway's
 *   own errors; the time-out sends again what they stand for
 * @property {() => Promise<boolean>} [isReachable] whether the server answers at all. Browsers do not tell a refused
 *   connection from a server that is down; with this the client can, and its state says so: `refused`
 * @property {SocketConstructor} [WebSocket] another implementation
 * @property {Clock} [clock] another time
 * @property {() => number} [random] another randomness
 */
import { ServerTime, hasClock } from "./clock.js";
import { Commands, newEntropy } from "./commands.js";
import { Connection, endOf } from "./connection.js";
import { ConnectionEndedError, RejectedError, errorOf } from "./errors.js";
import { verify } from "./fairness.js";
import { Follow } from "./follow.js";
import { newId } from "./id.js";
import { INBOX, Inbox } from "./inbox.js";
import {
  CLOCK_QUESTION_INTERVAL_MS, HISTORY_MESSAGES_MAX, PING_IDLE_MS, PLAYER_IDS_MAX, WAKE_ANSWER_TIMEOUT_MS,
} from "./limits.js";
import { Requests } from "./requests.js";
import { Witness } from "./witness.js";

/** @type {Clock} */
const SYSTEM_CLOCK = {
  now: () => Date.now(),
  setTimeout: (task, delayMs) => globalThis.setTimeout(task, delayMs),
  clearTimeout: (timer) => globalThis.clearTimeout(timer),
};

export class Client extends Commands {
  #clock;
  #random;
  #connection;
  #requests;
  #onStrayFrame;
  #serverTime;
  #witness = new Witness();
  #timeAskedAt = -Infinity;
  /** @type {Set<Follow | Inbox>} */
  #follows = new Set();
  /** What ends a subscription and is not answered yet, by game. @type {Map<string, Promise<void>>} */
  #leaving = new Map();
  /** @type {unknown} */
  #keepAliveTimer = null;
  /** @type {unknown} */
  #wakeTimer = null;

  /** @param {Options} options */
  constructor({ url, token, onState, onStrayFrame, isReachable, ...environment }) {
    super();
    const { WebSocket = defaultSocket(), clock = SYSTEM_CLOCK, random = Math.random } = environment;
    this.#clock = clock;
    this.#random = random;
    this.#onStrayFrame = onStrayFrame;
    this.#serverTime = new ServerTime(() => clock.now());
    this.#connection = new Connection({
      url, token, WebSocket, clock, random, isReachable,
      onState: (state) => this.#stateChanged(state, onState),
      onOpen: () => this.#opened(),
      onLost: () => this.#lost(),
      onFrame: (text) => this.#arrived(text),
    });
    this.#requests = new Requests({
      clock, random,
      send: (text) => this.#connection.send(text),
      onDead: () => this.#connection.drop("The server did not answer."),
    });
  }

  /** @returns {ConnectionState} */
  get state() {
    return this.#connection.state;
  }

  /** The server's time, as far as it is known: within a second where a game with a clock is followed. */
  get serverTime() {
    return this.#serverTime;
  }

  /** Connects, or connects now instead of later; after a refused token it starts anew. */
  connect() {
    this.#connection.open();
  }

  /** Ends the connection. What has no answer yet fails; `connect` starts again, and what is followed goes on. */
  close() {
    this.#connection.close();
  }

  /** For when somebody comes back to the page or a phone wakes up: reconnects at once, or checks that the connection lives. */
  wake() {
    this.#connection.hurry();
    this.#probe();
  }

  /** For when the network is back, or another one: as `wake`, and an attempt that is under way begins anew. */
  networkChanged() {
    this.#connection.restart();
    this.#probe();
  }

  /** For when somebody does something on the page: reconnects at once, and leaves a connection that is open alone. */
  hurry() {
    this.#connection.hurry();
  }

  /**
   * Asks something and resolves with the answer. A refusal is thrown as a `RejectedError`, whose `code` says why.
   * Without an answer the same frame is sent again under the same id, a few times and for a minute.
   * @param {Frame} frame
   * @returns {Promise<Answer>}
   * @override
   */
  request(frame) {
    return this.#make(frame, false);
  }

  /**
   * The names of players. Those that never connected are absent.
   * @param {string[]} ids
   * @returns {Promise<Player[]>}
   */
  async players(ids) {
    const unique = [...new Set(ids)];
    const pages = [];
    for (let start = 0; start < unique.length; start += PLAYER_IDS_MAX) {
      pages.push(this.request({ action: "players", ids: unique.slice(start, start + PLAYER_IDS_MAX) }));
    }
    return (await Promise.all(pages)).flatMap((answer) => answer.players ?? []);
  }

  /**
   * A page of the log.
   * @param {string} game
   * @param {{after?: number, limit?: number, invitation?: string}} [page]
   */
  history(game, { after = 0, limit, invitation } = {}) {
    return this.request({ action: "history", game, after, limit, invitation });
  }

  /**
   * The game as it was after a message, or at a time, for whoever the player was then; after the end of a game without its
   * secrets. It follows nothing, and whoever follows the game hears nothing of it.
   * @param {string} game
   * @param {When} at
   * @param {{invitation?: string}} [access]
   * @returns {Promise<Moment>}
   */
  async view(game, at, { invitation } = {}) {
    const { seq, at: time, head, view, text } = await this.request({ action: "view", game, at, invitation });
    return /** @type {Moment} */ ({ seq, at: time, head, view, text });
  }

  /**
   * What the server plays, in its order.
   * @returns {Promise<KindFacts[]>}
   */
  async kinds() {
    const kinds = [];
    for (let after, more = true; more; after = kinds.at(-1)?.name) {
      const page = await this.request({ action: "kinds", after });
      kinds.push(...(page.kinds ?? []));
      more = page.more === true;
    }
    return kinds;
  }

  /**
   * What the rules allow the player now: nothing unless they are in turn, and with `cut` not everything.
   * @param {string} game
   * @returns {Promise<Actions>}
   */
  async actions(game) {
    const { seq, actions = [], cut = false } = await this.request({ action: "actions", game });
    return /** @type {Actions} */ ({ seq, actions, cut });
  }

  /**
   * The whole log as the player may see it now: after the end of a game without its secrets, which `verify` needs.
   * @param {string} game
   * @param {{invitation?: string}} [access]
   * @returns {Promise<import("./types.js").Message[]>}
   */
  async log(game, { invitation } = {}) {
    const messages = [];
    for (let more = true; more; ) {
      const page = await this.history(game, { after: messages.length, limit: HISTORY_MESSAGES_MAX, invitation });
      messages.push(...(page.messages ?? []));
      more = page.more === true && (page.messages?.length ?? 0) > 0;
    }
    return messages;
  }

  /**
   * Takes a seat. The contribution goes out only when the server's promise is known, and both are kept for `verify`.
   * @param {string} game
   * @param {Parameters<Commands["join"]>[1]} [more]
   * @override
   */
  async join(game, { entropy = newEntropy(), ...more } = {}) {
    const commitment = await this.#commitmentOf(game, more.invitation);
    const seen = commitment === undefined ? null : { commitment, contribution: entropy };
    if (seen) this.#witness.asks(game, seen);
    const answer = await super.join(game, { entropy, ...more });
    if (seen) this.#witness.sits(game, seen, answer.messages);
    return answer;
  }

  /**
   * @param {string} game
   * @param {Parameters<Commands["leave"]>[1]} [more]
   * @override
   */
  async leave(game, more) {
    const answer = await super.leave(game, more);
    this.#witness.leaves(game);
    return answer;
  }

  /**
   * Recomputes the chance of a finished game, and compares it with what this client saw before it sat down there.
   * @param {string} game
   * @param {{invitation?: string}} [access]
   */
  async verify(game, access) {
    return verify(game, await this.log(game, access), this.#witness.of(game) ?? {});
  }

  /**
   * What the server has promised somebody who does not sit there yet; undefined when it cannot be told.
   * @param {string} game
   * @param {string} [invitation]
   * @returns {Promise<string | null | undefined>}
   */
  async #commitmentOf(game, invitation) {
    const views = [...this.#follows].map((follow) => (follow instanceof Follow && follow.game === game ? follow.view : null));
    const view = views.find((view) => view !== null);
    if (view) return view.you === null ? (view.chance?.commitment ?? null) : undefined;
    try {
      const { messages } = await this.history(game, { limit: 1, invitation });
      const created = messages?.[0]?.events.find(({ type }) => type === "created");
      return created && (created.data?.chance?.commitment ?? null);
    } catch (error) {
      // Why the game cannot be seen is what the answer to `join` says, too.
      if (error instanceof RejectedError) return undefined;
      throw error;
    }
  }

  /**
   * Follows a game from the message after `after` on, over every reconnect, until it is stopped.
   * @param {string} game
   * @param {Handlers} handlers
   * @param {{after?: number, invitation?: string}} [from] `invitation`: the code that a private game asks for
   * @returns {Follow}
   */
  follow(game, handlers, { after = 0, invitation } = {}) {
    const follow = new Follow({
      game, after, invitation, handlers,
      clock: this.#clock,
      random: this.#random,
      // A `watch` that overtook the `unwatch` before it would be undone by that.
      ask: async (frame) => {
        await this.#leaving.get(game);
        return this.#make(frame, true);
      },
      onStopped: (isServed) => {
        this.#follows.delete(follow);
        if (isServed) this.#unwatch(game);
      },
    });
    this.#follows.add(follow);
    if (this.state.name === "open") follow.connectionOpened();
    return follow;
  }

  /**
   * @param {string} game
   * @override
   */
  seen(game) {
    const seqs = [...this.#follows].filter((follow) => follow.game === game).map((follow) => follow.viewSeq);
    const seq = Math.max(0, ...seqs);
    return seq > 0 ? seq : undefined;
  }

  /**
   * Reads the player's direct messages from the one after `after` on, over every reconnect, until it is stopped. A device
   * keeps the `seq` of the last one that it was told and passes it the next time; without it, it is told what is unread.
   * @param {import("./inbox.js").InboxHandlers} handlers
   * @param {{after?: number}} [from]
   * @returns {Inbox}
   */
  inbox(handlers, { after } = {}) {
    const inbox = new Inbox({
      after, handlers,
      clock: this.#clock,
      random: this.#random,
      ask: (frame) => this.#make(frame, true),
      onStopped: () => this.#follows.delete(inbox),
    });
    this.#follows.add(inbox);
    if (this.state.name === "open") inbox.connectionOpened();
    return inbox;
  }

  /**
   * Sends a direct message. The answer tells when: `at`.
   * @param {string} player
   * @param {string} text
   * @param {{id?: string}} [more]
   */
  sendMessage(player, text, { id } = {}) {
    return this.request({ action: "sendmessage", destinationPlayerId: player, message: text, id });
  }

  /** Marks the direct messages up to this one as read, on all devices. @param {number} seq */
  markRead(seq) {
    return this.request({ action: "read", seq });
  }

  /** Gets no direct messages of somebody any more; they do not learn it. @param {string} player */
  block(player) {
    return this.request({ action: "block", player });
  }

  /** Gets the direct messages of somebody again. @param {string} player */
  unblock(player) {
    return this.request({ action: "unblock", player });
  }

  /** Ends the subscription, unless something else still follows the game. @param {string} game */
  #unwatch(game) {
    if ([...this.#follows].some((follow) => follow.game === game)) return;
    const left = this.#make({ action: "unwatch", game }, true).catch(() => null).then(() => {
      if (this.#leaving.get(game) === left) this.#leaving.delete(game);
    });
    this.#leaving.set(game, left);
  }

  /**
   * @param {Frame} frame
   * @param {boolean} bound
   */
  #make(frame, bound) {
    const { name } = this.state;
    if (name === "closed" || name === "failed") return Promise.reject(endOf(this.state));
    return this.#requests.make({ ...frame, id: frame.id ?? newId() }, { bound });
  }

  /**
   * @param {ConnectionState} state
   * @param {((state: ConnectionState) => void) | undefined} onState
   */
  #stateChanged(state, onState) {
    if (state.name === "closed" || state.name === "failed") {
      this.#lost();
      this.#requests.failAll(endOf(state));
    }
    onState?.(state);
  }

  #opened() {
    this.#requests.connectionOpened();
    for (const follow of [...this.#follows]) follow.connectionOpened();
    this.#armKeepAlive();
  }

  #lost() {
    this.#clock.clearTimeout(this.#keepAliveTimer);
    this.#clock.clearTimeout(this.#wakeTimer);
    this.#wakeTimer = null;
    for (const follow of this.#follows) follow.connectionLost();
    this.#requests.connectionLost();
  }

  /** @param {string} text */
  #arrived(text) {
    this.#requests.heard();
    const frame = parsed(text);
    if (!frame) return;
    if (typeof frame.id === "string") return this.#answered(frame.id, frame);
    if (frame.type === "messages") {
      const newest = frame.messages?.at?.(-1)?.at;
      if (typeof newest === "number") this.#serverTime.happened(newest);
    }
    if (frame.type === "messages" || frame.type === "behind") return this.#absorb(frame.game, frame);
    if (frame.type === "inbox" || frame.type === "read") return this.#absorb(INBOX, frame);
    if (frame.type === "unwatched") return this.#unwatched(frame);
    if (frame.type === "closing") return this.#closing(frame);
    this.#onStrayFrame?.(frame);
  }

  /**
   * @param {string} id
   * @param {Record<string, any>} answer
   */
  #answered(id, answer) {
    if (answer.code === "too_many_connections") return this.#closing(answer);
    const asked = this.#requests.answered(id, answer);
    if (asked?.frame.action === "ping" && typeof answer.now === "number") {
      this.#serverTime.answered(answer.now, asked.firstSentAt);
    }
    // An answer that comes a second time still tells the truth about the game; a look at an earlier moment tells no news.
    const isNews = answer.type === "accepted" && answer.head === undefined;
    if (isNews) this.#absorb(answer.game ?? asked?.frame.game, answer);
  }

  /**
   * @param {unknown} game
   * @param {import("./sequence.js").Update} update
   */
  #absorb(game, update) {
    if (typeof game === "string" && game !== INBOX) this.#witness.absorb(game, update.messages ?? []);
    for (const follow of [...this.#follows]) if (follow.game === game) follow.absorb(update);
    if (hasClock(update.view)) this.#askTime();
  }

  /** The server ended a subscription: the player was sent away, or may not look on. @param {Record<string, any>} frame */
  #unwatched(frame) {
    const error = errorOf({ ...frame, type: "rejected" });
    for (const follow of [...this.#follows]) if (follow.game === frame.game) follow.giveUp(error);
  }

  /**
   * The server ends the connection. Where the player has others, connecting again would only end one of those: that is for
   * the player to say. Anything else is met by the next connection.
   * @param {Record<string, any>} frame
   */
  #closing(frame) {
    const { code, message } = errorOf(frame);
    if (code === "too_many_connections") this.#connection.giveUp(new ConnectionEndedError(code, message));
    else this.#connection.drop(message);
  }

  /** Where a clock runs, the server's time must be known well, and not only when the next ping is due. */
  #askTime() {
    const now = this.#clock.now();
    if (this.#serverTime.isPrecise || now - this.#timeAskedAt < CLOCK_QUESTION_INTERVAL_MS) return;
    this.#timeAskedAt = now;
    void this.#make({ action: "ping" }, true).catch(() => null);
  }

  /** Asks on an open connection whether it lives. One that looks open and carries nothing is ended soon, not in its time. */
  #probe() {
    if (this.state.name !== "open" || this.#wakeTimer !== null) return;
    const askedAt = this.#clock.now();
    if (this.#follows.size === 0) void this.#keepAlive();
    else for (const follow of this.#follows) void follow.ping();
    this.#wakeTimer = this.#clock.setTimeout(() => {
      this.#wakeTimer = null;
      if (this.#requests.heardAt <= askedAt) this.#connection.drop("The server did not answer.");
    }, WAKE_ANSWER_TIMEOUT_MS);
  }

  async #keepAlive() {
    if (this.state.name === "open") await this.#make({ action: "ping" }, true).catch(() => null);
    this.#armKeepAlive();
  }

  /** Games that are followed ping for themselves; without any, the connection still must not fall idle. */
  #armKeepAlive() {
    this.#clock.clearTimeout(this.#keepAliveTimer);
    if (this.state.name !== "open") return;
    const task = () => (this.#follows.size === 0 ? void this.#keepAlive() : this.#armKeepAlive());
    this.#keepAliveTimer = this.#clock.setTimeout(task, PING_IDLE_MS);
  }
}

/** @returns {SocketConstructor} */
function defaultSocket() {
  if (typeof globalThis.WebSocket === "undefined") {
    throw new TypeError("There is no global WebSocket here: pass one, for instance that of the package `ws`.");
  }
  return globalThis.WebSocket;
}

/**
 * @param {string} text
 * @returns {Record<string, any> | null}
 */
function parsed(text) {
  try {
    const frame = JSON.parse(text);
    return frame !== null && typeof frame === "object" ? frame : null;
  } catch {
    return null;
  }
}
