//! Rows and standings that belong to no game.

use std::collections::HashSet;

use turnlog_domain::{GameId, PlayerId};
use turnlog_store::{StoreError, Tables, game_of};

use super::{
    audit::{Audited, Fault, Problem},
    pass::audit,
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
        if audited.folded.is_none() {
            self.unsound.insert(game);
        }
        self.standings.extend(audited.standings.iter().map(|standing| (game, standing.player.clone())));
    }

    /// Rows and standings of which the logs know nothing. Games that began meanwhile are asked for once more.
    pub(super) async fn orphans(&self, tables: &Tables) -> Result<Vec<Problem>, StoreError> {
        let mut problems = Vec::new();
        let mut after = None;
        loop {
            let page = tables.games.all(after.as_ref()).await?;
            for game in page.items {
                if !self.games.contains(&game) && tables.messages.head(game).await?.is_none() {
                    problems.push(orphan(game, "it has a row, but no log".to_owned()));
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        loop {
            let page = tables.players.all_standings(after.as_ref()).await?;
            for (game, player) in page.items {
                if self.unsound.contains(&game) || self.standings.contains(&(game, player.clone())) {
                    continue;
                }
                // Somebody may have sat down meanwhile.
                let audited = audit(tables, game, u64::MAX).await?;
                if audited.folded.is_some() && audited.standings.iter().all(|standing| standing.player != player) {
                    problems.push(orphan(game, format!("{player} has a standing in it and never sat there")));
                }
                if audited.messages == 0 {
                    problems.push(orphan(game, format!("{player} has a standing in it, but it has no log")));
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(problems);
            }
        }
    }
}

fn orphan(game: GameId, detail: String) -> Problem {
    Problem { game: game.to_string(), seq: None, fault: Fault::Orphan, detail }
}
