/**
 * Everything that a player can ask for, each as one frame under an id of its own. A command that is sent again under the
 * same id is carried out once, so whoever wants to repeat one later, over the end of the program too, passes the `id`.
 *
 * @typedef {import("./types.js").Answer} Answer
 * @typedef {import("./types.js").Audience} Audience
 * @typedef {import("./types.js").BotName} BotName
 * @typedef {import("./types.js").Frame} Frame
 * @typedef {import("./types.js").OfferKind} OfferKind
 * @typedef {import("./types.js").OpenOffer} OpenOffer
 * @typedef {import("./types.js").TableWishes} TableWishes
 * @typedef {{id?: string}} Repeatable
 */
import { ENTROPY_BYTES } from "./limits.js";
import { hexOf } from "./hex.js";

/** The commands of a client. What sends them is the client's work. */
export class Commands {
  /**
   * @param {Frame} _frame
   * @returns {Promise<Answer>}
   */
  request(_frame) {
    throw new TypeError("Commands are sent by a client.");
  }

  /**
   * Makes a game. Nobody sits there yet, its maker neither. The answer to the maker of a private game has the
   * `invitation` that everybody else needs.
   * @param {string} kind
   * @param {Record<string, unknown>} [options] the kind's own
   * @param {{table?: TableWishes} & Repeatable} [more] how it is played beside its rules
   */
  create(kind, options, { table, id } = {}) {
    return this.request({ action: "create", kind, options, table, id });
  }

  /**
   * Takes a seat, any or a certain one, and contributes to the game's chance. Whoever leaves the contribution to the
   * client knows that nobody could foresee it, and that it is sent only after the server's promise is known: see `verify`.
   * @param {string} game
   * @param {{seat?: number, invitation?: string, entropy?: string | null} & Repeatable} [more] `entropy` in lower-case
   *   hexadecimal digits, 1 to 32 bytes; null contributes nothing
   */
  join(game, { seat, invitation, entropy = newEntropy(), id } = {}) {
    return this.request({ action: "join", game, seat, invitation, entropy: entropy ?? undefined, id });
  }

  /**
   * Gives the seat back before the start.
   * @param {string} game
   * @param {Repeatable} [more]
   */
  leave(game, { id } = {}) {
    return this.request({ action: "leave", game, id });
  }

  /**
   * Sets a bot on a free seat, any or a certain one. For the host, before the start; `kick` takes it away again.
   * @param {string} game
   * @param {{bot: BotName, seat?: number} & Repeatable} which `search` plays to win, `random` makes any legal move
   */
  addBot(game, { bot, seat, id }) {
    return this.request({ action: "add_bot", game, bot, seat, id });
  }

  /**
   * Sends whoever has the seat away from the table, a person for good. For the host, before the start.
   * @param {string} game
   * @param {{seat: number, player: string}} whom where they sit, and who they are: nobody else is sent away in their stead
   * @param {Repeatable} [more]
   */
  kick(game, { seat, player }, { id } = {}) {
    return this.request({ action: "kick", game, seat, player, id });
  }

  /**
   * Begins a game that waits for its host.
   * @param {string} game
   * @param {Repeatable} [more]
   */
  start(game, { id } = {}) {
    return this.request({ action: "start", game, id });
  }

  /**
   * Makes a move. When the game is followed, the move says what the player saw, so that a late repeat cannot act twice.
   * @param {string} game
   * @param {unknown} move what the kind's rules read
   * @param {{seq?: number} & Repeatable} [more]
   */
  play(game, move, { seq = this.seen(game), id } = {}) {
    return this.request({ action: "play", game, move, seq, id });
  }

  /**
   * Gives up.
   * @param {string} game
   * @param {Repeatable} [more]
   */
  resign(game, { id } = {}) {
    return this.request({ action: "resign", game, id });
  }

  /**
   * Ends the turns of those whose time is up.
   * @param {string} game
   * @param {Repeatable} [more]
   */
  claim(game, { id } = {}) {
    return this.request({ action: "claim", game, id });
  }

  /**
   * Goes on with a game that is paused.
   * @param {string} game
   * @param {Repeatable} [more]
   */
  resume(game, { id } = {}) {
    return this.request({ action: "resume", game, id });
  }

  /**
   * Makes the game that the players of a finished one have agreed on. However many of them ask, it is one and the same.
   * @param {string} old
   * @param {Repeatable} [more]
   */
  rematch(old, { id } = {}) {
    return this.request({ action: "rematch", game: old, id });
  }

  /**
   * Offers something that all others have to accept.
   * @param {string} game
   * @param {OfferKind} offer
   * @param {Repeatable} [more]
   */
  offer(game, offer, { id } = {}) {
    return this.request({ action: "offer", game, offer, id });
  }

  /**
   * @param {string} game
   * @param {OpenOffer} offer somebody else's, as the view shows it
   * @param {Repeatable} [more]
   */
  accept(game, { offer, seq }, { id } = {}) {
    return this.request({ action: "accept", game, offer, seq, id });
  }

  /**
   * @param {string} game
   * @param {OpenOffer} offer somebody else's, as the view shows it
   * @param {Repeatable} [more]
   */
  decline(game, { offer, seq }, { id } = {}) {
    return this.request({ action: "decline", game, offer, seq, id });
  }

  /**
   * @param {string} game
   * @param {OpenOffer} offer one's own, as the view shows it
   * @param {Repeatable} [more]
   */
  withdraw(game, { offer, seq }, { id } = {}) {
    return this.request({ action: "withdraw", game, offer, seq, id });
  }

  /**
   * Says something at the table: to everybody, to one player, or, without a seat, to the other spectators.
   * @param {string} game
   * @param {Audience} to
   * @param {string} text
   * @param {{invitation?: string} & Repeatable} [more]
   */
  say(game, to, text, { invitation, id } = {}) {
    return this.request({ action: "say", game, to, text, invitation, id });
  }

  /**
   * Keeps somebody from saying anything more at this table. For the host.
   * @param {string} game
   * @param {string} player
   * @param {Repeatable} [more]
   */
  mute(game, player, { id } = {}) {
    return this.request({ action: "mute", game, player, id });
  }

  /**
   * Makes another invitation for a private game, which the answer tells; the one before lets nobody in any more. For the host.
   * @param {string} game
   * @param {Repeatable} [more]
   */
  renewInvitation(game, { id } = {}) {
    return this.request({ action: "renew_invitation", game, id });
  }

  /**
   * The seq that the player saw last of a game; none when it is not followed.
   * @param {string} _game
   * @returns {number | undefined}
   */
  seen(_game) {
    return undefined;
  }
}

/** What a player contributes to the chance of a game. */
export function newEntropy() {
  return hexOf(crypto.getRandomValues(new Uint8Array(ENTROPY_BYTES)));
}
