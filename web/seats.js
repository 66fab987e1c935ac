/**
 * The seats of a table: who sits there, whose turn it is, what is left on each clock, and what can be done with a seat.
 *
 * @typedef {import("/client/src/types.js").View} View
 *
 * @typedef {object} Deeds
 * @property {(button: HTMLButtonElement, seat: number) => void} onSit
 * @property {(button: HTMLButtonElement, seat: number) => void} onKick
 */
import { byId, drawing, element, keyed, setAttributes, setText } from "./dom.js";
import { lookOf } from "./kinds.js";
import { seatName } from "./words.js";

export class Seats {
  #list = byId("seats", HTMLOListElement);
  #deeds;

  /** @param {Deeds} deeds */
  constructor(deeds) {
    this.#deeds = deeds;
  }

  /**
   * @param {View} view
   * @param {(playerId: string) => string} nameOf
   * @param {boolean} isHost
   */
  show(view, nameOf, isHost) {
    const seats = keyed(this.#list, view.seats.map((_, seat) => `${view.kind}-${seat}`), (key) => this.#make(view.kind, Number(key.split("-").at(-1))));
    const isWide = view.seats.length > 2 || (view.clock?.length ?? 0) > 0 || view.seats.some((seat) => seat?.bot);
    setAttributes(this.#list, { "data-wide": isWide ? "true" : null, "data-many": view.seats.length > 3 ? "true" : null });
    seats.forEach((item, seat) => showSeat(item, seat, view, nameOf, isHost));
  }

  clear() {
    this.#list.replaceChildren();
  }

  /**
   * Shows what is left, by seat; nothing without a clock.
   * @param {{text: string, isRunning: boolean, isLow: boolean}[]} times
   */
  showTimes(times) {
    this.#list.querySelectorAll(".clock").forEach((clock, seat) => {
      const time = times[seat];
      setText(clock, time?.text ?? "");
      setAttributes(clock, {
        "data-running": time?.isRunning ? "true" : null,
        "data-low": time?.isLow ? "true" : null,
      });
    });
  }

  /**
   * @param {string} kind
   * @param {number} seat
   */
  #make(kind, seat) {
    const sit = element("button", { type: "button", class: "quiet sit" }, "Sit here");
    const kick = element("button", { type: "button", class: "quiet kick" }, "Send away");
    sit.addEventListener("click", () => this.#deeds.onSit(sit, seat));
    kick.addEventListener("click", () => this.#deeds.onKick(kick, seat));
    return element(
      "li",
      { class: "seat" },
      lookOf(kind).mark?.(seat) ?? numberSign(seat),
      element("span", { class: "seat-name" }),
      drawing("robot", { class: "robot" }),
      element("span", { class: "you" }),
      element("span", { class: "clock", role: "timer" }),
      sit,
      kick,
    );
  }
}

/** The sign of a seat whose kind has none of its own. @param {number} seat */
function numberSign(seat) {
  return element("span", { class: "sign", "data-seat": seat, "aria-hidden": "true" }, String(seat + 1));
}

/**
 * @param {HTMLElement} item
 * @param {number} seat
 * @param {View} view
 * @param {(playerId: string) => string} nameOf
 * @param {boolean} isHost
 */
function showSeat(item, seat, view, nameOf, isHost) {
  const player = view.seats[seat] ?? null;
  const isTurn = view.turn.includes(seat) && view.phase === "playing";
  const isWaiting = view.phase === "waiting";
  setAttributes(item, {
    "data-seat": seat, "data-turn": isTurn ? "true" : null, "aria-current": isTurn ? "true" : null,
    "data-free": player ? null : "true", "data-winner": view.outcome?.winners.includes(seat) ? "true" : null,
    "data-out": player?.out ? "true" : null, "data-bot": player?.bot ?? null,
  });
  const keptFor = view.reserved?.[seat];
  const name = player ? nameOf(player.player_id) : keptFor ? `Kept for ${nameOf(keptFor)}` : "Free seat";
  /** @param {string} selector */
  const part = (selector) => /** @type {HTMLElement} */ (item.querySelector(selector));
  setText(part(".seat-name"), name);
  setText(part(".you"), remarks(view, seat).join(", "));
  setAttributes(part(".clock"), { "aria-label": `Clock of ${seatName(view, seat, nameOf)}` });
  part(".sit").hidden = !isWaiting || player !== null || view.you !== null || view.seats.length <= 2 || Boolean(keptFor) || view.table?.choose_seats === false;
  setAttributes(part(".sit"), { "aria-label": `Sit here, on seat ${seat + 1}` });
  part(".kick").hidden = !isWaiting || player === null || !isHost || seat === view.you;
  setAttributes(part(".kick"), { "aria-label": `Send away ${name}` });
}

/**
 * @param {View} view
 * @param {number} seat
 */
function remarks(view, seat) {
  const player = view.seats[seat];
  const place = view.outcome && view.outcome.winners.length > 0 && view.seats.length > 2 ? view.outcome.places[seat] : undefined;
  return [
    seat === view.you && "you",
    view.phase === "waiting" && player && player.player_id === view.host && view.seats.length > 1 && view.table?.start === "host" && "host",
    player?.out && view.phase !== "finished" && "out",
    place && ordinal(place),
  ].filter((remark) => typeof remark === "string");
}

/** @param {number} place */
function ordinal(place) {
  return `${place}${{ 1: "st", 2: "nd", 3: "rd" }[place] ?? "th"}`;
}
