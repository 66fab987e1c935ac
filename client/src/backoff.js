/**
 * A random wait that grows with every attempt: anything up to the limit of that attempt, so that clients that lost the
 * same server do not come back at the same moment.
 *
 * @param {number} attempt 0, 1, 2 …
 * @param {{baseMs: number, minMs: number, maxMs: number}} limits
 * @param {() => number} random 0 up to 1
 */
export function backoffMs(attempt, { baseMs, minMs, maxMs }, random) {
  // 2^30 is beyond every maximum; larger exponents would only overflow.
  const highest = Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30));
  return Math.max(minMs, Math.floor(random() * highest));
}
