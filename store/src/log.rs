//! The log of every game, with the games that it adds up to.

use turnlog_domain::{GameId, Kinds, Seq};

use crate::{
    cache::GameCache,
    entry::{Entry, Folded, LogFault},
    error::StoreError,
    games::Games,
    keys::ChanceKeys,
    load_error::LoadError,
    messages::{Messages, Pages},
};

/// The log of every game: loads games, and appends what they decide.
#[derive(Debug)]
pub struct Log {
    pub(crate) messages: Messages,
    pub(crate) games: Games,
    pub(crate) cache: GameCache,
    pub(crate) keys: ChanceKeys,
}

impl Log {
    /// The log over its two tables, with an empty cache. It can load every game, and append wherever nothing is left to
    /// chance; for everything else it needs the keys.
    pub fn new(messages: Messages, games: Games) -> Self {
        Self { messages, games, cache: GameCache::new(), keys: ChanceKeys::default() }
    }

    /// The same with the keys behind chance and invitations.
    #[must_use]
    pub fn with_keys(self, keys: ChanceKeys) -> Self {
        Self { keys, ..self }
    }

    /// The same with games that others may have remembered already.
    #[must_use]
    pub fn with_cache(self, cache: GameCache) -> Self {
        Self { cache, ..self }
    }

    /// The keys behind chance and invitations.
    pub fn keys(&self) -> &ChanceKeys {
        &self.keys
    }

    /// The Games table.
    pub fn games(&self) -> &Games {
        &self.games
    }

    /// The kinds whose games it can load.
    pub fn kinds(&self) -> &Kinds {
        self.games.kinds()
    }

    /// The Messages table.
    pub fn messages(&self) -> &Messages {
        &self.messages
    }

    /// The game at the head of its log as of now; `None` when there is no such game.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub async fn current(&self, game: GameId) -> Result<Option<Folded>, LoadError> {
        match self.cache.get(game) {
            Some(folded) => self.catch_up(Some(folded), game).await,
            None => self.load(game).await,
        }
    }

    /// The game from row and tail, past the cache.
    pub(crate) async fn load(&self, game: GameId) -> Result<Option<Folded>, LoadError> {
        if let Some(row) = self.games.row(game).await?
            && let Some(folded) = self.by_row(game, row).await?
        {
            self.cache.keep(folded.clone());
            return Ok(Some(folded));
        }
        self.catch_up(None, game).await
    }

    /// The game from a row, its own message, and those after it; `None` when the log does not bear the row out. A row that is
    /// ahead of a restored log has no message of its own.
    async fn by_row(&self, game: GameId, row: Folded) -> Result<Option<Folded>, StoreError> {
        let before = Seq(row.game.seq().0.saturating_sub(1));
        let mut pages = self.messages.pages(game, before);
        let folded = async {
            let Some(page) = pages.next().await? else { return Ok(None) };
            let Some((own, newer)) = page.split_first() else { return Ok(None) };
            let folded = fold(self.kinds(), Some(row.proved_by(own)?), newer)?;
            fold_rest(self.kinds(), folded, &mut pages).await
        };
        match folded.await {
            Ok(folded) => Ok(folded),
            Err(LoadError::Store(error)) => Err(error),
            // The fold of the log alone says what is wrong with it.
            Err(LoadError::Log(_)) => Ok(None),
        }
    }

    /// Folds the messages after what is known, and remembers the result.
    pub(crate) async fn catch_up(&self, known: Option<Folded>, game: GameId) -> Result<Option<Folded>, LoadError> {
        let after = known.as_ref().map_or(Seq(0), |folded| folded.game.seq());
        let folded = fold_rest(self.kinds(), known, &mut self.messages.pages(game, after)).await?;
        if let Some(folded) = &folded {
            self.cache.keep(folded.clone());
        }
        Ok(folded)
    }

    /// A game that is at `seq` at least, reading as little as possible: from the cache and `entries` when they join
    /// on, otherwise from row and tail.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub async fn at_least(&self, game: GameId, seq: Seq, entries: &[Entry]) -> Result<Option<Folded>, LoadError> {
        let known = self.cache.get(game);
        let after = known.as_ref().map_or(Seq(0), |folded| folded.game.seq());
        if known.is_some() && after >= seq {
            return Ok(known);
        }
        // Batches come in any order, so that one may lack what stands between its own messages, too.
        let newer: Vec<&Entry> = entries.iter().filter(|entry| entry.message.seq > after).collect();
        if newer.iter().map(|entry| entry.message.seq.0).eq(after.next().0..=seq.0) {
            let folded = newer
                .into_iter()
                .try_fold(known, |folded, entry| Folded::fold(self.kinds(), folded, entry).map(Some))?;
            if let Some(folded) = &folded {
                self.cache.keep(folded.clone());
            }
            return Ok(folded);
        }
        match known {
            Some(folded) => self.catch_up(Some(folded), game).await,
            None => self.load(game).await,
        }
    }
}

/// Folds what is left of a log on what is known, holding one page at a time.
async fn fold_rest(kinds: &Kinds, known: Option<Folded>, pages: &mut Pages<'_>) -> Result<Option<Folded>, LoadError> {
    let mut folded = known;
    while let Some(page) = pages.next().await? {
        folded = fold(kinds, folded, &page)?;
    }
    Ok(folded)
}

/// Folds messages on what is known.
pub(crate) fn fold(kinds: &Kinds, known: Option<Folded>, entries: &[Entry]) -> Result<Option<Folded>, LogFault> {
    entries.iter().try_fold(known, |folded, entry| Folded::fold(kinds, folded, entry).map(Some))
}
