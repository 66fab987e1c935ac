/**
 * Follows one game on whatever connection there is: watches it, hands its messages on in order, each once, and finds and
 * fills what was lost.
 *
 * @typedef {import("./types.js").Clock} Clock
 * @typedef {import("./types.js").Frame} Frame
 * @typedef {import("./types.js").Message} Message
 * @typedef {import("./types.js").View} View
 * @typedef {import("./sequence.js").Update} Update
 *
 * @typedef {object} Handlers
 * @property {(messages: Message[]) => void} [onMessages] what happened next, each message once and in order
 * @property {(view: View, seq: number) => void} [onView] what the game shows now. It may run ahead of the messages, and
 *   never goes back
 * @property {(error: Error) => void} [onError] the game cannot be followed, and no further attempt is made
 *
 * @typedef {object} Environment
 * @property {string} game
 * @property {number} after the last message that is known already
 * @property {string} [invitation] the code that a private game asks for
 * @property {Handlers} handlers
 * @property {Clock} clock
 * @property {() => number} random
 * @property {(frame: Frame) => Promise<unknown>} ask sends on the present connection only, and takes the answer in
 * @property {(isServed: boolean) => void} onStopped `isServed`: the server may go on sending on the present connection
 */
import { backoffMs } from "./backoff.js";
import { TurnlogError } from "./errors.js";
import { CATCH_UP_DELAY_MAX_MS, GAP_WAIT_MS, PING_IDLE_MS, PING_WAITING_MS } from "./limits.js";
import { questionOf, receive, sequenceAfter } from "./sequence.js";

const CATCH_UP_LIMITS = { baseMs: GAP_WAIT_MS * 4, minMs: GAP_WAIT_MS, maxMs: CATCH_UP_DELAY_MAX_MS };

export class Follow {
  #sequence;
  #environment;
  #invitation;
  /** The present connection; null while there is none. Answers of an earlier one change nothing here. @type {object | null} */
  #connection = null;
  #watched = false;
  #asking = false;
  #vainQuestions = 0;
  /** @type {unknown} */
  #gapTimer = null;
  /** @type {unknown} */
  #pingTimer = null;
  #stopped = false;

  /** @param {Environment} environment */
  constructor(environment) {
    this.#environment = environment;
    this.#sequence = sequenceAfter(environment.after);
    this.#invitation = environment.invitation;
  }

  get game() {
    return this.#environment.game;
  }

  /** The code of a private game: the one that was given, or told to its host. */
  get invitation() {
    return this.#invitation;
  }

  /** Everything up to here was handed on. */
  get seq() {
    return this.#sequence.seq;
  }

  /** The newest view, and the seq that it shows. */
  get view() {
    return this.#sequence.view;
  }

  get viewSeq() {
    return this.#sequence.viewSeq;
  }

  /** Whether nothing is known to be missing. */
  get isCurrent() {
    return this.#watched && questionOf(this.#sequence) === null;
  }

  /** Ends it, and tells the server. */
  stop() {
    this.#end(true);
  }

  /** A new connection: it must be watched again, from the last message that is there. */
  connectionOpened() {
    if (this.#stopped) return;
    this.#connection = {};
    this.#vainQuestions = 0;
    this.#askNext();
  }

  connectionLost() {
    this.#connection = null;
    this.#watched = this.#asking = false;
    this.#environment.clock.clearTimeout(this.#gapTimer);
    this.#environment.clock.clearTimeout(this.#pingTimer);
    this.#gapTimer = this.#pingTimer = null;
  }

  /**
   * Takes in what any frame says of this game.
   * @param {Update} update
   */
  absorb(update) {
    if (this.#stopped) return;
    this.#invitation = update.invitation ?? this.#invitation;
    const { sequence, messages, view } = receive(this.#sequence, update);
    this.#sequence = sequence;
    const { onMessages, onView } = this.#environment.handlers;
    if (messages.length > 0 && this.#vainQuestions > 0) this.#forgetVainQuestions();
    this.#waitIfIncomplete(GAP_WAIT_MS);
    this.#armPing();
    if (messages.length > 0) onMessages?.(messages);
    if (view) onView?.(view, sequence.viewSeq);
  }

  /** The game cannot be followed any more. @param {Error} error */
  giveUp(error) {
    if (this.#stopped) return;
    this.#end(false);
    this.#environment.handlers.onError?.(error);
  }

  /** @param {boolean} served whether the server may still serve it on the present connection */
  #end(served) {
    if (this.#stopped) return;
    this.#stopped = true;
    const isServed = served && this.#connection !== null;
    this.connectionLost();
    this.#environment.onStopped(isServed);
  }

  /** Asks at once how far the log goes, for instance when a phone wakes up. */
  async ping() {
    this.#environment.clock.clearTimeout(this.#pingTimer);
    const { game, invitation } = this;
    try {
      await this.#environment.ask({ action: "ping", game, seq: this.seq, invitation });
    } catch (error) {
      // The subscription was lost, and its place is somebody else's now.
      if (error instanceof TurnlogError && error.code === "too_many_watchers") return this.giveUp(error);
      // A ping without an answer ends the connection elsewhere; a refused one is tried again in time.
    }
    this.#armPing();
  }

  /** @param {number} delayMs */
  #waitIfIncomplete(delayMs) {
    const { clock } = this.#environment;
    if (this.isCurrent) {
      clock.clearTimeout(this.#gapTimer);
      this.#gapTimer = null;
      this.#vainQuestions = 0;
    } else if (this.#connection && !this.#asking && this.#gapTimer === null) {
      this.#gapTimer = clock.setTimeout(() => this.#askNext(), delayMs);
    }
  }

  /** Something came after all, so what is missing is worth asking for soon. */
  #forgetVainQuestions() {
    this.#vainQuestions = 0;
    this.#environment.clock.clearTimeout(this.#gapTimer);
    this.#gapTimer = null;
  }

  #askNext() {
    this.#environment.clock.clearTimeout(this.#gapTimer);
    this.#gapTimer = null;
    const question = this.#watched
      ? questionOf(this.#sequence)
      : { action: /** @type {const} */ ("watch"), after: this.seq };
    if (question && this.#connection) void this.#ask(question, this.#connection);
  }

  /**
   * @param {import("./sequence.js").Question} question
   * @param {object} connection
   */
  async #ask(question, connection) {
    this.#asking = true;
    const before = this.#sequence;
    const { game, invitation } = this;
    const error = await this.#environment.ask({ ...question, game, invitation }).then(() => null, asError);
    if (this.#connection !== connection) return;
    this.#asking = false;
    if (error instanceof TurnlogError && !error.retryable) return this.giveUp(error);
    if (!error && question.action === "watch") this.#watched = true;
    const brought = !error && (this.seq > before.seq || this.viewSeq > before.viewSeq);
    this.#vainQuestions = brought ? 0 : this.#vainQuestions + 1;
    // What is still missing after an answer that brought something is on the next page. After one that brought nothing,
    // asking faster would not help.
    if (brought && !this.isCurrent) this.#askNext();
    else this.#waitIfIncomplete(backoffMs(this.#vainQuestions, CATCH_UP_LIMITS, this.#environment.random));
    this.#armPing();
  }

  #armPing() {
    const { clock } = this.#environment;
    clock.clearTimeout(this.#pingTimer);
    this.#pingTimer = null;
    if (this.#stopped || !this.#watched) return;
    const delayMs = waitsForOthers(this.view) ? PING_WAITING_MS : PING_IDLE_MS;
    this.#pingTimer = clock.setTimeout(() => void this.ping(), delayMs);
  }
}

/**
 * Whether the next thing to happen is somebody else's.
 * @param {View | null} view
 */
export function waitsForOthers(view) {
  if (!view) return false;
  // After the end there is nothing to wait for but the answer to an offer to play again.
  if (view.phase === "finished") return (view.offers ?? []).some(({ declined }) => !declined);
  return view.you === null || !view.turn.includes(view.you);
}

/**
 * @param {unknown} error
 * @returns {Error}
 */
function asError(error) {
  return error instanceof Error ? error : new Error(String(error));
}
