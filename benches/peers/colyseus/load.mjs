// Plays GAMES games for SECONDS seconds. Usage: node load.mjs GAMES SECONDS
import { Client } from '@colyseus/sdk'
import { figures } from '../figures.cjs'
const [games, seconds] = [Number(process.argv[2] ?? 50), Number(process.argv[3] ?? 10)]
const arrivals = []
let stopped = false

async function startGame() {
  const first = await new Client('http://127.0.0.1:8223').create('endless')
  const rooms = [first, await new Client('http://127.0.0.1:8223').joinById(first.roomId)]
  let sentAt = 0
  const seen = [0, 0]
  const play = (seat) => {
    sentAt = performance.now()
    rooms[seat].send('add')
  }
  rooms.forEach((room, seat) =>
    room.onStateChange((state) => {
      if (state.count <= seen[seat]) return
      seen[seat] = state.count
      // A change that makes it my turn is the other player's move reaching me.
      if (state.turn !== seat) return
      arrivals.push(performance.now() - sentAt)
      if (!stopped) play(seat)
    }),
  )
  await new Promise((resolve) => setTimeout(resolve, 20))
  return () => play(0)
}

const starts = []
for (let index = 0; index < games; index += 1) starts.push(await startGame())
const begin = performance.now()
for (const start of starts) start()
await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
stopped = true
console.log(figures(arrivals, (performance.now() - begin) / 1000))
process.exit(0)
