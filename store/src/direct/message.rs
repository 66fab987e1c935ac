//! A direct message as an item of the Messages table: it stands in its addressee's own log, under `player#<id>`.

use serde::{Deserialize, Serialize};
use serde_dynamo::Item;
use turnlog_domain::{CommandId, PlayerId, Seq, Timestamp};

use crate::{entry::LogFault, hash::Hash};

/// What stands before a player's id in the key of their own log. No game id looks like that, and no player id has a `#`.
const OWNER_PREFIX: &str = "player#";

/// A direct message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectMessage {
    /// Whose log it stands in.
    pub to: PlayerId,
    /// Its position there: 1, 2, 3 … with no gap.
    pub seq: Seq,
    /// Server time, later than that of the one before.
    pub at: Timestamp,
    /// The id under which it was sent.
    pub command: CommandId,
    /// Who sent it.
    pub from: PlayerId,
    /// What it says.
    pub text: String,
}

/// A direct message as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectEntry {
    /// The message.
    pub message: DirectMessage,
    prev_hash: String,
}

/// The attributes of an item.
///
/// This is a stored format: never rename, never reuse.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DirectItem {
    pub(crate) game_id: String,
    pub(crate) seq: u64,
    command_id: String,
    player_id: String,
    pub(crate) at: u64,
    text: String,
    pub(crate) prev_hash: String,
}

/// The key of a player's own log.
pub(crate) fn log_of(player: &PlayerId) -> String {
    format!("{OWNER_PREFIX}{player}")
}

/// Whose log a key of the Messages table stands for; `None` for a game's.
pub fn owner_of(key: &str) -> Option<PlayerId> {
    PlayerId::parse(key.strip_prefix(OWNER_PREFIX)?).ok()
}

impl DirectEntry {
    /// Chains a message to the one before it.
    pub(crate) fn seal(previous: Option<&Self>, message: DirectMessage) -> Self {
        Self { message, prev_hash: previous.map(|entry| entry.hash().as_str().to_owned()).unwrap_or_default() }
    }

    /// Reads an item of the Messages table, or its image in the stream.
    ///
    /// # Errors
    /// When it is not of the stored format.
    pub fn from_item(item: Item) -> Result<Self, LogFault> {
        let unreadable = |error: &dyn std::fmt::Display| LogFault::Unreadable(error.to_string());
        let item: DirectItem = serde_dynamo::from_item(item).map_err(|error| unreadable(&error))?;
        let message = DirectMessage {
            to: owner_of(&item.game_id).ok_or_else(|| unreadable(&"the log is no player's"))?,
            seq: Seq(item.seq),
            at: Timestamp::from_ms(item.at),
            command: CommandId::parse(&item.command_id).map_err(|error| unreadable(&error))?,
            from: PlayerId::parse(&item.player_id).map_err(|error| unreadable(&error))?,
            text: item.text,
        };
        Ok(Self { message, prev_hash: item.prev_hash })
    }

    /// Whether this message follows on that one, or is the first, by its position and by its hash.
    pub fn continues(&self, previous: Option<&Self>) -> bool {
        let next = previous.map_or(Seq(1), |entry| entry.message.seq.next());
        let hash = previous.map(Self::hash).unwrap_or_default();
        self.message.seq == next && self.prev_hash == hash.as_str()
    }

    pub(crate) fn item(&self) -> DirectItem {
        let DirectMessage { to, seq, at, command, from, text } = &self.message;
        DirectItem {
            game_id: log_of(to),
            seq: seq.0,
            command_id: command.to_string(),
            player_id: from.to_string(),
            at: at.as_ms(),
            text: text.clone(),
            prev_hash: self.prev_hash.clone(),
        }
    }

    pub(crate) fn prev_hash(&self) -> &str {
        &self.prev_hash
    }

    /// The hash over the attributes as they are stored.
    pub(crate) fn hash(&self) -> Hash {
        self.hash_after(&self.prev_hash)
    }

    /// The hash with another one of the message before.
    pub(crate) fn hash_after(&self, prev_hash: &str) -> Hash {
        let item = self.item();
        Hash::of_attributes([
            ("game_id", item.game_id.as_str()),
            ("seq", &item.seq.to_string()),
            ("command_id", &item.command_id),
            ("at", &item.at.to_string()),
            ("text", &item.text),
            ("prev_hash", prev_hash),
            ("player_id", &item.player_id),
        ])
    }
}

#[cfg(test)]
mod tests {
    use turnlog_domain::GameId;

    use super::*;

    #[test]
    fn no_key_stands_for_a_game_and_for_a_player() {
        let id = "11111111-1111-5111-8111-111111111111";
        let player = PlayerId::parse(id).expect("a player may have such an id");
        assert_eq!(owner_of(&log_of(&player)), Some(player.clone()));
        assert!(GameId::parse(&log_of(&player)).is_err());
        assert_eq!(owner_of(id), None);
        assert_eq!(owner_of("player#a#b"), None);
    }
}
