//! Fills versions from the logs of all games, page by page.

use std::{collections::BTreeSet, error::Error};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use turnlog_domain::GameId;
use turnlog_store::{Filled, Model, Progress, StoreError, Tables, Target, limits::REBUILD_PAGE_GAMES, now};

use super::{AT_ONCE_MAX, Pace, Rebuild};

/// Writes the rows of all games in the versions of the target; returns how many games there were. What an earlier run has
/// done is not done again, but for its last page.
pub(super) async fn all(
    arguments: &Rebuild,
    tables: &Tables,
    speed: &Pace,
    target: &Target,
) -> Result<usize, Box<dyn Error>> {
    let control = tables.games.control();
    let progress = control.progress().await?.filter(|progress| progress.target == *target);
    let mut after = progress.map(|progress| progress.place);
    if after.is_some() {
        arguments.say("going on where the last run stopped");
    }
    let parked = match target.get(&Model::Games) {
        Some(version) => tables.games.all_parked_in(*version).await?.into_iter().map(|parked| parked.game).collect(),
        None => BTreeSet::new(),
    };
    let (mut count, bar) = (0, arguments.bar("filling"));
    loop {
        let page = tables.messages.begun_at_most(Some(REBUILD_PAGE_GAMES), after.as_ref()).await?;
        count += page.items.len();
        let fill = |game| {
            let (parked, bar) = (&parked, &bar);
            async move {
                speed.keep().await;
                one(tables, game, target, parked).await?;
                bar.inc(1);
                Ok::<(), StoreError>(())
            }
        };
        let games = stream::iter(page.items).map(|begun| fill(begun.game));
        games.buffer_unordered(AT_ONCE_MAX).try_collect::<Vec<()>>().await?;
        let Some(next) = page.next else { break };
        control.put_progress(Some(&Progress { target: target.clone(), place: next.clone() })).await?;
        after = Some(next);
    }
    bar.finish_and_clear();
    Ok(count)
}

async fn one(tables: &Tables, game: GameId, target: &Target, parked: &BTreeSet<GameId>) -> Result<(), StoreError> {
    let filled = tables.fill(game, target, now()).await?;
    match (filled, target.get(&Model::Games)) {
        (Filled::Written, Some(version)) if parked.contains(&game) => tables.unpark_in(*version, game).await,
        (Filled::Written | Filled::Parked(_), _) => Ok(()),
    }
}
