//! Rows and standings that belong to no game.

use std::{collections::HashSet, pin::pin};

use futures_util::TryStreamExt as _;
use turnlog_domain::{GameId, PlayerId};
use turnlog_store::StoreError;

use super::{
    audit::Audited,
    problem::{Fault, Problem},
};
use crate::{Tables, entry::game_of, scan};

/// What the logs say there is.
#[derive(Debug, Default)]
pub(super) struct Known {
    games: HashSet<GameId>,
    standings: HashSet<(GameId, PlayerId)>,
    /// Games whose logs are not sound: nobody knows who stands where.
    unsound: HashSet<GameId>,
}

impl Known {
    /// Takes note of a log.
    pub(super) fn noting(&mut self, audited: Audited) -> Audited {
        if let Some(game) = game_of(&audited.log) {
            self.games.insert(game);
            if audited.derived.folded.is_none() {
                self.unsound.insert(game);
            }
            self.standings.extend(audited.derived.standings.iter().map(|standing| (game, standing.player.clone())));
        }
        audited
    }

    /// Rows and standings of which the logs know nothing. Games that began meanwhile are asked for once more.
    pub(super) async fn orphans(&self, tables: &Tables) -> Result<Vec<Problem>, StoreError> {
        let mut problems = Vec::new();
        let mut pages = pin!(scan::pages(None, |after| scan::games(&tables.games, after)));
        while let Some(page) = pages.try_next().await? {
            for game in page.items {
                match game {
                    Ok(game) => problems.extend(self.orphaned_row(tables, game).await?),
                    Err(id) => problems.push(orphan(id, "what stands under this id in Games is of no game")),
                }
            }
        }
        let mut pages = pin!(scan::pages(None, |after| scan::standings(&tables.players, after)));
        while let Some(page) = pages.try_next().await? {
            for standing in page.items {
                match standing {
                    Ok((game, player)) => problems.extend(self.orphaned_standing(tables, game, player).await?),
                    Err(key) => problems.push(orphan(key, "what stands under this key in Players is of no game")),
                }
            }
        }
        Ok(problems)
    }

    async fn orphaned_row(&self, tables: &Tables, game: GameId) -> Result<Option<Problem>, StoreError> {
        let is_orphan = !self.games.contains(&game) && tables.messages.head(game).await?.is_none();
        Ok(is_orphan.then(|| orphan(game, "it has a row, but no log")))
    }

    async fn orphaned_standing(
        &self,
        tables: &Tables,
        game: GameId,
        player: PlayerId,
    ) -> Result<Option<Problem>, StoreError> {
        if self.unsound.contains(&game) || self.standings.contains(&(game, player.clone())) {
            return Ok(None);
        }
        // Somebody may have sat down meanwhile.
        let audited = super::audit(tables, game, u64::MAX).await?;
        if audited.messages == 0 {
            return Ok(Some(orphan(game, format!("{player} has a standing in it, but it has no log"))));
        }
        let never_sat = audited.derived.folded.is_some()
            && audited.derived.standings.iter().all(|standing| standing.player != player);
        Ok(never_sat.then(|| orphan(game, format!("{player} has a standing in it and never sat there"))))
    }
}

fn orphan(game: impl ToString, detail: impl Into<String>) -> Problem {
    Problem::of(game, Fault::Orphan, detail)
}
