//! `turnlog bench`: how much play a running stack takes.
//!
//! Games on real WebSockets. Whoever is in turn moves at once, or after a time to think, so that a stack is as busy as that many
//! players can keep it, and every move waits for the one before.

mod connection;
mod deliveries;
mod figures;
mod moves;
mod player;
mod table;
mod target;

use std::{
    cell::Cell,
    error::Error,
    path::PathBuf,
    rc::Rc,
    time::{Duration, Instant},
};

use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _, future::join_all, stream};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Map, Value, json};
use tokio::sync::watch;
use turnlog_domain::{Kind, Kinds};

use self::{
    figures::{Figures, Samples, Setting},
    table::{Phase, Table},
    target::Target,
};
use crate::verdict::Verdict;

/// Tables at which players sit down at the same time: a gateway takes only so many new connections in a second.
const SITTING_DOWN_MAX: usize = 16;

/// How often the progress bar moves.
const PROGRESS_EVERY: Duration = Duration::from_millis(200);

/// The options of `turnlog bench`.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// The port of the running local stack, which signs the players' tokens.
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// The WebSocket of any stack instead, such as `wss://example.org/v1`.
    #[arg(long, requires = "token_secret_file", conflicts_with = "port")]
    url: Option<String>,
    /// A file with the secret of that stack, with which this command signs the players' tokens.
    #[arg(long, value_name = "FILE", requires = "url")]
    token_secret_file: Option<PathBuf>,
    /// Whom the tokens are for, where that stack asks for it (`TokenAudience`).
    #[arg(long, requires = "url")]
    audience: Option<String>,
    /// Who signs them, where that stack asks for it (`TokenIssuer`).
    #[arg(long, requires = "url")]
    issuer: Option<String>,
    /// What is played [default: the first kind of this project].
    #[arg(long)]
    kind: Option<String>,
    /// The options of each game. Long games measure moves, short ones also how games begin.
    #[arg(long, value_name = "JSON", default_value = "{}", value_parser = options)]
    options: Value,
    /// How many players each game has [default: as few as it takes].
    #[arg(long)]
    players: Option<u8>,
    /// How many games are played at once.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    games: u32,
    /// For how long.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=3600))]
    seconds: u32,
    /// So many moves in all, however long they take.
    #[arg(long, conflicts_with = "seconds", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    moves: Option<u32>,
    /// How long a player thinks before a move on average: any time from none to twice as long is as likely.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=3_600_000))]
    think: u32,
    /// Decides which moves are made, and how long players think.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// One line of JSON instead of text and a progress bar.
    #[arg(long)]
    json: bool,
}

/// What all tables have in common.
#[derive(Debug)]
struct Plan {
    target: Target,
    kind: Kind,
    options: Value,
    players: usize,
    think: Duration,
    seed: u64,
    /// Keeps the players of one run apart from those of others.
    run: String,
    /// Moves that all tables together may still make.
    moves_left: Cell<u32>,
}

/// Plays, and prints what came of it. A push or an answer that never came is something wrong.
pub(crate) fn run(bench: &Bench, kinds: &Kinds) -> Result<(), Box<dyn Error>> {
    let (kind, players) = chosen(bench, kinds)?;
    // The load shares the machine with the stack: one thread makes it, and no more.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let figures = runtime.block_on(measure(bench, kind, players))?;
    if bench.json {
        println!("{}", json!(figures));
    } else {
        println!("{figures}");
    }
    if figures.is_complete() { Ok(()) } else { Err(Verdict::Said.into()) }
}

fn options(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str::<Map<String, Value>>(text).map(Value::Object)
}

/// What is played, and by how many.
fn chosen(bench: &Bench, kinds: &Kinds) -> Result<(Kind, u8), String> {
    let kind = match &bench.kind {
        Some(name) => kinds.find(name).ok_or_else(|| {
            let known: Vec<&str> = kinds.iter().map(Kind::name).collect();
            format!("there is no kind {name:?}; there are {}", known.join(", "))
        })?,
        None => kinds.iter().next().ok_or("this project has no kind")?,
    };
    let position = kind.position(&bench.options).map_err(|refused| format!("--options: {refused}"))?;
    let (seats, players) = (position.seats(), bench.players.unwrap_or(*position.seats().start()));
    if !seats.contains(&players) {
        let name = kind.name();
        return Err(format!("--players: a game of {name} takes {} to {} players", seats.start(), seats.end()));
    }
    Ok((kind, players))
}

async fn measure(bench: &Bench, kind: Kind, players: u8) -> Result<Figures, Box<dyn Error>> {
    let plan = Rc::new(Plan {
        target: Target::find(bench).await?,
        kind,
        options: bench.options.clone(),
        players: players.into(),
        think: Duration::from_millis(bench.think.into()),
        seed: bench.seed,
        run: uuid::Uuid::new_v4().simple().to_string(),
        moves_left: Cell::new(bench.moves.unwrap_or(u32::MAX)),
    });
    let (phase, phases) = watch::channel(Phase::Ready);
    let seat = |number: u32| Table::open(Rc::clone(&plan), number, phases.clone());
    let tables = stream::iter(0..bench.games).map(seat).buffered(SITTING_DOWN_MAX).try_collect::<Vec<_>>().await?;
    let began = Instant::now();
    phase.send_replace(Phase::Playing);
    let plays = join_all(tables.into_iter().map(Table::play));
    let (elapsed, samples) = if bench.moves.is_some() {
        let samples = plays.await;
        (began.elapsed(), samples)
    } else {
        let clock = async {
            progress(bench, began).await;
            phase.send_replace(Phase::Over);
            began.elapsed()
        };
        tokio::join!(clock, plays)
    };
    let samples = samples.into_iter().fold(Samples::default(), Samples::join);
    let setting = Setting {
        kind: kind.name(),
        games: bench.games,
        players: players.into(),
        think_ms: bench.think,
        seed: bench.seed,
    };
    Ok(Figures::new(setting, samples, elapsed, plan.target.rss_bytes().await))
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
