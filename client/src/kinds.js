/**
 * The game kinds: their options, their moves and what a view shows of them. Types only, and one question.
 *
 * Where a view has `null` in the place of a card, a die or a choice, the viewer may not see it.
 *
 * @typedef {object} GridView
 * @property {number} columns
 * @property {number} rows
 * @property {number} line how many in a row win
 * @property {(number | null)[]} cells the seats, row by row from the top left
 * @property {number | null} last
 * @property {number[]} winning
 *
 * @typedef {object} TicTacToe
 * @property {{size?: number, line?: number}} options
 * @property {{cell: number}} move
 * @property {GridView} game
 *
 * @typedef {object} ConnectFour
 * @property {{columns?: number, rows?: number, line?: number}} options
 * @property {{column: number}} move
 * @property {GridView} game
 *
 * @typedef {"threefold" | "fifty"} DrawClaim
 * @typedef {object} Chess
 * @property {{fen?: string}} options the position to start from
 * @property {{uci: string, claim?: DrawClaim} | {claim: DrawClaim}} move `e2e4`, `e7e8q`; castling is the king's move
 * @property {{fen: string, check: boolean, last: string | null, moves: string[], claims: Chess["move"][]}} game
 *   `moves` and `claims` are those of the side to move
 *
 * @typedef {"rock" | "paper" | "scissors"} Choice
 * @typedef {object} RockPaperScissors
 * @property {{best_of?: number}} options
 * @property {{choose: Choice}} move
 * @property {RoundView} game
 * @typedef {object} RoundView
 * @property {number} best_of
 * @property {number} rounds played so far, draws too
 * @property {number[]} wins
 * @property {boolean[]} chosen who has chosen in this round
 * @property {(Choice | null)[]} choices
 * @property {Choice[] | null} last the round before
 *
 * @typedef {{count: number, face: number}} Bid
 * @typedef {object} LiarsDice
 * @property {{dice?: number, wild_ones?: boolean}} options
 * @property {{bid: Bid} | {challenge: {}}} move
 * @property {DiceView} game
 * @typedef {object} DiceView
 * @property {boolean} wild_ones whether ones count as any face
 * @property {number[]} dice how many each seat has
 * @property {(number[] | null)[]} cups
 * @property {Bid | null} bid
 * @property {{seat: number, bid: Bid, cups: number[][], loser: number} | null} last the last challenge
 *
 * @typedef {"C" | "D" | "H" | "S"} Suit
 * @typedef {object} CrazyEights
 * @property {{hand?: number}} options
 * @property {{play: {card: string, suit?: Suit}} | {draw: {}} | {pass: {}}} move cards are `AC`, `TD`, `8H`, `KS`
 * @property {CardView} game
 * @typedef {object} CardView
 * @property {(string[] | null)[]} hands
 * @property {number[]} cards how many each seat holds
 * @property {number} pile how many are left to draw
 * @property {string[]} discards the top card last
 * @property {Suit} suit the suit to follow
 * @property {boolean} has_drawn whether whoever is in turn has drawn already
 * @property {number[]} gone the seats that left
 *
 * @typedef {object} Kinds
 * @property {TicTacToe} tic-tac-toe
 * @property {ConnectFour} connect-four
 * @property {Chess} chess
 * @property {RockPaperScissors} rock-paper-scissors
 * @property {LiarsDice} liars-dice
 * @property {CrazyEights} crazy-eights
 *
 * @typedef {keyof Kinds} KindName
 */

/**
 * @template {string} K
 * @typedef {K extends KindName ? Kinds[K]["options"] : Record<string, unknown>} OptionsOf
 */

/**
 * @template {KindName} K
 * @typedef {Kinds[K]["move"]} MoveOf
 */

/** @typedef {MoveOf<KindName>} Move a move of any kind */

/**
 * A view of a game of that kind. Before the start there may be less in it than the types say: no hands, no cups.
 * @template {KindName} K
 * @typedef {import("./types.js").View & {kind: K, game: Kinds[K]["game"]}} ViewOf
 */

/**
 * Whether a view is one of that kind, so that its `game` has a type.
 * @template {KindName} K
 * @param {import("./types.js").View} view
 * @param {K} kind
 * @returns {view is ViewOf<K>}
 */
export function isOfKind(view, kind) {
  return view.kind === kind;
}
