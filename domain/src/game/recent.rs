//! The commands that a game remembers, so that a repeat is recognised even after a replay.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{Actor, CommandId, PlayerId, Seq},
    limits::{RECENT_OF_OTHERS_MAX, RECENT_PER_SEATED_PLAYER_MAX},
};

/// The latest accepted commands, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Recent(Vec<(Actor, CommandId, Seq)>);

impl Recent {
    /// Where this command of this actor stands in the log, if it is remembered.
    pub(crate) fn find(&self, actor: &Actor, command: CommandId) -> Option<Seq> {
        let same = |entry: &&(Actor, CommandId, Seq)| entry.1 == command && entry.0 == *actor;
        self.0.iter().rev().find(same).map(|&(_, _, seq)| seq)
    }

    /// Remembers a command and forgets what exceeds the limits, the oldest first.
    pub(crate) fn remember(&mut self, actor: Actor, command: CommandId, seq: Seq, seated: &[&PlayerId]) {
        self.0.push((actor, command, seq));
        for player in seated {
            let is_theirs = |actor: &Actor| actor.player() == Some(player);
            self.keep_latest(RECENT_PER_SEATED_PLAYER_MAX, is_theirs);
        }
        let is_others = |actor: &Actor| actor.player().is_none_or(|player| !seated.contains(&player));
        self.keep_latest(RECENT_OF_OTHERS_MAX, is_others);
    }

    fn keep_latest(&mut self, max: usize, belongs: impl Fn(&Actor) -> bool) {
        let mut excess = self.0.iter().filter(|(actor, _, _)| belongs(actor)).count().saturating_sub(max);
        if excess == 0 {
            return;
        }
        self.0.retain(|(actor, _, _)| {
            let forgotten = excess > 0 && belongs(actor);
            excess -= usize::from(forgotten);
            !forgotten
        });
    }
}
