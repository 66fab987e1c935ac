//! All games, page by page, and then the rows that belong to none.

use std::pin::pin;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use turnlog_domain::GameId;
use turnlog_store::{Cursor, READ_MODELS, StoreError};

use super::{Pace, Rebuilt, one};
use crate::{
    Notice, Tables,
    limits::REBUILD_PAGE_GAMES,
    orphans::Known,
    scan::{self, pages},
};

/// Games that are worked on at the same time. The capacity is the limit; this only covers the way to the tables and back.
const AT_ONCE_MAX: usize = 4;
/// Where a run keeps how far it has come.
const PROGRESS: &str = "rebuild";

/// What a run through all games did.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Games that were compared with their logs.
    pub games: usize,
    /// What was written or removed, game by game.
    pub written: Vec<(String, String)>,
    /// Games that cannot be folded, and why.
    pub parked: Vec<(GameId, String)>,
    /// Games that others changed all the time while they were looked at.
    pub restless: Vec<GameId>,
}

/// How far a run has come.
///
/// This is a stored format: never rename, never reuse.
#[derive(Debug, Serialize, Deserialize)]
struct Progress {
    /// The formats that it writes. Code with others begins anew.
    formats: Vec<u32>,
    cursor: Cursor,
}

/// Rebuilds the rows of all games, and removes those that follow from no log. What an earlier run has done is not done again,
/// but for its last page.
///
/// # Errors
/// When a table does not answer as it should.
pub async fn all(tables: &Tables, pace: &Pace, notice: &dyn Fn(Notice<'_>)) -> Result<Report, StoreError> {
    let formats: Vec<u32> = READ_MODELS.iter().map(|model| model.format).collect();
    let progress = tables.games.kept::<Progress>(PROGRESS).await?.filter(|progress| progress.formats == formats);
    if progress.is_some() {
        notice(Notice::Remark("going on where the last run stopped"));
    }
    let (mut report, mut known) = (Report::default(), Known::default());
    let read = |after| scan::begun(&tables.messages, Some(REBUILD_PAGE_GAMES), after);
    let mut begun = pin!(pages(progress.map(|progress| progress.cursor), read));
    while let Some(page) = begun.try_next().await? {
        let work = |game| async move {
            pace.keep().await;
            Ok::<_, StoreError>((game, one(tables, game).await?))
        };
        let mut games = stream::iter(page.items).map(|begun| work(begun.game)).buffer_unordered(AT_ONCE_MAX);
        while let Some((game, rebuilt)) = games.try_next().await? {
            let Some(rebuilt) = rebuilt else { continue };
            known.note(game, rebuilt.rows.as_deref());
            report.add(game, rebuilt);
            notice(Notice::Done(1));
        }
        if let Some(cursor) = page.next {
            tables.games.keep(PROGRESS, &Progress { formats: formats.clone(), cursor }).await?;
        }
    }
    remove_orphans(tables, pace, &mut known, &mut report).await?;
    tables.games.forget(PROGRESS).await?;
    Ok(report)
}

async fn remove_orphans(
    tables: &Tables,
    pace: &Pace,
    known: &mut Known,
    report: &mut Report,
) -> Result<(), StoreError> {
    for orphan in known.orphans(tables).await? {
        pace.keep().await;
        if tables.read_models().remove(&orphan.row).await? {
            report.written.push((orphan.owner(), format!("removed: {}", orphan.reason)));
        }
    }
    Ok(())
}

impl Report {
    fn add(&mut self, game: GameId, rebuilt: Rebuilt) {
        self.games += 1;
        self.written.extend(rebuilt.written.into_iter().map(|what| (game.to_string(), what)));
        self.parked.extend(rebuilt.parked.map(|reason| (game, reason)));
        self.restless.extend(rebuilt.is_restless.then_some(game));
    }
}
