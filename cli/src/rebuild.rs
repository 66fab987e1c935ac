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
        if !confirm::agreed("Rewrite that from its log?", arguments.yes)? {
            return Err(Verdict::Wrong("nothing was changed".to_owned()).into());
        }
        let rebuilt = one(tables, game).await?.ok_or_else(missing)?;
        if rebuilt.is_still_changing {
            return Err(Verdict::Wrong(format!("{game} kept changing while it was compared; run it again")).into());
        }
        if let Some(reason) = rebuilt.parked {
            return Err(Verdict::Wrong(format!("{game} cannot be folded: {reason}")).into());
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
    if !confirm::agreed("Rewrite every row that differs from its log?", arguments.yes)? {
        return Err(Verdict::Wrong("nothing was changed".to_owned()).into());
    }
    let pace = Pace::new(arguments.capacity, tables.meter.clone());
    let bar = progress::games("rebuilding");
    let report = all(&tables, &pace, &progress::showing(&bar)).await?;
    bar.finish_and_clear();
    tell_all(arguments, &report)?;
    let is_well = report.unreadable.is_empty()
        && report.parked.is_empty()
        && report.failed.is_empty()
        && report.still_changing.is_empty();
    if is_well { Ok(()) } else { Err(Verdict::Said.into()) }
}

/// Says what became of all games.
fn tell_all(arguments: &Rebuild, report: &Report) -> io::Result<()> {
    let mut out = io::stdout();
    let Report { games, written, removed, unparked, unreadable, parked, failed, still_changing } = report;
    if arguments.json {
        let reasons = |list: &[(GameId, String)]| -> Vec<Value> {
            list.iter().map(|(game, reason)| json!({ "game": game.to_string(), "reason": reason })).collect()
        };
        let line = json!({
            "games": games,
            "written": written,
            "removed": removed,
            "unparked": unparked,
            "unreadable": unreadable,
            "parked": reasons(parked),
            "failed": reasons(failed),
            "still_changing": still_changing.iter().map(ToString::to_string).collect::<Vec<_>>(),
        });
        return writeln!(out, "{line}");
    }
    for what in unreadable {
        writeln!(out, "{what}")?;
    }
    for (game, reason) in parked {
        writeln!(out, "{game}: cannot be folded, and is parked: {reason}")?;
    }
    for (game, reason) in failed {
        writeln!(out, "{game}: a table does not take it: {reason}")?;
    }
    for game in still_changing {
        writeln!(out, "{game}: kept changing while it was compared; run it again")?;
    }
    let (games, written) = (count(*games as u64, "game"), count(*written as u64, "row"));
    writeln!(out, "{games} compared with the log: {written} written, {removed} removed")
}
