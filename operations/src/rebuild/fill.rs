//! Fills versions from the logs of all games, page by page.

use std::{collections::BTreeSet, pin::pin};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use turnlog_domain::GameId;
use turnlog_store::{Model, Progress, StoreError, Target, now};

use super::{AT_ONCE_MAX, Filled, Pace, pages};
use crate::{Notice, Tables, limits::REBUILD_PAGE_GAMES, scan};

/// Writes the rows of all games in the versions of the target; returns how many games there were. What an earlier run has
/// done is not done again, but for its last page.
///
/// # Errors
/// When a table does not answer as it should.
pub async fn fill_all(
    tables: &Tables,
    pace: &Pace,
    target: &Target,
    notice: &dyn Fn(Notice<'_>),
) -> Result<usize, StoreError> {
    let control = tables.games.control();
    let progress = control.progress().await?.filter(|progress| progress.target == *target);
    let after = progress.map(|progress| progress.place);
    if after.is_some() {
        notice(Notice::Remark("going on where the last run stopped"));
    }
    let parked = match target.get(&Model::Games) {
        Some(version) => tables.games.all_parked_in(*version).await?.into_iter().map(|parked| parked.game).collect(),
        None => BTreeSet::new(),
    };
    let mut count = 0;
    let read = |after| scan::begun(&tables.messages, Some(REBUILD_PAGE_GAMES), after);
    let mut begun = pin!(pages(after, read));
    while let Some(page) = begun.try_next().await? {
        count += page.items.len();
        let fill = |game| {
            let parked = &parked;
            async move {
                pace.keep().await;
                one(tables, game, target, parked).await?;
                notice(Notice::Done(1));
                Ok::<(), StoreError>(())
            }
        };
        let games = stream::iter(page.items).map(|begun| fill(begun.game));
        games.buffer_unordered(AT_ONCE_MAX).try_collect::<Vec<()>>().await?;
        if let Some(place) = page.next {
            control.put_progress(Some(&Progress { target: target.clone(), place })).await?;
        }
    }
    Ok(count)
}

async fn one(tables: &Tables, game: GameId, target: &Target, parked: &BTreeSet<GameId>) -> Result<(), StoreError> {
    let filled = tables.fill(game, target, now()).await?;
    match (filled, target.get(&Model::Games)) {
        (Filled::Written, Some(version)) if parked.contains(&game) => tables.games.unpark_in(*version, game).await,
        (Filled::Written | Filled::Parked(_), _) => Ok(()),
    }
}
