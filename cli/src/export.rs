//! `turnlog export`: whole logs as JSON Lines.

mod resume;

use std::{
    error::Error,
    fs::OpenOptions,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    time::Instant,
};

use clap::Args;
use indicatif::ProgressBar;
use serde::Serialize;
use serde_dynamo::Item;
use turnlog_domain::{Kinds, Seq};
use turnlog_store::{Cursor, Messages, RawEntry};

use self::resume::End;
use crate::{location::Location, progress, verdict::Verdict};

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
    logs: u64,
    messages: u64,
    bytes: u64,
    /// Items that are none of a log.
    left_out: u64,
    seconds: f64,
}

/// Where lines go, counted.
struct Lines {
    output: BufWriter<Box<dyn Write>>,
    bar: ProgressBar,
    logs: u64,
    messages: u64,
    bytes: u64,
    left_out: u64,
    last_log: String,
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
    let mut lines = Lines::new(output);
    let missing = if arguments.all {
        all(&messages, last, &mut lines).await?;
        Vec::new()
    } else {
        some(&messages, &arguments.logs, last, &mut lines).await?
    };
    lines.output.flush().map_err(closed)?;
    lines.bar.finish_and_clear();
    let Lines { logs, messages, bytes, left_out, .. } = lines;
    tell(arguments, &Figures { logs, messages, bytes, left_out, seconds: began.elapsed().as_secs_f64() })?;
    let mut wrong: Vec<String> = missing.iter().map(|log| format!("there is no {log}")).collect();
    match left_out {
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
    let end = End::of(&mut file).map_err(named)?;
    let last = match &end.line {
        None => None,
        Some(line) => {
            let last = RawEntry::parse(line).map_err(|fault| format!("{}: the last line: {fault}", path.display()))?;
            let stored = messages.raw_page(last.log(), Seq(last.seq().0 - 1)).await?;
            if stored.first() != Some(&last) {
                return Err(format!("{} does not end in a message of this table", path.display()).into());
            }
            Some(last)
        }
    };
    end.cut(&mut file).map_err(named)?;
    Ok((Box::new(file), last))
}

/// Every log, in the order in which the table has them.
async fn all(messages: &Messages, last: Option<RawEntry>, lines: &mut Lines) -> Result<(), Box<dyn Error>> {
    let mut after = last.map(|last| Cursor::after_message(last.log(), last.seq().0));
    loop {
        let page = messages.scan(after.as_ref()).await?;
        for item in page.items {
            lines.write(item)?;
        }
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Some logs, in the order in which they are named. Returns those that are not there.
async fn some(
    messages: &Messages,
    logs: &[String],
    last: Option<RawEntry>,
    lines: &mut Lines,
) -> Result<Vec<String>, Box<dyn Error>> {
    let mut names: Vec<&String> = Vec::new();
    for log in logs {
        if !names.contains(&log) {
            names.push(log);
        }
    }
    let mut after = None;
    if let Some(last) = last {
        let is_last = |log: &&String| *log == last.log();
        let at = names.iter().position(is_last).ok_or("the file ends in a log that is not to be exported")?;
        names.drain(..at);
        after = Some(Cursor::after_message(last.log(), last.seq().0));
    }
    let mut missing = Vec::new();
    for log in names {
        let mut is_there = after.is_some();
        loop {
            let page = messages.whole(log, after.as_ref()).await?;
            is_there |= !page.items.is_empty();
            for item in page.items {
                lines.write(item)?;
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        if !is_there {
            missing.push(log.clone());
        }
    }
    Ok(missing)
}

/// Figures go to standard output, unless the log itself does.
fn tell(arguments: &Export, figures: &Figures) -> Result<(), Box<dyn Error>> {
    let Figures { logs, messages, bytes, left_out: _, seconds } = figures;
    let text = if arguments.json {
        serde_json::to_string(figures)?
    } else {
        format!("exported: {messages} messages of {logs} logs, {bytes} bytes in {seconds:.1} s")
    };
    if arguments.output.is_some() {
        println!("{text}");
    } else {
        eprintln!("{text}");
    }
    Ok(())
}

/// Whoever reads from a pipe may have seen enough.
fn closed(error: io::Error) -> Box<dyn Error> {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return "the output was closed before everything was written".into();
    }
    format!("the output cannot be written: {error}").into()
}

impl Lines {
    fn new(output: Box<dyn Write>) -> Self {
        let bar = progress::messages("exported", None);
        Self {
            output: BufWriter::new(output),
            bar,
            logs: 0,
            messages: 0,
            bytes: 0,
            left_out: 0,
            last_log: String::new(),
        }
    }

    /// Writes an item as it is stored, however damaged it is, so that nothing is lost. One whose key is that of no message could
    /// never be imported: it is named and left out.
    fn write(&mut self, item: Item) -> Result<(), Box<dyn Error>> {
        let entry = match RawEntry::of_item(item) {
            Ok(entry) => entry,
            Err(fault) => {
                self.left_out += 1;
                self.bar.suspend(|| eprintln!("left out: {fault}"));
                return Ok(());
            }
        };
        let mut line = entry.to_line();
        line.push('\n');
        self.output.write_all(line.as_bytes()).map_err(closed)?;
        if entry.log() != self.last_log {
            entry.log().clone_into(&mut self.last_log);
            self.logs += 1;
        }
        self.messages += 1;
        self.bytes += line.len() as u64;
        self.bar.inc(1);
        Ok(())
    }
}
