//! `turnlog parked` and `turnlog repair`: the games that cannot be folded.

use std::{collections::BTreeMap, error::Error};

use clap::Args;
use serde_json::json;
use turnlog_domain::{GameId, Seq, Timestamp};
use turnlog_store::{LoadError, Model, Tables};

use crate::{games::time, place::Place, verdict::Verdict};

/// The options of `turnlog parked`.
#[derive(Debug, Args)]
pub(crate) struct Parked {
    #[command(flatten)]
    place: Place,
    /// A line of JSON for each game.
    #[arg(long)]
    json: bool,
}

/// The options of `turnlog repair`.
#[derive(Debug, Args)]
pub(crate) struct Repair {
    /// The id of the game.
    game: String,
    #[command(flatten)]
    place: Place,
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
pub(crate) fn list(arguments: &Parked) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let lines = runtime.block_on(async { lines(&arguments.place.tables().await?).await })?;
    for Line { game, seq, since, reason } in lines {
        let since = time(since);
        if arguments.json {
            println!("{}", json!({ "game": game.to_string(), "seq": seq.0, "since": since, "reason": reason }));
        } else {
            println!("{game}  {since}  {reason}");
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

/// Brings the rows of one game to the head of its log, if this command can fold it.
pub(crate) fn repair(arguments: &Repair) -> Result<(), Box<dyn Error>> {
    let game = GameId::parse(&arguments.game)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let seq = runtime.block_on(async { repair_game(&arguments.place.tables().await?, game).await })?;
    println!("{game} folds: its rows are at message {seq}, and it is not parked");
    Ok(())
}

async fn repair_game(tables: &Tables, game: GameId) -> Result<Seq, Box<dyn Error>> {
    let versions = tables.games.control().versions().await?;
    if versions.written(Model::Games).is_empty() {
        return Err("no version has rows of the format that this command writes; see turnlog rebuild --status".into());
    }
    let derived = tables.derive(game).await.map_err(|error| -> Box<dyn Error> {
        match error {
            LoadError::Store(error) => error.into(),
            LoadError::Log(fault) => Verdict::Wrong(format!("{game} cannot be folded: {fault}")).into(),
        }
    })?;
    let folded = derived.folded.ok_or("there is no such game")?;
    for standing in derived.standings.iter() {
        for version in versions.written(Model::Players) {
            tables.players.put_game(version, standing).await?;
        }
    }
    tables.games.put_row(&folded).await?;
    tables.games.unpark(game).await?;
    Ok(folded.session.seq())
}
