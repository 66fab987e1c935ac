/**
 * The page: who the person is, which section shows, and the one connection behind it.
 *
 * For browser tests these stay as they are:
 *
 * | what | where |
 * |---|---|
 * | a second person in one browser | `/?player=bob` (name `bob`, no name form); kept for the tab |
 * | name | form `#name-form`: `#name`, `#name-save`; shown as `#change-name`; `#guest-hint` for guests |
 * | whoever came with a link, or needs one | `#account[data-state=signed-in|expired|nobody]`: `#account-title`, `#sign-out`, `#account-back` |
 * | new game | form `#create-form`, disabled until it is known what the server plays (`#create-hint` says what it waits for, `#ask-kinds`
 *   asks again): `#kind` (values are the game kinds), fold-out `#options` with a field
 *   `#option-<name>` for each option; fold-out `#table-options` with `#table-players`, `#table-start`, `#table-private`,
 *   `#table-spectators`, `#table-clock` (none, seconds, days, fischer) and `#clock-seconds`, `#clock-days`,
 *   `#clock-minutes`, `#clock-increment`, `#table-timeout`; and `#create`. The creator joins by itself, and the address
 *   becomes `#game=<id>`, with `&invitation=<code>` for a private game |
 * | link for the others | `#share-link` (value), `#copy`, while a seat is free; `#renew` makes another one for a private game; `#second-player` opens it in a window of
 *   its own as somebody else, on the local stack |
 * | the game | `#table[data-game=<id>][data-phase=waiting|playing|paused|finished][data-seq=<seq of the view>]` |
 * | take a seat, give it back | `#join` (any seat), `.sit` in a seat, `#leave` |
 * | the host | `#start`, `.kick` in a seat; `#bot-kind` (search, random) and `#add-bot` |
 * | board | `#board[data-open=true]` when a move is possible; what stands on it is said in the files of games/ and boards/ |
 * | plain board | `#plain-board` changes to it and back, where the kind has one of its own. `.plain-text`,
 *   `.plain-tree`, `#plain-search`, `button[data-move='{"cell":0}']`; `#plain-shape`, `#move-<field>`, `#plain-play` |
 * | seats | `#seats li[data-seat]`, with `data-turn`, `data-winner`, `data-free`, `data-out`, `data-bot`; `.clock` in it |
 * | offers | `#offer-buttons button[data-offer=draw|take_back|pause|rematch]`; open ones `#offers li[data-offer]` with
 *   `button[data-action=accept|decline|withdraw]`; `#resume`, `#claim`, `#rematch` |
 * | talk | fold-out `#talk`: `#talk-lines li`, `#talk-to`, `#talk-text`, `#talk-send`, `.mute` |
 * | direct messages | `#mail-link` (to `#messages`) with `#mail-unread`; `#mail-own-id`, form `#mail-form`: `#mail-to`,
 *   `#mail-text`, `#mail-send`; `#mail-list li[data-unread]` with `.block`, `#mail-read`; `#mail-blocked-list .unblock` |
 * | whether chance was fair | `#fairness[data-state=checking|verified|wrong|unknown]` |
 * | whose turn, how it ended | `#status`, `data-tone` = yours, theirs, waiting, won, lost, over |
 * | connection | `#connection[data-state]` = connecting, open, waiting-to-retry, failed, closed; `#retry` |
 * | what went wrong | `#errors .error`, with `data-code` (the server's code, or `hint` when the page itself
 *   knows why nothing happens); `.dismiss` takes it away. `#missing` when a game cannot be shown, or a link names none |
 * | resign | `#resign`, then `#resign-confirm` or `#resign-cancel` |
 * | look back | `#replay[data-seq=<seq of the moment>]` (no `data-seq` while the game itself is shown): `#replay-slider`,
 *   `#replay-first`, `#replay-previous`, `#replay-next`, `#replay-last`, `#replay-live`; `#board-frame[data-past]` |
 * | log | `#moves li[data-seq]`, newest first; `#save-record` after a game whose kind has a form for it |
 */
import { Client, hurryOnReturn } from "/client/src/index.js";

import { Account } from "./account.js";
import { addressOf, placeOf, withoutSecondPlayer } from "./address.js";
import { byId, setAttributes, setText } from "./dom.js";
import { keepFocus } from "./focus.js";
import { currentIdentity, isReachable, keepToken, learnWays, renamed, secondPlayer, signOut, someoneElse, tokenOf } from "./identity.js";
import { learnKinds } from "./kinds.js";
import { LinkState } from "./link.js";
import { Lobby, recentGames, remember } from "./lobby.js";
import { Names } from "./names.js";
import { Mail } from "./mail.js";
import { clearNotices, hint, hintWhileApart } from "./notices.js";
import { isExpired, tokenIn, wayOf } from "./sign-in.js";
import { Table } from "./table.js";

const SECTIONS = /** @type {const} */ (["welcome", "account", "lobby", "mail", "missing", "table"]);

/** How long the page waits before it asks again how one signs in. */
const ASK_AGAIN_MS = 2_000;

class Page {
  /** Nobody, until it is known how one signs in. @type {import("./sign-in.js").Identity} */
  #identity = { player_id: "", name: "" };
  /** Whether the person is changing the name that they have. */
  #isRenaming = false;
  /** @type {import("./lobby.js").Learning} */
  #learning = "not yet";
  #client = new Client({
    url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/v1`,
    token: () => tokenOf(this.#identity),
    isReachable,
    onState: (state) => {
      this.#link.show(state);
      this.#table.connectionChanged();
      if (state.name === "open") void this.#learnKinds();
      this.#lobby.waitFor(state, this.#learning);
    },
  });
  #link = new LinkState(() => this.#client.connect());
  #names = new Names((ids) => this.#client.players(ids), () => {
    this.#table.namesChanged();
    this.#mail.render();
  });
  #table = new Table(this.#client, this.#names, {
    onView: (game, view) => this.#viewChanged(game, view),
    playerId: () => this.#identity.player_id,
    onMissing: (error) => this.#showMissing("This game cannot be shown", error.message),
    onRematch: (game, invitation) => this.#enter(game, invitation),
  });
  #mail = new Mail(this.#client, this.#names);
  #account = new Account(() => this.#setRenaming(false), () => this.#signOut());
  #lobby = new Lobby((kind, options, table) => this.#create(kind, options, table), () => this.#learnKinds());

  async start() {
    // First of all, so that the token stands in the address for as short a time as possible.
    const isWrongToken = this.#takeToken() === "wrong";
    this.#wireName();
    keepFocus(() => document.querySelector("main > section:not([hidden]) h1"));
    hurryOnReturn(this.#client);
    await this.#learnWays();
    this.#identity = currentIdentity();
    addEventListener("hashchange", () => this.#addressChanged());
    const { second } = placeOf(location.hash);
    if (second !== null) {
      // Once: a reload is the same person, and the address can be sent to anybody.
      history.replaceState(null, "", withoutSecondPlayer(location.hash));
      this.#identity = (await secondPlayer(second)) ?? this.#identity;
    }
    if (this.#identity.name !== "") this.#signIn();
    this.#route();
    if (isWrongToken) this.#showWrongToken();
  }

  /**
   * Keeps the token that the address has, and takes it from there: what else it has, such as a game, stays.
   * @returns {"none" | "kept" | "wrong"}
   */
  #takeToken() {
    const { token, rest } = tokenIn(location.hash);
    if (token === null) return "none";
    history.replaceState(null, "", `${location.pathname}${location.search}${rest}`);
    return keepToken(token) ? "kept" : "wrong";
  }

  /** Somebody may have opened a link in this tab that signs in another person. */
  #addressChanged() {
    const taken = this.#takeToken();
    if (taken === "kept") {
      this.#isRenaming = false;
      this.#table.close();
      this.#identity = currentIdentity();
      this.#signIn();
    }
    this.#route();
    if (taken === "wrong") this.#showWrongToken();
  }

  async #learnWays() {
    for (;;) {
      try {
        return await learnWays();
      } catch {
        hint("The server does not answer. This page goes on trying.");
        await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
      }
    }
  }

  #signOut() {
    signOut();
    this.#client.close();
    this.#identity = currentIdentity();
    if (this.#identity.name !== "") this.#signIn();
    this.#setRenaming(false);
  }

  #signIn() {
    this.#names.set(this.#identity.player_id, this.#identity.name);
    this.#mail.open(this.#identity.player_id);
    // The name travels in the token, so it takes a new connection.
    this.#client.close();
    if (!isExpired(this.#identity, Date.now())) this.#client.connect();
  }

  /** Learns what the server plays, once. Where that fails, the next connection tries it again, or whoever presses the button. */
  async #learnKinds() {
    if (this.#learning === "asking" || this.#learning === "done") return;
    const enter = (/** @type {import("./lobby.js").Learning} */ learning) => {
      this.#learning = learning;
      this.#lobby.waitFor(this.#client.state, learning);
    };
    enter("asking");
    try {
      await learnKinds(() => this.#client.kinds());
    } catch {
      return enter("failed");
    }
    this.#lobby.kindsChanged();
    enter("done");
    this.#lobby.show(this.#identity.player_id);
    this.#table.kindsChanged();
  }

  /** Shows what the address says, or asks for the name first. */
  #route() {
    const { game, isMail, isWrong } = placeOf(location.hash);
    const { player_id, name } = this.#identity;
    setText(byId("change-name", HTMLButtonElement), name);
    const isOut = name === "" || isExpired(this.#identity, Date.now());
    byId("change-name", HTMLButtonElement).hidden = isOut;
    byId("mail-link", HTMLAnchorElement).hidden = isOut;
    clearNotices();
    if (game === null || name === "") this.#table.close();
    if (isWrong && !this.#isRenaming) {
      return this.#showMissing("This link is wrong", "It does not lead to a game. Perhaps a part of it was lost on the way: ask for it again.");
    }
    if (this.#account.isFor(this.#identity, this.#isRenaming)) return this.#showAccount();
    if (name === "" || this.#isRenaming) return this.#askName();
    if (isMail) return this.#showSection("mail");
    if (game === null) {
      this.#lobby.show(player_id);
      return this.#showSection("lobby");
    }
    setAttributes(byId("table", HTMLElement), { "data-game": game });
    this.#showSection("table");
    this.#table.open(game, invitationTo(game, player_id));
  }

  #showAccount() {
    this.#table.close();
    this.#account.show(this.#identity);
    this.#showSection("account");
  }

  #askName() {
    const { name } = this.#identity;
    byId("name", HTMLInputElement).value = name;
    byId("name-cancel", HTMLButtonElement).hidden = name === "";
    byId("someone-else-hint", HTMLParagraphElement).hidden = name === "";
    byId("guest-hint", HTMLParagraphElement).hidden = wayOf(this.#identity) !== "guest";
    this.#showSection("welcome");
    byId("name", HTMLInputElement).focus();
  }

  /**
   * @param {string} kind
   * @param {import("./lobby.js").Options} options
   * @param {import("/client/src/types.js").TableWishes | undefined} table
   */
  async #create(kind, options, table) {
    hintWhileApart(this.#client);
    const { game, invitation } = await this.#client.create(kind, options, { table });
    if (game) await this.#enter(game, invitation);
  }

  /**
   * Goes to a game and takes a seat there.
   * @param {string} game
   * @param {string} [invitation]
   */
  async #enter(game, invitation) {
    history.pushState(null, "", addressOf(game, invitation));
    this.#route();
    await this.#table.join();
  }

  /**
   * @param {string} game
   * @param {import("/client/src/types.js").View} view
   */
  #viewChanged(game, view) {
    setAttributes(byId("table", HTMLElement), { "data-phase": view.phase, "data-seq": this.#table.viewSeq });
    remember(this.#identity.player_id, game, view.kind, this.#table.invitation);
    this.#keepAddress(game);
    this.#setTitle();
  }

  /**
   * Whoever sends the address on sends one that works: the host may have made a new link.
   * @param {string} game
   */
  #keepAddress(game) {
    const address = addressOf(game, this.#table.invitation);
    if (placeOf(location.hash).game === game && location.hash !== address) history.replaceState(null, "", address);
  }

  /**
   * @param {string} title
   * @param {string} text
   */
  #showMissing(title, text) {
    this.#table.close();
    setText(byId("missing-title", HTMLHeadingElement), title);
    setText(byId("missing-text", HTMLParagraphElement), text);
    this.#showSection("missing");
  }

  #showWrongToken() {
    this.#showMissing("This link is wrong", "It signs nobody in. Perhaps a part of it was lost on the way: ask for it again.");
  }

  /** @param {typeof SECTIONS[number]} shown */
  #showSection(shown) {
    for (const name of SECTIONS) byId(name, HTMLElement).hidden = name !== shown;
    byId(shown, HTMLElement).querySelector("h1")?.focus({ preventScroll: true });
    this.#setTitle();
  }

  #setTitle() {
    const headline = byId("table", HTMLElement).hidden ? "" : this.#table.headline;
    document.title = headline ? `${headline} – Turnlog` : "Turnlog";
  }

  /** @param {boolean} isRenaming */
  #setRenaming(isRenaming) {
    this.#isRenaming = isRenaming;
    this.#route();
  }

  #wireName() {
    byId("change-name", HTMLButtonElement).addEventListener("click", () => this.#setRenaming(true));
    byId("name-cancel", HTMLButtonElement).addEventListener("click", () => this.#setRenaming(false));
    byId("someone-else", HTMLButtonElement).addEventListener("click", () => {
      this.#identity = someoneElse();
      this.#client.close();
      this.#setRenaming(false);
    });
    byId("name-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      const name = byId("name", HTMLInputElement).value.trim();
      if (name === "") return;
      this.#identity = renamed(this.#identity, name);
      this.#signIn();
      this.#setRenaming(false);
    });
  }
}

/**
 * The code that a private game asks for: from the link, or as it was known before.
 * @param {string} game
 * @param {string} playerId
 */
function invitationTo(game, playerId) {
  return placeOf(location.hash).invitation ?? recentGames(playerId).find((recent) => recent.game === game)?.invitation;
}

await new Page().start();
