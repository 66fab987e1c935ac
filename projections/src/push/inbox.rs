//! Direct messages, pushed to the connections of their addressee.
//!
//! A connection that named Turnlog's subprotocol asks for what it lacks: it is sent frames in any order, and a lost one costs it
//! nothing. One that named none asks for nothing. It is given what is unread, in order, and what the gateway has taken for it
//! counts as read. Batches of the log are pushed side by side, so this is done for the records of one item of Players, `unread`,
//! which come one after another.

use futures::{StreamExt, stream};
use tokio::time::{sleep, timeout};
use tracing::{debug, error, warn};
use turnlog_domain::PlayerId;
use turnlog_protocol::{Push, WireDirect, encode, limits::SERVER_FRAME_BYTES_MAX};
use turnlog_store::{
    Connection, Dialect, DirectEntry, LoadError, Sent, StoreError, limits::INBOX_PAGE_MESSAGES_MAX, now,
};

use super::{
    App,
    sender::{About, FirstAttempts},
};
use crate::{
    batch::InboxRecords,
    limits::{CONNECTING_ATTEMPTS_MAX, CONNECTING_MS_MAX, CONNECTING_WAIT, PUSH_TIME_PER_GAME_MAX, PUSHES_AT_ONCE_MAX},
};

/// Bytes that a frame needs beside its messages.
const ENVELOPE_BYTES: usize = 512;

/// Pushes what a batch says about one player's inbox; returns its records when they have to be delivered again.
pub(super) async fn push<'a>(
    app: &App,
    player: &PlayerId,
    records: &'a InboxRecords,
    attempts: &FirstAttempts,
) -> Option<&'a InboxRecords> {
    // Cancel-safe: it takes from nothing; what was not sent is asked for, or unread with the next connect.
    let Ok(pushed) = timeout(PUSH_TIME_PER_GAME_MAX, app.push_inbox(player, records, attempts)).await else {
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
    async fn push_inbox(
        &self,
        player: &PlayerId,
        records: &InboxRecords,
        attempts: &FirstAttempts,
    ) -> Result<(), LoadError> {
        let (current, plain): (Vec<Connection>, Vec<Connection>) = self
            .connections(player, attempts)
            .await?
            .into_iter()
            .partition(|connection| connection.dialect == Dialect::Turnlog);
        if let Some(last) = records.entries.last().map(|entry| entry.message.seq) {
            self.send_all(&current, frames(&records.entries), attempts);
            if !plain.is_empty() {
                self.players.ring_unread(player, &last.to_string(), now()).await?;
            }
            debug!(player_id = %player, seq = %last, connections = current.len(), "direct messages pushed");
        }
        if let Some(read) = records.read {
            self.send_all(&current, vec![encode(&Push::Read { seq: read.0 })], attempts);
        }
        if records.unread {
            self.push_unread(player, plain).await?;
        }
        Ok(())
    }

    fn send_all(&self, connections: &[Connection], texts: Vec<String>, attempts: &FirstAttempts) {
        for text in texts.into_iter().map(std::sync::Arc::<str>::from) {
            for connection in connections {
                self.sender.send(&connection.id, text.clone(), About::Inbox, attempts);
            }
        }
    }

    /// Gives everything unread to the connections of the older kind, page by page, and marks it as read.
    async fn push_unread(&self, player: &PlayerId, mut connections: Vec<Connection>) -> Result<(), LoadError> {
        let mut after = self.players.inbox_marks(player).await?.read;
        while !connections.is_empty() {
            let entries = self.inbox.page(player, after, INBOX_PAGE_MESSAGES_MAX).await?;
            let Some(last) = entries.last().map(|entry| entry.message.seq) else { return Ok(()) };
            let texts = frames(&entries);
            let deliver = |connection| self.deliver_in_order(player, connection, &texts);
            let delivered = stream::iter(connections).map(deliver).buffer_unordered(PUSHES_AT_ONCE_MAX);
            // Whoever has not taken this page must not be given the next one.
            connections = delivered.filter_map(|connection| async { connection }).collect().await;
            if !connections.is_empty() {
                self.players.mark_delivered(player, after.next(), last).await?;
            }
            after = last;
        }
        Ok(())
    }

    /// The open connections of a player whose tokens count. Others are ended here.
    async fn connections(&self, player: &PlayerId, attempts: &FirstAttempts) -> Result<Vec<Connection>, StoreError> {
        let now = now();
        let connections = self.websockets.connections(player, now).await?;
        let (expired, connections): (Vec<_>, Vec<_>) =
            connections.into_iter().partition(|connection| connection.token_expiry.has_passed(now));
        self.sender.end_expired(expired.into_iter().map(|connection| connection.id).collect(), attempts);
        Ok(connections)
    }

    /// Hands frames to one connection, one after another; returns it when it has taken them all.
    async fn deliver_in_order(
        &self,
        player: &PlayerId,
        connection: Connection,
        texts: &[String],
    ) -> Option<Connection> {
        for text in texts {
            match self.send_to_opening(&connection, text).await {
                Sent::Delivered => {}
                Sent::Gone => {
                    self.sender.forget(&connection.id, None).await;
                    return None;
                }
                sent @ (Sent::Throttled | Sent::Failed(_)) => {
                    warn!(player_id = %player, connection = connection.id, ?sent, "a connection could not be sent to");
                    return None;
                }
            }
        }
        Some(connection)
    }

    /// Sends a frame. A connection that is still inside `$connect` looks as if it were gone, and comes a moment later.
    async fn send_to_opening(&self, connection: &Connection, text: &str) -> Sent {
        let mut sent = self.sender.attempt_twice(&connection.id, text, || {}).await;
        for attempt in 0..CONNECTING_ATTEMPTS_MAX {
            if sent != Sent::Gone || now().ms_since(connection.connected_at) > CONNECTING_MS_MAX {
                break;
            }
            sleep(CONNECTING_WAIT * (1 << attempt)).await;
            sent = self.sender.attempt(&connection.id, text).await;
        }
        sent
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
