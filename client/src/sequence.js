/**
 * What a client knows of one game: the messages that it has, those that it holds beyond a gap, and how far the log
 * goes. Pure: it orders by seq, drops duplicates and says what to ask for; it sends nothing and knows no time.
 *
 * @typedef {import("./types.js").Message} Message
 * @typedef {import("./types.js").View} View
 *
 * @typedef {object} Sequence
 * @property {number} seq everything up to here was handed on
 * @property {number} head the log goes at least to here
 * @property {ReadonlyMap<number, Message>} held messages beyond a gap
 * @property {View | null} view the newest view, which may be ahead of `seq`
 * @property {number} viewSeq
 *
 * @typedef {object} Update what a frame says of a game; any part may be absent
 * @property {number} [seq] the log goes at least to here, and the view shows this
 * @property {Message[]} [messages]
 * @property {View | null} [view]
 * @property {string} [invitation] the code of a private game
 *
 * @typedef {{action: "history", after: number, limit: number} | {action: "watch", after: number}} Question
 */
import { HISTORY_MESSAGES_MAX, MESSAGES_HELD_MAX } from "./limits.js";

/**
 * A client that has everything up to `seq` and no view.
 * @param {number} [seq]
 * @returns {Sequence}
 */
export function sequenceAfter(seq = 0) {
  return { seq, head: seq, held: new Map(), view: null, viewSeq: 0 };
}

/**
 * Takes in what a frame says. `messages` are those that follow now, each exactly once and in order; `view` is the new
 * view, if it is newer than the one before.
 *
 * @param {Sequence} sequence
 * @param {Update} update
 * @returns {{sequence: Sequence, messages: Message[], view: View | null}}
 */
export function receive(sequence, update) {
  const told = isSeq(update.seq) ? update.seq : 0;
  const fresh = (update.messages ?? []).filter((message) => isSeq(message?.seq) && message.seq > sequence.seq);
  const held = new Map(sequence.held);
  for (const message of fresh) held.set(message.seq, message);
  const messages = takeContiguous(held, sequence.seq);
  const seq = sequence.seq + messages.length;
  const isNewer = update.view != null && told > sequence.viewSeq;
  const next = {
    seq,
    head: Math.max(sequence.head, told, seq, ...fresh.map((message) => message.seq)),
    held: nearest(held),
    view: isNewer ? (update.view ?? null) : sequence.view,
    viewSeq: isNewer ? told : sequence.viewSeq,
  };
  return { sequence: next, messages, view: isNewer ? next.view : null };
}

/**
 * What is missing, as the question that brings it: the messages before the next one that is held, or, when the newest
 * view is missing too, a `watch`, whose answer carries both. `null` when everything is there.
 *
 * @param {Sequence} sequence
 * @returns {Question | null}
 */
export function questionOf({ seq, head, held, viewSeq }) {
  if (viewSeq < head) return { action: "watch", after: seq };
  if (seq === head) return null;
  const next = Math.min(head + 1, ...held.keys());
  return { action: "history", after: seq, limit: Math.min(next - seq - 1, HISTORY_MESSAGES_MAX) };
}

/**
 * Removes the messages that follow `seq` without a gap.
 * @param {Map<number, Message>} held
 * @param {number} seq
 */
function takeContiguous(held, seq) {
  const messages = [];
  for (let message = held.get(seq + 1); message; message = held.get(message.seq + 1)) {
    held.delete(message.seq);
    messages.push(message);
  }
  return messages;
}

/**
 * The messages nearest to the gap, as many as may be held. The others are asked for again later.
 * @param {Map<number, Message>} held
 */
function nearest(held) {
  if (held.size <= MESSAGES_HELD_MAX) return held;
  const ordered = [...held].sort(([left], [right]) => left - right);
  return new Map(ordered.slice(0, MESSAGES_HELD_MAX));
}

/**
 * @param {unknown} value
 * @returns {value is number}
 */
function isSeq(value) {
  return Number.isSafeInteger(value) && Number(value) > 0;
}
