// Plays GAMES games for SECONDS seconds. Usage: node load.mjs GAMES SECONDS
import { Client } from '@colyseus/sdk'
import { play as playGames } from '../load.cjs'

async function startGame(run) {
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
      run.arrivals.push(performance.now() - sentAt)
      if (!run.stopped) play(seat)
    }),
  )
  await new Promise((resolve) => setTimeout(resolve, 20))
  return () => play(0)
}

await playGames(startGame)
