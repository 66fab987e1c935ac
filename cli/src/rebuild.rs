//! `turnlog rebuild`: brings what is derived from logs to what they add up to, of one game or of all.

use std::{
    error::Error,
    io::{self, Write as _},
    num::NonZeroU32,
};

use clap::Args;
use serde_json::{Value, json};
use turnlog_domain::{GameId, Kinds};
use turnlog_operations::{
    Tables,
    rebuild::{Condition, Pace, Report, all, look, one},
};
use turnlog_store::LoadError;

use crate::{confirm, location::Location, progress, verdict::Verdict, verify::count};

/// The options of `turnlog rebuild`.
#[derive(Debug, Args)]
#[group(id = "rebuilt", required = true)]
pub(crate) struct Rebuild {
    /// The id of the game.
    #[arg(group = "rebuilt")]
    game: Option<String>,
    /// Every game there is, and rows that belong to none.
    #[arg(long, group = "rebuilt")]
    all: bool,
    /// Capacity units of the tables to use in a second, read and written together.
    #[arg(long, value_name = "UNITS", default_value = "200", conflicts_with = "game")]
    capacity: NonZeroU32,
    /// Does not ask first.
    #[arg(long)]
    yes: bool,
    /// One line of JSON at the end instead of text.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    location: Location,
}

/// Carries out the command.
pub(crate) fn run(arguments: &Rebuild, kinds: &Kinds) -> Result<(), Box<dyn Error>> {
    let game = arguments.game.as_deref().map(GameId::parse).transpose()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match game {
            Some(game) => of_one(arguments, &arguments.location.tables(kinds).await?, game).await,
            None => of_all(arguments, kinds).await,
        }
    })
}

/// Looks, says what is wrong, asks, and writes.
async fn of_one(arguments: &Rebuild, tables: &Tables, game: GameId) -> Result<(), Box<dyn Error>> {
    let missing = || format!("there is no game {game}");
    let found = match look(tables, game).await {
        Ok(condition) => condition.ok_or_else(missing)?,
        Err(LoadError::Store(error)) => return Err(error.into()),
        Err(LoadError::Log(fault)) => {
            return Err(Verdict::Wrong(format!("{game} cannot be folded: {fault}")).into());
        }
    };
    let (mut written, differences) = (Vec::new(), texts(&found));
    if !arguments.json {
        tell(&found, game, &differences)?;
    }
    if !differences.is_empty() {
        confirm::somebody_agrees(arguments.yes)?;
        if !confirm::agreed("Write it anew from its log?", arguments.yes)? {
            return Err(Verdict::Wrong("nothing was changed".to_owned()).into());
        }
        let rebuilt = one(tables, game).await?.ok_or_else(missing)?;
        if rebuilt.is_restless {
            return Err(Verdict::Wrong(format!("{game} goes on all the time; try again")).into());
        }
        written = rebuilt.written;
        if !arguments.json {
            writeln!(io::stdout(), "everything that is derived from it agrees now")?;
        }
    }
    if arguments.json {
        let head = found.derived.folded.map(|folded| folded.game.seq().0);
        writeln!(io::stdout(), "{}", json!({ "game": game.to_string(), "messages": head, "written": written }))?;
    }
    Ok(())
}

/// Says how what is derived from a game stands to its log.
fn tell(condition: &Condition, game: GameId, differences: &[String]) -> io::Result<()> {
    let head = condition.derived.folded.as_ref().map_or(0, |folded| folded.game.seq().0);
    let all = if differences.is_empty() { "everything" } else { "not everything" };
    writeln!(io::stdout(), "{game} folds to message {head}, and {all} that is derived from it agrees")?;
    for text in differences {
        writeln!(io::stdout(), "  {text}")?;
    }
    Ok(())
}

fn texts(condition: &Condition) -> Vec<String> {
    let parked = condition.parked.iter().map(|reason| format!("it is parked: {reason}"));
    parked.chain(condition.differences.iter().map(ToString::to_string)).collect()
}

async fn of_all(arguments: &Rebuild, kinds: &Kinds) -> Result<(), Box<dyn Error>> {
    confirm::somebody_agrees(arguments.yes)?;
    let tables = arguments.location.tables(kinds).await?;
    if !confirm::agreed("Write what is derived from all games anew where it differs from their logs?", arguments.yes)? {
        return Err(Verdict::Wrong("nothing was changed".to_owned()).into());
    }
    let pace = Pace::new(arguments.capacity, tables.meter.clone());
    let bar = progress::games("rebuilding");
    let report = all(&tables, &pace, &progress::showing(&bar)).await?;
    bar.finish_and_clear();
    if arguments.json {
        writeln!(io::stdout(), "{}", as_json(&report))?;
    } else {
        for (game, what) in &report.written {
            writeln!(io::stdout(), "{game}: {what}")?;
        }
        for (game, reason) in &report.parked {
            writeln!(io::stdout(), "{game}: cannot be folded, and is parked: {reason}")?;
        }
        for game in &report.restless {
            writeln!(io::stdout(), "{game}: goes on all the time; try again")?;
        }
        let Report { games, written, parked, restless } = &report;
        let (games, written) = (count(*games as u64, "game"), count(written.len() as u64, "row"));
        writeln!(
            io::stdout(),
            "{games} compared with the log: {written} written, {} parked, {} left",
            parked.len(),
            restless.len()
        )?;
    }
    if report.restless.is_empty() && report.parked.is_empty() { Ok(()) } else { Err(Verdict::Said.into()) }
}

fn as_json(report: &Report) -> Value {
    let pair = |game: &dyn ToString, text: &str| json!({ "game": game.to_string(), "what": text });
    json!({
        "games": report.games,
        "written": report.written.iter().map(|(game, what)| pair(game, what)).collect::<Vec<_>>(),
        "parked": report.parked.iter().map(|(game, reason)| pair(game, reason)).collect::<Vec<_>>(),
        "restless": report.restless.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}
