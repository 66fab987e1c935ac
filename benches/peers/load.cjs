// What the load generators of all peers do in the same way.

// Plays so many games at once for so many seconds, as the command line says, and prints what came of it. `startGame` is given
// `run`: it adds to `run.arrivals` the milliseconds from sending each move to its arrival at the opponent, and makes no further
// move once `run.stopped` is true. It returns what makes the first move.
exports.play = async function play(startGame) {
  const [games, seconds] = [Number(process.argv[2] ?? 50), Number(process.argv[3] ?? 10)]
  const run = { arrivals: [], stopped: false }
  const starts = []
  for (let index = 0; index < games; index += 1) starts.push(await startGame(run))
  const begin = performance.now()
  for (const start of starts) start()
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  run.stopped = true
  console.log(figures(run.arrivals, (performance.now() - begin) / 1000))
  process.exit(0)
}

// One line of JSON: names and percentiles are those of `turnlog bench --json`.
function figures(arrivals, elapsedSeconds) {
  const sorted = Float64Array.from(arrivals).sort()
  const at = (share) => Number((sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(2))
  return JSON.stringify({
    moves: sorted.length,
    moves_per_second: Number((sorted.length / elapsedSeconds).toFixed(2)),
    opponent_ms: { p50: at(0.5), p95: at(0.95), p99: at(0.99), p999: at(0.999), max: at(1) },
    pushes_late: sorted.filter((after) => after > 1000).length,
  })
}
