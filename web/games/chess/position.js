/**
 * Positions of chess as the server tells them, and what can be done in them. Pure.
 *
 * @typedef {"threefold" | "fifty"} DrawClaim
 * @typedef {{uci: string, claim?: DrawClaim} | {claim: DrawClaim}} Move `e2e4`, `e7e8q`; castling is the king's move
 * @typedef {object} Position what a view shows; `moves` and `claims` are those of the side to move
 * @property {string} fen
 * @property {boolean} check
 * @property {string | null} last
 * @property {string[]} moves
 * @property {Move[]} claims
 */

/** @type {Record<string, string>} */
const NAMES = { p: "pawn", n: "knight", b: "bishop", r: "rook", q: "queen", k: "king" };

/** The filled signs, for both sides: the colour is the page's. The selector keeps the pawn from becoming an emoji. @type {Record<string, string>} */
const SIGNS = { p: "♟\uFE0E", n: "♞\uFE0E", b: "♝\uFE0E", r: "♜\uFE0E", q: "♛\uFE0E", k: "♚\uFE0E" };

/** @type {Record<string, string>} */
export const CLAIMS = { threefold: "threefold repetition", fifty: "fifty moves without progress" };

/**
 * What stands on each square, from a8 to h1: the letter of FEN, or null.
 * @param {string} fen
 * @returns {(string | null)[]}
 */
export function piecesOf(fen) {
  const places = fen.split(" ")[0] ?? "";
  return [...places.replaceAll("/", "")].flatMap((sign) => (/\d/.test(sign) ? Array(Number(sign)).fill(null) : [sign]));
}

/** The seat to move. @param {string} fen */
export function sideOf(fen) {
  return fen.split(" ")[1] === "b" ? 1 : 0;
}

/** @param {string} piece a letter of FEN */
export function seatOf(piece) {
  return piece === piece.toUpperCase() ? 0 : 1;
}

/** @param {string} piece a letter of FEN */
export function signOf(piece) {
  return SIGNS[piece.toLowerCase()] ?? "";
}

/** @param {string} piece a letter of FEN, or that of a promotion */
export function nameOf(piece) {
  return NAMES[piece.toLowerCase()] ?? "";
}

/** `e4` for its index from a8. @param {number} index */
export function squareName(index) {
  return `${"abcdefgh"[index % 8]}${8 - Math.floor(index / 8)}`;
}

/** The index from a8 of `e4`. @param {string} square */
function indexOf(square) {
  return (8 - Number(square[1])) * 8 + "abcdefgh".indexOf(square[0] ?? "");
}

/**
 * Where the piece on a square may go.
 * @param {string[]} moves
 * @param {string} from
 */
export function targetsFrom(moves, from) {
  return new Set(moves.filter((move) => move.startsWith(from)).map((move) => move.slice(2, 4)));
}

/**
 * Why a tap on a square is no move, and picks no piece; null when it picks one.
 * @param {{fen: string, moves: string[], check: boolean}} game
 * @param {string | null} from the square of the piece that is picked
 * @param {string} to the square that was tapped
 */
export function refusalOf({ fen, moves, check }, from, to) {
  const pieces = piecesOf(fen);
  const pieceOn = (/** @type {string} */ square) => pieces[indexOf(square)] ?? null;
  const piece = pieceOn(to);
  const because = check ? ": your king is in check." : ".";
  if (piece && seatOf(piece) === sideOf(fen)) {
    return targetsFrom(moves, to).size > 0 ? null : `The ${nameOf(piece)} on ${to} cannot move${because}`;
  }
  if (from) return `The ${nameOf(pieceOn(from) ?? "")} on ${from} cannot go to ${to}${because}`;
  return piece ? "That piece is not yours." : "Pick one of your pieces first.";
}

/**
 * What a pawn may become that goes there, the best first; nothing when it stays what it is.
 * @param {string[]} moves
 * @param {string} from
 * @param {string} to
 */
export function promotionsOf(moves, from, to) {
  const pieces = moves.filter((move) => move.startsWith(from + to) && move.length === 5).map((move) => move[4] ?? "");
  return ["q", "r", "b", "n"].filter((piece) => pieces.includes(piece));
}

/**
 * The square of the king that is in check; null when none is.
 * @param {{fen: string, check: boolean}} game
 */
export function checkedKing({ fen, check }) {
  if (!check) return null;
  const index = piecesOf(fen).indexOf(sideOf(fen) === 0 ? "K" : "k");
  return index < 0 ? null : squareName(index);
}

/** What the button says that claims a draw. @param {Move} claim */
export function claimText(claim) {
  const reason = CLAIMS[claim.claim ?? ""] ?? claim.claim;
  return "uci" in claim ? `Play ${claim.uci} and claim a draw: ${reason}` : `Claim a draw: ${reason}`;
}
