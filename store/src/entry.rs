//! One item of the Messages table, and the fold that also checks its hashes.

use serde::{Deserialize, Serialize};
use serde_dynamo::Item;
use turnlog_domain::{
    Actor, CommandId, Event, FoldError, Game, GameId, Kinds, Message, PlayerId, Seq, Timestamp, UnknownEvent, limits,
};

use crate::{
    error::StoreError,
    hash::{Hash, contradicts, state_hash},
    limits::{EVENTS_BYTES_MAX, INDEX_BUCKETS},
};

/// A message as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The message.
    pub message: Message,
    item: MessageItem,
}

/// The attributes of an item of the Messages table.
///
/// This is a stored format: never rename, never reuse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MessageItem {
    pub(crate) game_id: String,
    pub(crate) seq: u64,
    command_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    player_id: Option<String>,
    pub(crate) at: u64,
    events: String,
    pub(crate) prev_hash: String,
    pub(crate) state_hash: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    connection_id: Option<String>,
}

/// A game, and the hash of the message that brought it there.
#[derive(Debug, Clone, PartialEq)]
pub struct Folded {
    /// The state.
    pub game: Game,
    /// The hash that the next message carries as its `prev_hash`.
    pub head: Hash,
}

/// A log cannot be folded: it was damaged, or is newer than this code. The game is parked; all others go on.
/// [`is_from_future`](Self::is_from_future) tells the two apart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogFault {
    /// An item is not of the stored format.
    #[error("a message cannot be read: {0}")]
    Unreadable(String),
    /// An item holds an event that this code does not know yet: a newer one wrote it.
    #[error("message {seq} cannot be read: {event}")]
    FromFuture {
        /// The message.
        seq: Seq,
        /// The event.
        event: UnknownEvent,
    },
    /// A message cannot follow on the one before.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// The chain of hashes is broken: an earlier message was changed.
    #[error("message {0} does not continue the chain of hashes")]
    BrokenChain(Seq),
    /// The state after a message is not the one that was recorded.
    #[error("the state after message {0} is not the recorded one")]
    OtherState(Seq),
}

impl Entry {
    /// Seals a decided message: folds it, and adds the hashes.
    ///
    /// # Errors
    /// When it is too large, or cannot be applied: faults of ours, found before anything is stored.
    pub fn seal(
        kinds: &Kinds,
        previous: Option<&Folded>,
        message: Message,
        connection: Option<&str>,
    ) -> Result<(Self, Folded), StoreError> {
        let events = serde_json::to_string(&message.events).map_err(|error| StoreError::invalid("seal", error))?;
        let count = message.events.len();
        if events.len() > EVENTS_BYTES_MAX || !(1..=limits::EVENTS_PER_MESSAGE_MAX).contains(&count) {
            let detail = format!("{count} events of {} bytes do not fit into a message", events.len());
            return Err(StoreError::invalid("seal", detail));
        }
        let game = Game::fold(kinds, previous.map(|folded| folded.game.clone()), &message)
            .map_err(|error| StoreError::invalid("seal", error))?;
        let item = MessageItem {
            game_id: message.game.to_string(),
            seq: message.seq.0,
            command_id: message.command.to_string(),
            player_id: message.actor.player().map(ToString::to_string),
            at: message.at.as_ms(),
            events,
            prev_hash: previous.map(|folded| folded.head.as_str().to_owned()).unwrap_or_default(),
            state_hash: state_hash(&game),
            start: previous.is_none().then(|| start_key(game.kind().name(), message.game.bucket(INDEX_BUCKETS))),
            connection_id: connection.map(str::to_owned),
        };
        let head = item.hash();
        Ok((Self { message, item }, Folded { game, head }))
    }

    /// Reads an item of the Messages table, or its image in the stream.
    ///
    /// # Errors
    /// When it is not of the stored format.
    pub fn from_item(item: Item) -> Result<Self, LogFault> {
        let unreadable = |error: &dyn std::fmt::Display| LogFault::Unreadable(error.to_string());
        let item: MessageItem = serde_dynamo::from_item(item).map_err(|error| unreadable(&error))?;
        let player = item.player_id.as_deref().map(PlayerId::parse).transpose().map_err(|error| unreadable(&error))?;
        let message = Message {
            game: GameId::parse(&item.game_id).map_err(|error| unreadable(&error))?,
            seq: Seq(item.seq),
            at: Timestamp::from_ms(item.at),
            command: CommandId::parse(&item.command_id).map_err(|error| unreadable(&error))?,
            actor: Actor::from(player),
            events: Event::list_from_json(&item.events).map_err(|error| match error {
                UnknownEvent::FromFuture { .. } => LogFault::FromFuture { seq: Seq(item.seq), event: error },
                UnknownEvent::Damaged { .. } | UnknownEvent::Unreadable(_) => unreadable(&error),
            })?,
        };
        Ok(Self { message, item })
    }

    /// The message as an item of the Messages table.
    ///
    /// # Errors
    /// Never: an item has plain attributes only.
    pub fn to_item(&self) -> Result<Item, StoreError> {
        serde_dynamo::to_item(&self.item).map_err(|error| StoreError::invalid("PutItem", error))
    }

    /// The connection that was told of this message in the answer to its command.
    pub fn connection(&self) -> Option<&str> {
        self.item.connection_id.as_deref()
    }

    /// The hash over the message as it is stored.
    pub(crate) fn hash(&self) -> Hash {
        self.item.hash()
    }

    /// Whether the state after this message is recorded as another one. One of another layout says nothing.
    pub fn contradicts(&self, game: &Game) -> bool {
        contradicts(&self.item.state_hash, game)
    }

    pub(crate) fn item(&self) -> &MessageItem {
        &self.item
    }
}

impl LogFault {
    /// Whether nothing is wrong with the log but that a newer code has written it.
    pub fn is_from_future(&self) -> bool {
        match self {
            Self::FromFuture { .. } | Self::Fold(FoldError::FromFuture { .. }) => true,
            Self::Unreadable(_)
            | Self::Fold(
                FoldError::NotNext { .. }
                | FoldError::TimeRunsBack(_)
                | FoldError::NotCreated { .. }
                | FoldError::InvalidEvent { .. },
            )
            | Self::BrokenChain(_)
            | Self::OtherState(_) => false,
        }
    }
}

impl Folded {
    /// Brings the state forward over one stored message, and checks its hashes.
    ///
    /// # Errors
    /// When the message cannot follow.
    pub fn fold(kinds: &Kinds, previous: Option<Self>, entry: &Entry) -> Result<Self, LogFault> {
        let expected = previous.as_ref().map_or("", |folded| folded.head.as_str());
        // A message that is not the next one has another predecessor; the fold names that more precisely.
        let is_next = entry.message.seq == previous.as_ref().map_or(Seq(1), |folded| folded.game.seq().next());
        if is_next && entry.item.prev_hash != expected {
            return Err(LogFault::BrokenChain(entry.message.seq));
        }
        let game = Game::fold(kinds, previous.map(|folded| folded.game), &entry.message)?;
        if entry.contradicts(&game) {
            return Err(LogFault::OtherState(entry.message.seq));
        }
        Ok(Self { game, head: entry.hash() })
    }

    /// The same, if this message led to it. What is kept of a game is worth nothing until its own message proves it: the log
    /// may have been restored to what it was before.
    ///
    /// # Errors
    /// When it is another message, or led to another state.
    pub fn proved_by(self, entry: &Entry) -> Result<Self, LogFault> {
        let seq = self.game.seq();
        if entry.message.seq != seq || entry.message.game != self.game.id() || entry.hash() != self.head {
            return Err(LogFault::BrokenChain(seq));
        }
        if entry.contradicts(&self.game) {
            return Err(LogFault::OtherState(seq));
        }
        Ok(self)
    }
}

impl MessageItem {
    /// The hash over the attributes as they are stored.
    pub(crate) fn hash(&self) -> Hash {
        let (seq, at) = (self.seq.to_string(), self.at.to_string());
        let always = [
            ("game_id", self.game_id.as_str()),
            ("seq", &seq),
            ("command_id", &self.command_id),
            ("at", &at),
            ("events", &self.events),
            ("prev_hash", &self.prev_hash),
            ("state_hash", &self.state_hash),
        ];
        let sometimes = [
            ("player_id", self.player_id.as_deref()),
            ("start", self.start.as_deref()),
            ("connection_id", self.connection_id.as_deref()),
        ];
        let present = sometimes.into_iter().filter_map(|(name, value)| value.map(|value| (name, value)));
        Hash::of_attributes(always.into_iter().chain(present))
    }
}

/// The partition of the `start` index in which a game of this kind is listed.
pub(crate) fn start_key(kind: &str, bucket: u8) -> String {
    format!("{kind}#{bucket}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use turnlog_domain::testing::{command_id, given, played, player, take_seat};

    use super::*;
    use crate::error::StoreErrorKind;

    /// A game that waits for one more player, and the message by which Bob takes a seat together with `events`.
    fn next_with(events: Vec<Event>) -> (Folded, Message) {
        let given = given(&turnlog_games::kinds(), "tic-tac-toe").and(player("ada"), take_seat(0));
        let game = given.state().clone();
        let message = Message {
            game: game.id(),
            seq: game.seq().next(),
            at: Timestamp::from_ms(game.at().as_ms() + 1),
            command: command_id(9),
            actor: Actor::Player(player("bob")),
            events,
        };
        (Folded { game, head: Hash::default() }, message)
    }

    #[test]
    fn what_is_too_large_is_refused_before_it_is_sent() {
        for events in
            [Vec::new(), vec![Event::Started; 17], vec![played(json!({ "padding": "x".repeat(EVENTS_BYTES_MAX) }))]]
        {
            let (folded, message) = next_with(events);
            let refused =
                Entry::seal(&turnlog_games::kinds(), Some(&folded), message, None).map_err(|error| error.kind);
            assert!(matches!(refused, Err(StoreErrorKind::Invalid)), "{refused:?}");
        }
    }

    #[test]
    fn what_does_not_fold_is_never_sealed() {
        let (folded, message) = next_with(vec![Event::Started]);
        assert!(Entry::seal(&turnlog_games::kinds(), Some(&folded), message, None).is_err(), "seats are still free");
    }
}
