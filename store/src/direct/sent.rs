//! What the Players table keeps for the sender of direct messages, and what is read before one is sent.

use serde::{Deserialize, Serialize};
use turnlog_domain::{CommandId, PlayerId, Sending, Sent, Seq, Timestamp};

use super::marks::read_marks;
use crate::{
    attributes::{SdkItem, number, put_if, text_of},
    error::StoreError,
    players::{Players, item_key},
};

/// What has to be known before a direct message is stored.
#[derive(Debug)]
pub(crate) struct Correspondence {
    /// Whether the addressee has ever connected.
    pub(crate) is_known: bool,
    /// Whether the addressee blocks the sender.
    pub(crate) is_blocked: bool,
    pub(crate) sent: Sent,
    /// The version of `sent`; zero when there is no such item.
    pub(crate) version: u64,
}

/// The item `sent`.
///
/// This is a stored format: never rename, never reuse.
#[derive(Debug, Serialize, Deserialize)]
struct SentItem {
    player_id: String,
    item: String,
    version: u64,
    sendings: Vec<SendingItem>,
}

#[derive(Debug, Serialize, Deserialize)]
struct SendingItem {
    command_id: String,
    to: String,
    at: u64,
    after: u64,
}

impl Players {
    /// Notes when a player last sent something to somebody who blocks them. Nobody reads it: it takes the time that a message
    /// takes.
    pub(crate) async fn put_unsent(&self, player: &PlayerId, now: Timestamp) -> Result<(), StoreError> {
        let mut item = item_key(player, "unsent");
        item.insert("at".to_owned(), number(now.as_ms()));
        let sent = self.client.put_item().table_name(&self.table).set_item(Some(item)).send().await;
        sent.map(|_| ()).map_err(|error| StoreError::of("PutItem", &error))
    }

    /// Everything that has to be known before `from` may send something to `to`; strongly consistent.
    pub(crate) async fn correspondence(&self, from: &PlayerId, to: &PlayerId) -> Result<Correspondence, StoreError> {
        let keys = [(to, "profile"), (to, "inbox"), (from, "sent")];
        let keys = keys.into_iter().map(|(player, item)| item_key(player, item)).collect();
        let mut found = Correspondence { is_known: false, is_blocked: false, sent: Sent::default(), version: 0 };
        for item in self.items(keys, true).await? {
            match text_of(&item, "item") {
                Some("profile") => found.is_known = true,
                Some("inbox") => found.is_blocked = read_marks(&item).blocked.contains(from),
                Some(_) | None => (found.sent, found.version) = read_sent(item)?,
            }
        }
        Ok(found)
    }

    /// Writes what a player sent lately, if nothing was written since `version`.
    pub(crate) async fn put_sent(&self, player: &PlayerId, sent: &Sent, version: u64) -> Result<bool, StoreError> {
        let item = SentItem {
            player_id: player.to_string(),
            item: "sent".to_owned(),
            version: version + 1,
            sendings: sent.sendings().map(SendingItem::of).collect(),
        };
        let item: SdkItem = serde_dynamo::to_item(item).map_err(|error| StoreError::invalid("PutItem", error))?;
        let (client, table) = (&self.client, &self.table);
        match version {
            0 => put_if(client, table, item, "attribute_not_exists(player_id)", []).await,
            _ => put_if(client, table, item, "version = :version", [(":version", number(version))]).await,
        }
    }
}

impl SendingItem {
    fn of(sending: &Sending) -> Self {
        Self {
            command_id: sending.command.to_string(),
            to: sending.to.to_string(),
            at: sending.at.as_ms(),
            after: sending.after.0,
        }
    }

    fn read(&self) -> Option<Sending> {
        Some(Sending {
            command: CommandId::parse(&self.command_id).ok()?,
            to: PlayerId::parse(&self.to).ok()?,
            at: Timestamp::from_ms(self.at),
            after: Seq(self.after),
        })
    }
}

fn read_sent(item: SdkItem) -> Result<(Sent, u64), StoreError> {
    let unreadable = |detail: String| StoreError::unreadable("BatchGetItem", detail);
    let item: SentItem = serde_dynamo::from_item(item).map_err(|error| unreadable(error.to_string()))?;
    let sendings = item.sendings.iter().map(SendingItem::read).collect::<Option<Vec<_>>>();
    let sendings = sendings.ok_or_else(|| unreadable("an incomplete sending".to_owned()))?;
    Ok((Sent::of(sendings), item.version))
}
