/**
 * One WebSocket after the other: opens, notices the end, waits and opens again, until it is closed or refused for good.
 * It knows nothing of games and of what the frames say.
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
 * @typedef {{socket: Socket | null, opened: boolean, openedAt: number, refused: boolean, timer: unknown}} Attempt
 */
import { backoffMs } from "./backoff.js";
import { ClosedError, TokenRefusedError } from "./errors.js";
import {
  CONNECT_TIMEOUT_MS,
  REFUSALS_MAX,
  RETRY_DELAY_BASE_MS,
  RETRY_DELAY_MAX_MS,
  RETRY_DELAY_MIN_MS,
  STABLE_AFTER_MS,
} from "./limits.js";
import { expiryOf } from "./token.js";

const PROTOCOL = "turnlog.v1";
const RETRY_LIMITS = { baseMs: RETRY_DELAY_BASE_MS, minMs: RETRY_DELAY_MIN_MS, maxMs: RETRY_DELAY_MAX_MS };

export class Connection {
  /** @type {ConnectionState} */
  #state = { name: "closed" };
  /** @type {Attempt | null} */
  #attempt = null;
  #failures = 0;
  #refusals = 0;
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
    /** @type {Attempt} */
    const attempt = { socket: null, opened: false, openedAt: 0, refused: false, timer: null };
    this.#attempt = attempt;
    this.#enter({ name: "connecting" });
    // The time limit includes the token provider, which may ask a server of its own.
    attempt.timer = this.#environment.clock.setTimeout(() => this.#tookTooLong(attempt), CONNECT_TIMEOUT_MS);
    try {
      const token = await this.#token();
      if (this.#attempt === attempt) this.#openSocket(attempt, token);
    } catch (error) {
      if (this.#attempt !== attempt) return;
      if (error instanceof TokenRefusedError) return this.#fail(error);
      this.#lost(attempt, "There is no sign-in to connect with.");
    }
  }

  async #token() {
    const { token, clock } = this.#environment;
    if (typeof token === "function") return token();
    const expiry = expiryOf(token);
    if (expiry !== null && expiry <= clock.now()) throw new TokenRefusedError("The sign-in has expired.");
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
    socket.onopen = () => this.#opened(attempt);
    socket.onmessage = ({ data }) => {
      if (this.#attempt === attempt && typeof data === "string") this.#environment.onFrame(data);
    };
    socket.onerror = (event) => {
      // Node's `ws` tells the status; a browser tells nothing, which is what `isReachable` is for.
      attempt.refused = / 40[13]\b/.test(String(event?.message ?? ""));
    };
    socket.onclose = (event) => {
      if (this.#attempt === attempt) void this.#ended(attempt, event);
    };
  }

  /** @param {Attempt} attempt */
  #opened(attempt) {
    if (this.#attempt !== attempt) return;
    this.#environment.clock.clearTimeout(attempt.timer);
    attempt.opened = true;
    attempt.openedAt = this.#environment.clock.now();
    this.#refusals = 0;
    this.#enter({ name: "open" });
    this.#environment.onOpen();
  }

  /** @param {Attempt} attempt */
  #tookTooLong(attempt) {
    if (this.#attempt !== attempt) return;
    this.#abandon(4000);
    this.#lost(attempt, "The server did not answer.");
  }

  /**
   * @param {Attempt} attempt
   * @param {{code?: number}} event
   */
  async #ended(attempt, event) {
    if (!attempt.opened && (await this.#isRefused(attempt)) && this.#attempt === attempt) {
      return this.#fail(new TokenRefusedError());
    }
    if (this.#attempt !== attempt) return;
    this.#lost(attempt, event?.code === 1001 ? "The server ended the connection." : "The connection was lost.");
  }

  /**
   * Whether the token is what keeps us out. Where the status is hidden, several refusals in a row by a server that
   * answers otherwise must do.
   * @param {Attempt} attempt
   */
  async #isRefused(attempt) {
    if (attempt.refused) return true;
    if (!this.#environment.isReachable) return false;
    const reachable = await this.#environment.isReachable().catch(() => false);
    this.#refusals = reachable ? this.#refusals + 1 : 0;
    return this.#refusals >= REFUSALS_MAX;
  }

  /**
   * @param {Attempt} attempt
   * @param {string} reason
   */
  #lost(attempt, reason) {
    const { clock, random, onLost } = this.#environment;
    clock.clearTimeout(attempt.timer);
    this.#attempt = null;
    if (attempt.opened && clock.now() - attempt.openedAt >= STABLE_AFTER_MS) this.#failures = 0;
    const delayMs = backoffMs(this.#failures, RETRY_LIMITS, random);
    this.#failures += 1;
    this.#enter({ name: "waiting-to-retry", reason, retryAt: clock.now() + delayMs });
    this.#retryTimer = clock.setTimeout(() => void this.#connect(), delayMs);
    if (attempt.opened) onLost();
  }

  /** @param {Error} error */
  #fail(error) {
    this.#abandon(1000);
    this.#enter({ name: "failed", reason: error.message, error });
  }

  /**
   * Lets the socket go at once: its own `close` event may come very late or never.
   * @param {number} code
   */
  #abandon(code) {
    const attempt = this.#attempt;
    this.#attempt = null;
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

/** The error that requests get when the connection will not come back. @param {ConnectionState} state */
export function endOf(state) {
  return state.error ?? new ClosedError();
}
