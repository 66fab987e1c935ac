/**
 * What is said at the table, and the line in which to say something.
 *
 * @typedef {import("/client/src/types.js").View} View
 * @typedef {import("/client/src/types.js").Message} Message
 * @typedef {import("/client/src/types.js").Audience} Audience
 * @typedef {import("./talk-seen.js").Said} Said
 *
 * @typedef {object} Deeds
 * @property {(button: HTMLButtonElement, to: Audience, text: string) => Promise<boolean>} onSay whether it was said
 * @property {(button: HTMLButtonElement, player: string) => void} onMute
 */
import { byId, element, keyed, setAttributes, setText } from "./dom.js";
import { keepSeen, seenUpTo, unreadOf } from "./talk-seen.js";
import { audienceText, audiencesOf } from "./talk-words.js";

export class Talk {
  #root = byId("talk", HTMLDetailsElement);
  #list = byId("talk-lines", HTMLOListElement);
  #to = byId("talk-to", HTMLSelectElement);
  #text = byId("talk-text", HTMLInputElement);
  #deeds;
  #nameOf;
  /** @type {Said[]} */
  #said = [];
  /** @type {Set<string>} */
  #muted = new Set();
  #isHost = false;
  #me = "";
  #game = "";
  /** What was said up to here has been seen in this browser. */
  #seen = 0;
  /** @type {string | undefined} */
  #you;

  /**
   * @param {Deeds} deeds
   * @param {(playerId: string) => string} nameOf
   */
  constructor(deeds, nameOf) {
    this.#deeds = deeds;
    this.#nameOf = nameOf;
    this.#root.addEventListener("toggle", () => this.#showUnread());
    byId("talk-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submitted();
    });
  }

  /**
   * Another game is shown.
   * @param {string} game
   * @param {string} me whose lines are never new
   */
  open(game, me) {
    this.#game = game;
    this.#me = me;
    this.#seen = seenUpTo(me, game);
  }

  /** @param {Message[]} messages */
  add(messages) {
    for (const { seq, events } of messages) {
      for (const { type, data } of events) {
        if (type === "muted") this.#muted.add(data.player_id);
        if (type !== "said") continue;
        this.#said.push({ seq, player: data.player_id, to: data.to, text: data.text ?? null });
      }
    }
    this.#render();
  }

  /**
   * @param {View} view
   * @param {boolean} isHost
   */
  show(view, isHost) {
    this.#you = view.you === null ? undefined : view.seats[view.you]?.player_id;
    this.#isHost = isHost;
    const audiences = audiencesOf(view, this.#nameOf);
    const options = keyed(this.#to, audiences.map(({ key }) => key), (key) => element("option", { value: key }));
    options.forEach((option, index) => setText(option, audiences[index]?.label ?? ""));
    this.#render();
  }

  clear() {
    this.#said = [];
    this.#muted.clear();
    this.#game = "";
    this.#text.value = "";
    this.#render();
  }

  /** The names changed. */
  namesChanged() {
    this.#render();
  }

  async #submitted() {
    const text = this.#text.value.trim();
    if (text === "") return;
    const key = this.#to.value;
    const to = key.startsWith("player ") ? { player: key.slice("player ".length) } : /** @type {"all" | "spectators"} */ (key);
    if (await this.#deeds.onSay(byId("talk-send", HTMLButtonElement), to, text)) this.#text.value = "";
  }

  #render() {
    const isAtEnd = this.#list.scrollTop + this.#list.clientHeight >= this.#list.scrollHeight - 4;
    const lines = keyed(this.#list, this.#said.map(({ seq }, index) => `${seq}-${index}`), (key) => this.#makeLine(key));
    lines.forEach((line, index) => this.#showLine(line, this.#said[index]));
    if (isAtEnd) this.#list.scrollTop = this.#list.scrollHeight;
    this.#showUnread();
  }

  /** @param {string} key */
  #makeLine(key) {
    const said = this.#said[Number(key.split("-")[1])];
    const mute = element("button", { type: "button", class: "quiet mute" }, "Mute");
    mute.addEventListener("click", () => this.#deeds.onMute(mute, said?.player ?? ""));
    return element("li", { class: "talk-line" }, element("span", { class: "speaker" }), element("span", { class: "words", dir: "auto" }), mute);
  }

  /**
   * @param {HTMLElement} line
   * @param {Said | undefined} said
   */
  #showLine(line, said) {
    const [speaker, words, mute] = /** @type {HTMLElement[]} */ ([...line.children]);
    if (!said || !speaker || !words || !mute) return;
    const name = this.#nameOf(said.player);
    setText(speaker, `${name}${audienceText(said.to, this.#nameOf)}:`);
    setText(words, said.text ?? "(not for you)");
    setAttributes(line, { "data-hidden": said.text === null ? "true" : null, "data-whisper": said.to === "all" ? null : "true" });
    mute.hidden = !this.#isHost || said.player === this.#you || this.#muted.has(said.player);
    setAttributes(mute, { "aria-label": `Mute ${name}` });
  }

  #showUnread() {
    const newest = this.#said.at(-1)?.seq ?? 0;
    if (this.#root.open && this.#game !== "" && newest > this.#seen) {
      this.#seen = newest;
      keepSeen(this.#me, this.#game, newest);
    }
    const unread = unreadOf(this.#said, this.#seen, this.#me);
    setText(byId("talk-unread", HTMLSpanElement), unread === 0 ? "" : `${unread} new`);
  }
}
