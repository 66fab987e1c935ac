/**
 * What the part of the address after `#` says. Pure.
 *
 * @typedef {object} Place
 * @property {string | null} game
 * @property {string | undefined} invitation the code that a private game asks for
 * @property {boolean} isMail the direct messages
 * @property {boolean} isWrong it is to lead somewhere, and names no game, or no invitation that could be one
 */

/** The address of the direct messages. */
const MAIL = "#messages";
const GAME_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const INVITATION = /^[0-9a-f]{32}$/;

/** @param {string} hash @returns {Place} */
export function placeOf(hash) {
  const parameters = new URLSearchParams(hash.slice(1));
  const named = parameters.get("game");
  const game = named !== null && GAME_ID.test(named) ? named : null;
  const invitation = parameters.get("invitation") ?? undefined;
  const isInvitation = invitation === undefined || INVITATION.test(invitation);
  return {
    game,
    invitation,
    isMail: hash === MAIL,
    isWrong: hash.length > 1 && hash !== MAIL && (game === null || !isInvitation),
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
