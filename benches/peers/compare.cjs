#!/usr/bin/env node
// Runs ours and peers in turn, several times, and prints medians and ratios as a table.
//
// Usage: benches/peers/compare.cjs [--games 50] [--seconds 10] [--rounds 3] turnlog:dev boardgame.io:file …
//
// A side is a folder here and the first argument of its `run`. Ratios are to the first side. Rounds alternate, so that whatever
// else the machine does meets all sides; figures of different runs are not to be compared.

const { spawnSync } = require('node:child_process')
const { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')

const text = (value) => ({ type: 'string', default: value })
const { values, positionals: sides } = parseArgs({
  options: { games: text('50'), seconds: text('10'), rounds: text('3') },
  allowPositionals: true,
})
if (sides.length < 2) {
  console.error('usage: compare.cjs [--games N] [--seconds N] [--rounds N] turnlog:dev boardgame.io:file …')
  process.exit(2)
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]

/** The median time of a small write and its flush, on the disk where all sides keep their data. */
function flushMs() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'flush-'))
  const file = openSync(path.join(folder, 'file'), 'w')
  const times = Array.from({ length: 21 }, () => {
    const begin = performance.now()
    writeSync(file, Buffer.alloc(4096))
    fsyncSync(file)
    return performance.now() - begin
  })
  closeSync(file)
  rmSync(folder, { recursive: true })
  return median(times)
}

function run(side) {
  const [folder, mode] = side.split(/:(.*)/s)
  const program = path.join(__dirname, folder, 'run')
  const ended = spawnSync(program, [mode, values.games, values.seconds], { stdio: ['ignore', 'pipe', 'inherit'] })
  if (ended.error) throw ended.error
  const line = ended.stdout.toString().trim().split('\n').at(-1)
  console.error(`${side} ${line}`)
  // A run of ours in which something was lost ends with 1 and has figures; they are not to be used.
  if (ended.status !== 0) throw new Error(`${side} ended with ${ended.status}`)
  return JSON.parse(line)
}

const results = new Map(sides.map((side) => [side, []]))
const [load] = os.loadavg()
for (let round = 0; round < Number(values.rounds); round += 1) {
  for (const side of sides) results.get(side).push(run(side))
}

const pick = (side, of) => median(results.get(side).map(of))
const moves = (figures) => figures.moves_per_second
const row = (cells) => console.log(`| ${cells.join(' | ')} |`)
console.log(`${os.cpus().length} cores, load ${load.toFixed(1)} before the first run, one flush ${flushMs().toFixed(2)} ms;`)
console.log(`${values.games} games, medians of ${values.rounds} runs of ${values.seconds} s in turn.\n`)
row(['side', 'moves/s', 'of the first', 'p50 ms', 'p95 ms', 'p99 ms', 'p99.9 ms', 'max ms', 'later than 1 s'])
row(Array(9).fill('---'))
for (const side of sides) {
  const times = ['p50', 'p95', 'p99', 'p999', 'max'].map((name) => pick(side, (figures) => figures.opponent_ms[name]))
  const share = (pick(side, moves) / pick(sides[0], moves)).toFixed(2)
  row([side, Math.round(pick(side, moves)), share, ...times, pick(side, (figures) => figures.pushes_late)])
}
