/**
 * The kinds of games: what the server says of each, and what this page has for it beside that. A kind needs nothing here. What it
 * has is one file in games/, which is loaded by the name of the kind.
 *
 * @typedef {import("/client/src/types.js").KindFacts} KindFacts
 * @typedef {import("./schema.js").Field} Field
 * @typedef {import("/client/src/types.js").Message} Message
 * @typedef {import("/client/src/types.js").Outcome} Outcome
 * @typedef {Record<string, any>} Options
 *
 * @typedef {object} Told what a played event says: what a player did, or, without a seat, a whole sentence
 * @property {number | null} seat
 * @property {string} text
 *
 * @typedef {object} Look what the file of a kind may export by default; all of it may be missing
 * @property {string} [title] its name, where the one that the server has for it does not do
 * @property {Field[]} [fields] the form of its options, where that of their schema does not do
 * @property {(options: Options) => Record<string, {max: number, value: number}>} [dependent] fields that depend on others: their
 *   limits, and what stands in them until somebody chooses
 * @property {(game: Options) => string} [describe] the options, or what a view shows of them
 * @property {(data: any, known: {options: Options, nameOf: (seat: number) => string}) => Told | null} [tell]
 * @property {Record<string, string | ((game: any) => string)>} [reasons] why a game ended, without a full stop
 * @property {(seat: number) => Element} [mark] the sign by which a seat is told, beside its name
 * @property {{label: string, ending: string, write: (played: Played) => string}} [record] a file of a finished game
 * @property {import("./boards/boards.js").Maker} [board] its board
 * @property {string | URL} [style] the board's style sheet, or where it is: `new URL("nim.css", import.meta.url)`
 *
 * @typedef {object} Played
 * @property {string} game its id
 * @property {Message[]} messages the whole log
 * @property {Outcome | null} outcome
 * @property {string[]} names of the players, by seat
 */

/** @type {Look} */
const NOTHING = {};

/** @type {Map<string, KindFacts>} */
const facts = new Map();
/** @type {Map<string, Look>} */
const looks = new Map();

/**
 * Learns what the server plays, and loads what the page has for it.
 * @param {() => Promise<KindFacts[]>} ask
 */
export async function learnKinds(ask) {
  for (const kind of await ask()) facts.set(kind.name, kind);
  // A kind whose file cannot be loaded can be created all the same; its table says what is wrong.
  await Promise.allSettled([...facts.keys()].map(loadLook));
}

/** The names of the kinds that the server plays, as far as they are known. */
export function kindNames() {
  return [...facts.keys()];
}

/** @param {string} kind */
export function factsOf(kind) {
  return facts.get(kind);
}

/**
 * Loads the file of a kind, if it has one.
 * @param {string} kind
 */
export async function loadLook(kind) {
  if (!looks.has(kind)) looks.set(kind, await readLook(kind));
}

/** What was loaded for a kind. @param {string} kind @returns {Look} */
export function lookOf(kind) {
  return looks.get(kind) ?? NOTHING;
}

/** @param {string} kind */
export function titleOf(kind) {
  const words = kind.replaceAll(/[-_]+/g, " ").trim();
  return lookOf(kind).title ?? words.charAt(0).toUpperCase() + words.slice(1);
}

/** @param {string} kind @returns {Promise<Look>} */
async function readLook(kind) {
  // No name leads to another folder.
  if (!/^[\w-]+$/.test(kind)) return NOTHING;
  const file = new URL(`./games/${kind}.js`, import.meta.url);
  try {
    return (await import(file.href)).default ?? NOTHING;
  } catch {
    // A file that is not there, and one that the network has lost, fail alike.
    if (await isMissing(file)) return NOTHING;
    throw new Error("The board of this game could not be loaded. Load the page again to try again.");
  }
}

/** Some servers answer with the page itself where there is no file. @param {URL} file */
async function isMissing(file) {
  try {
    const { ok, headers } = await fetch(file, { method: "HEAD" });
    return !ok || !headers.get("content-type")?.includes("javascript");
  } catch {
    return false;
  }
}
