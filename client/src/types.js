/**
 * What travels on the WebSocket, and what the client needs from its surroundings. Types only.
 *
 * @typedef {{type: string, data: Record<string, any>}} WireEvent
 * @typedef {{seq: number, at: number, player_id?: string, events: WireEvent[]}} Message
 *   One accepted command and the events that it caused.
 *
 * @typedef {object} Outcome
 * @property {number[]} winners seats; none for a draw
 * @property {number[]} places the place of each seat
 * @property {string} reason
 *
 * @typedef {object} View
 * @property {string} kind
 * @property {"waiting" | "playing" | "finished"} phase
 * @property {({player_id: string} | null)[]} seats
 * @property {number[]} turn the seats that may move
 * @property {Outcome | null} outcome
 * @property {number | null} you your seat
 * @property {any} game what the game kind shows
 *
 * @typedef {{action: string, id?: string, game?: string, [field: string]: unknown}} Frame
 *   What the client asks for.
 *
 * @typedef {object} Answer
 *   The answer to an accepted frame. Which fields there are depends on the action.
 * @property {string} id
 * @property {"accepted"} type
 * @property {string} [game]
 * @property {number} [seq]
 * @property {number} [seat]
 * @property {number} [from]
 * @property {boolean} [more]
 * @property {Message[]} [messages]
 * @property {View} [view]
 * @property {number} [now]
 * @property {Player[]} [players]
 * @property {string} [to] whom a direct message went to
 * @property {number} [at] when it was sent first
 * @property {number} [read] how far the player has read
 * @property {string[]} [blocked] whose direct messages the player does not get
 *
 * @typedef {{player_id: string, name: string}} Player
 *
 * @typedef {object} Clock time, so that tests can hold it
 * @property {() => number} now milliseconds since 1970
 * @property {(task: () => void, delayMs: number) => unknown} setTimeout
 * @property {(timer: any) => void} clearTimeout
 *
 * @typedef {object} Socket the part of a WebSocket that is used
 * @property {((event: any) => void) | null} onopen
 * @property {((event: any) => void) | null} onmessage
 * @property {((event: any) => void) | null} onerror
 * @property {((event: any) => void) | null} onclose
 * @property {(text: string) => void} send
 * @property {(code?: number, reason?: string) => void} close
 *
 * @typedef {new (url: string, protocols: string[]) => Socket} SocketConstructor
 *
 * @typedef {"connecting" | "open" | "waiting-to-retry" | "closed" | "failed"} StateName
 * @typedef {object} ConnectionState
 * @property {StateName} name
 * @property {string} [reason] why the connection was lost or cannot be had, for people
 * @property {number} [retryAt] when the next attempt starts, in milliseconds since 1970
 * @property {Error} [error] why the client gave up; only with `failed`
 */
export {};
