/**
 * The panel of direct messages: what came, what is unread, and the lines in which to write one.
 *
 * @typedef {import("/client/src/index.js").Client} Client
 * @typedef {import("./names.js").Names} Names
 * @typedef {import("./mailbox.js").DirectMessage} DirectMessage
 */
import { byId, element, keyed, setAttributes, setText, whileBusy } from "./dom.js";
import { Mailbox } from "./mailbox.js";
import { clearNotices, hintWhileApart, notifyError } from "./notices.js";
import { load, save } from "./storage.js";

export class Mail {
  #client;
  #names;
  #mailbox = new Mailbox();
  #player = "";
  /** @type {ReturnType<Client["inbox"]> | null} */
  #inbox = null;
  #to = byId("mail-to", HTMLInputElement);
  #text = byId("mail-text", HTMLInputElement);
  #markRead = byId("mail-read", HTMLButtonElement);

  /**
   * @param {Client} client
   * @param {Names} names
   */
  constructor(client, names) {
    this.#client = client;
    this.#names = names;
    this.#markRead.addEventListener("click", () => {
      const seq = this.#mailbox.messages.at(-1)?.seq ?? 0;
      void this.#do(this.#markRead, async () => this.#readUpTo((await client.markRead(seq)).read ?? seq));
    });
    byId("mail-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submitted();
    });
  }

  /** Reads the messages of a player from here on. @param {string} player */
  open(player) {
    if (this.#player === player) return;
    this.#inbox?.stop();
    this.#player = player;
    this.#mailbox = new Mailbox(load("localStorage", keyOf(player)));
    this.#inbox = this.#client.inbox({
      onMessages: (messages) => this.#came(messages),
      onRead: (seq) => this.#readUpTo(seq),
      onBlocked: (players) => this.#blocked(players),
      onError: notifyError,
    }, { after: this.#mailbox.seq });
    setText(byId("mail-own-id", HTMLElement), player);
    this.#learnNames();
    this.render();
  }

  /** What has changed may be a name. */
  render() {
    const { messages, unread, blocked } = this.#mailbox;
    setText(byId("mail-unread", HTMLSpanElement), unread === 0 ? "" : String(unread));
    setAttributes(byId("mail-link", HTMLAnchorElement), { "aria-label": unread === 0 ? "Direct messages" : `Direct messages, ${unread} unread` });
    setText(byId("mail-summary", HTMLParagraphElement), summaryOf(messages.length, unread));
    this.#markRead.hidden = unread === 0;
    const newestFirst = [...messages].reverse();
    const items = keyed(byId("mail-list", HTMLOListElement), newestFirst.map(({ seq }) => seq), (key) => this.#makeMessage(key));
    items.forEach((item, index) => this.#showMessage(item, newestFirst[index]));
    byId("mail-blocked", HTMLDivElement).hidden = blocked.length === 0;
    const people = keyed(byId("mail-blocked-list", HTMLUListElement), blocked, (player) => this.#makeBlocked(player));
    people.forEach((item, index) => setText(/** @type {HTMLElement} */ (item.firstElementChild), this.#names.of(blocked[index] ?? "")));
  }

  /** @param {DirectMessage[]} messages */
  #came(messages) {
    this.#mailbox.add(messages);
    save("localStorage", keyOf(this.#player), this.#mailbox.kept);
    this.#learnNames();
    this.render();
  }

  /** @param {number} seq */
  #readUpTo(seq) {
    this.#mailbox.read = Math.max(this.#mailbox.read, seq);
    this.render();
  }

  /** @param {string[]} players */
  #blocked(players) {
    this.#mailbox.blocked = players;
    this.#learnNames();
    this.render();
  }

  #learnNames() {
    void this.#names.learn(this.#mailbox.people);
  }

  async #submitted() {
    const [player, text] = [this.#to.value.trim(), this.#text.value.trim()];
    if (player === "" || text === "") return;
    await this.#do(byId("mail-send", HTMLButtonElement), async () => {
      await this.#client.sendMessage(player, text);
      this.#text.value = "";
      setText(byId("mail-sent", HTMLParagraphElement), `Sent: “${text}”`);
    });
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {() => Promise<void>} command
   */
  async #do(button, command) {
    setText(byId("mail-sent", HTMLParagraphElement), "");
    hintWhileApart(this.#client);
    await whileBusy(button, () => command().then(clearNotices, notifyError));
  }

  /** @param {string} key */
  #makeMessage(key) {
    const from = this.#mailbox.messages.find(({ seq }) => String(seq) === key)?.from ?? "";
    const reply = element("button", { type: "button", class: "quiet" }, "Reply");
    reply.addEventListener("click", () => {
      this.#to.value = from;
      this.#text.focus();
    });
    const block = element("button", { type: "button", class: "quiet block" }, "Block");
    block.addEventListener("click", () => void this.#do(block, async () => this.#blocked((await this.#client.block(from)).blocked ?? [])));
    return element(
      "li", { class: "mail-message" },
      element("span", { class: "speaker" }), element("time"), element("span", { class: "words", dir: "auto" }), reply, block,
    );
  }

  /**
   * @param {HTMLElement} item
   * @param {DirectMessage | undefined} message
   */
  #showMessage(item, message) {
    const [speaker, time, words, reply, block] = /** @type {HTMLElement[]} */ ([...item.children]);
    if (!message || !speaker || !time || !words || !reply || !block) return;
    const name = this.#names.of(message.from);
    const sent = new Date(message.at);
    setText(speaker, name);
    setAttributes(speaker, { title: message.from });
    setAttributes(time, { datetime: sent.toISOString() });
    setText(time, sent.toLocaleString([], { dateStyle: "medium", timeStyle: "short" }));
    setText(words, message.text);
    setAttributes(item, { "data-unread": this.#mailbox.isUnread(message) ? "true" : null });
    setAttributes(reply, { "aria-label": `Reply to ${name}` });
    setAttributes(block, { "aria-label": `Block ${name}` });
    block.hidden = this.#mailbox.blocked.includes(message.from);
  }

  /** @param {string} player */
  #makeBlocked(player) {
    const unblock = element("button", { type: "button", class: "quiet unblock" }, "Unblock");
    unblock.addEventListener("click", () => void this.#do(unblock, async () => this.#blocked((await this.#client.unblock(player)).blocked ?? [])));
    return element("li", { title: player }, element("span"), unblock);
  }
}

/** @param {string} player */
function keyOf(player) {
  return `turnlog.inbox.${player}`;
}

/**
 * @param {number} count
 * @param {number} unread
 */
function summaryOf(count, unread) {
  if (count === 0) return "Nobody has written to you yet.";
  if (unread === 0) return "You have read everything.";
  return unread === 1 ? "One message is unread." : `${unread} messages are unread.`;
}
