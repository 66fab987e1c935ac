//! Rows that follow from no log.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher as _, RandomState},
    pin::pin,
};

use futures_util::TryStreamExt as _;
use turnlog_domain::GameId;
use turnlog_store::{LoadError, READ_MODELS, Row, RowTable, StoreError, StoredRow};

use crate::{
    Tables,
    rebuild::{Pace, derive},
    scan,
};

/// What the logs say there is. It grows with the number of games and rows, so it keeps little of each.
#[derive(Debug, Default)]
pub(crate) struct Known {
    games: HashMap<GameId, LogState>,
    /// The hashes of their keys. Two that are equal by chance, which nobody sees before there are 10⁹ rows, could hide an orphan.
    rows: HashSet<u64>,
    hasher: RandomState,
}

/// Whether anybody can say which rows follow from a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LogState {
    Sound,
    Damaged,
}

/// A row that follows from no log.
#[derive(Debug)]
pub(crate) struct Orphan {
    pub(crate) row: StoredRow,
    pub(crate) reason: String,
}

impl Known {
    /// Takes note of a game with a log, and of the rows that follow from it, where it can be folded.
    pub(crate) fn note(&mut self, game: GameId, rows: Option<&[Row]>) {
        self.games.insert(game, if rows.is_some() { LogState::Sound } else { LogState::Damaged });
        let hash = |row: &Row| self.hasher.hash_one((row.table(), row.key()));
        self.rows.extend(rows.unwrap_or_default().iter().map(hash));
    }

    /// The rows that follow from no log. Whatever is not known is asked for once more: it may have begun meanwhile.
    pub(crate) async fn orphans(&mut self, tables: &Tables, pace: Option<&Pace>) -> Result<Vec<Orphan>, StoreError> {
        let mut orphans = Vec::new();
        for table in RowTable::ALL {
            let mut pages = pin!(scan::pages(None, |after| scan::rows(tables, table, after)));
            while let Some(page) = pages.try_next().await? {
                for row in page.items {
                    let reason = self.reason(tables, &row).await?;
                    orphans.extend(reason.map(|reason| Orphan { row, reason }));
                }
                if let Some(pace) = pace {
                    pace.keep().await;
                }
            }
        }
        Ok(orphans)
    }

    /// Why a row is an orphan; none when it is not.
    async fn reason(&mut self, tables: &Tables, row: &StoredRow) -> Result<Option<String>, StoreError> {
        let key = row.key();
        let Ok(game) = row.game() else { return Ok(Some(format!("{key} is of no game"))) };
        if self.has(&game, row) {
            return Ok(None);
        }
        match derive(tables, game).await {
            Ok(derived) if derived.folded.is_none() => return Ok(Some(format!("{key} has no log"))),
            Ok(derived) => self.note(game, Some(&derived.rows())),
            Err(LoadError::Log(_)) => self.note(game, None),
            Err(LoadError::Store(error)) => return Err(error),
        }
        Ok((!self.has(&game, row)).then(|| format!("{key} follows from no message of its log")))
    }

    /// Whether a row follows from a log, or this code cannot say: newer code may have models that this one does not know.
    fn has(&self, game: &GameId, row: &StoredRow) -> bool {
        match self.games.get(game) {
            None => false,
            Some(LogState::Damaged) => true,
            Some(LogState::Sound) => {
                row.is_parked()
                    || !is_of_our_models(row)
                    || self.rows.contains(&self.hasher.hash_one((row.table(), row.key())))
            }
        }
    }
}

fn is_of_our_models(row: &StoredRow) -> bool {
    let item = row.key().item;
    READ_MODELS.iter().any(|model| model.table == row.table() && item.starts_with(model.prefix))
}

impl Orphan {
    /// Whose row it is.
    pub(crate) fn owner(&self) -> String {
        self.row.game().map_or_else(|_| self.row.key().to_string(), |game| game.to_string())
    }
}
