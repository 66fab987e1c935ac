//! `turnlog import`: whole logs out of files into a table, where nothing is overwritten.

use std::{error::Error, sync::Arc, time::Instant};

use clap::Args;
use serde::Serialize;
use turnlog_domain::Kinds;
use turnlog_operations::import::{PassError, Purpose, Source, Tally, pass};
use turnlog_store::Messages;

use crate::{confirm, location::Location, progress, verdict::Verdict, verify::count};

/// The options of `turnlog import`.
#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(flatten)]
    location: Location,
    /// Files of `turnlog export`, compressed with gzip or not; folders of DynamoDB's exports to S3; `-` is standard input.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,
    /// Does not ask before it writes.
    #[arg(long)]
    yes: bool,
    /// The figures at the end as a line of JSON.
    #[arg(long)]
    json: bool,
}

/// What was imported.
#[derive(Debug, Serialize)]
struct Figures {
    #[serde(flatten)]
    tally: Tally,
    seconds: f64,
}

/// Imports.
pub(crate) fn run(arguments: &Import, kinds: &Kinds) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(import(arguments, kinds))
}

async fn import(arguments: &Import, kinds: &Kinds) -> Result<(), Box<dyn Error>> {
    let began = Instant::now();
    let messages = arguments.location.tables(kinds).await?.messages;
    let sources = arguments.files.iter().map(|name| Source::open(name)).collect::<Result<Vec<_>, _>>()?;
    let sources = Arc::new(sources);
    let is_read_once = sources.iter().any(Source::is_read_once);
    if is_read_once && !arguments.yes {
        return Err("a pipe can be read only once, so it cannot be checked before the question; say --yes".into());
    }
    let mut problems = Vec::new();
    let mut total = None;
    if !is_read_once {
        // Everything is looked at before anything is written, so that no log comes in of which only a part is sound.
        let bar = progress::messages("checked", None);
        let notice = progress::showing(&bar);
        let checked = pass(&messages, kinds, &sources, Purpose::Check, &[], &notice).await;
        let checked = checked.map_err(|error| format!("{error}; nothing was imported"))?;
        bar.finish_and_clear();
        if checked.messages > 0 && !arguments.yes && !is_wanted(&messages, &checked)? {
            return Ok(());
        }
        total = Some(checked.messages);
        problems = checked.problems;
    }
    let bar = progress::messages("imported", total);
    let notice = progress::showing(&bar);
    let stored = pass(&messages, kinds, &sources, Purpose::Store, &problems, &notice).await;
    let mut tally = stored.map_err(|error| match error {
        PassError::Source(_) => format!("{error}; the logs before it are imported"),
        PassError::Table(_) => format!("{error}; the same command goes on when it is given again"),
        PassError::TooManyProblems => error.to_string(),
    })?;
    bar.finish_and_clear();
    tally.problems.splice(0..0, problems);
    tell(arguments, &Figures { tally, seconds: began.elapsed().as_secs_f64() })
}

fn is_wanted(messages: &Messages, checked: &Tally) -> Result<bool, Box<dyn Error>> {
    remark(checked);
    let amount = amount(checked);
    confirm::somebody_agrees(false).map_err(|error| format!("{amount} would be imported; {error}"))?;
    Ok(confirm::agreed(&format!("Import {amount} into {}?", messages.name()), false)?)
}

/// How many logs and messages.
fn amount(tally: &Tally) -> String {
    let Tally { games, inboxes, messages, .. } = tally;
    let inboxes = match inboxes {
        0 => String::new(),
        1 => " and 1 inbox".to_owned(),
        inboxes => format!(" and {inboxes} inboxes"),
    };
    format!("{}{inboxes} with {}", count(*games, "game"), count(*messages, "message"))
}

/// Says what could not be checked.
fn remark(tally: &Tally) {
    if tally.unfolded > 0 {
        eprintln!(
            "{} games hold what this version does not know; of these only order, time and the chain of hashes were checked",
            tally.unfolded
        );
    }
}

fn tell(arguments: &Import, figures: &Figures) -> Result<(), Box<dyn Error>> {
    let Figures { tally, seconds } = figures;
    if arguments.json {
        println!("{}", serde_json::to_string(figures)?);
    } else {
        remark(tally);
        let Tally { stored, already, .. } = tally;
        println!("imported: {}; {stored} are new, {already} were there, in {seconds:.1} s", amount(tally));
    }
    match tally.problems.len() {
        0 => Ok(()),
        1 => Err(Verdict::Wrong("one log could not be imported".to_owned()).into()),
        count => Err(Verdict::Wrong(format!("{count} logs could not be imported")).into()),
    }
}
