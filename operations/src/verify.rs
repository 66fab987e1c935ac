//! The proof that logs are sound, and that what was derived from them is what they add up to. What only lags is looked at again.

mod audit;
mod models;
mod problem;

use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use serde_dynamo::Item;
use tokio::{
    sync::mpsc,
    task::{JoinError, JoinSet},
};
use turnlog_domain::GameId;
use turnlog_store::StoreError;

pub use self::problem::{Fault, Problem};
use self::{
    audit::{Audit, Audited},
    models::{Compared, compare},
};
use crate::{
    Notice, Tables,
    entry::{game_of, key_of, position_of},
    orphans::Known,
    scan,
};

/// Pages of the table that are read before they are audited.
const PAGES_AHEAD_MAX: usize = 2;
/// Games whose read models are compared at the same time.
const COMPARED_AT_ONCE: usize = 16;
/// For how long read models that lag are looked at again.
const LAG_MAX: Duration = Duration::from_secs(10);
/// How long to wait between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// What a verification found.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Games with a log.
    pub games: u64,
    /// Items of the Messages table.
    pub messages: u64,
    /// What is not as it should be, in the order of the games.
    pub problems: Vec<Problem>,
}

/// A verification could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A table did not answer as it should.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A fault of ours.
    #[error(transparent)]
    Task(#[from] JoinError),
}

/// What a pass has found so far.
#[derive(Debug)]
struct Pass {
    tables: Tables,
    report: Report,
    /// Games whose read models have not come as far as their logs, each with the message that they have to come to.
    lagging: Vec<(GameId, u64)>,
    comparing: JoinSet<Result<(Audited, Compared), StoreError>>,
}

/// Looks at one game.
///
/// # Errors
/// When a table does not answer as it should.
pub async fn one(tables: Tables, game: GameId) -> Result<Report, VerifyError> {
    let mut pass = Pass::over(tables);
    let audited = audit(&pass.tables, game, u64::MAX).await?;
    if audited.messages > 0 {
        pass.begin(audited).await?;
    }
    pass.end().await
}

/// Looks at every log in one pass over the table, and for rows and standings that belong to none.
///
/// # Errors
/// When a table does not answer as it should.
pub async fn all(tables: Tables, notice: &dyn Fn(Notice<'_>)) -> Result<Report, VerifyError> {
    let (pages, mut read_pages) = mpsc::channel(PAGES_AHEAD_MAX);
    let reading = tokio::spawn(read(tables.clone(), pages));
    let kinds = tables.games.kinds().clone();
    let (mut pass, mut known, mut audit) = (Pass::over(tables), Known::default(), None::<Audit>);
    while let Some(items) = read_pages.recv().await {
        notice(Notice::Done(items.len() as u64));
        for item in items {
            let Some((log, _)) = key_of(&item) else { continue };
            if let Some(ended) = audit.take_if(|audit| audit.log() != log) {
                pass.begin(noted(&mut known, ended.end())).await?;
            }
            audit.get_or_insert_with(|| Audit::begin(&kinds, log)).take(item);
        }
    }
    reading.await??;
    if let Some(ended) = audit {
        pass.begin(noted(&mut known, ended.end())).await?;
    }
    pass.settle(0).await?;
    let orphans = known.orphans(&pass.tables, None).await?.into_iter();
    pass.report.problems.extend(orphans.map(|orphan| Problem::of(orphan.owner(), Fault::Orphan, orphan.reason)));
    pass.end().await
}

impl Pass {
    fn over(tables: Tables) -> Self {
        Self { tables, report: Report::default(), lagging: Vec::new(), comparing: JoinSet::new() }
    }

    /// Compares the read models of a log beside the others, no more at a time than is allowed.
    async fn begin(&mut self, audited: Audited) -> Result<(), VerifyError> {
        self.report.games += u64::from(game_of(&audited.log).is_some());
        self.report.messages += audited.messages;
        self.settle(COMPARED_AT_ONCE - 1).await?;
        let tables = self.tables.clone();
        self.comparing.spawn(async move {
            let row = match game_of(&audited.log) {
                Some(game) => tables.games.stored_row(game).await?,
                None => None,
            };
            let compared = compare(&tables, &audited, row).await?;
            Ok((audited, compared))
        });
        Ok(())
    }

    /// Waits until no more than so many are compared.
    async fn settle(&mut self, left: usize) -> Result<(), VerifyError> {
        while self.comparing.len() > left
            && let Some(ended) = self.comparing.join_next().await
        {
            let (audited, compared) = ended??;
            match game_of(&audited.log).filter(|_| compared.is_lagging) {
                Some(game) => self.lagging.push((game, audited.last)),
                None => self.report.problems.extend(compared.problems),
            }
        }
        Ok(())
    }

    /// Looks again at what lags until it does no longer, within limits.
    async fn end(mut self) -> Result<Report, VerifyError> {
        self.settle(0).await?;
        let until = Instant::now() + LAG_MAX;
        while !self.lagging.is_empty() {
            let is_over = Instant::now() >= until;
            let lagging = std::mem::take(&mut self.lagging);
            let looks = stream::iter(lagging).map(|(game, due)| look_again(&self.tables, game, due));
            let looks: Vec<(GameId, u64, Compared)> = looks.buffer_unordered(COMPARED_AT_ONCE).try_collect().await?;
            for (game, due, compared) in looks {
                if compared.is_lagging && !is_over {
                    self.lagging.push((game, due));
                } else {
                    self.report.problems.extend(compared.problems);
                }
            }
            if !self.lagging.is_empty() {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
        self.report.problems.sort_by_key(|problem| (problem.game.clone(), problem.seq, problem.fault));
        Ok(self.report)
    }
}

/// Takes note of a log.
fn noted(known: &mut Known, audited: Audited) -> Audited {
    if let Some(game) = game_of(&audited.log) {
        let rows = audited.derived.folded.is_some().then(|| audited.derived.rows());
        known.note(game, rows.as_deref());
    }
    audited
}

/// Reads the whole table, the next page while the last one is audited.
async fn read(tables: Tables, sender: mpsc::Sender<Vec<Item>>) -> Result<(), StoreError> {
    let mut pages = std::pin::pin!(scan::pages(None, |after| scan::messages(&tables.messages, after)));
    while let Some(page) = pages.try_next().await? {
        // Nobody listens any more only when something else failed, and that is told.
        if sender.send(page.items).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// Compares the read models of a game with its log as far as its row has come, which is to `due` at least: a log that goes on is
/// always a little ahead.
async fn look_again(tables: &Tables, game: GameId, due: u64) -> Result<(GameId, u64, Compared), StoreError> {
    let row = tables.games.stored_row(game).await?;
    let seq = row.as_ref().map_or(due, |row| row.seq().0.max(due));
    let audited = audit(tables, game, seq).await?;
    Ok((game, due, compare(tables, &audited, row).await?))
}

/// Audits the log of a game up to a message.
async fn audit(tables: &Tables, game: GameId, to: u64) -> Result<Audited, StoreError> {
    let log = game.to_string();
    let mut audit = Audit::begin(tables.games.kinds(), &log);
    let mut pages = std::pin::pin!(scan::pages(None, |after| scan::log(&tables.messages, &log, after)));
    while let Some(page) = pages.try_next().await? {
        for item in page.items {
            if position_of(&item).is_some_and(|(_, seq)| seq > to) {
                return Ok(audit.end());
            }
            audit.take(item);
        }
    }
    Ok(audit.end())
}
