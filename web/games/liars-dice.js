/**
 * Liar's dice in words, and which bids there are.
 *
 * @typedef {import("/client/src/kinds.js").Bid} Bid
 * @typedef {import("/client/src/kinds.js").DiceView} DiceView
 */
export const FACES = [1, 2, 3, 4, 5, 6];

/** @type {import("../kinds.js").Kind} */
export const liarsDice = {
  title: "Liar’s dice",
  seats: { min: 2, max: 6 },
  takesBack: false,
  movesByDefault: true,
  fields: [
    { name: "dice", label: "Dice for each", min: 1, max: 6, value: 5 },
    { name: "wild_ones", label: "Ones count as any face", value: true },
  ],
  // A view has the dice of everybody in the place of the option.
  describe({ dice, wild_ones = true }) {
    const parts = [typeof dice === "number" && `${dice} dice for each`, wild_ones ? "ones are wild" : "ones are ones"];
    return parts.filter(Boolean).join(", ");
  },
  tell({ rolled, bid, challenged, dropped }, { nameOf }) {
    if (rolled) return { seat: null, text: "All dice were rolled" };
    if (bid) return { seat: bid.seat, text: `bid ${bidText(bid.bid)}` };
    if (dropped) return { seat: dropped.seat, text: "left the game" };
    if (!challenged) return null;
    return {
      seat: challenged.seat,
      text: `called ${bidText(challenged.bid)} a lie; ${nameOf(challenged.loser)} lost a die`,
    };
  },
};

/** @param {Bid} bid */
export function bidText({ count, face }) {
  return `${count} × ${face}`;
}

/** @param {Pick<DiceView, "dice">} game */
export function diceInPlay({ dice }) {
  return dice.reduce((sum, count) => sum + count, 0);
}

/**
 * Whether it may be bid: more dice than the last bid, or as many of a higher face.
 * @param {Pick<DiceView, "dice" | "bid">} game
 * @param {Bid} bid
 */
export function isBid(game, { count, face }) {
  if (!Number.isInteger(count) || count < 1 || count > diceInPlay(game) || !FACES.includes(face)) return false;
  return game.bid === null || count > game.bid.count || (count === game.bid.count && face > game.bid.face);
}

/**
 * The lowest bid that there is; null when the last one cannot be raised.
 * @param {Pick<DiceView, "dice" | "bid">} game
 * @returns {Bid | null}
 */
export function lowestBid(game) {
  const { count, face } = game.bid ?? { count: 1, face: 1 };
  const next = face < 6 ? { count, face: face + 1 } : { count: count + 1, face: 1 };
  return isBid(game, next) ? next : null;
}

/**
 * Who made the last bid: the last player before the one in turn who still has dice.
 * @param {Pick<DiceView, "dice" | "bid">} game
 * @param {number | undefined} turn
 */
export function bidderOf({ dice, bid }, turn) {
  if (bid === null || turn === undefined) return null;
  for (let back = 1; back < dice.length; back += 1) {
    const seat = (turn - back + dice.length) % dice.length;
    if ((dice[seat] ?? 0) > 0) return seat;
  }
  return null;
}

/**
 * Whether a die counts for a bid on that face.
 * @param {number} die
 * @param {number} face
 * @param {boolean} wildOnes
 */
export function counts(die, face, wildOnes) {
  return die === face || (wildOnes && die === 1);
}
