//! `turnlog bench`: how much play a running stack takes.
//!
//! Games of two players on real WebSockets. Each player answers the other's move at once, so that a stack is as busy as
//! that many pairs of players can keep it, and every move waits for the one before.

mod connection;
mod figures;
mod table;

use std::{
    cell::Cell,
    error::Error,
    rc::Rc,
    time::{Duration, Instant},
};

use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _, future::try_join_all, stream};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::watch;

use self::{
    figures::{Figures, Samples},
    table::{Phase, Table},
};
use crate::verdict::Verdict;

/// How long it may take until all players sit at their tables.
const PATIENCE: Duration = Duration::from_mins(1);

/// Tables at which players sit down at the same time: a gateway takes only so many new connections in a second.
const SITTING_DOWN_MAX: usize = 16;

/// How often the progress bar moves.
const PROGRESS_EVERY: Duration = Duration::from_millis(200);

/// The options of `turnlog bench`.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// The port of the running stack.
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// How many games are played at once, by two players each.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=2000))]
    games: u32,
    /// For how long.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=3600))]
    seconds: u32,
    /// So many moves in all, however long they take.
    #[arg(long, conflicts_with = "seconds", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    moves: Option<u32>,
    /// One line of JSON instead of text and a progress bar.
    #[arg(long)]
    json: bool,
}

/// Where a running stack is, and what it says of itself.
#[derive(Debug, Clone)]
struct Target {
    address: String,
    client: reqwest::Client,
}

/// What `GET /health` says.
#[derive(Debug, Deserialize)]
struct Health {
    rss_bytes: u64,
    websocket: Option<String>,
}

/// Plays, and prints what came of it. A push or an answer that never came is something wrong.
pub(crate) fn run(bench: &Bench) -> Result<(), Box<dyn Error>> {
    // The load shares the machine with the stack: one thread makes it, and no more.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let figures = runtime.block_on(measure(bench))?;
    if bench.json {
        println!("{}", json!(figures));
    } else {
        println!("{figures}");
    }
    if figures.is_complete() { Ok(()) } else { Err(Verdict::Said.into()) }
}

async fn measure(bench: &Bench) -> Result<Figures, Box<dyn Error>> {
    let target = Target::new(bench.port);
    let health = target.health().await?;
    let url = health.websocket.ok_or("the template of that stack has no WebSocket API")?;
    let run = uuid::Uuid::new_v4().simple().to_string();
    let (phase, phases) = watch::channel(Phase::Ready);
    let moves_left = Rc::new(Cell::new(bench.moves.unwrap_or(u32::MAX)));
    let seat = |number: u32| Table::open(&target, &url, &run, number, (phases.clone(), Rc::clone(&moves_left)));
    let tables = stream::iter(0..bench.games).map(seat).buffered(SITTING_DOWN_MAX).try_collect::<Vec<_>>();
    // Cancel-safe: the command ends with it.
    let tables =
        tokio::time::timeout(PATIENCE, tables).await.map_err(|_| "the players did not all sit down in a minute")??;
    let began = Instant::now();
    phase.send_replace(Phase::Playing);
    let clock = async {
        progress(bench, began).await;
        phase.send_replace(Phase::Over);
        Ok(began.elapsed())
    };
    let plays = try_join_all(tables.into_iter().map(Table::play));
    let (elapsed, samples) = if bench.moves.is_some() {
        let samples = plays.await?;
        (began.elapsed(), samples)
    } else {
        tokio::try_join!(clock, plays)?
    };
    let samples = samples.into_iter().fold(Samples::default(), Samples::join);
    let rss_bytes = target.health().await?.rss_bytes;
    Ok(Figures::new(samples, elapsed, rss_bytes))
}

async fn progress(bench: &Bench, began: Instant) {
    let whole = Duration::from_secs(bench.seconds.into());
    let bar = ProgressBar::new(bench.seconds.into());
    if bench.json {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} s");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    while let Some(left) = whole.checked_sub(began.elapsed()) {
        bar.set_position(began.elapsed().as_secs());
        tokio::time::sleep(left.min(PROGRESS_EVERY)).await;
    }
    bar.finish_and_clear();
}

impl Target {
    fn new(port: u16) -> Self {
        Self { address: format!("http://127.0.0.1:{port}"), client: reqwest::Client::new() }
    }

    async fn health(&self) -> Result<Health, Box<dyn Error>> {
        let answer = self.client.get(format!("{}/health", self.address)).send().await;
        let answer = answer.map_err(|_| format!("no stack is running at {}", self.address))?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// A token from the stack itself, which signs for anybody on this machine.
    async fn token(&self, player: &str) -> Result<String, Box<dyn Error>> {
        #[derive(Deserialize)]
        struct Signed {
            token: String,
        }
        let request = self.client.post(format!("{}/dev/token", self.address));
        let answer = request.json(&json!({ "player_id": player })).send().await?;
        Ok(answer.error_for_status()?.json::<Signed>().await?.token)
    }
}
