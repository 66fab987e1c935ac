//! `turnlog export`: whole logs as JSON Lines.

use std::{
    error::Error,
    fs::OpenOptions,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    time::Instant,
};

use clap::Args;
use serde::Serialize;
use turnlog_domain::Kinds;
use turnlog_operations::{RawEntry, export};
use turnlog_store::Messages;

use crate::{location::Location, progress, verdict::Verdict, verify::count};

/// The options of `turnlog export`.
#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    location: Location,
    /// Every log: all games, and the inboxes of all players.
    #[arg(long, conflicts_with = "logs", required_unless_present = "logs")]
    all: bool,
    /// The ids of games; `player#<id>` is the inbox of a player.
    #[arg(value_name = "GAME")]
    logs: Vec<String>,
    /// Writes into this file, which must not be there yet [default: standard output].
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Goes on where an earlier export into the file was broken off.
    #[arg(long, requires = "output")]
    resume: bool,
    /// The figures at the end as a line of JSON.
    #[arg(long)]
    json: bool,
}

/// What was exported.
#[derive(Debug, Serialize)]
struct Figures {
    #[serde(flatten)]
    exported: export::Figures,
    seconds: f64,
}

/// Exports.
pub(crate) fn run(arguments: &Export, kinds: &Kinds) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(export(arguments, kinds))
}

async fn export(arguments: &Export, kinds: &Kinds) -> Result<(), Box<dyn Error>> {
    let began = Instant::now();
    let messages = arguments.location.tables(kinds).await?.messages;
    let (output, last) = match &arguments.output {
        None => (Box::new(io::stdout()) as Box<dyn Write>, None),
        Some(path) => open(path, arguments.resume, &messages).await?,
    };
    let bar = progress::messages("exported", None);
    let notice = progress::showing(&bar);
    let output = BufWriter::new(output);
    let exported = if arguments.all {
        export::all(&messages, last, output, &notice).await?
    } else {
        export::some(&messages, &arguments.logs, last, output, &notice).await?
    };
    bar.finish_and_clear();
    let figures = Figures { exported, seconds: began.elapsed().as_secs_f64() };
    tell(arguments, &figures)?;
    let mut wrong: Vec<String> = figures.exported.missing.iter().map(|log| format!("there is no {log}")).collect();
    match figures.exported.left_out {
        0 => {}
        1 => wrong.push("one item is no message and was left out".to_owned()),
        count => wrong.push(format!("{count} items are no messages and were left out")),
    }
    if wrong.is_empty() { Ok(()) } else { Err(Verdict::Wrong(wrong.join(", ")).into()) }
}

/// The file to write into, and the entry after which it goes on.
async fn open(
    path: &Path,
    resume: bool,
    messages: &Messages,
) -> Result<(Box<dyn Write>, Option<RawEntry>), Box<dyn Error>> {
    let named = |error: io::Error| format!("{}: {error}", path.display());
    if !resume {
        let file = OpenOptions::new().write(true).create_new(true).open(path);
        let file = file.map_err(|error| {
            let is_there = error.kind() == io::ErrorKind::AlreadyExists;
            if is_there { format!("{} is there already; say --resume to go on", path.display()) } else { named(error) }
        })?;
        return Ok((Box::new(file), None));
    }
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(named)?;
    let last = export::resume(messages, &mut file).await;
    let last = last.map_err(|error| format!("{}: {error}", path.display()))?;
    Ok((Box::new(file), last))
}

/// Figures go to standard output, unless the log itself does.
fn tell(arguments: &Export, figures: &Figures) -> Result<(), Box<dyn Error>> {
    let Figures { exported: export::Figures { logs, messages, bytes, left_out: _, missing: _ }, seconds } = figures;
    let text = if arguments.json {
        serde_json::to_string(figures)?
    } else {
        let (messages, logs) = (count(*messages, "message"), count(*logs, "log"));
        format!("exported: {messages} of {logs}, {bytes} bytes in {seconds:.1} s")
    };
    if arguments.output.is_some() {
        println!("{text}");
    } else {
        eprintln!("{text}");
    }
    Ok(())
}
