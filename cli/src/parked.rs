//! `turnlog parked`: the games that cannot be folded.

use std::{
    error::Error,
    io::{self, Write as _},
};

use clap::Args;
use serde_json::json;
use turnlog_domain::{GameId, Kinds, Seq, Timestamp};
use turnlog_operations::Tables;
use turnlog_store::ParkedGame;

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

async fn lines(tables: &Tables) -> Result<Vec<Line>, Box<dyn Error>> {
    let mut lines = Vec::new();
    for ParkedGame { game, seq, at: since } in tables.games.all_parked().await? {
        // It may have been taken out since the index was read.
        let Some(reason) = tables.games.parked(game).await? else { continue };
        lines.push(Line { game, seq, since, reason });
    }
    Ok(lines)
}
