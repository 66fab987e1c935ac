import { LogServer } from "./server.js";

/**
 * A network in the memory of the test, on the test's clock. Frames arrive after `delayMs()`; one for which `copies`
 * says 0 is lost, and 2 doubles it.
 *
 * @typedef {import("./clock.js").ManualClock} ManualClock
 */
export class Network {
  server = new LogServer();
  /** @type {FakeSocket[]} */
  sockets = [];
  /** What happens to the next sockets: they open, the server says 401, or nothing is there. @type {"open" | 401 | "down" | "silent"} */
  mode = "open";
  delayMs = () => 1;
  copies = () => 1;

  /** @param {ManualClock} clock */
  constructor(clock) {
    this.clock = clock;
    const network = this;
    this.WebSocket = class extends FakeSocket {
      /**
       * @param {string} url
       * @param {string[]} protocols
       */
      constructor(url, protocols) {
        super(network, url, protocols);
      }
    };
  }

  get socket() {
    return /** @type {FakeSocket} */ (this.sockets.at(-1));
  }

  /** @param {() => void} deliver */
  carry(deliver) {
    for (let copy = this.copies(); copy > 0; copy -= 1) this.clock.setTimeout(deliver, this.delayMs());
  }
}

export class FakeSocket {
  /** @type {((event: any) => void) | null} */ onopen = null;
  /** @type {((event: any) => void) | null} */ onmessage = null;
  /** @type {((event: any) => void) | null} */ onerror = null;
  /** @type {((event: any) => void) | null} */ onclose = null;
  isOpen = false;
  /** Whether this side has closed it. */
  isClosed = false;
  /** Whether frames still get through; a half-open socket looks open and carries nothing. */
  isAlive = true;
  #network;

  /**
   * @param {Network} network
   * @param {string} url
   * @param {string[]} protocols
   */
  constructor(network, url, protocols) {
    this.#network = network;
    this.url = url;
    this.protocols = protocols;
    this.peer = { send: (/** @type {string} */ text) => this.#deliver(text) };
    network.sockets.push(this);
    network.clock.setTimeout(() => this.#answer(network.mode), 1);
  }

  /** @param {string} text */
  send(text) {
    if (!this.isOpen) throw new Error("sent on a socket that is not open");
    this.#network.carry(() => {
      if (this.isAlive && this.isOpen) this.#network.server.receive(this.peer, text);
    });
  }

  /** @param {number} [code] */
  close(code) {
    this.isClosed = true;
    this.end(code);
  }

  /** The connection ends, by whoever. @param {number} [code] */
  end(code = 1006) {
    this.isOpen = false;
    this.#network.server.watchers.delete(this.peer);
    this.onclose?.({ code });
  }

  /** @param {string} text */
  #deliver(text) {
    this.#network.carry(() => {
      if (this.isAlive && this.isOpen) this.onmessage?.({ data: text });
    });
  }

  /** @param {Network["mode"]} mode */
  #answer(mode) {
    if (mode === "silent") return;
    if (mode === "open") {
      this.isOpen = true;
      this.onopen?.({});
      return;
    }
    if (mode === 401) this.onerror?.({ message: "Unexpected server response: 401" });
    this.onclose?.({ code: 1006 });
  }
}
