/**
 * What a view and a log say, in words. Pure.
 *
 * @typedef {import("/client/src/types.js").View} View
 * @typedef {import("/client/src/types.js").Message} Message
 * @typedef {(playerId: string) => string} NameOf
 * @typedef {"yours" | "theirs" | "waiting" | "won" | "lost" | "over"} Tone
 */
import { lookOf } from "./kinds.js";
import { offerNoun } from "./offer-words.js";
import { eventWords } from "./plain-words.js";

/**
 * Whose turn it is, or how it ended.
 * @param {View} view
 * @param {NameOf} nameOf
 * @returns {{text: string, tone: Tone}}
 */
export function statusOf(view, nameOf) {
  switch (view.phase) {
    case "finished":
      return endOf(view, nameOf);
    case "waiting":
      return waitingFor(view, nameOf);
    case "paused":
      return { text: "The game is paused.", tone: "waiting" };
    case "playing":
      break;
  }
  if (view.you !== null && view.turn.includes(view.you)) return { text: "Your turn", tone: "yours" };
  const names = view.turn.map((seat) => seatName(view, seat, nameOf));
  const isOut = view.you !== null && view.seats[view.you]?.out === true;
  return { text: `${isOut ? "You are out. " : ""}${names.join(" and ")} to move`, tone: "theirs" };
}

/**
 * Why the viewer cannot move now, whatever they try; null when they can.
 * @param {View} view
 * @param {NameOf} nameOf
 * @param {object} situation
 * @param {boolean} situation.isPast the page shows an earlier moment
 * @param {boolean} situation.isPending a move of theirs has no answer yet
 * @param {boolean} situation.isConnected
 * @returns {string | null}
 */
export function whyNoMove(view, nameOf, { isPast, isPending, isConnected }) {
  if (isPast) return "This is how the game was. Go back to the game to move.";
  if (view.phase === "finished") return "The game is over.";
  if (isPending) return isConnected ? "Your move is on its way." : "Your move waits for the connection.";
  const isInTurn = view.phase === "playing" && view.you !== null && view.turn.includes(view.you);
  if (isInTurn) return null;
  // Whose turn it is may have changed since.
  if (!isConnected) return "There is no connection, so the game may have gone on.";
  if (view.you === null) return "You only watch this game.";
  if (view.phase === "waiting") return "The game has not begun yet.";
  return `Not yet: ${statusOf(view, nameOf).text.replace(/\.$/, "")}.`;
}

/**
 * Whether somebody may start the game, set bots, and send players away. Without a seat they may be the host, too.
 * @param {View} view
 * @param {string} playerId
 */
export function isHost(view, playerId) {
  return view.host === playerId;
}

/**
 * @param {View} view
 * @param {number} seat
 * @param {NameOf} nameOf
 */
export function seatName(view, seat, nameOf) {
  const player = view.seats[seat];
  return player ? nameOf(player.player_id) : `Seat ${seat + 1}`;
}

/**
 * @param {View} view
 * @param {NameOf} nameOf
 * @returns {{text: string, tone: Tone}}
 */
function waitingFor(view, nameOf) {
  const free = view.seats.filter((seat) => seat === null).length;
  const seated = view.seats.length - free;
  const tone = "waiting";
  if (view.you === null) {
    if (seated === 0) return { text: "Nobody sits here yet.", tone };
    return { text: free === 0 ? "All seats are taken." : free === 1 ? "One seat is free." : `${free} seats are free.`, tone };
  }
  if (view.table?.start === "host") {
    const missing = view.table.min_players - seated;
    if (missing > 0) return { text: `Waiting for ${missing === 1 ? "another player" : `${missing} more players`}. Send them the link.`, tone };
    const isHost = view.host === view.seats[view.you]?.player_id;
    return { text: isHost ? "Start the game when everybody is here." : `${nameOf(view.host ?? "")} starts the game.`, tone };
  }
  return { text: free > 1 ? `Waiting for ${free} more players. Send them the link.` : "Waiting for the other player. Send them the link.", tone };
}

/**
 * @param {View} view
 * @param {NameOf} nameOf
 * @returns {{text: string, tone: Tone}}
 */
function endOf(view, nameOf) {
  const { winners = [], reason = "" } = view.outcome ?? {};
  const how = reasonOf(view, winners, reason, nameOf);
  if (winners.length === 0) return { text: reason === "abandoned" ? `Closed: ${how}` : `A draw: ${how}`, tone: "over" };
  if (view.you !== null && winners.includes(view.you)) return { text: `You won: ${how}`, tone: "won" };
  const names = winners.map((seat) => seatName(view, seat, nameOf)).join(" and ");
  return { text: `${names} won: ${how}`, tone: view.you === null ? "over" : "lost" };
}

/**
 * @param {View} view
 * @param {number[]} winners
 * @param {string} reason
 * @param {NameOf} nameOf
 */
function reasonOf(view, winners, reason, nameOf) {
  if (winners.length === 0 && (reason === "timeout" || reason === "resigned")) {
    return reason === "timeout" ? "time ran out, and nobody else could have won." : "nobody else could have won.";
  }
  const losers = view.seats.map((_, seat) => seat).filter((seat) => !winners.includes(seat));
  const loser = losers.map((seat) => (seat === view.you ? "you" : seatName(view, seat, nameOf))).join(" and ");
  switch (reason) {
    case "resigned":
      return `${loser} resigned.`;
    case "timeout":
      return `${loser} ran out of time.`;
    case "abandoned":
      return "nobody moved for too long.";
    case "agreed":
      return "all agreed.";
    default:
      return `${reasonOfKind(view, reason)}.`;
  }
}

/**
 * @param {View} view
 * @param {string} reason
 */
function reasonOfKind(view, reason) {
  const known = lookOf(view.kind).reasons?.[reason] ?? reason.replaceAll("_", " ");
  return typeof known === "string" ? known : known(view.game);
}

/**
 * What the check of a game's chance found.
 * @param {import("/client/src/fairness.js").Verified | import("/client/src/fairness.js").Unverified} verdict
 */
export function verdictText(verdict) {
  if (verdict.verified) {
    if (verdict.outcomes === 0) return "Verified: nothing in this game was left to chance.";
    const what = verdict.outcomes === 1 ? "the one roll or shuffle follows" : `all ${verdict.outcomes} rolls and shuffles follow`;
    return `Verified: ${what} ${sourcesOf(verdict.known)}`;
  }
  switch (verdict.reason) {
    case "differs":
      return `Not verified: message ${verdict.seq} is the first that does not match. Chance did not decide it.`;
    case "other_promise":
      return "Not verified: before you sat down, the server had promised something else.";
    case "other_contribution":
      return "Not verified: what this browser contributed is not in the log.";
    case "commitment":
      return `Not verified: message ${verdict.seq} is the first that does not match. The server had not promised it.`;
    case "incomplete":
      return `Not verified: message ${verdict.seq} is missing.`;
    case "hidden":
      return `Not verified: message ${verdict.seq} still hides something.`;
    case "not_revealed":
      return "Not verified: the server did not reveal its part of the seed.";
    case "not_finished":
      return "Not verified: the game is not over.";
  }
}

/**
 * What the chance of a game was drawn from, as far as this browser was there to see it.
 * @param {("commitment" | "contribution")[]} known
 */
function sourcesOf(known) {
  if (known.includes("contribution")) {
    return "from what the server had promised before you sat down, and from what the players added, you among them.";
  }
  if (known.includes("commitment")) return "from what the server had promised before you sat down, and from what the players added.";
  return "from the promise and the contributions that stand in the log. This browser did not see them before the game.";
}

/**
 * What one message of the log says, a line for each event that is worth one. What was said is no part of it.
 * @param {Message} message
 * @param {{kind: string, options: Record<string, any>, players: Map<number, string>}} known the players by seat, as
 *   the log so far had them; it is brought up to date
 * @param {NameOf} nameOf
 * @returns {{text: string, seat: number | null}[]}
 */
export function linesOf(message, known, nameOf) {
  const who = message.player_id ? nameOf(message.player_id) : "Turnlog";
  return message.events.flatMap(({ type, data }) => {
    const seat = typeof data?.seat === "number" ? data.seat : null;
    const line = (/** @type {string} */ text) => [{ text, seat }];
    const name = (/** @type {number} */ of) => nameOf(known.players.get(of) ?? "");
    const sitter = seat === null ? who : name(seat);
    switch (type) {
      case "created":
        Object.assign(known, { kind: data.kind, options: data.options ?? {} });
        return line(data.rematch_of ? `${who} created the rematch` : `${who} created the game`);
      case "seat_taken":
        known.players.set(data.seat, data.player_id);
        return line(`${nameOf(data.player_id)} took seat ${data.seat + 1}`);
      case "seat_left":
        known.players.delete(data.seat);
        return line(`${who} left seat ${data.seat + 1}`);
      case "kicked":
        known.players.delete(data.seat);
        return line(`${who} sent ${sitter} away`);
      case "started":
        moveUp(known.players);
        return line("The game began");
      case "played":
        return playedLines(data, known, name);
      case "resigned":
        return line(`${who} resigned`);
      case "timed_out":
        return line(`${sitter} ran out of time`);
      case "offered":
        return line(data.offer === "take_back" ? `${sitter} requested ${offerNoun(data.offer)}` : `${sitter} offered ${offerNoun(data.offer)}`);
      case "accepted":
        return line(`${sitter} agreed`);
      case "declined":
        return line(`${sitter} declined`);
      case "withdrawn":
        return line(`${sitter} took the offer back`);
      case "taken_back":
        return line(`The game went back to message ${data.to}`);
      case "paused":
        return line("The clocks stopped");
      case "resumed":
        return line(`${sitter} went on`);
      case "rematch_agreed":
        return line("All agreed to play again");
      case "muted":
        return line(`${nameOf(data.player_id)} was muted`);
      case "invitation_renewed":
        return line("The host made a new link");
      case "finished":
        return line(finishOf(data, known.players, nameOf));
      case "seed_revealed":
        return line("The server revealed its part of the seed");
      case "said":
        return [];
      default:
        return line(type.replaceAll("_", " "));
    }
  });
}

/**
 * @param {any} data
 * @param {{kind: string, options: Record<string, any>}} known
 * @param {(seat: number) => string} name
 */
function playedLines(data, { kind, options }, name) {
  const { tell } = lookOf(kind);
  const told = tell ? tell(data, { options, nameOf: name }) : eventWords(data);
  if (!told) return [];
  return [{ text: told.seat === null ? told.text : `${name(told.seat)} ${told.text}`, seat: told.seat }];
}

/** Free seats are gone from a game that began: players move up. @param {Map<number, string>} players */
function moveUp(players) {
  const sitting = [...players].sort(([left], [right]) => left - right).map(([, player]) => player);
  players.clear();
  sitting.forEach((player, seat) => players.set(seat, player));
}

/**
 * @param {any} outcome
 * @param {Map<number, string>} players
 * @param {NameOf} nameOf
 */
function finishOf(outcome, players, nameOf) {
  /** @type {number[]} */
  const places = outcome?.places ?? [];
  const winners = places.flatMap((place, seat) => (place === 1 ? [seat] : []));
  if (outcome?.reason === "abandoned") return "The game was closed";
  if (winners.length === 0 || winners.length === places.length) return "The game ended in a draw";
  const names = winners.map((seat) => nameOf(players.get(seat) ?? ""));
  return `${names.join(" and ")} won`;
}
