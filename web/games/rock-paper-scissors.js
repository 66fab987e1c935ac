/** Rock, paper, scissors in words. */

/** @type {import("/client/src/kinds.js").Choice[]} */
export const CHOICES = ["rock", "paper", "scissors"];

/** @type {import("../kinds.js").Kind} */
export const rockPaperScissors = {
  title: "Rock, paper, scissors",
  seats: { min: 2, max: 2 },
  takesBack: false,
  movesByDefault: true,
  fields: [{ name: "best_of", label: "Best of", min: 1, max: 15, step: 2, value: 3 }],
  describe: ({ best_of = 3 }) => `best of ${best_of}`,
  tell({ chose, shown }, { nameOf }) {
    if (chose) return { seat: chose.seat, text: chose.choice ? `chose ${chose.choice}` : "has chosen" };
    if (!shown) return null;
    const winner = winnerOf(shown);
    const won = winner === null ? "nobody won the round" : `${nameOf(winner)} won the round`;
    return { seat: null, text: `Both showed their choice, ${shown[0]} against ${shown[1]}: ${won}` };
  },
};

/**
 * The seat that wins a round; null when both chose the same.
 * @param {string[]} shown
 */
export function winnerOf([first = "", second = ""]) {
  if (first === second) return null;
  const beats = { rock: "scissors", paper: "rock", scissors: "paper" };
  return beats[/** @type {keyof typeof beats} */ (first)] === second ? 0 : 1;
}
