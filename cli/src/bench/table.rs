//! One game of two players who answer each other at once, and the next one when its board is full.

use std::{
    cell::Cell,
    collections::HashMap,
    error::Error,
    rc::Rc,
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::sync::watch;
use uuid::Uuid;

use super::{
    Target,
    connection::{Connection, Frame},
    figures::Samples,
};

/// The board: so large that no line is ever full of one player's discs, and that a game takes its time.
const COLUMNS: u64 = 16;
const ROWS: u64 = 16;
const LINE: u64 = 16;

/// Messages before the first move: one creates the game, and two take the seats.
const FIRST_SEQ: u64 = 4;

/// What has not come when nothing came for so long never comes.
const STANDSTILL: Duration = Duration::from_secs(15);

/// What the whole benchmark is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Ready,
    Playing,
    /// No further move is made; those under way end.
    Over,
}

/// Two players at a table.
#[derive(Debug)]
pub(super) struct Table {
    url: String,
    tokens: [String; 2],
    players: [Connection; 2],
    game: String,
    /// Moves in this game.
    moves: u64,
    phase: watch::Receiver<Phase>,
    /// Moves that all tables together may still make.
    moves_left: Rc<Cell<u32>>,
    /// Moves without their acknowledgement, by command id.
    sent: HashMap<Uuid, Instant>,
    /// When the last move was sent, until the opponent hears of it.
    under_way: Option<Instant>,
    samples: Samples,
}

/// What a player heard.
#[derive(Debug)]
enum Heard {
    Frame(usize, Frame),
    Phase,
}

impl Table {
    /// Connects both players and starts their first game.
    pub(super) async fn open(
        target: &Target,
        url: &str,
        run: &str,
        number: u32,
        (phase, moves_left): (watch::Receiver<Phase>, Rc<Cell<u32>>),
    ) -> Result<Self, Box<dyn Error>> {
        let token = |seat: u32| {
            let player = format!("bench-{run}-{number}-{seat}");
            async move { target.token(&player).await }
        };
        let tokens = [token(0).await?, token(1).await?];
        let mut players = [Connection::open(url, &tokens[0]).await?, Connection::open(url, &tokens[1]).await?];
        let game = sit_down(&mut players).await?;
        let (sent, samples) = (HashMap::new(), Samples::default());
        let url = url.to_owned();
        Ok(Self { url, tokens, players, game, moves: 0, phase, moves_left, sent, under_way: None, samples })
    }

    /// Plays until the benchmark is over, and every move has been acknowledged and seen, or the game stands still.
    pub(super) async fn play(mut self) -> Result<Samples, Box<dyn Error>> {
        self.phase.wait_for(|phase| *phase != Phase::Ready).await?;
        self.make_move().await?;
        while !self.sent.is_empty() || self.under_way.is_some() {
            // Cancel-safe: what is not heard in time is given up.
            let Ok(heard) = tokio::time::timeout(STANDSTILL, self.hear()).await else {
                self.samples.missing(self.sent.len(), usize::from(self.under_way.is_some()));
                break;
            };
            match heard? {
                Heard::Phase => {}
                Heard::Frame(player, frame) => self.take(player, &frame).await?,
            }
        }
        Ok(self.samples)
    }

    async fn hear(&mut self) -> Result<Heard, Box<dyn Error>> {
        let [first, second] = &mut self.players;
        // Cancel-safe: a frame and a phase are taken by the last thing that is awaited.
        tokio::select! {
            frame = first.receive() => Ok(Heard::Frame(0, frame?)),
            frame = second.receive() => Ok(Heard::Frame(1, frame?)),
            changed = self.phase.changed() => changed.map(|()| Heard::Phase).map_err(Into::into),
        }
    }

    async fn take(&mut self, player: usize, frame: &Frame) -> Result<(), Box<dyn Error>> {
        if let Some(id) = frame.id {
            let sent_at = self.sent.remove(&id).ok_or("an answer came twice")?;
            if !frame.is_accepted() {
                return Err(frame.refused());
            }
            // What is acknowledged after the end does not count.
            if *self.phase.borrow() == Phase::Playing {
                self.samples.acknowledged(sent_at.elapsed());
            }
            return self.renew_if_full().await;
        }
        let is_news = frame.game.as_ref() == Some(&self.game) && frame.seq == Some(FIRST_SEQ - 1 + self.moves);
        if is_news
            && player == self.player_to_move()
            && let Some(sent_at) = self.under_way.take()
        {
            self.samples.arrived(sent_at.elapsed());
            if self.moves < COLUMNS * ROWS {
                return self.make_move().await;
            }
        }
        self.renew_if_full().await
    }

    fn player_to_move(&self) -> usize {
        usize::from(self.moves % 2 == 1)
    }

    async fn make_move(&mut self) -> Result<(), Box<dyn Error>> {
        let moves_left = self.moves_left.get();
        if *self.phase.borrow() == Phase::Over || moves_left == 0 {
            return Ok(());
        }
        self.moves_left.set(moves_left - 1);
        let (id, player) = (Uuid::new_v4(), self.player_to_move());
        // As the JavaScript client does, a player names the head of the game that they saw.
        let (head, choice) = (FIRST_SEQ - 1 + self.moves, json!({ "column": column(self.moves) }));
        let frame = json!({ "action": "play", "game": self.game, "move": choice, "seq": head });
        self.moves += 1;
        let now = Instant::now();
        self.sent.insert(id, now);
        self.under_way = Some(now);
        self.players[player].send(id, frame).await
    }

    /// Starts the next game on new connections: one connection follows only so many games.
    async fn renew_if_full(&mut self) -> Result<(), Box<dyn Error>> {
        let is_full = self.moves == COLUMNS * ROWS && self.sent.is_empty() && self.under_way.is_none();
        if !is_full || self.moves_left.get() == 0 {
            return Ok(());
        }
        for (player, token) in self.players.iter_mut().zip(&self.tokens) {
            *player = Connection::open(&self.url, token).await?;
        }
        self.game = sit_down(&mut self.players).await?;
        self.moves = 0;
        self.make_move().await
    }
}

async fn sit_down([first, second]: &mut [Connection; 2]) -> Result<String, Box<dyn Error>> {
    let options = json!({ "columns": COLUMNS, "rows": ROWS, "line": LINE });
    let created = first.ask(json!({ "action": "create", "kind": "connect-four", "options": options })).await?;
    let game = created.game.ok_or("a game was made without an id")?;
    for player in [first, second] {
        player.ask(json!({ "action": "watch", "game": game })).await?;
        player.ask(json!({ "action": "join", "game": game })).await?;
    }
    Ok(game)
}

/// The column of a move, so that the board fills row by row and nobody gets a line of 16: each pair of rows begins one
/// column further.
fn column(number: u64) -> u64 {
    let row = number / COLUMNS;
    (number + row / 2) % COLUMNS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_board_gets_full_without_a_winner() {
        let mut columns = vec![Vec::new(); 16];
        for number in 0..COLUMNS * ROWS {
            columns[usize::try_from(column(number)).unwrap()].push(number % 2);
        }
        assert!(columns.iter().all(|column| column.len() == 16));
        let is_mixed = |cell: &dyn Fn(usize) -> u64| (1..16).any(|index| cell(index) != cell(0));
        for (index, column) in columns.iter().enumerate() {
            assert!(is_mixed(&|cell| column[cell]), "column {index}");
            assert!(is_mixed(&|cell| columns[cell][index]), "row {index}");
        }
        assert!(is_mixed(&|cell| columns[cell][cell]));
        assert!(is_mixed(&|cell| columns[cell][15 - cell]));
    }
}
