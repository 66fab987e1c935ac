//! Logs as JSON Lines: what is stored, item by item, however damaged it is, so that nothing is lost.

mod resume;

use std::{
    fs::File,
    io::{self, Write},
    pin::pin,
};

use futures_util::TryStreamExt as _;
use serde::Serialize;
use serde_dynamo::Item;
use turnlog_domain::Seq;
use turnlog_store::{Cursor, Messages, StoreError};

use self::resume::End;
use crate::{
    Notice,
    entry::{RawEntry, RawFault},
    scan,
};

/// What was exported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Logs.
    pub logs: u64,
    /// Their messages.
    pub messages: u64,
    /// Bytes of their lines.
    pub bytes: u64,
    /// Items that are none of a log.
    pub left_out: u64,
    /// Logs that were asked for and are not there.
    #[serde(skip)]
    pub missing: Vec<String>,
}

/// An export broke off.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The table did not answer as it should.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Whoever reads from a pipe may have seen enough.
    #[error("the output was closed before everything was written")]
    Closed,
    /// The output takes nothing more.
    #[error("the output cannot be written: {0}")]
    Output(io::Error),
    /// The file that is to be continued cannot be read or changed, or is no export.
    #[error(transparent)]
    File(io::Error),
    /// Its last line is no entry.
    #[error("the last line: {0}")]
    LastLine(RawFault),
    /// Its last line is no message of the table.
    #[error("it does not end in a message of this table")]
    OtherTable,
    /// Its last line is of a log that is not to be exported.
    #[error("the file ends in a log that is not to be exported")]
    OtherLog,
}

/// An export as far as it has come.
struct Export<'a, W> {
    output: W,
    notice: &'a dyn Fn(Notice<'_>),
    figures: Figures,
    last_log: String,
}

/// Goes to the end of what is whole in a file, cuts off the broken line after it, and returns the last entry.
///
/// # Errors
/// When the file is no export of this table. Then it stays as it is.
pub async fn resume(messages: &Messages, file: &mut File) -> Result<Option<RawEntry>, ExportError> {
    let end = End::of(file).map_err(ExportError::File)?;
    let last = end.line.as_deref().map(RawEntry::parse).transpose().map_err(ExportError::LastLine)?;
    if let Some(last) = &last
        && RawEntry::page(messages, last.log(), Seq(last.seq().0 - 1)).await?.first() != Some(last)
    {
        return Err(ExportError::OtherTable);
    }
    end.cut(file).map_err(ExportError::File)?;
    Ok(last)
}

/// Writes every log, in the order in which the table has them; only what comes after `last` where there is one.
///
/// # Errors
/// When the table or the output fails.
pub async fn all(
    messages: &Messages,
    last: Option<RawEntry>,
    output: impl Write,
    notice: &dyn Fn(Notice<'_>),
) -> Result<Figures, ExportError> {
    let mut export = Export::new(output, notice);
    let mut pages = pin!(scan::pages(last.as_ref().map(after), |after| scan::messages(messages, after)));
    while let Some(page) = pages.try_next().await? {
        page.items.into_iter().try_for_each(|item| export.write(item))?;
    }
    export.end()
}

/// Writes some logs, in the order in which they are named; only what comes after `last` where there is one.
///
/// # Errors
/// When the table or the output fails, or `last` is of none of the logs.
pub async fn some(
    messages: &Messages,
    logs: &[String],
    last: Option<RawEntry>,
    output: impl Write,
    notice: &dyn Fn(Notice<'_>),
) -> Result<Figures, ExportError> {
    let mut export = Export::new(output, notice);
    let mut names: Vec<&String> = Vec::new();
    for log in logs {
        if !names.contains(&log) {
            names.push(log);
        }
    }
    if let Some(last) = &last {
        let at = names.iter().position(|log| *log == last.log()).ok_or(ExportError::OtherLog)?;
        names.drain(..at);
    }
    let mut place = last.as_ref().map(after);
    for log in names {
        let place = place.take();
        let mut is_there = place.is_some();
        let mut pages = pin!(scan::pages(place, |after| scan::log(messages, log, after)));
        while let Some(page) = pages.try_next().await? {
            is_there |= !page.items.is_empty();
            page.items.into_iter().try_for_each(|item| export.write(item))?;
        }
        if !is_there {
            export.figures.missing.push(log.clone());
        }
    }
    export.end()
}

impl<W: Write> Export<'_, W> {
    fn new(output: W, notice: &dyn Fn(Notice<'_>)) -> Export<'_, W> {
        Export { output, notice, figures: Figures::default(), last_log: String::new() }
    }

    fn end(mut self) -> Result<Figures, ExportError> {
        self.output.flush().map_err(closed)?;
        Ok(self.figures)
    }

    /// Writes an item as it is stored. One whose key is that of no message could never be imported: it is named and left out.
    fn write(&mut self, item: Item) -> Result<(), ExportError> {
        let entry = match RawEntry::of_item(item) {
            Ok(entry) => entry,
            Err(fault) => {
                self.figures.left_out += 1;
                (self.notice)(Notice::Remark(&format!("left out: {fault}")));
                return Ok(());
            }
        };
        let mut line = entry.to_line();
        line.push('\n');
        self.output.write_all(line.as_bytes()).map_err(closed)?;
        if entry.log() != self.last_log {
            entry.log().clone_into(&mut self.last_log);
            self.figures.logs += 1;
        }
        self.figures.messages += 1;
        self.figures.bytes += line.len() as u64;
        (self.notice)(Notice::Done(1));
        Ok(())
    }
}

fn after(last: &RawEntry) -> Cursor {
    Cursor::after_message(last.log(), last.seq().0)
}

fn closed(error: io::Error) -> ExportError {
    if error.kind() == io::ErrorKind::BrokenPipe { ExportError::Closed } else { ExportError::Output(error) }
}
