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
 * @typedef {"none" | {seconds: number} | {days: number} | {fischer: {initial_ms: number, increment_ms: number}}} GameClock
 *   None, a time for every move, or a store of time that grows with every move.
 * @typedef {"drop_out" | "loss" | "default_move"} Timeout what becomes of whoever runs out of time
 *
 * @typedef {object} TableWishes how a game is played beside its rules; everything has a default
 * @property {"full" | "host"} [start] when all seats are taken, or when the host says so
 * @property {boolean} [choose_seats]
 * @property {number} [min_players]
 * @property {number} [max_players]
 * @property {boolean} [private] only those with the invitation may see it and sit down
 * @property {boolean} [spectators] whether others may watch once it runs
 * @property {GameClock} [clock]
 * @property {Timeout} [timeout]
 *
 * @typedef {Required<Omit<TableWishes, "private">>} TableView
 *
 * @typedef {"random" | "search"} BotName
 * @typedef {"draw" | "take_back" | "pause" | "rematch"} OfferKind
 * @typedef {"all" | "spectators" | {player: string}} Audience
 *
 * @typedef {object} Offer
 * @property {OfferKind} offer
 * @property {number} seat whose it is
 * @property {number} seq where it was made; an answer names it, so that it never answers a later offer
 * @property {number[]} accepted who has accepted so far
 * @property {boolean} declined declined or withdrawn; remembered until the next move, so that it is not made again and again
 *
 * @typedef {Pick<Offer, "offer" | "seq">} OpenOffer
 *
 * @typedef {{left_ms: number, since?: number | null}} Timer
 *   The time of a seat: what was left at `since`, in server time, when it began to run; without `since` it stands.
 *
 * @typedef {object} View What one viewer may see of a game. What a server does not know of is absent.
 * @property {string} kind
 * @property {"waiting" | "playing" | "paused" | "finished"} phase
 * @property {({player_id: string, bot?: BotName, out?: boolean} | null)[]} seats `bot`: the server moves it; `out`: left a
 *   game that goes on
 * @property {number[]} turn the seats that may move
 * @property {Outcome | null} outcome
 * @property {number | null} you your seat
 * @property {any} game what the game kind shows
 * @property {string | null} [host] the player who may start, kick and mute
 * @property {TableView} [table]
 * @property {boolean} [private]
 * @property {{key: string, commitment: string} | null} [chance] what the server has committed to
 * @property {Timer[]} [clock] the time of each seat; none where there is no clock, and before the start
 * @property {number | null} [deadline] the first moment after which somebody's time is up, in server time
 * @property {Offer[]} [offers]
 * @property {string[]} [reserved] for whom the seats are kept, in their order
 * @property {string | null} [rematch_of] the game before
 * @property {string | null} [rematch] the game that all have agreed on
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
 * @property {string} [invitation] the code of a private game, for its host
 * @property {string} [to] whom a direct message went to
 * @property {number} [at] when a direct message was sent first, or the time of the message after which a moment stands
 * @property {number} [head] how far the log goes; only with an earlier moment
 * @property {number} [read] how far the player has read
 * @property {string[]} [blocked] whose direct messages the player does not get
 * @property {KindFacts[]} [kinds]
 * @property {any[]} [actions]
 * @property {boolean} [cut]
 * @property {string} [text]
 *
 * @typedef {{seq: number} | {time: number}} When a moment by its message, or by its time in milliseconds since 1970
 *
 * @typedef {object} Moment a game as it was
 * @property {number} seq the last message that the view shows
 * @property {number} at its time, in server time
 * @property {number} head how far the log goes now
 * @property {View} view
 * @property {string} text the kind's view as text
 *
 * @typedef {object} KindFacts what a server says of a kind of game
 * @property {string} name
 * @property {number} version
 * @property {{min: number, max: number}} seats of a game whose creator has chosen nothing
 * @property {boolean} chance whether anything is left to chance
 * @property {boolean} hidden whether anything is hidden from anybody before the end
 * @property {boolean} take_backs whether moves can be taken back
 * @property {boolean} default_moves whether a move can be made for whoever is late
 * @property {boolean} opens_at_end whether everybody may see everything once the game is over
 * @property {any} options the JSON Schema of what the creator may choose
 * @property {any} action the JSON Schema of a move
 *
 * @typedef {{seq: number, actions: any[], cut: boolean}} Actions what a player may do at the message `seq`
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
 * @property {boolean} [refused] whether a server that can be reached has refused the last attempts: the sign-in is not valid, or
 *   too much was sent
 * @property {number} [retryAt] when the next attempt starts, in milliseconds since 1970
 * @property {Error} [error] why the client gave up; only with `failed`
 */
export {};
