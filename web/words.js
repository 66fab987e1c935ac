/**
 * What a view and a log say, in words. Pure.
 *
 * @typedef {import("/client/src/types.js").View} View
 * @typedef {import("/client/src/types.js").Message} Message
 * @typedef {(playerId: string) => string} NameOf
 * @typedef {"yours" | "theirs" | "waiting" | "won" | "lost" | "over"} Tone
 */
import { KINDS } from "./kinds.js";

/**
 * Whose turn it is, or how it ended.
 * @param {View} view
 * @param {NameOf} nameOf
 * @returns {{text: string, tone: Tone}}
 */
export function statusOf(view, nameOf) {
  if (view.phase === "finished") return endOf(view, nameOf);
  if (view.phase === "waiting") return waitingFor(view);
  if (view.you !== null && view.turn.includes(view.you)) return { text: "Your turn", tone: "yours" };
  const names = view.turn.map((seat) => seatName(view, seat, nameOf));
  return { text: `${names.join(" and ")} to move`, tone: "theirs" };
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

/** @param {View} view @returns {{text: string, tone: Tone}} */
function waitingFor(view) {
  const free = view.seats.filter((seat) => seat === null).length;
  if (view.you !== null) return { text: "Waiting for the other player. Send them the link.", tone: "waiting" };
  return { text: free === view.seats.length ? "Nobody sits here yet." : "One seat is free.", tone: "waiting" };
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
  const losers = view.seats.map((_, seat) => seat).filter((seat) => !winners.includes(seat));
  const loser = losers.map((seat) => (seat === view.you ? "you" : seatName(view, seat, nameOf))).join(" and ");
  switch (reason) {
    case "line":
      return `${view.game?.line ?? "all"} in a row.`;
    case "full":
      return "the board is full.";
    case "resigned":
      return `${loser} resigned.`;
    case "abandoned":
      return "nobody moved for too long.";
    default:
      return `${reason.replaceAll("_", " ")}.`;
  }
}

/**
 * What one message of the log says, a line for each event that is worth one.
 * @param {Message} message
 * @param {{kind: string, options: Record<string, number>, players: Map<number, string>}} known the players by seat, as
 *   the log so far had them; it is brought up to date
 * @param {NameOf} nameOf
 * @returns {{text: string, seat: number | null}[]}
 */
export function linesOf(message, known, nameOf) {
  const who = message.player_id ? nameOf(message.player_id) : "Turnlog";
  return message.events.flatMap(({ type, data }) => {
    const seat = typeof data?.seat === "number" ? data.seat : null;
    switch (type) {
      case "created":
        Object.assign(known, { kind: data.kind, options: data.options ?? {} });
        return [{ text: `${who} created the game`, seat }];
      case "seat_taken":
        known.players.set(data.seat, data.player_id);
        return [{ text: `${nameOf(data.player_id)} took seat ${data.seat + 1}`, seat }];
      case "seat_left":
        known.players.delete(data.seat);
        return [{ text: `${who} left seat ${data.seat + 1}`, seat }];
      case "started":
        return [{ text: "The game began", seat }];
      case "played":
        return [{ text: `${who} ${KINDS[known.kind]?.tell(data, known.options) ?? "moved"}`, seat }];
      case "resigned":
        return [{ text: `${who} resigned`, seat }];
      case "finished":
        return [{ text: finishOf(data, known.players, nameOf), seat }];
      default:
        return [{ text: type.replaceAll("_", " "), seat }];
    }
  });
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
