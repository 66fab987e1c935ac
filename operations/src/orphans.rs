//! Rows that follow from no log.

use std::{
    collections::{HashMap, HashSet},
    pin::pin,
};

use futures_util::TryStreamExt as _;
use turnlog_domain::GameId;
use turnlog_store::{LoadError, Row, RowKey, RowTable, StoreError, StoredRow};

use crate::{Tables, rebuild, scan};

/// What the logs say there is.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// The games with a log, and whether anybody can say which rows follow from it.
    games: HashMap<GameId, IsSound>,
    rows: HashSet<(RowTable, RowKey)>,
}

/// Whether a log can be folded.
type IsSound = bool;

/// A row that follows from no log.
#[derive(Debug)]
pub(crate) struct Orphan {
    pub(crate) row: StoredRow,
    pub(crate) reason: String,
}

impl Known {
    /// Takes note of a game with a log, and of the rows that follow from it, where it can be folded.
    pub(crate) fn note(&mut self, game: GameId, rows: Option<&[Row]>) {
        self.games.insert(game, rows.is_some());
        self.rows.extend(rows.unwrap_or_default().iter().map(|row| (row.table(), row.key())));
    }

    /// The rows that follow from no log. Whatever is not known is asked for once more: it may have begun meanwhile.
    pub(crate) async fn orphans(&mut self, tables: &Tables) -> Result<Vec<Orphan>, StoreError> {
        let mut orphans = Vec::new();
        for table in RowTable::ALL {
            let mut pages = pin!(scan::pages(None, |after| scan::rows(tables, table, after)));
            while let Some(page) = pages.try_next().await? {
                for row in page.items {
                    let reason = self.reason(tables, &row).await?;
                    orphans.extend(reason.map(|reason| Orphan { row, reason }));
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
        match rebuild::look(tables, game).await {
            Ok(Some(condition)) => self.note(game, Some(&condition.derived.rows())),
            Ok(None) => return Ok(Some(format!("{key} has no log"))),
            Err(LoadError::Log(_)) => self.note(game, None),
            Err(LoadError::Store(error)) => return Err(error),
        }
        Ok((!self.has(&game, row)).then(|| format!("{key} follows from no message of its log")))
    }

    fn has(&self, game: &GameId, row: &StoredRow) -> bool {
        let is_sound = self.games.get(game);
        is_sound.is_some_and(|is_sound| !is_sound || row.is_parked()) || self.rows.contains(&(row.table(), row.key()))
    }
}

impl Orphan {
    /// Whose row it is.
    pub(crate) fn owner(&self) -> String {
        self.row.game().map_or_else(|_| self.row.key().to_string(), |game| game.to_string())
    }
}
