//! Rows and standings that belong to no game.

use std::collections::HashSet;

use turnlog_domain::{GameId, PlayerId};
use turnlog_store::{StoreError, Tables, game_of};

use super::{
    audit::Audited,
    pass::audit,
    problem::{Fault, Problem},
};

/// What the logs say there is.
#[derive(Debug, Default)]
pub(super) struct Known {
    games: HashSet<GameId>,
    standings: HashSet<(GameId, PlayerId)>,
    /// Games whose logs are not sound: nobody knows who stands where.
    unsound: HashSet<GameId>,
}

impl Known {
    pub(super) fn add(&mut self, audited: &Audited) {
        let Some(game) = game_of(&audited.log) else { return };
        self.games.insert(game);
        if audited.derived.folded.is_none() {
            self.unsound.insert(game);
        }
        self.standings.extend(audited.derived.standings.iter().map(|standing| (game, standing.player.clone())));
    }

    /// Rows and standings of which the logs know nothing. Games that began meanwhile are asked for once more.
    pub(super) async fn orphans(&self, tables: &Tables) -> Result<Vec<Problem>, StoreError> {
        let mut problems = Vec::new();
        let mut after = None;
        loop {
            let page = tables.games.all(after.as_ref()).await?;
            for game in page.items {
                match game {
                    Ok(game) => problems.extend(self.orphaned_row(tables, game).await?),
                    Err(id) => problems.push(orphan(id, "what stands under this id in Games is of no game")),
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        loop {
            let page = tables.players.all_standings(after.as_ref()).await?;
            for standing in page.items {
                match standing {
                    Ok((game, player)) => problems.extend(self.orphaned_standing(tables, game, player).await?),
                    Err(key) => problems.push(orphan(key, "what stands under this key in Players is of no game")),
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(problems);
            }
        }
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
        let audited = audit(tables, game, u64::MAX).await?;
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
