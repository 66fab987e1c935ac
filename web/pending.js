/**
 * The move that a person has made and does not see yet: while there is one, the board stays closed for a second one. Pure.
 *
 * In games where both choose at once a player is still "in turn" in every view that comes before their own move is shown.
 */
export class PendingMove {
  /** @type {any} */
  #move = null;
  /** The seq under which it was accepted, once the answer has told it. @type {number | null} */
  #seq = null;

  /** The move itself; null when there is none. */
  get move() {
    return this.#move;
  }

  /** @param {any} move */
  begin(move) {
    this.#move = move;
    this.#seq = null;
  }

  /**
   * The answer has come. It may come before what it speaks of is shown, and after.
   * @param {number} seq under which the move was accepted; 0 when it was refused
   * @param {number} shown the seq that the page shows
   */
  answered(seq, shown) {
    this.#seq = seq;
    this.shows(shown);
  }

  /**
   * The page shows the game up to here. What others do or say meanwhile changes nothing.
   * @param {number} shown
   */
  shows(shown) {
    if (this.#seq !== null && shown >= this.#seq) this.clear();
  }

  clear() {
    this.#move = this.#seq = null;
  }
}
