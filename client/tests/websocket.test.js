import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";

import { WebSocket, WebSocketServer } from "ws";

import { Client, TokenRefusedError } from "../src/index.js";
import { GAME, LogServer } from "./support/server.js";

/** Clients here use the real clock, so this only shortens what a failing test waits. */
const DEADLINE = { timeout: 20_000 };

/**
 * A server on a real socket. It refuses the token `bad` as API Gateway does.
 * @param {import("node:test").TestContext} context
 */
async function server(context) {
  const game = new LogServer();
  const http = createServer();
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => "turnlog.v1" });
  http.on("upgrade", (request, socket, head) => {
    if (request.headers["sec-websocket-protocol"]?.includes("bad")) {
      socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (peer) => {
      peer.on("message", (data) => game.receive(peer, String(data)));
      peer.on("close", () => game.watchers.delete(peer));
    });
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  context.after(() => {
    for (const peer of sockets.clients) peer.terminate();
    http.close();
  });
  const { port } = /** @type {import("node:net").AddressInfo} */ (http.address());
  return { game, sockets, url: `ws://127.0.0.1:${port}/v1` };
}

test("over a real socket, a client follows, loses the connection and goes on", DEADLINE, async (context) => {
  const { game, sockets, url } = await server(context);
  const client = new Client({ url, token: "ada", WebSocket: /** @type {any} */ (WebSocket), random: () => 0 });
  context.after(() => client.close());
  game.append("first");
  /** @type {number[]} */
  const seqs = [];
  const complete = new Promise((resolve) => {
    client.follow(GAME, {
      onMessages: (messages) => {
        seqs.push(...messages.map(({ seq }) => seq));
        if (seqs.length === 1) for (const peer of sockets.clients) peer.terminate();
        if (seqs.length === 3) resolve(undefined);
      },
    });
  });
  client.connect();
  const played = client.play(GAME, "second");
  game.append("third");
  await Promise.all([complete, played]);
  assert.deepEqual(seqs, [1, 2, 3]);
});

test("over a real socket, a refused token is a failure for good", DEADLINE, async (context) => {
  const { url } = await server(context);
  /** @type {Promise<import("../src/types.js").ConnectionState>} */
  const failed = new Promise((resolve) => {
    const client = new Client({
      url, token: "bad", WebSocket: /** @type {any} */ (WebSocket),
      onState: (state) => (state.name === "failed" ? resolve(state) : undefined),
    });
    client.connect();
  });
  assert.ok((await failed).error instanceof TokenRefusedError);
});
