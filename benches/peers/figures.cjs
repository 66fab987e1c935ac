// The line of JSON that every script here prints: names and percentiles are those of `turnlog bench --json`.

/** @param {number[]} arrivals milliseconds from sending each move to its arrival at the opponent */
exports.figures = function figures(arrivals, elapsedSeconds) {
  const sorted = Float64Array.from(arrivals).sort()
  const at = (share) => Number((sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(2))
  return JSON.stringify({
    moves: sorted.length,
    moves_per_second: Number((sorted.length / elapsedSeconds).toFixed(2)),
    opponent_ms: { p50: at(0.5), p95: at(0.95), p99: at(0.99), p999: at(0.999), max: at(1) },
    pushes_late: sorted.filter((after) => after > 1000).length,
  })
}
