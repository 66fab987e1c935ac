/**
 * The buttons of a table that are commands: take a seat, begin, leave, resign and the like.
 *
 * @typedef {import("/client/src/index.js").Client} Client
 * @typedef {import("/client/src/types.js").View} View
 * @typedef {(button: HTMLButtonElement, command: (game: string) => Promise<unknown>) => Promise<boolean>} Send sends a
 *   command about the game that is shown, once for a press of its button, and tells whether it was accepted
 */
import { byId, setText } from "./dom.js";
import { mayAct } from "./offer-words.js";

const BUTTONS = /** @type {const} */ (["join", "start", "claim", "resume", "rematch", "leave", "resign"]);

export class TableButtons {
  #buttons = /** @type {Record<typeof BUTTONS[number], HTMLButtonElement>} */ (
    Object.fromEntries(BUTTONS.map((name) => [name, byId(name, HTMLButtonElement)]))
  );
  #newGame = byId("new-game", HTMLAnchorElement);
  #client;
  #shown;
  #send;

  /**
   * @param {Client} client
   * @param {import("./play-area.js").Shown} shown
   * @param {Send} send
   * @param {(game: string, invitation?: string) => Promise<void>} onRematch the person goes on to the game that follows
   */
  constructor(client, shown, send, onRematch) {
    this.#client = client;
    this.#shown = shown;
    this.#send = send;
    this.#buttons.join.addEventListener("click", () => void this.join());
    this.#wire("start", (game) => client.start(game));
    this.#wire("claim", (game) => client.claim(game));
    this.#wire("resume", (game) => client.resume(game));
    this.#wire("leave", (game) => client.leave(game));
    this.#wire("rematch", async (old) => {
      const { game, invitation } = await client.rematch(old);
      if (game) await onRematch(game, invitation);
    });
    this.#wireResigning();
  }

  /** Takes a seat, unless the person has one. */
  async join() {
    await this.#send(this.#buttons.join, (game) => this.#client.join(game, { invitation: this.#shown.invitation }));
  }

  /**
   * @param {View} view
   * @param {{isHost: boolean, isOverdue: boolean}} situation
   */
  show(view, { isHost, isOverdue }) {
    const isSeated = view.you !== null;
    const isWaiting = view.phase === "waiting";
    const hasFree = view.seats.includes(null);
    const isRunning = view.phase === "playing" || view.phase === "paused";
    const seated = view.seats.filter((seat) => seat !== null).length;
    // A table that is full begins by itself, unless only bots sit there.
    const canStart = view.table?.start === "host" ? seated >= view.table.min_players : !hasFree;
    const shown = {
      join: !isSeated && isWaiting && hasFree,
      start: isHost && isWaiting && canStart,
      claim: isRunning && mayAct(view) && isOverdue,
      resume: view.phase === "paused" && mayAct(view),
      rematch: view.phase === "finished" && isSeated && Boolean(view.rematch),
      leave: isSeated && isWaiting,
      resign: isRunning && mayAct(view),
    };
    for (const name of BUTTONS) this.#buttons[name].hidden = !shown[name];
    this.#newGame.hidden = view.phase !== "finished";
  }

  clear() {
    for (const name of BUTTONS) this.#buttons[name].hidden = true;
    this.#newGame.hidden = true;
  }

  /**
   * @param {typeof BUTTONS[number]} name
   * @param {(game: string) => Promise<unknown>} command
   */
  #wire(name, command) {
    this.#buttons[name].addEventListener("click", () => void this.#send(this.#buttons[name], command));
  }

  #wireResigning() {
    const dialog = byId("resign-dialog", HTMLDialogElement);
    this.#buttons.resign.addEventListener("click", () => {
      const isForTwo = (this.#shown.view?.seats.length ?? 2) === 2;
      setText(byId("resign-text", HTMLParagraphElement), isForTwo ? "The other player wins." : "You are out; the others go on.");
      dialog.showModal();
    });
    byId("resign-cancel", HTMLButtonElement).addEventListener("click", () => dialog.close());
    byId("resign-confirm", HTMLButtonElement).addEventListener("click", () => {
      dialog.close();
      void this.#send(this.#buttons.resign, (game) => this.#client.resign(game));
    });
  }
}
