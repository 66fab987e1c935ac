/**
 * Games of chess in the Portable Game Notation, as `turnlog pgn` writes them.
 *
 * @typedef {import("/client/src/types.js").Message} Message
 * @typedef {import("/client/src/types.js").Outcome} Outcome
 */
const START = "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1";
const LINE_LENGTH_MAX = 79;
const TAG_LENGTH_MAX = 255;

/**
 * @param {object} played
 * @param {string} played.game its id
 * @param {Message[]} played.messages the whole log
 * @param {Outcome | null} played.outcome
 * @param {string[]} played.names of White and Black
 */
export function pgnOf({ game, messages, outcome, names: [white = "?", black = "?"] }) {
  const created = messages[0]?.events.find(({ type }) => type === "created")?.data;
  const start = created?.options?.fen ?? START;
  const result = resultOf(outcome);
  const date = new Date(messages[0]?.at ?? 0).toISOString().slice(0, 10).replaceAll("-", ".");
  const tags = [
    ["Event", "Turnlog"], ["Site", game], ["Date", date], ["Round", "?"], ["White", white], ["Black", black], ["Result", result],
    ...(start === START ? [] : [["SetUp", "1"], ["FEN", start]]),
    ["Termination", terminationOf(outcome)],
  ];
  const lines = tags.map(([name, value = ""]) => `[${name} "${tagText(value)}"]`);
  return `${[...lines, "", ...wrapped([...wordsOf(start, movesIn(messages)), result])].join("\n")}\n`;
}

/** The moves that were not taken back. @param {Message[]} messages */
function movesIn(messages) {
  /** @type {{seq: number, san: string}[]} */
  let moves = [];
  for (const { seq, events } of messages) {
    for (const { type, data } of events) {
      if (type === "played" && typeof data.san === "string") moves.push({ seq, san: data.san });
      if (type === "taken_back") moves = moves.filter((move) => move.seq <= data.to);
    }
  }
  return moves.map(({ san }) => san);
}

/**
 * @param {string} start
 * @param {string[]} moves
 */
function wordsOf(start, moves) {
  const [, side, , , , number] = start.split(" ");
  const first = side === "b" ? 1 : 0;
  return moves.flatMap((san, index) => {
    const half = index + first;
    const fullMove = Number(number ?? 1) + Math.floor(half / 2);
    if (half % 2 === 0) return [`${fullMove}.`, san];
    return index === 0 ? [`${fullMove}...`, san] : [san];
  });
}

/** @param {string[]} words */
function wrapped(words) {
  /** @type {string[]} */
  const lines = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= LINE_LENGTH_MAX) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** @param {Outcome | null} outcome */
function resultOf(outcome) {
  const [white, black] = outcome?.places ?? [];
  if (white === 1 && black === 1) return "1/2-1/2";
  if (white === 1) return "1-0";
  return black === 1 ? "0-1" : "*";
}

/** PGN's word for why a game ended. @param {Outcome | null} outcome */
function terminationOf(outcome) {
  if (!outcome) return "unterminated";
  if (outcome.reason === "timeout") return "time forfeit";
  return outcome.reason === "abandoned" ? "abandoned" : "normal";
}

/** @param {string} value */
function tagText(value) {
  const printable = [...value].map((letter) => (/\p{Cc}/u.test(letter) ? " " : letter)).slice(0, TAG_LENGTH_MAX).join("");
  return printable.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
}
