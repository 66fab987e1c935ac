/**
 * One WebSocket after the other: opens, notices the end, waits and opens again, until it is closed or refused for good.
 * Shortly before a token expires, a second one with a fresh token is opened beside it, and takes its place once it is open. It knows nothing of games and of what the frames say.
 *
 * @typedef {import("./types.js").Clock} Clock
 * @typedef {import("./types.js").Socket} Socket
 * @typedef {import("./types.js").ConnectionState} ConnectionState
 * @typedef {import("./types.js").SocketConstructor} SocketConstructor
 * @typedef {string | (() => string | Promise<string>)} Token
 *
 * @typedef {object} Environment
 * @property {string} url
 * @property {Token} token
 * @property {SocketConstructor} WebSocket
 * @property {Clock} clock
 * @property {() => number} random
 * @property {(() => Promise<boolean>) | undefined} isReachable whether the server answers at all
 * @property {(state: ConnectionState) => void} onState
 * @property {() => void} onOpen
 * @property {() => void} onLost
 * @property {(text: string) => void} onFrame
 *
 * @typedef {object} Attempt
 * @property {Socket | null} socket
 * @property {import("./token.js").Lifetime | null} lifetime of its token
 * @property {boolean} opened
 * @property {number} openedAt
 * @property {boolean} refused
 * @property {unknown} timer the time-out of opening, and then the time to replace it
 */
import { backoffMs } from "./backoff.js";
import { ClosedError, TokenRefusedError } from "./errors.js";
import {
  CONNECT_TIMEOUT_MS,
  REFUSALS_CERTAIN,
  RENEW_AGAIN_MIN_MS,
  RETRY_DELAY_BASE_MS,
  RETRY_DELAY_MAX_MS,
  RETRY_DELAY_MIN_MS,
  STABLE_AFTER_MS,
  WAKE_INTERVAL_MIN_MS,
} from "./limits.js";
import { lifetimeOf, renewalDelayMs } from "./token.js";

const PROTOCOL = "turnlog.v1";
/** Where the status is hidden, an invalid token and too many frames look alike. */
const REFUSED = "The server refuses the connection. Either the sign-in is not valid any more, or too much came from here, which passes within half a minute.";
const RETRY_LIMITS = { baseMs: RETRY_DELAY_BASE_MS, minMs: RETRY_DELAY_MIN_MS, maxMs: RETRY_DELAY_MAX_MS };

export class Connection {
  /** @type {ConnectionState} */
  #state = { name: "closed" };
  /** @type {Attempt | null} */
  #attempt = null;
  /** What is to take its place. @type {Attempt | null} */
  #successor = null;
  #failures = 0;
  #refusals = 0;
  /** When the last attempt began. */
  #attemptedAt = -Infinity;
  /** @type {unknown} */
  #retryTimer = null;
  #environment;

  /** @param {Environment} environment */
  constructor(environment) {
    this.#environment = environment;
  }

  get state() {
    return this.#state;
  }

  /** Connects, unless it is connected or about to be. After a failure it starts anew. */
  open() {
    if (this.#state.name === "connecting" || this.#state.name === "open") return;
    if (this.#state.name !== "waiting-to-retry") this.#failures = this.#refusals = 0;
    this.#stopRetry();
    void this.#connect();
  }

  /**
   * Somebody waits for the connection, so the next attempt comes now instead of later, and further ones soon after it. A
   * connection that is open, or about to be, stays as it is; and a server that refuses is not asked sooner.
   */
  hurry() {
    if (this.#state.name !== "waiting-to-retry" || this.#isRefused) return;
    this.#failures = 0;
    // Whoever taps again and again does not make more of it than this.
    const delayMs = this.#attemptedAt + WAKE_INTERVAL_MIN_MS - this.#environment.clock.now();
    if (delayMs <= 0) this.open();
    else if (this.#environment.clock.now() + delayMs < (this.#state.retryAt ?? 0)) this.#retryIn(delayMs, this.#state.reason);
  }

  /** The network is another one: an attempt that began on the one before would only run into its time-out. */
  restart() {
    if (this.#state.name !== "connecting") return this.hurry();
    this.#abandon(4000);
    this.#failures = 0;
    void this.#connect();
  }

  close() {
    this.#stopRetry();
    this.#abandon(1000);
    this.#enter({ name: "closed" });
  }

  /**
   * Ends a connection that looks open and is not, and connects again.
   * @param {string} reason
   */
  drop(reason) {
    const attempt = this.#attempt;
    if (!attempt?.opened) return;
    this.#abandon(4000);
    this.#lost(attempt, reason);
  }

  /**
   * Gives up, until it is opened again: the server has ended the connection, and would end the next one or another of the
   * same player.
   * @param {Error} error
   */
  giveUp(error) {
    this.#stopRetry();
    this.#fail(error);
  }

  /**
   * @param {string} text
   * @returns {boolean} whether there was a connection to send it on
   */
  send(text) {
    if (this.#state.name !== "open" || !this.#attempt?.socket) return false;
    this.#attempt.socket.send(text);
    return true;
  }

  async #connect() {
    const attempt = newAttempt();
    this.#attempt = attempt;
    this.#attemptedAt = this.#environment.clock.now();
    this.#enter({ name: "connecting", refused: this.#isRefused });
    // The time limit includes the token provider, which may ask a server of its own.
    attempt.timer = this.#environment.clock.setTimeout(() => this.#tookTooLong(attempt), CONNECT_TIMEOUT_MS);
    try {
      const token = await this.#token();
      if (this.#attempt === attempt) this.#openSocket(attempt, token);
    } catch (error) {
      if (this.#attempt !== attempt) return;
      if (error instanceof TokenRefusedError) return this.#fail(error);
      this.#refusals = 0;
      this.#lost(attempt, "There is no sign-in to connect with.");
    }
  }

  async #token() {
    const { token, clock } = this.#environment;
    if (typeof token === "function") return token();
    const expiresAt = lifetimeOf(token)?.expiresAt;
    if (expiresAt !== undefined && expiresAt <= clock.now()) throw new TokenRefusedError("The sign-in has expired.");
    return token;
  }

  /**
   * @param {Attempt} attempt
   * @param {string} token
   */
  #openSocket(attempt, token) {
    const { WebSocket, url } = this.#environment;
    const socket = new WebSocket(url, [PROTOCOL, token]);
    attempt.socket = socket;
    attempt.lifetime = lifetimeOf(token);
    socket.onopen = () => this.#opened(attempt);
    socket.onmessage = ({ data }) => {
      if (this.#attempt === attempt && typeof data === "string") this.#environment.onFrame(data);
    };
    socket.onerror = (event) => {
      // Node's `ws` tells the status; a browser tells nothing, which is what `isReachable` is for.
      attempt.refused = / 40[13]\b/.test(String(event?.message ?? ""));
    };
    socket.onclose = (event) => {
      // A successor that does not open is given up by its time-out.
      if (this.#attempt === attempt) void this.#ended(attempt, event);
    };
  }

  /** @param {Attempt} attempt */
  #opened(attempt) {
    const isSuccessor = this.#successor === attempt;
    if (this.#attempt !== attempt && !isSuccessor) return;
    this.#environment.clock.clearTimeout(attempt.timer);
    attempt.opened = true;
    attempt.openedAt = this.#environment.clock.now();
    this.#refusals = 0;
    this.#armRenewal(attempt);
    if (isSuccessor) return this.#goOver(attempt);
    this.#enter({ name: "open" });
    this.#environment.onOpen();
  }

  /** @param {Attempt} attempt */
  #armRenewal(attempt) {
    const { clock, token } = this.#environment;
    if (typeof token !== "function" || attempt.lifetime === null) return;
    const delayMs = renewalDelayMs(attempt.lifetime, clock.now());
    if (delayMs !== null) attempt.timer = clock.setTimeout(() => void this.#renew(attempt), delayMs);
  }

  /**
   * Opens a connection with a fresh token beside the present one.
   * @param {Attempt} attempt the present one
   */
  async #renew(attempt) {
    const successor = newAttempt();
    this.#successor = successor;
    successor.timer = this.#environment.clock.setTimeout(() => this.#renewLater(), CONNECT_TIMEOUT_MS);
    // A provider that gives up is asked again when the connection has ended.
    const token = await this.#token().catch(() => null);
    if (this.#successor !== successor) return;
    const expiresAt = token === null ? null : lifetimeOf(token)?.expiresAt;
    const isFresher = expiresAt === undefined || Number(expiresAt) > Number(attempt.lifetime?.expiresAt);
    if (token === null || !isFresher) return this.#renewLater();
    this.#openSocket(successor, token);
  }

  /** There was no fresh token, or no connection with it: the present one goes on. */
  #renewLater() {
    const attempt = this.#attempt;
    this.#letGo(this.#successor, 1000);
    this.#successor = null;
    if (!attempt?.lifetime) return;
    const { clock } = this.#environment;
    const leftMs = attempt.lifetime.expiresAt - clock.now();
    // Afterwards the server ends it, and says so.
    if (leftMs <= 0) return;
    attempt.timer = clock.setTimeout(() => void this.#renew(attempt), Math.max(leftMs / 2, RENEW_AGAIN_MIN_MS));
  }

  /**
   * From here on the successor is the connection. Whatever was not answered on the one before is sent again.
   * @param {Attempt} successor
   */
  #goOver(successor) {
    this.#letGo(this.#attempt, 1000);
    this.#attempt = successor;
    this.#successor = null;
    this.#environment.onLost();
    this.#environment.onOpen();
  }

  /** @param {Attempt} attempt */
  #tookTooLong(attempt) {
    if (this.#attempt !== attempt) return;
    this.#abandon(4000);
    this.#refusals = 0;
    this.#lost(attempt, "The server did not answer.");
  }

  /**
   * @param {Attempt} attempt
   * @param {{code?: number}} event
   */
  async #ended(attempt, event) {
    if (attempt.refused) return this.#fail(new TokenRefusedError());
    if (!attempt.opened) {
      const isReachable = await this.#isReachable();
      if (this.#attempt !== attempt) return;
      this.#refusals = isReachable ? this.#refusals + 1 : 0;
    }
    if (this.#isRefused) return this.#lost(attempt, REFUSED);
    this.#lost(attempt, event?.code === 1001 ? "The server ended the connection." : "The connection was lost.");
  }

  async #isReachable() {
    const { isReachable } = this.#environment;
    return isReachable !== undefined && (await isReachable().catch(() => false));
  }

  /** Whether a server that can be reached has refused the last attempts. */
  get #isRefused() {
    return this.#refusals >= REFUSALS_CERTAIN;
  }

  /**
   * @param {Attempt} attempt
   * @param {string} reason
   */
  #lost(attempt, reason) {
    const { clock, random, onLost } = this.#environment;
    clock.clearTimeout(attempt.timer);
    this.#letGo(this.#successor, 1000);
    this.#attempt = this.#successor = null;
    if (attempt.opened && clock.now() - attempt.openedAt >= STABLE_AFTER_MS) this.#failures = 0;
    const delayMs = backoffMs(this.#failures, RETRY_LIMITS, random);
    this.#failures += 1;
    this.#retryIn(delayMs, reason);
    if (attempt.opened) onLost();
  }

  /**
   * @param {number} delayMs
   * @param {string | undefined} reason why there is no connection
   */
  #retryIn(delayMs, reason) {
    const { clock } = this.#environment;
    this.#stopRetry();
    this.#enter({ name: "waiting-to-retry", reason, refused: this.#isRefused, retryAt: clock.now() + delayMs });
    this.#retryTimer = clock.setTimeout(() => void this.#connect(), delayMs);
  }

  /** @param {Error} error */
  #fail(error) {
    this.#abandon(1000);
    this.#enter({ name: "failed", reason: error.message, error });
  }

  /** @param {number} code */
  #abandon(code) {
    this.#letGo(this.#attempt, code);
    this.#letGo(this.#successor, code);
    this.#attempt = this.#successor = null;
  }

  /**
   * Lets the socket go at once: its own `close` event may come very late or never.
   * @param {Attempt | null} attempt
   * @param {number} code
   */
  #letGo(attempt, code) {
    if (!attempt) return;
    this.#environment.clock.clearTimeout(attempt.timer);
    const { socket } = attempt;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    // Node's `ws` reports an error when a socket is closed before it opened.
    socket.onerror = () => {};
    socket.close(code);
  }

  #stopRetry() {
    this.#environment.clock.clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
  }

  /** @param {ConnectionState} state */
  #enter(state) {
    this.#state = state;
    this.#environment.onState(state);
  }
}

/** @returns {Attempt} */
function newAttempt() {
  return { socket: null, lifetime: null, opened: false, openedAt: 0, refused: false, timer: null };
}

/** The error that requests get when the connection will not come back. @param {ConnectionState} state */
export function endOf(state) {
  return state.error ?? new ClosedError();
}
