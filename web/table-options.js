/**
 * What the form for a new game says about the table, as the wishes that are sent. Pure.
 *
 * @typedef {import("/client/src/types.js").TableWishes} TableWishes
 * @typedef {import("/client/src/types.js").GameClock} GameClock
 * @typedef {import("/client/src/types.js").TableView} TableView
 *
 * @typedef {object} Choices
 * @property {"full" | "host"} start
 * @property {number} players the most that may sit down
 * @property {boolean} isPrivate
 * @property {boolean} spectators
 * @property {"none" | "seconds" | "days" | "fischer"} clock
 * @property {number} seconds
 * @property {number} days
 * @property {number} minutes of the store of time
 * @property {number} increment seconds that a move adds to it
 * @property {"drop_out" | "loss" | "default_move"} timeout
 */

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Only what differs from what the server takes by itself.
 * @param {Choices} choices
 * @param {number} seatsMax the most that the kind takes
 * @returns {TableWishes | undefined}
 */
export function wishesOf(choices, seatsMax) {
  /** @type {TableWishes} */
  const wishes = {};
  if (choices.start === "host") wishes.start = "host";
  if (choices.players !== seatsMax) wishes.max_players = choices.players;
  if (choices.isPrivate) wishes.private = true;
  if (!choices.spectators) wishes.spectators = false;
  const clock = clockOf(choices);
  if (clock !== "none") Object.assign(wishes, { clock, timeout: choices.timeout });
  return Object.keys(wishes).length === 0 ? undefined : wishes;
}

/**
 * What was chosen, in a line.
 * @param {Choices} choices
 * @param {number} seatsMax
 */
export function describeChoices(choices, seatsMax) {
  const parts = [
    seatsMax > 2 && `up to ${choices.players} players`,
    choices.isPrivate ? "private" : "open to everybody",
    clockText(clockOf(choices)),
  ];
  return parts.filter(Boolean).join(", ");
}

/**
 * A clock in words; empty without one.
 * @param {GameClock} clock
 */
export function clockText(clock) {
  if (clock === "none") return "no clock";
  if ("seconds" in clock) return `${clock.seconds} seconds a move`;
  if ("days" in clock) return clock.days === 1 ? "a day a move" : `${clock.days} days a move`;
  const { initial_ms, increment_ms } = clock.fischer;
  return `${initial_ms / 60_000} min + ${increment_ms / 1000} s`;
}

/**
 * What is left on a clock: days and hours, hours, minutes and seconds, and in the end tenths.
 * @param {number} leftMs
 */
export function timeText(leftMs) {
  if (leftMs <= 0) return "0:00";
  if (leftMs < 10_000) return (Math.ceil(leftMs / 100) / 10).toFixed(1);
  const seconds = Math.ceil(leftMs / 1000);
  if (leftMs >= DAY_MS) return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  const rest = String(seconds % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** @param {Choices} choices @returns {GameClock} */
function clockOf({ clock, seconds, days, minutes, increment }) {
  switch (clock) {
    case "none":
      return "none";
    case "seconds":
      return { seconds };
    case "days":
      return { days };
    case "fischer":
      return { fischer: { initial_ms: Math.round(minutes * 60_000), increment_ms: Math.round(increment * 1000) } };
  }
}
