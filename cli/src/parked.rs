//! `turnlog parked`: the games that cannot be folded.

use std::{
    collections::BTreeMap,
    error::Error,
    io::{self, Write as _},
};

use clap::Args;
use serde_json::json;
use turnlog_domain::{GameId, Kinds, Seq, Timestamp};
use turnlog_operations::Tables;
use turnlog_store::Model;

use crate::{games::time, location::Location};

/// The options of `turnlog parked`.
#[derive(Debug, Args)]
pub(crate) struct Parked {
    #[command(flatten)]
    location: Location,
    /// A line of JSON for each game.
    #[arg(long)]
    json: bool,
}

/// A parked game in the list.
#[derive(Debug)]
struct Line {
    game: GameId,
    seq: Seq,
    since: Timestamp,
    reason: String,
}

/// Prints the parked games, the one that was parked first before the others.
pub(crate) fn run(arguments: &Parked, kinds: &Kinds) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let lines = runtime.block_on(async { lines(&arguments.location.tables(kinds).await?).await })?;
    for Line { game, seq, since, reason } in lines {
        let since = time(since);
        if arguments.json {
            let line = json!({ "game": game.to_string(), "seq": seq.0, "since": since, "reason": reason });
            writeln!(io::stdout(), "{line}")?;
        } else {
            writeln!(io::stdout(), "{game}  {since}  {reason}")?;
        }
    }
    Ok(())
}

/// Functions of different versions may run at the same time, each with its own opinion: a game is listed once.
async fn lines(tables: &Tables) -> Result<Vec<Line>, Box<dyn Error>> {
    let mut lines: BTreeMap<GameId, Line> = BTreeMap::new();
    for version in tables.games.control().versions().await?.of(Model::Games).kept.into_keys() {
        for parked in tables.games.all_parked_in(version).await? {
            // It may have been repaired since the index was read.
            let Some(reason) = tables.games.parked_in(version, parked.game).await? else { continue };
            let line = Line { game: parked.game, seq: parked.seq, since: parked.at, reason };
            lines.entry(parked.game).or_insert(line);
        }
    }
    let mut lines: Vec<Line> = lines.into_values().collect();
    lines.sort_by_key(|line| (line.since, line.game));
    Ok(lines)
}
