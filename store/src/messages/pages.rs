//! A log from some position on, a page at a time: a log has no greatest length, and the memory of a function has one.

use turnlog_domain::{GameId, Seq};

use super::{Messages, read_all};
use crate::{
    attributes::SdkItem, entry::Entry, error::StoreError, limits::LOG_PAGE_MESSAGES_MAX, load_error::LoadError,
};

/// The messages of a log, page by page.
#[derive(Debug)]
pub struct Pages<'a> {
    messages: &'a Messages,
    game: GameId,
    after: Seq,
    next: Next,
}

/// What a log has to be asked for next.
#[derive(Debug)]
enum Next {
    First,
    From(SdkItem),
    Nothing,
}

impl Pages<'_> {
    /// The next messages, at least one; none when there is no further one.
    ///
    /// # Errors
    /// When the table cannot be read, or holds what is no message.
    pub async fn next(&mut self) -> Result<Option<Vec<Entry>>, LoadError> {
        loop {
            let start_key = match std::mem::replace(&mut self.next, Next::Nothing) {
                Next::First => None,
                Next::From(key) => Some(key),
                Next::Nothing => return Ok(None),
            };
            let query = self.messages.after(self.game, self.after).limit(LOG_PAGE_MESSAGES_MAX);
            let sent = query.set_exclusive_start_key(start_key).send().await;
            let page = sent.map_err(|error| StoreError::of("Query", &error))?;
            self.next = page.last_evaluated_key.map_or(Next::Nothing, Next::From);
            let entries = read_all(page.items.unwrap_or_default())?;
            if !entries.is_empty() {
                return Ok(Some(entries));
            }
        }
    }
}

impl Messages {
    /// All messages after `after`, oldest first; strongly consistent, all pages. Whoever can does with [`Messages::pages`]: a
    /// log has no greatest length, and this holds all of it.
    ///
    /// # Errors
    /// When the table cannot be read, or holds what is no message.
    pub async fn tail(&self, game: GameId, after: Seq) -> Result<Vec<Entry>, LoadError> {
        let (mut entries, mut pages) = (Vec::new(), self.pages(game, after));
        while let Some(page) = pages.next().await? {
            entries.extend(page);
        }
        Ok(entries)
    }

    /// All messages after `after`, oldest first, as many at a time as one answer holds; strongly consistent.
    pub fn pages(&self, game: GameId, after: Seq) -> Pages<'_> {
        Pages { messages: self, game, after, next: Next::First }
    }
}
