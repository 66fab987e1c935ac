/** A finished game as a file, where its kind has a form for it. */
import { byId, saveText, setText } from "./dom.js";
import { lookOf } from "./kinds.js";

/** @typedef {import("/client/src/types.js").View} View */

export class Record {
  #button = byId("save-record", HTMLButtonElement);

  /**
   * @param {import("./play-area.js").Shown} shown
   * @param {import("./log.js").GameLog} log
   * @param {(playerId: string) => string} nameOf
   */
  constructor(shown, log, nameOf) {
    this.#button.addEventListener("click", () => {
      const { game, view } = shown;
      const record = view && lookOf(view.kind).record;
      if (!game || !record) return;
      const names = view.seats.map((seat) => (seat ? nameOf(seat.player_id) : "?"));
      saveText(`turnlog-${game}.${record.ending}`, record.write({ game, messages: log.messages, outcome: view.outcome, names }));
    });
  }

  /** @param {View} view */
  show(view) {
    const { record } = lookOf(view.kind);
    this.#button.hidden = !record || view.phase !== "finished";
    setText(this.#button, record?.label ?? "");
  }
}
