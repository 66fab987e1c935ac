/**
 * The board of chess: pick a piece, then where it goes. The side of the viewer is below.
 *
 * @typedef {import("../boards/boards.js").Board} Board
 * @typedef {import("../boards/boards.js").Situation} Situation
 * @typedef {import("/client/src/kinds.js").Kinds["chess"]["game"]} Position
 * @typedef {import("/client/src/kinds.js").MoveOf<"chess">} Move
 */
import { element, keyed, setAttributes, setText } from "../dom.js";
import { pgnOf } from "../pgn.js";
import { Roving } from "../roving.js";

/** @type {Record<string, string>} */
const NAMES = { p: "pawn", n: "knight", b: "bishop", r: "rook", q: "queen", k: "king" };

/** The filled signs, for both sides: the colour is the page's. The selector keeps the pawn from becoming an emoji. @type {Record<string, string>} */
const SIGNS = { p: "♟\uFE0E", n: "♞\uFE0E", b: "♝\uFE0E", r: "♜\uFE0E", q: "♛\uFE0E", k: "♚\uFE0E" };

/** @type {Record<string, string>} */
const CLAIMS = { threefold: "threefold repetition", fifty: "fifty moves without progress" };

/** @type {import("../kinds.js").Look} */
export default {
  title: "Chess",
  fields: [],
  describe: () => "",
  tell({ seat, san, claim }) {
    return { seat, text: claim ? `claimed a draw: ${CLAIMS[claim] ?? claim}` : `played ${san}` };
  },
  reasons: { fifty_moves: "fifty moves without progress", seventyfive_moves: "seventy-five moves without progress" },
  mark: (seat) => element("span", { class: "sign piece-sign", "data-seat": seat, "aria-hidden": "true" }, signOf("k")),
  record: { label: "Save as PGN", ending: "pgn", write: pgnOf },
  board: (root, onMove, onRefused) => new ChessBoard(root, onMove, onRefused),
};

const INDEXES = Array.from({ length: 64 }, (_, index) => index);

/** @implements {Board} */
export class ChessBoard {
  #root;
  #onMove;
  #onRefused;
  #grid = element("div", { class: "chess", role: "grid", "aria-label": "Chess board", "aria-colcount": 8, "aria-rowcount": 8 });
  #claims = element("div", { class: "actions claims" });
  #promotion = element("div", { class: "choices", role: "group", "aria-label": "The pawn becomes" });
  #roving = new Roving(this.#grid);
  /** The squares by their index from a8. @type {HTMLButtonElement[]} */
  #squares = [];
  /** @type {boolean | null} */
  #isTurned = null;
  /** @type {Situation | null} */
  #situation = null;
  /** The square of the piece that was picked. @type {string | null} */
  #picked = null;

  /**
   * @param {HTMLElement} root
   * @param {(move: Move) => void} onMove
   * @param {import("../boards/boards.js").OnRefused} onRefused
   */
  constructor(root, onMove, onRefused) {
    this.#root = root;
    this.#onMove = onMove;
    this.#onRefused = onRefused;
    this.#promotion.hidden = true;
    this.#squares = INDEXES.map((index) => this.#makeSquare(squareName(index)));
    this.#grid.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#pick(null);
    });
  }

  /** @param {Situation} situation */
  show(situation) {
    const before = this.#situation?.view.game.fen;
    this.#situation = situation;
    // A piece that was picked before the other side moved may not be there any more.
    if (before !== situation.view.game.fen || !situation.isOpen) this.#unpick();
    this.#build(situation.side === 1);
    this.#showSquares();
    this.#showClaims();
  }

  clear() {
    this.#situation = this.#isTurned = null;
    this.#unpick();
  }

  /** @param {boolean} isTurned black is below */
  #build(isTurned) {
    if (isTurned === this.#isTurned) return;
    this.#isTurned = isTurned;
    const squares = isTurned ? this.#squares.toReversed() : this.#squares;
    const rows = Array.from({ length: 8 }, (_, row) =>
      element("div", { role: "row", class: "chess-row" }, ...squares.slice(row * 8, row * 8 + 8)),
    );
    squares.forEach((square, place) => {
      const name = square.getAttribute("data-square") ?? "";
      setAttributes(square, { "data-rank": place % 8 === 0 ? (name[1] ?? "") : null });
      const letter = square.querySelector(".file-letter");
      // Not as text, which the name of the square would have to repeat.
      if (letter) setAttributes(letter, { "data-file": place >= 56 ? (name[0] ?? "") : null });
    });
    this.#grid.replaceChildren(...rows);
    this.#roving.set(squares, 8);
    this.#root.replaceChildren(this.#grid, this.#promotion, this.#claims);
  }

  /** @param {string} name */
  #makeSquare(name) {
    const isDark = ((name.codePointAt(0) ?? 0) + Number(name[1])) % 2 === 0;
    const square = element("button", {
      type: "button", role: "gridcell", class: "square", "data-square": name, "data-shade": isDark ? "dark" : "light",
    });
    square.append(
      element("span", { class: "piece", "aria-hidden": "true" }),
      element("span", { class: "file-letter", "aria-hidden": "true" }),
    );
    square.addEventListener("click", () => this.#clicked(name));
    return square;
  }

  #showSquares() {
    if (!this.#situation) return;
    const { view, isOpen, pending } = this.#situation;
    /** @type {Position} */
    const position = view.game;
    const pieces = piecesOf(position.fen);
    const targets = this.#picked ? targetsFrom(position.moves, this.#picked) : new Set();
    const checked = checkedKing(position);
    const lastSquares = position.last ? [position.last.slice(0, 2), position.last.slice(2, 4)] : [];
    this.#squares.forEach((square, index) => {
      const [name, piece] = [squareName(index), pieces[index] ?? null];
      const isTarget = targets.has(name);
      const canMove = isOpen && position.moves.some((move) => move.startsWith(name));
      const isLast = lastSquares.includes(name);
      const sign = square.querySelector(".piece");
      if (sign) setText(sign, piece ? signOf(piece) : "");
      setAttributes(square, {
        "data-seat": piece ? seatOf(piece) : null,
        "data-last": isLast ? "true" : null,
        "data-check": checked === name ? "true" : null,
        "data-target": isTarget ? (piece ? "capture" : "move") : null,
        "data-pending": pending?.uci?.slice(2, 4) === name ? "true" : null,
        "aria-selected": this.#picked === name ? "true" : null,
        "aria-disabled": canMove || isTarget ? null : "true",
        "aria-label": label(name, piece, { isTarget, isLast, isChecked: checked === name }),
      });
    });
  }

  #showClaims() {
    if (!this.#situation) return;
    const { view, isOpen } = this.#situation;
    /** @type {Move[]} */
    const claims = isOpen ? view.game.claims : [];
    keyed(this.#claims, claims.map((claim) => JSON.stringify(claim)), (key) => {
      const claim = /** @type {Move} */ (JSON.parse(key));
      const button = element("button", { type: "button" }, claimText(claim));
      button.addEventListener("click", () => this.#onMove(claim));
      return button;
    });
  }

  /** @param {string} name */
  #clicked(name) {
    if (!this.#situation) return;
    /** @type {Position} */
    const position = this.#situation.view.game;
    const picked = this.#picked;
    if (picked && targetsFrom(position.moves, picked).has(name)) return this.#go(picked, name);
    const refusal = picked === name ? null : refusalOf(position, picked, name);
    if (this.#situation.isOpen) this.#pick(picked === name || refusal ? null : name);
    if (refusal || !this.#situation.isOpen) this.#onRefused(refusal ?? "");
  }

  /**
   * @param {string} from
   * @param {string} to
   */
  #go(from, to) {
    const promotions = promotionsOf(this.#situation?.view.game.moves ?? [], from, to);
    if (promotions.length === 0) return this.#onMove({ uci: from + to });
    const buttons = promotions.map((piece) => {
      const button = element("button", { type: "button", "data-promotion": piece }, `${signOf(piece)} ${nameOf(piece)}`);
      button.addEventListener("click", () => this.#promoted({ uci: from + to + piece }));
      return button;
    });
    const cancel = element("button", { type: "button", class: "quiet" }, "Cancel");
    cancel.addEventListener("click", () => this.#promoted(null));
    this.#promotion.replaceChildren(element("span", {}, "The pawn becomes"), ...buttons, cancel);
    this.#promotion.hidden = false;
    buttons[0]?.focus();
  }

  /** @param {Move | null} move */
  #promoted(move) {
    const picked = this.#picked;
    this.#pick(null);
    this.#squares.find((square) => square.getAttribute("data-square") === picked)?.focus();
    if (move) this.#onMove(move);
  }

  /** @param {string | null} square */
  #pick(square) {
    this.#unpick();
    this.#picked = square;
    this.#showSquares();
  }

  #unpick() {
    this.#picked = null;
    this.#promotion.hidden = true;
    this.#promotion.replaceChildren();
  }
}

/**
 * @param {string} name
 * @param {string | null} piece
 * @param {{isTarget: boolean, isLast: boolean, isChecked: boolean}} marks
 */
function label(name, piece, { isTarget, isLast, isChecked }) {
  const content = piece ? `${seatOf(piece) === 0 ? "white" : "black"} ${nameOf(piece)}` : "empty";
  const extras = [isChecked && "in check", isLast && "last move", isTarget && (piece ? "can be captured" : "can be moved to")];
  return [name, content, ...extras.filter(Boolean)].join(", ");
}

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
