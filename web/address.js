/**
 * What the part of the address after `#` says. Pure.
 *
 * @typedef {object} Place
 * @property {string | null} game
 * @property {string | undefined} invitation the code that a private game asks for
 * @property {boolean} isMail the direct messages
 * @property {boolean} isWrong it is to lead somewhere, and names no game, or no invitation that could be one
 * @property {number | null} second the number of the further player that this window is to be, from 2
 */

/** The address of the direct messages. */
const MAIL = "#messages";
const GAME_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const INVITATION = /^[0-9a-f]{32}$/;
const SECOND_PLAYER = "second-player";

/** @param {string} hash @returns {Place} */
export function placeOf(hash) {
  const parameters = new URLSearchParams(hash.slice(1));
  const named = parameters.get("game");
  const game = named !== null && GAME_ID.test(named) ? named : null;
  const invitation = parameters.get("invitation") ?? undefined;
  const isInvitation = invitation === undefined || INVITATION.test(invitation);
  const second = Number(parameters.get(SECOND_PLAYER));
  return {
    game,
    invitation,
    isMail: hash === MAIL,
    isWrong: hash.length > 1 && hash !== MAIL && (game === null || !isInvitation),
    second: Number.isInteger(second) && second >= 2 && second <= 99 ? second : null,
  };
}

/**
 * The part of the address that names a game.
 * @param {string} game
 * @param {string} [invitation] the code that a private game asks for
 */
export function addressOf(game, invitation) {
  return `#game=${game}${invitation ? `&invitation=${invitation}` : ""}`;
}

/**
 * The same address for a window that is to be somebody else.
 * @param {string} address
 * @param {number} number of the player
 */
export function withSecondPlayer(address, number) {
  return `${address}&${SECOND_PLAYER}=${number}`;
}

/** @param {string} hash */
export function withoutSecondPlayer(hash) {
  return hash.replace(new RegExp(`&${SECOND_PLAYER}=[^&]*`), "");
}
