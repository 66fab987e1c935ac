//! `turnlog games`: all games, with how far they have come.

use std::{
    error::Error,
    io::{self, Write as _},
};

use chrono::{DateTime, SecondsFormat};
use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use turnlog_domain::{Game, Kinds, Phase, Timestamp};
use turnlog_operations::{
    Tables,
    scan::{self, Begun},
};
use turnlog_store::{LoadError, Log};

use crate::location::Location;

/// Games that are read at the same time.
const AT_ONCE_MAX: usize = 16;

/// The options of `turnlog games`.
#[derive(Debug, Args)]
pub(crate) struct Games {
    #[command(flatten)]
    location: Location,
    /// Only games of this kind.
    #[arg(long)]
    kind: Option<String>,
    /// Only games that are not finished.
    #[arg(long)]
    active: bool,
    /// A line of JSON for each game.
    #[arg(long)]
    json: bool,
}

/// A game in the list.
#[derive(Debug, Serialize)]
struct Line {
    game: String,
    kind: String,
    created: String,
    messages: Option<u64>,
    phase: &'static str,
    players: Vec<String>,
}

/// Prints the list.
pub(crate) fn run(arguments: &Games, kinds: &Kinds) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(list(arguments, kinds))
}

async fn list(arguments: &Games, kinds: &Kinds) -> Result<(), Box<dyn Error>> {
    let tables = arguments.location.tables(kinds).await?;
    let mut begun = begun(&tables).await?;
    begun.retain(|game| arguments.kind.as_ref().is_none_or(|kind| *kind == game.kind));
    begun.sort_by_key(|game| (game.at, game.game.to_string()));
    let log = Log::new(tables.messages, tables.games);
    let lines = stream::iter(begun).map(|game| line(&log, game)).buffered(AT_ONCE_MAX);
    let mut lines = std::pin::pin!(lines);
    while let Some(line) = lines.try_next().await? {
        if arguments.active && line.phase == "finished" {
            continue;
        }
        let line = if arguments.json { serde_json::to_string(&line)? } else { line.to_string() };
        writeln!(io::stdout(), "{line}")?;
    }
    Ok(())
}

/// Every game that the log lists. What is no game is told, and ends nothing.
async fn begun(tables: &Tables) -> Result<Vec<Begun>, Box<dyn Error>> {
    let mut pages = std::pin::pin!(scan::pages(None, |after| scan::begun(&tables.messages, None, after)));
    let mut games = Vec::new();
    while let Some(page) = pages.try_next().await? {
        for listed in page.items {
            match listed {
                Ok(begun) => games.push(begun),
                Err(what) => writeln!(io::stderr(), "turnlog: {what}")?,
            }
        }
    }
    Ok(games)
}

async fn line(log: &Log, begun: Begun) -> Result<Line, Box<dyn Error>> {
    let Begun { game: game_id, kind, at } = begun;
    let game = match log.current(game_id).await {
        Ok(folded) => folded.map(|folded| folded.game),
        // It is listed all the same: somebody wants to know of it.
        Err(LoadError::Log(_)) => None,
        Err(LoadError::Store(error)) => return Err(error.into()),
    };
    Ok(Line {
        game: game_id.to_string(),
        kind,
        created: time(at),
        messages: game.as_ref().map(|game| game.seq().0),
        phase: game.as_ref().map_or("damaged", phase),
        players: game.iter().flat_map(Game::players).map(ToString::to_string).collect(),
    })
}

/// A moment as people and programs read it.
pub(crate) fn time(at: Timestamp) -> String {
    let ms = i64::try_from(at.as_ms()).unwrap_or(i64::MAX);
    DateTime::from_timestamp_millis(ms)
        .map_or_else(|| at.as_ms().to_string(), |time| time.to_rfc3339_opts(SecondsFormat::Millis, true))
}

fn phase(game: &Game) -> &'static str {
    match game.phase() {
        Phase::Waiting => "waiting",
        Phase::Playing => "playing",
        Phase::Paused => "paused",
        Phase::Finished(_) => "finished",
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { game, kind, created, messages, phase, players } = self;
        let messages = messages.map_or_else(|| "?".to_owned(), |messages| messages.to_string());
        let players = players.join(", ");
        write!(formatter, "{game}  {created}  {kind:<20} {phase:<8} {messages:>6}  {players}")
    }
}
