//! A pass over logs: every log is audited, and what was derived from it is compared. What only lags is looked at again.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_dynamo::Item;
use tokio::sync::mpsc;
use turnlog_domain::{GameId, Kinds};
use turnlog_store::{StoreError, StoredRow, Tables, game_of, key_of, position_of};

use super::{
    audit::{Audit, Audited},
    models::{self, Compared},
    orphans::Known,
    problem::Problem,
};
use crate::progress;

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
}

/// Looks at every log, and for rows and standings that belong to none.
pub(super) async fn all(tables: Tables) -> Result<Pass, Box<dyn Error>> {
    let (pages, read_pages) = mpsc::channel(PAGES_AHEAD_MAX);
    let (sender, logs) = mpsc::channel::<Audited>(COMPARED_AT_ONCE);
    let reading = tokio::spawn(read(tables.clone(), pages));
    let auditing = tokio::spawn(audit_all(tables.games.kinds().clone(), read_pages, sender));
    let bar = progress::messages("verifying", None);
    let (mut pass, mut known) = (Pass::over(tables.clone()), Known::default());
    let logs = stream::unfold(logs, |mut logs| async { logs.recv().await.map(|log| (log, logs)) });
    let compare = |audited: Audited| {
        let tables = &tables;
        async move {
            let compared = models::compare(tables, &audited).await?;
            Ok::<_, StoreError>((audited, compared))
        }
    };
    let mut compared = std::pin::pin!(logs.map(compare).buffer_unordered(COMPARED_AT_ONCE));
    while let Some((audited, compared)) = compared.try_next().await? {
        known.add(&audited);
        pass.take(audited, compared);
        bar.set_position(pass.messages);
    }
    reading.await??;
    auditing.await?;
    bar.finish_and_clear();
    pass.problems.extend(known.orphans(&tables).await?);
    Ok(pass)
}

/// Reads the whole table, the next page while the last one is audited.
async fn read(tables: Tables, pages: mpsc::Sender<Vec<Item>>) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let page = tables.messages.scan(after.as_ref()).await?;
        // Nobody listens any more only when something else failed, and that is told.
        if pages.send(page.items).await.is_err() {
            return Ok(());
        }
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Audits all logs, one after the other.
async fn audit_all(kinds: Kinds, mut pages: mpsc::Receiver<Vec<Item>>, logs: mpsc::Sender<Audited>) {
    let mut audit: Option<Audit> = None;
    while let Some(items) = pages.recv().await {
        for item in items {
            if let Some(ended) = step(&kinds, &mut audit, item)
                && logs.send(ended.end()).await.is_err()
            {
                return;
            }
        }
    }
    if let Some(audit) = audit {
        let _ = logs.send(audit.end()).await;
    }
}

/// Takes an item to the audit of its log; returns that of the log before, when this is the first item of another.
fn step(kinds: &Kinds, audit: &mut Option<Audit>, item: Item) -> Option<Audit> {
    let (log, _) = key_of(&item)?;
    let ended = audit.take_if(|audit| audit.log() != log);
    audit.get_or_insert_with(|| Audit::begin(kinds, log)).take(item);
    ended
}

impl Pass {
    pub(super) fn over(tables: Tables) -> Self {
        Self { tables, games: 0, messages: 0, problems: Vec::new(), lagging: Vec::new() }
    }

    /// Looks at one game.
    pub(super) async fn game(&mut self, game: GameId) -> Result<(), StoreError> {
        let audited = audit(&self.tables, game, u64::MAX).await?;
        if audited.messages > 0 {
            let compared = models::compare(&self.tables, &audited).await?;
            self.take(audited, compared);
        }
        Ok(())
    }

    fn take(&mut self, audited: Audited, compared: Compared) {
        self.games += u64::from(audited.is_game());
        self.messages += audited.messages;
        match (compared, game_of(&audited.log)) {
            (Compared::Lagging(_), Some(game)) => self.lagging.push((game, audited.last)),
            (Compared::As(problems), _) | (Compared::Lagging(problems), None) => self.problems.extend(problems),
        }
    }

    /// Looks again at what lags until it does no longer, within limits. Returns all problems, in the order of the games.
    pub(super) async fn settle(mut self) -> Result<Vec<Problem>, StoreError> {
        let until = Instant::now() + LAG_MAX;
        let mut lagging = std::mem::take(&mut self.lagging);
        while !lagging.is_empty() {
            let is_over = Instant::now() >= until;
            let looks = stream::iter(lagging).map(|(game, due)| look_again(&self.tables, game, due));
            let looks: Vec<(GameId, u64, Compared)> = looks.buffer_unordered(COMPARED_AT_ONCE).try_collect().await?;
            lagging = Vec::new();
            for (game, due, compared) in looks {
                match compared {
                    Compared::Lagging(_) if !is_over => lagging.push((game, due)),
                    Compared::As(problems) | Compared::Lagging(problems) => self.problems.extend(problems),
                }
            }
            if !lagging.is_empty() {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
        let key = |problem: &Problem| (problem.game.clone(), problem.seq, problem.fault);
        self.problems.sort_by_key(key);
        Ok(self.problems)
    }
}

/// Compares the read models of a game with its log as far as its row has come, which is to `due` at least: a log that goes on is
/// always a little ahead.
async fn look_again(tables: &Tables, game: GameId, due: u64) -> Result<(GameId, u64, Compared), StoreError> {
    let row = tables.games.row_as_stored(game).await?;
    let seq = row.as_ref().and_then(StoredRow::seq).unwrap_or(due).max(due);
    let audited = audit(tables, game, seq).await?;
    Ok((game, due, models::compare_row(tables, &audited, row).await?))
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
