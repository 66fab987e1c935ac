//! Direct messages: each is appended to its addressee's own log, once and only once.
//!
//! A message is noted in the sender's item `sent` before it is stored. The note limits how often somebody sends, and keeps
//! the head that the addressee's log had then: the message can only stand after it. Whoever writes at a position has looked
//! at everything between the note's head and that position, so that of all attempts at one message only one is stored,
//! without reading more of the log than what came meanwhile.

use turnlog_domain::{CommandId, PlayerId, Rejection, Sending, Seq, Text, Timestamp};

use super::{
    message::{DirectEntry, DirectMessage},
    sent::Correspondence,
};
use crate::{
    append::pause,
    entry::LogFault,
    error::StoreError,
    limits::{CLOCK_AHEAD_MS_MAX, REPEAT_SCAN_MESSAGES_MAX, SEND_ROUNDS_GROWING_MAX, SEND_ROUNDS_MAX},
    load_error::LoadError,
    messages::Messages,
    players::Players,
};

/// The direct messages of every player.
#[derive(Debug, Clone)]
pub struct Inbox {
    messages: Messages,
    players: Players,
}

/// A direct message that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Under which id, by which a repeat is recognised.
    pub command: CommandId,
    /// Who sends it.
    pub from: PlayerId,
    /// To whom.
    pub to: PlayerId,
    /// What it says.
    pub text: Text,
}

/// A direct message was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// A rule said no. Nothing was written.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The addressee has never connected. Nothing was written.
    #[error("there is no such player")]
    UnknownPlayer,
    /// A table did not answer as it should. The same message may be sent again under the same id.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The addressee's log holds what is no direct message.
    #[error(transparent)]
    Log(LogFault),
    /// The last message lies too far ahead of this process's clock.
    #[error("the clock is {behind_ms} ms behind the log")]
    ClockBehind {
        /// By how much.
        behind_ms: u64,
    },
    /// Others wrote first in every round.
    #[error("the message lost every race")]
    Contended,
}

impl From<LoadError> for SendError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Store(error) => Self::Store(error),
            LoadError::Log(fault) => Self::Log(fault),
        }
    }
}

impl Inbox {
    /// The direct messages over their two tables.
    pub fn new(messages: Messages, players: Players) -> Self {
        Self { messages, players }
    }

    /// Sends a direct message at `now` by the clock, and returns when it was sent first. However often it arrives, it is
    /// stored once. Whoever is blocked learns nothing of it: the answer is the same after the same work, and the message is
    /// not stored.
    ///
    /// # Errors
    /// When it is refused, or it cannot be said whether it was stored.
    pub async fn send(&self, outgoing: &Outgoing, now: Timestamp) -> Result<Timestamp, SendError> {
        let Noted { sending, is_repeat, is_blocked, head } = self.note(outgoing, now).await?;
        // A repeat looks from the entry at the noted position on, which is the head if nothing came after it.
        let before = Seq(sending.after.0.saturating_sub(1));
        let found = if is_repeat { self.catch_up(outgoing, None, before).await? } else { Found::No(head) };
        match found {
            Found::Yes => {}
            // The repeat of anybody else is found.
            Found::No(_) if is_blocked && is_repeat => {}
            Found::No(head) => self.append(outgoing, is_blocked, head, now).await?,
        }
        Ok(sending.at)
    }

    /// At most `limit` messages of a player after `after`, oldest first.
    ///
    /// # Errors
    /// When the table cannot be read, or holds what is no message.
    pub async fn page(&self, player: &PlayerId, after: Seq, limit: usize) -> Result<Vec<DirectEntry>, LoadError> {
        self.messages.direct_page(player, after, limit).await
    }

    /// The position of a player's last message; zero when there is none.
    ///
    /// # Errors
    /// When the table cannot be read, or holds what is no message.
    pub async fn head(&self, player: &PlayerId) -> Result<Seq, LoadError> {
        let last = self.messages.last_direct(player).await?;
        Ok(last.map(|entry| entry.message.seq).unwrap_or_default())
    }

    /// Notes the message with its sender, unless it is noted already.
    async fn note(&self, outgoing: &Outgoing, now: Timestamp) -> Result<Noted, SendError> {
        let Outgoing { command, from, to, .. } = outgoing;
        for round in 0..SEND_ROUNDS_MAX {
            wait(round).await;
            let (correspondence, head) = tokio::try_join!(
                async { self.players.correspondence(from, to).await.map_err(SendError::from) },
                async { self.messages.last_direct(to).await.map_err(SendError::from) },
            )?;
            let Correspondence { is_known, is_blocked, sent, version } = correspondence;
            if !is_known {
                return Err(SendError::UnknownPlayer);
            }
            if let Some(sending) = sent.recorded(*command, to) {
                return Ok(Noted { sending: sending.clone(), is_repeat: true, is_blocked, head });
            }
            let after = head.as_ref().map(|entry| entry.message.seq).unwrap_or_default();
            let sending = Sending { command: *command, to: to.clone(), at: now, after };
            if self.players.put_sent(from, &sent.with(sending.clone())?, version).await? {
                return Ok(Noted { sending, is_repeat: false, is_blocked, head });
            }
        }
        Err(SendError::Contended)
    }

    /// Stores the message after `head`, the last entry of the log that was looked at. For whoever is blocked, something is
    /// written in its stead that nobody reads, so that the time tells nothing.
    async fn append(
        &self,
        outgoing: &Outgoing,
        is_blocked: bool,
        mut head: Option<DirectEntry>,
        now: Timestamp,
    ) -> Result<(), SendError> {
        let mut last = SendError::Contended;
        for round in 0..SEND_ROUNDS_MAX {
            if round > 0 {
                wait(round).await;
                let after = head.as_ref().map(|entry| entry.message.seq).unwrap_or_default();
                match self.catch_up(outgoing, head, after).await? {
                    Found::Yes => return Ok(()),
                    Found::No(newer) => head = newer,
                }
            }
            let entry = DirectEntry::seal(head.as_ref(), outgoing.after(head.as_ref(), now)?);
            let put = if is_blocked {
                self.players.put_unsent(&outgoing.from, now).await.map(|()| None).map_err(LoadError::from)
            } else {
                self.messages.put_direct(&entry).await
            };
            match put {
                Ok(None) => return Ok(()),
                Ok(Some(taken)) if outgoing.is(&taken.message) => return Ok(()),
                Ok(Some(_)) => last = SendError::Contended,
                // Whether it took effect is not known; the log tells before the next round.
                Err(LoadError::Store(error)) if error.is_retryable() => last = error.into(),
                Err(error) => return Err(error.into()),
            }
        }
        Err(last)
    }

    /// Looks for the message after `after`, up to the head of the log.
    async fn catch_up(&self, outgoing: &Outgoing, head: Option<DirectEntry>, after: Seq) -> Result<Found, SendError> {
        let entries = self.messages.direct_page(&outgoing.to, after, REPEAT_SCAN_MESSAGES_MAX).await?;
        if entries.iter().any(|entry| outgoing.is(&entry.message)) {
            return Ok(Found::Yes);
        }
        if entries.len() >= REPEAT_SCAN_MESSAGES_MAX {
            return Err(SendError::Contended);
        }
        Ok(Found::No(entries.into_iter().next_back().or(head)))
    }
}

/// A message that is noted with its sender.
struct Noted {
    sending: Sending,
    is_repeat: bool,
    is_blocked: bool,
    /// The head of the addressee's log; a repeat needs more.
    head: Option<DirectEntry>,
}

/// Whether a message is in the log already.
enum Found {
    Yes,
    /// It is not, up to this entry.
    No(Option<DirectEntry>),
}

impl Outgoing {
    /// The message as it follows on the last one.
    fn after(&self, head: Option<&DirectEntry>, now: Timestamp) -> Result<DirectMessage, SendError> {
        let previous = head.map(|entry| (entry.message.seq, entry.message.at));
        let behind_ms = previous.map_or(0, |(_, at)| at.ms_since(now));
        if behind_ms > CLOCK_AHEAD_MS_MAX {
            return Err(SendError::ClockBehind { behind_ms });
        }
        Ok(DirectMessage {
            to: self.to.clone(),
            seq: previous.map_or(Seq(1), |(seq, _)| seq.next()),
            at: previous.map_or(now, |(_, at)| now.after(at)),
            command: self.command,
            from: self.from.clone(),
            text: self.text.as_str().to_owned(),
        })
    }

    fn is(&self, message: &DirectMessage) -> bool {
        message.command == self.command && message.from == self.from
    }
}

async fn wait(round: u32) {
    if round > 0 {
        pause(round.min(SEND_ROUNDS_GROWING_MAX)).await;
    }
}
