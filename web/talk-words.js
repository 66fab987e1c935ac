/**
 * Who can be talked to, and who was. Pure.
 *
 * @typedef {import("/client/src/types.js").View} View
 * @typedef {import("/client/src/types.js").Audience} Audience
 */

/**
 * Whom the viewer can talk to: seats to all or to one another, spectators among themselves. Bots do not listen.
 * @param {View} view
 * @param {(playerId: string) => string} nameOf
 * @returns {{key: string, label: string}[]}
 */
export function audiencesOf(view, nameOf) {
  if (view.you === null) return [{ key: "spectators", label: "Other spectators" }];
  const others = view.seats.flatMap((seat, index) => (seat && !seat.bot && index !== view.you ? [seat.player_id] : []));
  return [
    { key: "all", label: "Everybody" },
    ...others.map((player) => ({ key: `player ${player}`, label: `Only ${nameOf(player)}` })),
  ];
}

/**
 * What stands behind the name of whoever spoke.
 * @param {Audience} to
 * @param {(playerId: string) => string} nameOf
 */
export function audienceText(to, nameOf) {
  if (to === "all") return "";
  if (to === "spectators") return " to spectators";
  return ` to ${nameOf(to.player)}`;
}
