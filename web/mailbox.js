/**
 * The direct messages that this browser shows to one player: the last ones that it was told, what of them is unread, and
 * who is blocked. Pure.
 *
 * @typedef {import("/client/src/inbox.js").DirectMessage} DirectMessage
 * @typedef {object} Kept what is kept from one visit to the next
 * @property {number} seq this browser was told everything up to here
 * @property {DirectMessage[]} messages
 */

/** More than anybody scrolls through; the server keeps them all. */
export const SHOWN_MAX = 50;

export class Mailbox {
  /** @type {DirectMessage[]} */
  messages = [];
  /** @type {number | undefined} */
  seq;
  read = 0;
  /** @type {string[]} */
  blocked = [];

  /** @param {any} [kept] whatever the browser has kept */
  constructor(kept) {
    if (!Number.isSafeInteger(kept?.seq) || !Array.isArray(kept.messages)) return;
    this.seq = kept.seq;
    this.messages = kept.messages.filter(isMessage);
  }

  /** @returns {Kept | undefined} */
  get kept() {
    return this.seq === undefined ? undefined : { seq: this.seq, messages: this.messages };
  }

  /** @param {DirectMessage[]} messages the next ones, in order */
  add(messages) {
    this.messages = [...this.messages, ...messages].slice(-SHOWN_MAX);
    this.seq = messages.at(-1)?.seq ?? this.seq;
  }

  /** @param {DirectMessage} message */
  isUnread({ seq }) {
    return seq > this.read;
  }

  get unread() {
    return this.messages.filter((message) => this.isUnread(message)).length;
  }

  /** Who has written, or is blocked: those whose names are shown. */
  get people() {
    return [...new Set([...this.messages.map(({ from }) => from), ...this.blocked])];
  }
}

/** @param {any} message @returns {message is DirectMessage} */
function isMessage(message) {
  return [message?.seq, message?.at].every(Number.isSafeInteger) && [message.from, message.text].every((text) => typeof text === "string");
}
