import { Client } from "../../src/index.js";
import { ManualClock } from "./clock.js";
import { Network } from "./network.js";
import { seeded } from "./random.js";
import { GAME } from "./server.js";

/**
 * A client on a network of its own, and what it was told.
 * @param {Partial<ConstructorParameters<typeof Client>[0]> & {seed?: number}} [options]
 */
export function player({ seed = 1, ...options } = {}) {
  const clock = new ManualClock();
  const network = new Network(clock);
  /** @type {import("../../src/types.js").ConnectionState[]} */
  const states = [];
  const client = new Client({
    url: "ws://test/v1", token: "token", WebSocket: network.WebSocket, clock, random: seeded(seed),
    onState: (state) => states.push(state),
    ...options,
  });
  return { clock, network, server: network.server, client, states, stateNames: () => states.map(({ name }) => name) };
}

/**
 * Follows the game and keeps what it is told.
 * @param {Client} client
 */
export function witness(client) {
  /** @type {number[]} */
  const seqs = [];
  /** @type {number[]} */
  const views = [];
  /** @type {Error[]} */
  const errors = [];
  const follow = client.follow(GAME, {
    onMessages: (messages) => seqs.push(...messages.map(({ seq }) => seq)),
    onView: (_, seq) => views.push(seq),
    onError: (error) => errors.push(error),
  });
  return { follow, seqs, views, errors };
}

/** 1, 2 … n @param {number} length */
export function upTo(length) {
  return Array.from({ length }, (_, index) => index + 1);
}
