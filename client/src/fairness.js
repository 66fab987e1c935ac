/**
 * Recomputes what chance decided in a finished game, as docs/fairness.md describes it. What this accepts was drawn from
 * a seed that no player knew and that the server alone could not choose, if the promise and the contribution that its caller
 * saw before sitting down are those of the log. What that does not prove of a server that plays along stands there, too.
 *
 * It does not know the rules: that a roll had the right number of dice, say, or that a take-back restored the state that the
 * game had, is what `turnlog verify` checks too.
 *
 * @typedef {import("./types.js").Message} Message
 *
 * @typedef {object} Verified
 * @property {true} verified
 * @property {number} outcomes how many rolls and shuffles there were
 * @property {("commitment" | "contribution")[]} known what was compared with what the caller saw before sitting down. What is
 *   missing here is only what the log says of itself
 *
 * @typedef {object} Seen what the caller saw before
 * @property {string | null} [commitment] the promise that was there before the contribution was sent; null: there was none
 * @property {string | null} [contribution] what the caller contributed, in hexadecimal digits; null: nothing
 *
 * @typedef {object} Unverified
 * @property {false} verified
 * @property {"not_finished" | "incomplete" | "not_revealed" | "other_promise" | "other_contribution" | "commitment" | "hidden"
 *   | "differs"} reason
 *   `incomplete`: messages are missing; `other_promise`: the log names another promise than the one that was seen;
 *   `other_contribution`: what the caller contributed is not in it; `commitment`: the revealed part is not the one that was
 *   promised; `hidden`: the log was read before the end; `differs`: chance did not decide what the message says
 * @property {number} [seq] the first message that does not match, or that is missing
 *
 * @typedef {{kind: "roll", sides: number, values: unknown[]} | {kind: "shuffle", values: unknown[]}} Drawn
 */
import { wordsOf } from "./chacha20.js";
import { bytesOf, hexOf } from "./hex.js";

const SEED_SALT = "turnlog seed 1";

/**
 * Checks the whole log of a finished game, read after its end. It needs the cryptography of the browser, which is there
 * only on secure pages.
 *
 * @param {string} game its id
 * @param {Message[]} messages from the first one on
 * @param {Seen} [seen] `Client.verify` knows it by itself
 * @returns {Promise<Verified | Unverified>}
 */
export async function verify(game, messages, seen = {}) {
  const missing = messages.findIndex(({ seq }, index) => seq !== index + 1);
  if (messages.length === 0 || missing >= 0) return unverified("incomplete", Math.max(missing, 0) + 1);
  const finished = messages.find(({ events }) => events.some(({ type }) => type === "finished"));
  if (!finished) return unverified("not_finished");
  const created = dataOf(messages, "created");
  const commitment = created?.data?.chance?.commitment;
  if (seen.commitment !== undefined && seen.commitment !== (commitment ?? null)) return unverified("other_promise", created?.seq);
  const draws = messages.map((message) => ({ seq: message.seq, drawn: message.events.flatMap(drawnIn) }));
  const chancy = draws.filter(({ drawn }) => drawn.length > 0);
  if (commitment === undefined) {
    // Nothing was promised, so nothing may have been left to chance.
    const [first] = chancy;
    return first ? unverified("commitment", first.seq) : { verified: true, outcomes: 0, known: knownOf(seen) };
  }
  const revealed = dataOf(messages, "seed_revealed");
  if (!revealed) return unverified("not_revealed");
  const part = bytesOf(revealed.data?.server_part);
  if (!part || hexOf(await sha256(part)) !== commitment) return unverified("commitment", revealed.seq);
  // What chance has shown cannot be taken back: the state that such a message sets is nothing that chance decided.
  const takenBack = dataOf(messages, "taken_back");
  if (takenBack) return unverified("differs", takenBack.seq);
  const contributions = contributionsTo(messages);
  if (typeof seen.contribution === "string" && !contributions.map(hexOf).includes(seen.contribution)) {
    return unverified("other_contribution");
  }
  const seed = await seedOf(game, part, contributions);
  for (const { seq, drawn } of chancy) {
    const words = await wordsOfMessage(seed, seq);
    for (const outcome of drawn) {
      if (outcome.values.includes(null)) return unverified("hidden", seq);
      if (!isDecidedBy(outcome, words)) return unverified("differs", seq);
    }
  }
  return { verified: true, outcomes: chancy.reduce((sum, { drawn }) => sum + drawn.length, 0), known: knownOf(seen) };
}

/**
 * @param {Seen} seen
 * @returns {Verified["known"]}
 */
function knownOf({ commitment, contribution }) {
  /** @type {Verified["known"]} */
  const known = [];
  if (commitment !== undefined) known.push("commitment");
  if (typeof contribution === "string") known.push("contribution");
  return known;
}

/**
 * A number below `n`, every one as likely as any other.
 * @param {number} n
 * @param {Iterator<number>} words
 */
export function numberBelow(n, words) {
  const limit = Math.floor(2 ** 32 / n) * n;
  let word = words.next().value;
  while (word >= limit) word = words.next().value;
  return word % n;
}

/**
 * @param {number} count
 * @param {number} sides
 * @param {Iterator<number>} words
 */
export function roll(count, sides, words) {
  return Array.from({ length: count }, () => numberBelow(sides, words) + 1);
}

/**
 * @param {number} count
 * @param {Iterator<number>} words
 */
export function shuffle(count, words) {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let place = count - 1; place > 0; place -= 1) {
    const other = numberBelow(place + 1, words);
    [order[place], order[other]] = [Number(order[other]), Number(order[place])];
  }
  return order;
}

/**
 * The seed of a game: the server's part, mixed with what was contributed at each seat.
 * @param {string} game
 * @param {Uint8Array} serverPart
 * @param {Uint8Array[]} contributions
 */
export async function seedOf(game, serverPart, contributions) {
  const material = Uint8Array.from([...serverPart, ...contributions.flatMap((bytes) => [bytes.length, ...bytes])]);
  const key = await crypto.subtle.importKey("raw", material, "HKDF", false, ["deriveBits"]);
  const parameters = { name: "HKDF", hash: "SHA-256", salt: ascii(SEED_SALT), info: ascii(game) };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, 256));
}

/**
 * The words that decide what a message leaves to chance.
 * @param {Uint8Array<ArrayBuffer>} seed
 * @param {number} seq
 */
export async function wordsOfMessage(seed, seq) {
  return wordsOf(await hmac(seed, bigEndian(seq)));
}

/**
 * @param {Unverified["reason"]} reason
 * @param {number} [seq]
 * @returns {Unverified}
 */
function unverified(reason, seq) {
  return seq === undefined ? { verified: false, reason } : { verified: false, reason, seq };
}

/**
 * The first event of a type, and where it stands.
 * @param {Message[]} messages
 * @param {string} type
 */
function dataOf(messages, type) {
  for (const { seq, events } of messages) {
    const event = events.find((event) => event.type === type);
    if (event) return { seq, data: event.data };
  }
  return null;
}

/**
 * What those contributed who sat at the table when play began, in the order of their seats.
 * @param {Message[]} messages
 */
function contributionsTo(messages) {
  /** @type {Map<number, Uint8Array>} */
  const seats = new Map();
  for (const { type, data } of messages.flatMap(({ events }) => events)) {
    if (type === "seat_taken") seats.set(data.seat, bytesOf(data.entropy ?? "") ?? new Uint8Array());
    if (type === "seat_left" || type === "kicked") seats.delete(data.seat);
    if (type === "started") break;
  }
  return [...seats].sort(([left], [right]) => left - right).map(([, contribution]) => contribution);
}

/**
 * The rolls and shuffles in the payload of a move, in the order in which they stand there.
 * @param {{type: string, data: unknown}} event
 * @returns {Drawn[]}
 */
function drawnIn({ type, data }) {
  return type === "played" ? drawnUnder(data) : [];
}

/**
 * @param {unknown} value
 * @returns {Drawn[]}
 */
function drawnUnder(value) {
  if (value === null || typeof value !== "object") return [];
  const { sides, rolled, shuffled } = /** @type {Record<string, unknown>} */ (value);
  if (typeof sides === "number" && Array.isArray(rolled)) return [{ kind: "roll", sides, values: rolled }];
  if (Array.isArray(shuffled)) return [{ kind: "shuffle", values: shuffled }];
  return Object.values(value).flatMap(drawnUnder);
}

/**
 * @param {Drawn} drawn
 * @param {Iterator<number>} words
 */
function isDecidedBy(drawn, words) {
  const { length } = drawn.values;
  if (drawn.kind === "shuffle") return isEqual(drawn.values, shuffle(length, words));
  const { sides } = drawn;
  return Number.isInteger(sides) && sides >= 1 && sides < 2 ** 32 && isEqual(drawn.values, roll(length, sides, words));
}

/**
 * @param {unknown[]} left
 * @param {number[]} right
 */
function isEqual(left, right) {
  return left.every((value, index) => value === right[index]);
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/**
 * @param {Uint8Array<ArrayBuffer>} key
 * @param {Uint8Array<ArrayBuffer>} text
 */
async function hmac(key, text) {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, text));
}

/** @param {number} number */
function bigEndian(number) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(number));
  return bytes;
}

/** @param {string} text */
function ascii(text) {
  return new TextEncoder().encode(text);
}
