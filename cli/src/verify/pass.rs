//! A pass over logs: every log is audited, and what was derived from it is compared. What only lags is looked at again.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_dynamo::Item;
use tokio::{sync::mpsc, task::JoinSet};
use turnlog_domain::GameId;
use turnlog_store::{Cursor, Page, StoreError, Tables, game_of, key_of, position_of};

use super::{
    audit::{Audit, Audited},
    models::{Compared, compare},
    orphans::Known,
    problem::Problem,
};

/// Pages of the table that are read before they are audited.
const PAGES_AHEAD_MAX: usize = 2;
/// Games whose read models are compared at the same time.
const COMPARED_AT_ONCE: usize = 16;
/// For how long read models that lag are looked at again.
const LAG_MAX: Duration = Duration::from_secs(10);
/// How long to wait between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// What a pass has found so far.
#[derive(Debug)]
pub(super) struct Pass {
    tables: Tables,
    pub(super) games: u64,
    pub(super) messages: u64,
    problems: Vec<Problem>,
    /// Games whose read models have not come as far as their logs, each with the message that they have to come to.
    lagging: Vec<(GameId, u64)>,
    comparing: JoinSet<Result<(Audited, Compared), StoreError>>,
}

impl Pass {
    pub(super) fn over(tables: Tables) -> Self {
        Self { tables, games: 0, messages: 0, problems: Vec::new(), lagging: Vec::new(), comparing: JoinSet::new() }
    }

    /// Looks at one game.
    pub(super) async fn one(&mut self, game: GameId) -> Result<(), Box<dyn Error>> {
        let audited = audit(&self.tables, game, u64::MAX).await?;
        if audited.messages > 0 {
            self.begin(audited).await?;
        }
        self.settle(0).await
    }

    /// Looks at every log, and for rows and standings that belong to none.
    pub(super) async fn all(&mut self, progress: impl Fn(u64)) -> Result<(), Box<dyn Error>> {
        let (pages, mut read_pages) = mpsc::channel(PAGES_AHEAD_MAX);
        let reading = tokio::spawn(read(self.tables.clone(), pages));
        let kinds = self.tables.games.kinds().clone();
        let (mut known, mut audit) = (Known::default(), None::<Audit>);
        while let Some(items) = read_pages.recv().await {
            for item in items {
                let Some((log, _)) = key_of(&item) else { continue };
                if let Some(ended) = audit.take_if(|audit| audit.log() != log) {
                    let audited = ended.end();
                    known.add(&audited);
                    self.begin(audited).await?;
                }
                audit.get_or_insert_with(|| Audit::begin(&kinds, log)).take(item);
            }
            progress(self.messages);
        }
        reading.await??;
        if let Some(ended) = audit {
            let audited = ended.end();
            known.add(&audited);
            self.begin(audited).await?;
        }
        self.settle(0).await?;
        self.problems.extend(known.orphans(&self.tables).await?);
        Ok(())
    }

    /// Compares the read models of a log beside the others, no more at a time than is allowed.
    async fn begin(&mut self, audited: Audited) -> Result<(), Box<dyn Error>> {
        self.games += u64::from(audited.is_game());
        self.messages += audited.messages;
        self.settle(COMPARED_AT_ONCE - 1).await?;
        let tables = self.tables.clone();
        self.comparing.spawn(async move {
            let row = match game_of(&audited.log) {
                Some(game) => tables.games.row_as_stored(game).await?,
                None => None,
            };
            let compared = compare(&tables, &audited, row).await?;
            Ok((audited, compared))
        });
        Ok(())
    }

    /// Waits until no more than so many are compared.
    async fn settle(&mut self, left: usize) -> Result<(), Box<dyn Error>> {
        while self.comparing.len() > left
            && let Some(ended) = self.comparing.join_next().await
        {
            let (audited, compared) = ended??;
            match game_of(&audited.log).filter(|_| compared.is_lagging) {
                Some(game) => self.lagging.push((game, audited.last)),
                None => self.problems.extend(compared.problems),
            }
        }
        Ok(())
    }

    /// Looks again at what lags until it does no longer, within limits. Returns all problems, in the order of the games.
    pub(super) async fn end(mut self) -> Result<Vec<Problem>, StoreError> {
        let until = Instant::now() + LAG_MAX;
        let mut lagging = std::mem::take(&mut self.lagging);
        while !lagging.is_empty() {
            let is_over = Instant::now() >= until;
            let looks = stream::iter(lagging).map(|(game, due)| look_again(&self.tables, game, due));
            let looks: Vec<(GameId, u64, Compared)> = looks.buffer_unordered(COMPARED_AT_ONCE).try_collect().await?;
            lagging = Vec::new();
            for (game, due, compared) in looks {
                if compared.is_lagging && !is_over {
                    lagging.push((game, due));
                } else {
                    self.problems.extend(compared.problems);
                }
            }
            if !lagging.is_empty() {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
        self.problems.sort_by_key(|problem| (problem.game.clone(), problem.seq, problem.fault));
        Ok(self.problems)
    }
}

/// Reads the whole table, the next page while the last one is audited.
async fn read(tables: Tables, pages: mpsc::Sender<Vec<Item>>) -> Result<(), StoreError> {
    let mut after: Option<Cursor> = None;
    loop {
        let Page { items, next, .. } = tables.messages.scan(after.as_ref()).await?;
        // Nobody listens any more only when something else failed, and that is told.
        if pages.send(items).await.is_err() || next.is_none() {
            return Ok(());
        }
        after = next;
    }
}

/// Compares the read models of a game with its log as far as its row has come, which is to `due` at least: a log that goes on is
/// always a little ahead.
async fn look_again(tables: &Tables, game: GameId, due: u64) -> Result<(GameId, u64, Compared), StoreError> {
    let row = tables.games.row_as_stored(game).await?;
    let seq = row.as_ref().map_or(due, |row| row.seq().0.max(due));
    let audited = audit(tables, game, seq).await?;
    Ok((game, due, compare(tables, &audited, row).await?))
}

/// Audits the log of a game up to a message.
pub(super) async fn audit(tables: &Tables, game: GameId, to: u64) -> Result<Audited, StoreError> {
    let log = game.to_string();
    let mut audit = Audit::begin(tables.games.kinds(), &log);
    let is_past = |item: &Item| position_of(item).is_some_and(|(_, seq)| seq > to);
    let mut after = None;
    loop {
        let page = tables.messages.whole(&log, after.as_ref()).await?;
        let is_through = page.items.last().is_some_and(is_past);
        for item in page.items.into_iter().filter(|item| !is_past(item)) {
            audit.take(item);
        }
        after = page.next.filter(|_| !is_through);
        if after.is_none() {
            return Ok(audit.end());
        }
    }
}
