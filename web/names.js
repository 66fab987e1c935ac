/** What bots are called, by their kind. @type {Record<string, string>} */
export const BOT_NAMES = { search: "Search bot", random: "Random bot" };

/** The names of players, asked for once. Views carry ids only. */
export class Names {
  /** @type {Map<string, string>} */
  #names = new Map();
  /** @type {Set<string>} */
  #asked = new Set();
  #ask;
  #onChange;

  /**
   * @param {(ids: string[]) => Promise<{player_id: string, name: string}[]>} ask
   * @param {() => void} onChange a name became known
   */
  constructor(ask, onChange) {
    this.#ask = ask;
    this.#onChange = onChange;
  }

  /** @param {string} playerId */
  of(playerId) {
    return botName(playerId) ?? this.#names.get(playerId) ?? "A player";
  }

  /**
   * @param {string} playerId
   * @param {string} name
   */
  set(playerId, name) {
    this.#names.set(playerId, name);
    this.#asked.add(playerId);
    this.#onChange();
  }

  /** Names may have changed since; the old ones stay until then. */
  refresh() {
    this.#asked.clear();
  }

  /** @param {string[]} playerIds */
  async learn(playerIds) {
    const unknown = playerIds.filter((id) => !this.#asked.has(id) && botName(id) === null);
    if (unknown.length === 0) return;
    for (const id of unknown) this.#asked.add(id);
    try {
      for (const { player_id, name } of await this.#ask(unknown)) this.#names.set(player_id, name);
      this.#onChange();
    } catch {
      // A name is not worth a message. It is asked for again with the next view.
      for (const id of unknown) this.#asked.delete(id);
    }
  }
}

/**
 * The name of a bot; null for people, whose ids never begin so.
 * @param {string} playerId
 */
export function botName(playerId) {
  if (!playerId.startsWith("bot:")) return null;
  const [, kind = "", seat] = playerId.split(":");
  const name = BOT_NAMES[kind] ?? "Bot";
  // Several of a kind are told apart by the seats on which they were set.
  return seat === undefined ? name : `${name} ${Number(seat) + 1}`;
}
