//! The frames about direct messages.

use std::collections::BTreeSet;

use turnlog_domain::{CommandId, PlayerId, Seq, Text};
use turnlog_protocol::{Accepted, ErrorCode, WireDirect, limits::SERVER_FRAME_BYTES_MAX};
use turnlog_store::{Blocked, DirectMessage, InboxMarks, Outgoing};

use super::{Call, failure::Failure};

/// Bytes that an answer needs beside its messages: the list of who is blocked, and everything else.
const ENVELOPE_BYTES: usize = 6 * 1024;

impl Call<'_> {
    pub(super) async fn send_message(&self, id: CommandId, to: PlayerId, text: Text) -> Result<Accepted, Failure> {
        let outgoing = Outgoing { command: id, from: self.player.clone(), to: to.clone(), text };
        let at = self.app.inbox.send(&outgoing, self.now).await?;
        Ok(Accepted::Sent { to, at: at.as_ms() })
    }

    /// Makes sure that the connection is pushed to, and reads then, so that nothing can come in between unseen.
    pub(super) async fn inbox(&self, after: Option<Seq>, limit: usize) -> Result<Accepted, Failure> {
        if !self.app.websockets.knows(self.connection, self.player, self.now).await? {
            self.remember().await?;
        }
        let marks = self.app.players.inbox_marks(self.player).await?;
        let after = after.unwrap_or(marks.read);
        let entries = self.app.inbox.page(self.player, after, limit).await?;
        let head = self.app.inbox.head(self.player).await?;
        Ok(page(marks, entries.into_iter().map(|entry| entry.message), head))
    }

    /// Moves the read mark, never beyond the last message: those to come are unread.
    pub(super) async fn read(&self, seq: Seq) -> Result<Accepted, Failure> {
        let head = self.app.inbox.head(self.player).await?;
        let read = self.app.players.mark_read(self.player, seq.min(head)).await?;
        Ok(Accepted::Read { read: read.0 })
    }

    pub(super) async fn block(&self, player: &PlayerId) -> Result<Accepted, Failure> {
        match self.app.players.block(self.player, player).await? {
            Blocked::Yes(blocked) => Ok(told(blocked)),
            Blocked::TooMany => Err(Failure::refused(ErrorCode::TooManyBlocked, "You block too many players.")),
        }
    }

    pub(super) async fn unblock(&self, player: &PlayerId) -> Result<Accepted, Failure> {
        Ok(told(self.app.players.unblock(self.player, player).await?))
    }
}

/// A page that fits into a frame.
fn page(marks: InboxMarks, messages: impl IntoIterator<Item = DirectMessage>, head: Seq) -> Accepted {
    let mut messages: Vec<WireDirect> = messages.into_iter().map(wire).collect();
    messages.truncate(WireDirect::fitting(&messages, SERVER_FRAME_BYTES_MAX - ENVELOPE_BYTES));
    let more = messages.last().is_some_and(|message| message.seq < head.0);
    let blocked = marks.blocked.into_iter().collect();
    Accepted::Inbox { seq: head.0, read: marks.read.0, messages, more, blocked }
}

fn told(blocked: BTreeSet<PlayerId>) -> Accepted {
    Accepted::Blocked { blocked: blocked.into_iter().collect() }
}

fn wire(message: DirectMessage) -> WireDirect {
    WireDirect { seq: message.seq.0, at: message.at.as_ms(), from: message.from, text: message.text }
}

#[cfg(test)]
mod tests {
    use turnlog_domain::{Timestamp, limits::BLOCKED_MAX, testing::command_id};
    use turnlog_protocol::{Answer, encode, limits::HISTORY_MESSAGES_MAX};

    use super::*;

    #[test]
    fn the_largest_page_fits_into_a_frame_and_says_that_there_is_more() {
        let long = |number: usize| PlayerId::parse(&format!("{number:064}")).expect("it is an id");
        let message = |seq: usize| DirectMessage {
            to: long(0),
            seq: Seq(seq as u64),
            at: Timestamp::from_ms(1_700_000_000_000),
            command: command_id(seq as u64),
            from: long(seq),
            text: "\u{1f680}".repeat(500),
        };
        let messages = (1..=HISTORY_MESSAGES_MAX).map(message);
        let marks = InboxMarks { read: Seq(0), blocked: (0..BLOCKED_MAX).map(long).collect() };
        let body = page(marks, messages, Seq(1_000_000));
        assert!(matches!(&body, Accepted::Inbox { messages, more: true, .. } if messages.len() > 8), "{body:?}");
        let text = encode(&Answer::Accepted { id: Some(command_id(1).into()), body });
        assert!(text.len() <= SERVER_FRAME_BYTES_MAX, "{}", text.len());
    }
}
