//! Direct messages, pushed to the connections of their addressee.
//!
//! A connection that named Turnlog's subprotocol asks for what it lacks, so that a lost push costs it nothing. One that named
//! none asks for nothing: what was handed to the gateway for it counts as read, and whatever is unread is pushed when it
//! opens.

use futures::{StreamExt, stream};
use tokio::time::{sleep, timeout};
use tracing::{debug, error, warn};
use turnlog_domain::{PlayerId, Seq, Timestamp};
use turnlog_protocol::{Push, WireDirect, encode, limits::SERVER_FRAME_BYTES_MAX};
use turnlog_store::{Connection, Dialect, DirectEntry, LoadError, Sent, limits::INBOX_PAGE_MESSAGES_MAX};

use super::{App, sender::send};
use crate::{
    batch::InboxRecords,
    limits::{CONNECTING_ATTEMPTS_MAX, CONNECTING_MS_MAX, CONNECTING_WAIT, PUSH_TIME_PER_GAME_MAX, PUSHES_AT_ONCE_MAX},
    now,
};

/// Bytes that a frame needs beside its messages.
const ENVELOPE_BYTES: usize = 512;

/// Pushes what a batch says about one player's inbox; returns its records when they have to be delivered again.
pub(super) async fn push<'a>(app: &App, player: &PlayerId, records: &'a InboxRecords) -> Option<&'a InboxRecords> {
    // Cancel-safe: the read mark moves after the frames are out, so that what was not marked comes again.
    let Ok(pushed) = timeout(PUSH_TIME_PER_GAME_MAX, app.push_inbox(player, records)).await else {
        warn!(player_id = %player, "push of direct messages took too long; the rest comes with the next connect");
        return None;
    };
    match pushed {
        Ok(()) => None,
        Err(LoadError::Log(fault)) => {
            error!(player_id = %player, reason = %fault, "direct messages cannot be read");
            None
        }
        Err(LoadError::Store(error)) => {
            error!(player_id = %player, cause = %error, "push of direct messages failed");
            Some(records)
        }
    }
}

impl App {
    async fn push_inbox(&self, player: &PlayerId, records: &InboxRecords) -> Result<(), LoadError> {
        if let (Some(first), Some(last)) = (records.entries.first(), records.entries.last()) {
            self.push_messages(player, first.message.seq, last.message.seq, &records.entries).await?;
        }
        if let Some(read) = records.read {
            self.push_read(player, read).await?;
        }
        for (connection, at) in &records.connected {
            self.welcome(player, connection, *at).await?;
        }
        Ok(())
    }

    async fn push_messages(
        &self,
        player: &PlayerId,
        first: Seq,
        last: Seq,
        entries: &[DirectEntry],
    ) -> Result<(), LoadError> {
        let connections = self.websockets.connections(player, now()).await?;
        if connections.is_empty() {
            return Ok(());
        }
        let entries = self.contiguous_direct(player, first, last, entries).await?;
        let count = connections.len();
        let (behind, current) = self.sorted_by_mark(player, first, connections).await?;
        let texts = frames(&entries);
        let has_read: Vec<bool> = stream::iter(&current)
            .map(|connection| self.deliver_direct(player, connection, &texts))
            .buffer_unordered(PUSHES_AT_ONCE_MAX)
            .collect()
            .await;
        if has_read.contains(&true) {
            self.players.mark_delivered(player, first, last).await?;
        }
        for connection in &behind {
            self.deliver_unread(player, connection).await?;
        }
        debug!(player_id = %player, seq = %last, connections = count, "direct messages pushed");
        Ok(())
    }

    /// The connections that must be given what is unread before `first`, and those that need not. A client that does not ask
    /// is given everything in order, and its welcome may still be on its way.
    async fn sorted_by_mark(
        &self,
        player: &PlayerId,
        first: Seq,
        connections: Vec<Connection>,
    ) -> Result<(Vec<Connection>, Vec<Connection>), LoadError> {
        if connections.iter().all(|connection| connection.dialect == Dialect::Turnlog) {
            return Ok((Vec::new(), connections));
        }
        let is_behind = self.players.mailbox(player).await?.read.next() < first;
        Ok(connections.into_iter().partition(|connection| is_behind && connection.dialect == Dialect::Plain))
    }

    /// The messages from `first` to `last`: those at hand when they are complete, otherwise those of the log.
    async fn contiguous_direct(
        &self,
        player: &PlayerId,
        first: Seq,
        last: Seq,
        entries: &[DirectEntry],
    ) -> Result<Vec<DirectEntry>, LoadError> {
        if entries.iter().map(|entry| entry.message.seq.0).eq(first.0..=last.0) {
            return Ok(entries.to_vec());
        }
        let count = usize::try_from(last.0 - first.0 + 1).unwrap_or(usize::MAX);
        self.inbox.page(player, Seq(first.0 - 1), count).await
    }

    /// Hands frames to one connection, in order; returns whether this counts as read.
    async fn deliver_direct(&self, player: &PlayerId, connection: &Connection, texts: &[String]) -> bool {
        for text in texts {
            match self.send_to(connection, text).await {
                Sent::Delivered => {}
                Sent::Gone => {
                    // Clients vanish without $disconnect, so a gone connection is normal here.
                    if let Err(error) = self.websockets.disconnect(&connection.id).await {
                        warn!(connection = connection.id, cause = %error, "a gone connection could not be forgotten");
                    }
                    return false;
                }
                Sent::Throttled => {
                    warn!(player_id = %player, connection = connection.id, "a connection takes no more at the moment");
                    return false;
                }
                Sent::Failed(cause) => {
                    warn!(player_id = %player, connection = connection.id, cause, "a connection could not be pushed to");
                    return false;
                }
            }
        }
        connection.dialect == Dialect::Plain
    }

    /// Sends a frame. A connection that is still inside `$connect` looks as if it were gone, and comes a moment later; one
    /// whose client then asks for everything need not be waited for.
    async fn send_to(&self, connection: &Connection, text: &str) -> Sent {
        let mut sent = send(&self.management, &connection.id, text).await;
        if connection.dialect == Dialect::Turnlog {
            return sent;
        }
        for attempt in 0..CONNECTING_ATTEMPTS_MAX {
            if sent != Sent::Gone || now().ms_since(connection.connected_at) > CONNECTING_MS_MAX {
                break;
            }
            sleep(CONNECTING_WAIT * (1 << attempt)).await;
            sent = send(&self.management, &connection.id, text).await;
        }
        sent
    }

    /// Tells the player's devices how far is read. Those of the older kind do not know what that is.
    async fn push_read(&self, player: &PlayerId, read: Seq) -> Result<(), LoadError> {
        let mut connections = self.websockets.connections(player, now()).await?;
        connections.retain(|connection| connection.dialect == Dialect::Turnlog);
        let texts = [encode(&Push::Read { seq: read.0 })];
        stream::iter(&connections)
            .for_each_concurrent(PUSHES_AT_ONCE_MAX, |connection| async {
                self.deliver_direct(player, connection, &texts).await;
            })
            .await;
        Ok(())
    }

    /// Pushes everything unread to a connection that has just opened.
    async fn welcome(&self, player: &PlayerId, connection: &str, at: Timestamp) -> Result<(), LoadError> {
        let connection = Connection { id: connection.to_owned(), dialect: Dialect::Plain, connected_at: at };
        self.deliver_unread(player, &connection).await
    }

    /// Pushes everything unread to a connection of the older kind, page by page, and marks it as read.
    async fn deliver_unread(&self, player: &PlayerId, connection: &Connection) -> Result<(), LoadError> {
        let mut after = self.players.mailbox(player).await?.read;
        loop {
            let entries = self.inbox.page(player, after, INBOX_PAGE_MESSAGES_MAX).await?;
            let Some(last) = entries.last().map(|entry| entry.message.seq) else { return Ok(()) };
            if !self.deliver_direct(player, connection, &frames(&entries)).await {
                return Ok(());
            }
            self.players.mark_delivered(player, after.next(), last).await?;
            after = last;
        }
    }
}

/// The messages in as many frames as they need.
fn frames(entries: &[DirectEntry]) -> Vec<String> {
    let wire = |entry: &DirectEntry| {
        let message = &entry.message;
        let (from, text) = (message.from.clone(), message.text.clone());
        WireDirect { seq: message.seq.0, at: message.at.as_ms(), from, text }
    };
    let mut left: Vec<WireDirect> = entries.iter().map(wire).collect();
    let mut texts = Vec::new();
    while !left.is_empty() {
        let rest = left.split_off(WireDirect::fitting(&left, SERVER_FRAME_BYTES_MAX - ENVELOPE_BYTES));
        let seq = left.last().map_or(0, |message| message.seq);
        texts.push(encode(&Push::Inbox { seq, messages: std::mem::replace(&mut left, rest) }));
    }
    texts
}
