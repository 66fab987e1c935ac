/**
 * Moves and events of any kind in words, from their JSON. Pure.
 *
 * @typedef {{name: string, actions: any[]}} Group
 */

/** More moves than this are shown in groups. */
export const UNGROUPED_MAX = 12;
/** Longer words than this are of no use in a log. */
const EVENT_LENGTH_MAX = 120;

/**
 * `{"take":2}` as "take 2". What chance decided has the same two forms in the events of every kind.
 * @param {any} value
 * @returns {string}
 */
export function wordsOf(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return value.map((item) => wordsOf(item) || "–").join(value.some(Array.isArray) ? " / " : " ");
  const { sides, rolled, shuffled, ...others } = value;
  if (Object.keys(others).length === 0) {
    if (typeof sides === "number" && Array.isArray(rolled)) return rolled.map((die) => die ?? "?").join(" ");
    // Nobody reads the order, and most of it is hidden.
    if (Array.isArray(shuffled)) return "shuffled";
  }
  const parts = Object.entries(value).filter(([, part]) => part !== null);
  return parts.map(([key, part]) => `${key.replaceAll("_", " ")} ${wordsOf(part)}`.trim()).join(", ");
}

/**
 * Moves in groups, each with those that begin alike. The group without a name has those that need none: all where they are few.
 * @param {any[]} actions
 * @returns {Group[]}
 */
export function groupsOf(actions) {
  if (actions.length <= UNGROUPED_MAX) return [{ name: "", actions }];
  const groups = groupedBy(actions, (action) => keyOf(action)).flatMap(({ name, actions: some }) => {
    // A move of several parts, as a bid of dice and a face, is found by its first part.
    const isOfParts = some.every((action) => partsOf(innerOf(action)).length > 1);
    if (some.length <= UNGROUPED_MAX || !isOfParts) return [{ name, actions: some }];
    return groupedBy(some, (action) => (innerOf(action) === action ? firstPart(action) : `${name} ${firstPart(innerOf(action))}`.trim()));
  });
  // What is alone in its group, as a challenge among bids, is in nobody's way and must not be hidden.
  const singles = groups.filter((group) => group.actions.length === 1).flatMap((group) => group.actions);
  const others = groups.filter((group) => group.actions.length > 1);
  return singles.length === 0 ? others : [{ name: "", actions: singles }, ...others];
}

/**
 * A move on its button: without what the heading of its group says.
 * @param {string} words
 * @param {string} group
 */
export function shortened(words, group) {
  const rest = words.startsWith(`${group} `) || words.startsWith(`${group},`) ? words.slice(group.length + 1).trim() : "";
  return group === "" || rest === "" ? words : rest;
}

/**
 * What a played event says.
 * @param {any} data
 * @returns {{seat: number | null, text: string}}
 */
export function eventWords(data) {
  const parts = partsOf(data);
  const [[key, inner] = ["", null]] = parts;
  const isTagged = parts.length === 1 && typeof inner?.seat === "number";
  const { seat, ...rest } = Object.fromEntries(isTagged ? partsOf(inner) : parts);
  const [only, ...others] = Object.values(rest);
  // "played AS", and not "played card AS".
  const words = wordsOf(isTagged && others.length === 0 ? only : rest);
  const text = isTagged ? `${key.replaceAll("_", " ")} ${words}`.trim() : words;
  const cut = text.length > EVENT_LENGTH_MAX ? `${text.slice(0, EVENT_LENGTH_MAX)}…` : text;
  if (typeof seat === "number") return { seat, text: cut || "moved" };
  return { seat: null, text: cut ? cut.charAt(0).toUpperCase() + cut.slice(1) : "A move was made" };
}

/**
 * @param {any[]} actions
 * @param {(action: any) => string} nameOf
 * @returns {Group[]}
 */
function groupedBy(actions, nameOf) {
  /** @type {Map<string, any[]>} */
  const groups = new Map();
  for (const action of actions) groups.set(nameOf(action), [...(groups.get(nameOf(action)) ?? []), action]);
  return [...groups].map(([name, some]) => ({ name, actions: some }));
}

/** @param {any} action */
function keyOf(action) {
  return (partsOf(action)[0]?.[0] ?? "").replaceAll("_", " ");
}

/** What stands under the one key of a move; the move itself where there are several. @param {any} action */
function innerOf(action) {
  const parts = partsOf(action);
  return parts.length === 1 ? parts[0]?.[1] : action;
}

/** @param {any} value */
function firstPart(value) {
  return wordsOf(Object.fromEntries(partsOf(value).slice(0, 1)));
}

/** The keys and values of an object; nothing of anything else. @param {any} value @returns {[string, any][]} */
function partsOf(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}
