//! All games, page by page, and then the rows that belong to none.

use std::pin::pin;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use turnlog_domain::{GameId, Kinds, Timestamp};
use turnlog_store::{Cursor, READ_MODELS, StoreError, now};

use super::{Pace, Rebuilt, one};
use crate::{
    Notice, Tables,
    limits::{REBUILD_PAGE_GAMES, REBUILD_RESUMED_MS_MAX},
    orphans::Known,
    scan::{self, pages},
};

/// Games that are worked on at the same time. The capacity is the limit; this only covers the way to the tables and back.
const AT_ONCE_MAX: usize = 4;
/// Where a run keeps how far it has come.
const PROGRESS: &str = "rebuild";

/// What a run through all games did.
#[derive(Debug, Default)]
pub struct Report {
    /// Games that were compared with their logs.
    pub games: usize,
    /// Rows that were written.
    pub written: usize,
    /// Rows that were removed, since they follow from no log.
    pub removed: usize,
    /// Games that are not parked any more.
    pub unparked: usize,
    /// What is listed as no game can be. Nothing can be derived from it.
    pub unreadable: Vec<String>,
    /// Games that cannot be folded, and why.
    pub parked: Vec<(GameId, String)>,
    /// Games of which a table does not take a row, and why.
    pub failed: Vec<(GameId, String)>,
    /// Games that others changed all the time while they were compared.
    pub still_changing: Vec<GameId>,
}

/// How far a run has come. One of other code, or of another day, begins anew: much may have happened to the games that it has seen.
#[derive(Debug, Serialize, Deserialize)]
struct Progress {
    begun: Timestamp,
    layouts: Vec<(String, u32)>,
    cursor: Cursor,
}

/// Rebuilds the rows of all games, and removes those that follow from no log. What a run has done that was stopped within the last day
/// is not done again, but for its last page. Each row that is written or removed is told.
///
/// # Errors
/// When a table does not answer as it should.
pub async fn all(tables: &Tables, pace: &Pace, notice: &dyn Fn(Notice<'_>)) -> Result<Report, StoreError> {
    let layouts = layouts(tables.games.kinds());
    let (begun, cursor) = match tables.games.kept::<Progress>(PROGRESS).await? {
        Some(stopped) if stopped.layouts == layouts && now().ms_since(stopped.begun) < REBUILD_RESUMED_MS_MAX => {
            notice(Notice::Remark("going on where the last run stopped"));
            (stopped.begun, Some(stopped.cursor))
        }
        Some(_) | None => (now(), None),
    };
    let (mut report, mut known) = (Report::default(), Known::default());
    let read = |after| scan::begun(&tables.messages, Some(REBUILD_PAGE_GAMES), after);
    let mut games = pin!(pages(cursor, read));
    while let Some(page) = games.try_next().await? {
        let work = |game| async move {
            pace.keep().await;
            (game, one(tables, game).await)
        };
        let mut games = Vec::new();
        for listed in page.items {
            match listed {
                Ok(begun) => games.push(begun.game),
                Err(what) => report.unreadable.push(what),
            }
        }
        let mut rebuilt = stream::iter(games).map(work).buffer_unordered(AT_ONCE_MAX);
        while let Some((game, outcome)) = rebuilt.next().await {
            match outcome {
                Ok(Some(rebuilt)) => {
                    known.note(game, rebuilt.rows.as_deref());
                    report.add(game, rebuilt, notice);
                }
                Ok(None) => {}
                Err(error) if error.is_retryable() => return Err(error),
                // One bad game stops no others.
                Err(error) => report.failed.push((game, error.to_string())),
            }
            notice(Notice::Done(1));
        }
        if let Some(cursor) = page.next {
            tables.games.keep(PROGRESS, &Progress { begun, layouts: layouts.clone(), cursor }).await?;
        }
    }
    for orphan in known.orphans(tables, Some(pace)).await? {
        pace.keep().await;
        if tables.read_models().remove(&orphan.row).await? {
            notice(Notice::Remark(&format!("{}: removed: {}", orphan.owner(), orphan.reason)));
            report.removed += 1;
        }
    }
    tables.games.forget(PROGRESS).await?;
    Ok(report)
}

/// What this code writes: the format of each model, and the version of each kind.
fn layouts(kinds: &Kinds) -> Vec<(String, u32)> {
    let models = READ_MODELS.iter().map(|model| (model.name.to_owned(), model.format));
    models.chain(kinds.iter().map(|kind| (kind.name().to_owned(), kind.version()))).collect()
}

impl Report {
    fn add(&mut self, game: GameId, rebuilt: Rebuilt, notice: &dyn Fn(Notice<'_>)) {
        let Rebuilt { rows: _, written, is_unparked, parked, is_still_changing } = rebuilt;
        for what in &written {
            notice(Notice::Remark(&format!("{game}: {what}")));
        }
        self.games += 1;
        self.written += written.len();
        self.unparked += usize::from(is_unparked);
        self.parked.extend(parked.map(|reason| (game, reason)));
        self.still_changing.extend(is_still_changing.then_some(game));
    }
}
