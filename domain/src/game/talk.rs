//! Talk at the table: who hears what, how long a text may be, and how often somebody may speak.
//!
//! Seats talk to all or to one player; whoever holds no seat talks to others who hold none, so that nobody advises a
//! player. Texts with control characters are refused, and what is not [`sanitize`] is taken out.

use serde::{Deserialize, Serialize};

use crate::{
    game::rejection::Rejection,
    ids::{PlayerId, Timestamp},
    limits::{TALK_LENGTH_MAX, TALK_OF_SPECTATORS_MAX, TALK_PER_PLAYER_MAX, TALK_WINDOW_MS},
    rate::wait_ms,
    sanitize::sanitize,
};

/// Who is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Everybody at the table and around it.
    All,
    /// One seated player. It names the player: seats change hands before the start.
    Player(PlayerId),
    /// Those who hold no seat.
    Spectators,
}

/// Who spoke lately, and who may not speak any more.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Talk {
    spoken: Vec<(PlayerId, Timestamp)>,
    pub(crate) muted: Vec<PlayerId>,
}

impl Talk {
    /// Whether nobody spoke or was muted.
    pub(crate) fn is_empty(&self) -> bool {
        self.spoken.is_empty() && self.muted.is_empty()
    }

    /// Refuses a player who is muted or speaks too often. Those without a seat share a limit, so that however many they
    /// are they neither flood the log nor keep the players from talking.
    pub(crate) fn require_allowed(
        &self,
        player: &PlayerId,
        at: Timestamp,
        is_seated: impl Fn(&PlayerId) -> bool,
    ) -> Result<(), Rejection> {
        if self.muted.contains(player) {
            return Err(Rejection::Muted);
        }
        let own = self.spoken.iter().filter(|(speaker, _)| speaker == player).map(|&(_, spoken)| spoken);
        let own = wait_ms(own, at, TALK_WINDOW_MS, TALK_PER_PLAYER_MAX);
        let shared = if is_seated(player) {
            None
        } else {
            let of_others = self.spoken.iter().filter(|(speaker, _)| !is_seated(speaker)).map(|&(_, spoken)| spoken);
            wait_ms(of_others, at, TALK_WINDOW_MS, TALK_OF_SPECTATORS_MAX)
        };
        own.max(shared).map_or(Ok(()), |retry_after_ms| Err(Rejection::TooMuchTalk { retry_after_ms }))
    }

    /// Remembers that a player spoke, and forgets what lies too far back to count.
    pub(crate) fn remember(&mut self, player: &PlayerId, at: Timestamp) {
        self.spoken.retain(|(_, spoken)| at.ms_since(*spoken) < TALK_WINDOW_MS);
        self.spoken.push((player.clone(), at));
    }
}

/// The text as it may be stored.
pub(crate) fn clean(text: &str) -> Result<String, Rejection> {
    if text.chars().any(char::is_control) {
        return Err(Rejection::UnreadableText);
    }
    let cleaned = sanitize(text);
    // Four bytes is the longest character, so the limit bounds the bytes too.
    if cleaned.is_empty() || cleaned.chars().count() > TALK_LENGTH_MAX {
        return Err(Rejection::TextLength);
    }
    Ok(cleaned)
}
