// Plays GAMES games for SECONDS seconds. Usage: node load.cjs GAMES SECONDS
const io = require('socket.io-client')
const { play: playGames } = require('../load.cjs')

async function post(path, body) {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`http://127.0.0.1:8124${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  return answer.json()
}

async function startGame(run) {
  const { matchID } = await post('/games/endless/create', { numPlayers: 2 })
  const sockets = []
  let sentAt = 0
  const play = (player, credentials, stateID) => {
    sentAt = performance.now()
    const action = { type: 'MAKE_MOVE', payload: { type: 'add', args: [], playerID: String(player), credentials } }
    sockets[player].emit('update', action, stateID, matchID, String(player))
  }
  let first
  for (const player of [0, 1]) {
    const name = { playerID: String(player), playerName: `p${player}` }
    const { playerCredentials } = await post(`/games/endless/${matchID}/join`, name)
    const socket = io('http://127.0.0.1:8123/endless', { transports: ['websocket'], forceNew: true })
    await new Promise((resolve) => socket.on('connect', resolve))
    const synced = new Promise((resolve) => socket.once('sync', resolve))
    socket.emit('sync', matchID, String(player), playerCredentials, 2)
    await synced
    sockets.push(socket)
    // An update that makes it my turn is the other player's move reaching me.
    socket.on('update', (_, state) => {
      if (Number(state.ctx.currentPlayer) !== player) return
      run.arrivals.push(performance.now() - sentAt)
      if (!run.stopped) play(player, playerCredentials, state._stateID)
    })
    if (player === 0) first = () => play(0, playerCredentials, 0)
  }
  return first
}

playGames(startGame)
