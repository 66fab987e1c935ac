/** The part of the form for a new game that says how it is played beside its rules. */
import { byId, setText } from "./dom.js";
import { describeChoices, wishesOf } from "./table-options.js";

/** @typedef {import("./table-options.js").Choices} Choices */

/** Which fields a clock has. */
const CLOCK_FIELDS = ["seconds", "days", "fischer"];

export class TableForm {
  #root = byId("table-options", HTMLDetailsElement);
  #start = byId("table-start", HTMLSelectElement);
  #players = byId("table-players", HTMLInputElement);
  #clock = byId("table-clock", HTMLSelectElement);
  #timeout = byId("table-timeout", HTMLSelectElement);
  #seatsMax = 2;
  #movesByDefault = false;

  constructor() {
    this.#root.addEventListener("input", () => this.#changed());
  }

  /**
   * Begins anew for a kind: what was chosen for another one may make no sense here.
   * @param {import("/client/src/types.js").KindFacts} kind
   */
  show({ seats: { min, max }, default_moves }) {
    for (const field of this.#root.querySelectorAll("input, select")) reset(field);
    this.#movesByDefault = default_moves;
    this.#seatsMax = max;
    this.#players.min = String(min);
    this.#players.max = this.#players.value = String(max);
    const isFixed = min === max;
    byId("table-players-field", HTMLDivElement).hidden = isFixed;
    // A table for two begins when both are there; one for some waits for its host.
    this.#start.value = isFixed ? "full" : "host";
    this.#changed();
  }

  get wishes() {
    return wishesOf(this.#choices(), this.#seatsMax);
  }

  #changed() {
    const clock = this.#clock.value;
    for (const name of CLOCK_FIELDS) {
      const fields = byId(`clock-${name}-fields`, HTMLDivElement);
      fields.hidden = name !== clock;
      // What is hidden must not keep the form from being sent.
      for (const input of fields.querySelectorAll("input")) input.disabled = name !== clock;
    }
    byId("table-timeout-field", HTMLDivElement).hidden = clock === "none";
    const canMove = this.#movesByDefault && clock !== "fischer";
    byId("timeout-default-move", HTMLOptionElement).disabled = !canMove;
    if (!canMove && this.#timeout.value === "default_move") this.#timeout.value = "drop_out";
    setText(byId("table-summary", HTMLSpanElement), describeChoices(this.#choices(), this.#seatsMax));
    if (this.#root.querySelector(":invalid")) this.#root.open = true;
  }

  /** @returns {Choices} */
  #choices() {
    const number = (/** @type {string} */ id) => byId(id, HTMLInputElement).valueAsNumber;
    return {
      start: /** @type {Choices["start"]} */ (this.#start.value),
      players: this.#players.valueAsNumber,
      isPrivate: byId("table-private", HTMLInputElement).checked,
      spectators: byId("table-spectators", HTMLInputElement).checked,
      clock: /** @type {Choices["clock"]} */ (this.#clock.value),
      seconds: number("clock-seconds"),
      days: number("clock-days"),
      minutes: number("clock-minutes"),
      increment: number("clock-increment"),
      timeout: /** @type {Choices["timeout"]} */ (this.#timeout.value),
    };
  }
}

/** Gives a field what stands in index.html. @param {Element} field */
function reset(field) {
  if (field instanceof HTMLSelectElement) field.selectedIndex = Math.max(0, [...field.options].findIndex(({ defaultSelected }) => defaultSelected));
  else if (field instanceof HTMLInputElement) [field.value, field.checked] = [field.defaultValue, field.defaultChecked];
}
