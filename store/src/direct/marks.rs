//! What the Players table keeps for the addressee of direct messages: how far they have read, whom they block, and that
//! something unread is to be given to clients that do not ask.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::update_item::{UpdateItemError, UpdateItemOutput, builders::UpdateItemFluentBuilder},
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use turnlog_domain::{PlayerId, Seq, Timestamp, limits::BLOCKED_MAX};

use crate::{
    attributes::{SdkItem, conditional, number, number_of, text},
    error::StoreError,
    players::{Players, item_key},
};

/// How far a player has read, and whom they block.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InboxMarks {
    /// The last direct message that they have read.
    pub read: Seq,
    /// Whose direct messages they do not get.
    pub blocked: BTreeSet<PlayerId>,
}

/// What became of the wish to block somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blocked {
    /// These are blocked now.
    Yes(BTreeSet<PlayerId>),
    /// As many as may be are blocked already.
    TooMany,
}

impl Players {
    /// How far a player has read, and whom they block; strongly consistent.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn inbox_marks(&self, player: &PlayerId) -> Result<InboxMarks, StoreError> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(item_key(player, "inbox")));
        let answer = get.consistent_read(true).send().await.map_err(|error| StoreError::of("GetItem", &error))?;
        Ok(answer.item.as_ref().map(read_marks).unwrap_or_default())
    }

    /// Marks everything up to `seq` as read, and returns how far is read now: the mark never goes back.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn mark_read(&self, player: &PlayerId, seq: Seq) -> Result<Seq, StoreError> {
        // Nothing is read up to there, with a mark or without one. Writing it would tell every device of a change.
        if seq == Seq(0) {
            return Ok(self.inbox_marks(player).await?.read);
        }
        let update = self.mark(player, seq).condition_expression("attribute_not_exists(read_seq) OR read_seq < :seq");
        match changed(update.send().await)? {
            Ok(_) => Ok(seq),
            Err(old) => Ok(read_marks(&old).read),
        }
    }

    /// Marks the messages from `first` to `last` as read, unless earlier ones are still unread.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn mark_delivered(&self, player: &PlayerId, first: Seq, last: Seq) -> Result<(), StoreError> {
        let before = first.0.saturating_sub(1);
        let mut update = self.mark(player, last);
        if before == 0 {
            update = update.condition_expression("attribute_not_exists(read_seq) OR read_seq < :seq");
        } else {
            update = update.condition_expression("read_seq >= :before AND read_seq < :seq");
            update = update.expression_attribute_values(":before", number(before));
        }
        changed(update.send().await).map(|_| ())
    }

    fn mark(&self, player: &PlayerId, seq: Seq) -> UpdateItemFluentBuilder {
        let update = self.client.update_item().table_name(&self.table).set_key(Some(item_key(player, "inbox")));
        let update = update.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let update = update.update_expression("SET read_seq = :seq, changed = :changed");
        let update = update.expression_attribute_values(":changed", text("read"));
        update.expression_attribute_values(":seq", number(seq.0))
    }

    /// Keeps the direct messages of `other` from a player. Repeating it changes nothing.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn block(&self, player: &PlayerId, other: &PlayerId) -> Result<Blocked, StoreError> {
        let update = self.change_blocked(player, other, "ADD blocked :others SET changed = :changed");
        let update = update
            .condition_expression("attribute_not_exists(blocked) OR contains(blocked, :other) OR size(blocked) < :max")
            .expression_attribute_values(":other", text(other))
            .expression_attribute_values(":max", number(u64::try_from(BLOCKED_MAX).unwrap_or(u64::MAX)));
        Ok(changed(update.send().await)?.map_or(Blocked::TooMany, |new| Blocked::Yes(read_marks(&new).blocked)))
    }

    /// Lets the direct messages of `other` through again, and returns who is blocked still.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn unblock(&self, player: &PlayerId, other: &PlayerId) -> Result<BTreeSet<PlayerId>, StoreError> {
        let update = self.change_blocked(player, other, "DELETE blocked :others SET changed = :changed");
        Ok(changed(update.send().await)?.map(|new| read_marks(&new).blocked).unwrap_or_default())
    }

    fn change_blocked(&self, player: &PlayerId, other: &PlayerId, change: &str) -> UpdateItemFluentBuilder {
        let update = self.client.update_item().table_name(&self.table).set_key(Some(item_key(player, "inbox")));
        let update = update.update_expression(change).return_values(ReturnValue::AllNew);
        // The stream rings for what was read only, and this is how it tells.
        let update = update.expression_attribute_values(":changed", text("blocked"));
        update.expression_attribute_values(":others", AttributeValue::Ss(vec![other.to_string()]))
    }

    /// Asks for what is unread to be given to the player's connections of the older kind. The stream of this table carries the
    /// wish, and keeps those of one player in order. `cause` tells one from the next: the connection that has opened, or the
    /// seq of the message that came.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn ring_unread(&self, player: &PlayerId, cause: &str, now: Timestamp) -> Result<(), StoreError> {
        let mut item = item_key(player, "unread");
        item.insert("cause".to_owned(), text(cause));
        item.insert("at".to_owned(), number(now.as_ms()));
        let sent = self.client.put_item().table_name(&self.table).set_item(Some(item)).send().await;
        sent.map(|_| ()).map_err(|error| StoreError::of("PutItem", &error))
    }
}

pub(super) fn read_marks(item: &SdkItem) -> InboxMarks {
    let blocked = item.get("blocked").and_then(|blocked| blocked.as_ss().ok()).into_iter().flatten();
    InboxMarks {
        read: Seq(number_of(item, "read_seq").unwrap_or_default()),
        blocked: blocked.filter_map(|player| PlayerId::parse(player).ok()).collect(),
    }
}

/// The new attributes that an update returned, or the old item when its condition failed.
fn changed(
    sent: Result<UpdateItemOutput, SdkError<UpdateItemError, aws_sdk_dynamodb::config::http::HttpResponse>>,
) -> Result<Result<SdkItem, SdkItem>, StoreError> {
    match conditional("UpdateItem", sent)? {
        Ok(output) => Ok(Ok(output.attributes.unwrap_or_default())),
        Err(UpdateItemError::ConditionalCheckFailedException(failed)) => Ok(Err(failed.item.unwrap_or_default())),
        Err(_) => Err(StoreError::invalid("UpdateItem", "a failed condition of another type")),
    }
}
