//! One game, and the next one when it is over: what each player does when.

mod news;

use std::{
    error::Error,
    future::pending,
    rc::Rc,
    time::{Duration, Instant},
};

use futures_util::future::{select_all, try_join_all};
use rand::{Rng as _, SeedableRng as _, rngs::SmallRng};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{
    Plan,
    connection::{Broken, Connection, Frame},
    deliveries::Deliveries,
    figures::Samples,
    moves::Moves,
    player::{Asks, Doing, Player},
};

/// What has not come when nothing came for so long never comes.
const STANDSTILL: Duration = Duration::from_secs(15);

/// How long it may take until all players of a game sit at their table.
const PATIENCE: Duration = Duration::from_mins(1);

/// What the whole benchmark is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Ready,
    Playing,
    /// No further move is made; those under way end.
    Over,
}

/// The players of a game.
#[derive(Debug)]
pub(super) struct Table {
    plan: Rc<Plan>,
    phase: watch::Receiver<Phase>,
    /// In the order of their seats.
    players: Vec<Player>,
    random: SmallRng,
    game: String,
    moves: Moves,
    deliveries: Deliveries,
    is_finished: bool,
    /// When something was last heard or sent.
    active_at: Instant,
    samples: Samples,
}

impl Table {
    /// Connects the players and starts their first game.
    pub(super) async fn open(
        plan: Rc<Plan>,
        number: u32,
        phase: watch::Receiver<Phase>,
    ) -> Result<Self, Box<dyn Error>> {
        let opening = Self::sit_down_first(plan, number, phase);
        // Cancel-safe: the command ends with it.
        tokio::time::timeout(PATIENCE, opening)
            .await
            .map_err(|_| "the players of a game did not sit down in a minute")?
    }

    async fn sit_down_first(
        plan: Rc<Plan>,
        number: u32,
        phase: watch::Receiver<Phase>,
    ) -> Result<Self, Box<dyn Error>> {
        let mut players = Vec::with_capacity(plan.players);
        for seat in 0..plan.players {
            let id = format!("bench-{}-{number}-{seat}", plan.run);
            let connection = Connection::open(&plan.target.websocket, &plan.target.token(&id).await?).await?;
            players.push(Player::new(id, connection));
        }
        let mut table = Self {
            phase,
            random: SmallRng::seed_from_u64(plan.seed.wrapping_add(number.into())),
            game: String::new(),
            moves: Moves::Asked,
            deliveries: Deliveries::new(players.len(), 0),
            is_finished: false,
            active_at: Instant::now(),
            samples: Samples::default(),
            players,
            plan,
        };
        table.sit_down().await?;
        Ok(table)
    }

    /// Plays until the benchmark is over and every move has been acknowledged and seen, or the game cannot go on.
    pub(super) async fn play(mut self) -> Samples {
        let outcome = self.play_on().await;
        let asking = self.players.iter().filter(|player| player.waits_for(Asks::Actions)).count();
        let (answers, pushes) = self.deliveries.missing();
        self.samples.missing(answers + asking, pushes);
        for code in self.players.iter().flat_map(|player| &player.connection.refusals) {
            self.samples.error(code);
        }
        if let Err(broken) = outcome {
            self.samples.game_stopped();
            if let Some(code) = broken.code() {
                self.samples.error(code);
            }
        }
        self.samples
    }

    async fn play_on(&mut self) -> Result<(), Broken> {
        // The sender lives as long as the tables.
        let _ = self.phase.wait_for(|phase| *phase != Phase::Ready).await;
        self.active_at = Instant::now();
        loop {
            for seat in 0..self.players.len() {
                self.act(seat).await?;
            }
            if !self.is_waiting() {
                if !self.goes_on() {
                    return Ok(());
                }
                if self.is_finished {
                    // Cancel-safe: the game is given up with it.
                    tokio::time::timeout(STANDSTILL, self.renew()).await.map_err(|_| Broken::Silent)??;
                    continue;
                }
                self.wakes_at().ok_or(Broken::Stuck)?;
            }
            if let Some((seat, frame)) = self.hear().await? {
                self.active_at = Instant::now();
                self.take(seat, frame).await?;
            }
        }
    }

    /// Whether further moves are made.
    fn goes_on(&self) -> bool {
        *self.phase.borrow() == Phase::Playing && self.plan.moves_left.get() > 0
    }

    /// Whether the stack owes anything.
    fn is_waiting(&self) -> bool {
        self.deliveries.is_waiting() || self.players.iter().any(|player| player.waits_for(Asks::Actions))
    }

    /// When a player does something without having heard anything.
    fn wakes_at(&self) -> Option<Instant> {
        self.players.iter().filter_map(Player::wakes_at).min()
    }

    /// The next frame that comes to a player; nothing when it is time to act, or the benchmark is over.
    async fn hear(&mut self) -> Result<Option<(usize, Frame)>, Broken> {
        let action = self.wakes_at();
        let standstill = self.is_waiting().then(|| self.active_at + STANDSTILL);
        let frames = self.players.iter_mut().enumerate().map(|(seat, player)| {
            let frame = player.connection.receive();
            Box::pin(async move { frame.await.map(|frame| (seat, frame)) })
        });
        // Cancel-safe: a frame and a phase are taken by the last thing that is awaited.
        tokio::select! {
            biased;
            (frame, _, _) = select_all(frames) => frame.map(Some),
            _ = self.phase.changed() => Ok(None),
            () = at(action) => Ok(None),
            () = at(standstill) => Err(Broken::Silent),
        }
    }

    /// Lets a player do what is due, if anything is.
    async fn act(&mut self, seat: usize) -> Result<(), Broken> {
        let (goes_on, now) = (self.goes_on(), Instant::now());
        let player = &mut self.players[seat];
        let is_due = match &self.moves {
            Moves::Known(line) => line.is_due(seat, player.seen),
            Moves::Asked => player.is_in_turn,
        };
        match &player.doing {
            Doing::Nothing if goes_on && is_due && !self.is_finished => {
                let pause = self.plan.think.mul_f64(self.random.random_range(0.0..2.0));
                player.doing = Doing::Thinking(now + pause);
                if pause.is_zero() { self.choose(seat).await } else { Ok(()) }
            }
            Doing::Thinking(_) if !goes_on => {
                player.doing = Doing::Nothing;
                Ok(())
            }
            Doing::Thinking(until) if *until <= now => self.choose(seat).await,
            Doing::Refused(until, _) if *until <= now => {
                self.active_at = now;
                player.send_again().await
            }
            Doing::Nothing | Doing::Thinking(_) | Doing::Waiting(_) | Doing::Refused(..) => Ok(()),
        }
    }

    async fn choose(&mut self, seat: usize) -> Result<(), Broken> {
        self.active_at = Instant::now();
        match &mut self.moves {
            Moves::Known(line) => {
                let action = line.advance(&mut self.random)?;
                self.make_move(seat, &action).await
            }
            Moves::Asked => {
                let frame = json!({ "action": "actions", "game": self.game });
                self.players[seat].send(Asks::Actions, frame).await?;
                Ok(())
            }
        }
    }

    async fn make_move(&mut self, seat: usize, action: &Value) -> Result<(), Broken> {
        let moves_left = &self.plan.moves_left;
        moves_left.set(moves_left.get().saturating_sub(1));
        let player = &mut self.players[seat];
        // As the JavaScript client does, a player names the head of the game that they saw.
        let frame = json!({ "action": "play", "game": self.game, "move": action, "seq": player.seen });
        let sent_at = player.send(Asks::Move, frame).await?;
        self.deliveries.sent(seat, sent_at);
        Ok(())
    }

    /// Starts the next game at the same table.
    async fn renew(&mut self) -> Result<(), Broken> {
        let frame = json!({ "action": "unwatch", "game": self.game });
        try_join_all(self.players.iter_mut().map(|player| player.connection.ask(frame.clone()))).await?;
        // The last moves of a game mostly come once more after it has ended.
        for seat in 0..self.players.len() {
            for frame in std::mem::take(&mut self.players[seat].connection.passed_over) {
                self.take_push(seat, &frame);
            }
        }
        self.sit_down().await
    }

    async fn sit_down(&mut self) -> Result<(), Broken> {
        let Plan { kind, options, players, .. } = &*self.plan;
        let settings = json!({ "min_players": players, "max_players": players });
        let create = json!({ "action": "create", "kind": kind.name(), "options": options, "table": settings });
        self.game = self.players[0].connection.ask(create).await?.game.unwrap_or_default();
        let watch = json!({ "action": "watch", "game": self.game });
        try_join_all(self.players.iter_mut().map(|player| player.connection.ask(watch.clone()))).await?;
        let (mut start, mut view) = (0, None);
        for (seat, player) in self.players.iter_mut().enumerate() {
            let join = json!({ "action": "join", "game": self.game, "seat": seat });
            let joined = player.connection.ask(join).await?;
            start = joined.seq.unwrap_or_default();
            view = joined.view;
        }
        self.moves = Moves::new(*kind, options, *players, start)?;
        self.deliveries = Deliveries::new(*players, start);
        self.is_finished = false;
        for (seat, player) in self.players.iter_mut().enumerate() {
            // The last to sit down is told whose turn it is; not where that was a repeat.
            player.begin(start, view.as_ref().is_none_or(|view| view.turn.contains(&seat)));
        }
        Ok(())
    }
}

async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment.into()).await,
        None => pending().await,
    }
}
