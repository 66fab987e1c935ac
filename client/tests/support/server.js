/**
 * A server that plays the protocol's role for one game: a log, watchers, and the command ids that it has seen. It has no
 * rules: every `play` is accepted.
 *
 * @typedef {{send: (text: string) => void}} Peer
 */
export const GAME = "00000000-0000-4000-8000-000000000001";
const PAGE = 3;

export class LogServer {
  /** @type {{seq: number, at: number, player_id: string, events: {type: string, data: any}[]}[]} */
  log = [];
  /** @type {Map<string, number>} */
  commands = new Map();
  /** @type {Set<Peer>} */
  watchers = new Set();
  /** @type {any[]} */
  frames = [];
  /** Answers instead of the usual one, by action; null answers nothing. @type {Record<string, (frame: any) => any>} */
  instead = {};

  /**
   * @param {Peer} peer
   * @param {string} text
   */
  receive(peer, text) {
    const frame = JSON.parse(text);
    this.frames.push(frame);
    const answer = (this.instead[frame.action] ?? (() => this.#answer(peer, frame)))(frame);
    if (answer) peer.send(JSON.stringify({ id: frame.id, type: "accepted", ...answer }));
  }

  /** Somebody else acts. @param {unknown} move */
  append(move) {
    const seq = this.log.length + 1;
    const message = { seq, at: seq * 1000, player_id: "bob", events: [{ type: "played", data: { move } }] };
    this.log.push(message);
    this.push([message]);
    return seq;
  }

  /** @param {any[]} messages */
  push(messages) {
    const seq = messages.at(-1).seq;
    const frame = { type: "messages", game: GAME, seq, messages, view: this.view(seq) };
    for (const peer of this.watchers) peer.send(JSON.stringify(frame));
  }

  /** @param {number} seq */
  view(seq) {
    const playing = { kind: "test", phase: "playing", seats: [null, null], turn: [1], outcome: null, you: 0 };
    return { ...playing, game: { moves: seq } };
  }

  /** @param {string} action */
  count(action) {
    return this.frames.filter((frame) => frame.action === action).length;
  }

  /**
   * @param {Peer} peer
   * @param {any} frame
   */
  #answer(peer, frame) {
    const head = this.log.length;
    const after = this.log.slice(frame.after ?? 0);
    switch (frame.action) {
      case "play":
        return this.#played(frame);
      case "watch": {
        this.watchers.add(peer);
        const messages = after.slice(-PAGE);
        const from = messages.length < after.length ? messages[0]?.seq : undefined;
        return { game: GAME, seq: head, from, messages, view: this.view(head), more: false };
      }
      case "unwatch":
        this.watchers.delete(peer);
        return { game: GAME };
      case "history": {
        const messages = after.slice(0, Math.min(PAGE, frame.limit));
        return { game: GAME, seq: head, messages, more: messages.length < after.length };
      }
      case "view": {
        const { seq } = frame.at;
        return { game: GAME, seq, at: this.log[seq - 1]?.at, head, view: this.view(seq), text: `after ${seq}` };
      }
      case "players":
        return { players: frame.ids.map((/** @type {string} */ id) => ({ player_id: id, name: id.toUpperCase() })) };
      default:
        return { now: 0, seq: frame.game ? head : undefined };
    }
  }

  /** @param {any} frame */
  #played(frame) {
    const repeated = this.commands.get(frame.id);
    if (repeated) return { game: GAME, seq: repeated };
    const seq = this.append(frame.move);
    this.commands.set(frame.id, seq);
    return { game: GAME, seq, messages: [this.log[seq - 1]], view: this.view(seq) };
  }
}
