//! The Messages table: the append-only log of every game, and of every player's direct messages.

mod pages;

use aws_sdk_dynamodb::{
    Client,
    config::retry::RetryConfig,
    operation::{put_item::PutItemError, query::builders::QueryFluentBuilder},
    types::{ReturnValuesOnConditionCheckFailure, Select},
};
use serde::Serialize;
use serde_dynamo::Item;
use turnlog_domain::{GameId, PlayerId, Seq, Timestamp};

use crate::{
    attributes::{SdkItem, conditional, number, number_of, text, text_of},
    direct::message::{DirectEntry, log_of},
    entry::{Entry, LogFault, start_key},
    error::StoreError,
    load_error::LoadError,
};

pub use self::pages::Pages;

/// The Messages table. It can add and read; nothing here updates or deletes.
#[derive(Debug, Clone)]
pub struct Messages {
    pub(crate) client: Client,
    /// The same client, but it tries everything once.
    once: Client,
    pub(crate) table: String,
}

/// What became of a conditional put.
#[derive(Debug, Clone, PartialEq)]
pub enum Put {
    /// It is stored.
    Stored,
    /// The position was taken before, by this item.
    Taken(Box<Entry>),
}

/// Games that were made in some time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Started {
    /// Those that can be read, each with the time of its first message.
    pub games: Vec<(Timestamp, GameId)>,
    /// How many entries of the index cannot be read.
    pub unreadable: usize,
}

/// No time is later: the numbers of DynamoDB have 38 digits, and those of JavaScript end here.
const TIME_MS_MAX: u64 = (1 << 53) - 1;

impl Messages {
    /// The log of a message: a game's id, or `player#<id>`. The partition key.
    pub const GAME_ID: &str = "game_id";
    /// The position in the log. The sort key.
    pub const SEQ: &str = "seq";
    /// The time of a message.
    pub const AT: &str = "at";
    /// The partition of the index of first messages, which bears the same name.
    pub const START: &str = "start";

    /// The table of that name.
    pub fn new(client: Client, table: String) -> Self {
        let once = client.config().to_builder().retry_config(RetryConfig::disabled()).build();
        Self { client, once: Client::from_conf(once), table }
    }

    /// The client behind it.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The name of the table.
    pub fn name(&self) -> &str {
        &self.table
    }

    /// Stores an entry if its position is free.
    pub(crate) async fn put(&self, entry: &Entry) -> Result<Put, LoadError> {
        match self.put_if_free(sdk_item(entry.item())?).await? {
            None => Ok(Put::Stored),
            Some(taken) => Ok(Put::Taken(Box::new(Entry::from_item(taken)?))),
        }
    }

    /// Stores a direct message if its position is free; returns the one that has it otherwise.
    pub(crate) async fn put_direct(&self, entry: &DirectEntry) -> Result<Option<DirectEntry>, LoadError> {
        let taken = self.put_if_free(sdk_item(&entry.item())?).await?;
        Ok(taken.map(DirectEntry::from_item).transpose()?)
    }

    /// Puts an item, or returns the one that is at its position. The only call that writes to this table, tried once: what
    /// a failure means is the caller's business.
    ///
    /// # Errors
    /// When it cannot be said whether it is stored.
    pub async fn put_if_free(&self, item: SdkItem) -> Result<Option<Item>, StoreError> {
        let sent = self
            .once
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(game_id)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match conditional("PutItem", sent)? {
            Ok(_) => Ok(None),
            Err(PutItemError::ConditionalCheckFailedException(failed)) => {
                let item = failed.item.ok_or_else(|| StoreError::unreadable("PutItem", "no old item was returned"))?;
                Ok(Some(Item::from(item)))
            }
            Err(_) => Err(StoreError::invalid("PutItem", "a failed condition of another type")),
        }
    }

    /// At most `limit` items of a log after `after` as they are stored, oldest first; strongly consistent.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn items(&self, log: &str, after: Seq, limit: usize) -> Result<Vec<Item>, StoreError> {
        let items = self.limited(self.after(log, after), limit).await?;
        Ok(items.into_iter().map(Item::from).collect())
    }

    /// At most `limit` messages after `after`, oldest first; strongly consistent.
    ///
    /// # Errors
    /// When the table cannot be read, or holds what is no message.
    pub async fn page(&self, game: GameId, after: Seq, limit: usize) -> Result<Vec<Entry>, LoadError> {
        read_all(self.limited(self.after(game, after), limit).await?)
    }

    /// The last messages after `after`, at most `limit`, oldest first; strongly consistent.
    ///
    /// # Errors
    /// When the table cannot be read, or holds what is no message.
    pub async fn last(&self, game: GameId, after: Seq, limit: usize) -> Result<Vec<Entry>, LoadError> {
        let mut items = self.limited(self.after(game, after).scan_index_forward(false), limit).await?;
        items.reverse();
        read_all(items)
    }

    /// The position and time of the last message; `None` when there is no such game. Strongly consistent.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn head(&self, game: GameId) -> Result<Option<(Seq, Timestamp)>, StoreError> {
        let query = self.after(game, Seq(0)).scan_index_forward(false).limit(1);
        let query = query.select(Select::SpecificAttributes).projection_expression("seq, #at");
        let sent = query.expression_attribute_names("#at", "at").send().await;
        let page = sent.map_err(|error| StoreError::of("Query", &error))?;
        let Some(item) = page.items.unwrap_or_default().pop() else { return Ok(None) };
        let seq = number_of(&item, "seq").ok_or_else(|| StoreError::unreadable("Query", "a head without seq"))?;
        let at = number_of(&item, "at").ok_or_else(|| StoreError::unreadable("Query", "a head without at"))?;
        Ok(Some((Seq(seq), Timestamp::from_ms(at))))
    }

    /// The time of a message that is known to be there; strongly consistent.
    pub(crate) async fn time_of(&self, game: GameId, seq: Seq) -> Result<Timestamp, StoreError> {
        let query = self.after(game, Seq(seq.0.saturating_sub(1))).limit(1);
        let query = query.select(Select::SpecificAttributes).projection_expression("seq, #at");
        let sent = query.expression_attribute_names("#at", "at").send().await;
        let page = sent.map_err(|error| StoreError::of("Query", &error))?;
        let item = page.items.unwrap_or_default().pop();
        let item = item.filter(|item| number_of(item, "seq") == Some(seq.0));
        let at = item.and_then(|item| number_of(&item, "at"));
        at.map(Timestamp::from_ms).ok_or_else(|| StoreError::unreadable("Query", "a message without its time"))
    }

    /// The games of a kind that were made after `since`, of one bucket of the `start` index; eventually consistent.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn started(&self, kind: &str, bucket: u8, since: Timestamp) -> Result<Vec<GameId>, StoreError> {
        let started = self.started_between(kind, bucket, since, Timestamp::from_ms(TIME_MS_MAX)).await?;
        Ok(started.games.into_iter().map(|(_, game)| game).collect())
    }

    /// The games of a kind that were made after `since` and no later than `until`, the earliest first; eventually consistent.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn started_between(
        &self,
        kind: &str,
        bucket: u8,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Started, StoreError> {
        let mut started = Started::default();
        let mut next = None;
        loop {
            let query = self.client.query().table_name(&self.table).index_name("start");
            let query = query.key_condition_expression("#start = :start AND #at BETWEEN :first AND :last");
            let query = query.expression_attribute_names("#start", "start").expression_attribute_names("#at", "at");
            let query = query.expression_attribute_values(":start", text(start_key(kind, bucket)));
            let query = query.expression_attribute_values(":first", number(since.as_ms().saturating_add(1)));
            let query = query.expression_attribute_values(":last", number(until.as_ms()));
            let page = query.set_exclusive_start_key(next).send().await;
            let page = page.map_err(|error| StoreError::of("Query", &error))?;
            for item in page.items.unwrap_or_default() {
                let game = text_of(&item, "game_id").and_then(|id| GameId::parse(id).ok());
                match game.zip(number_of(&item, "at")) {
                    Some((game, at)) => started.games.push((Timestamp::from_ms(at), game)),
                    None => started.unreadable += 1,
                }
            }
            next = page.last_evaluated_key;
            if next.is_none() {
                return Ok(started);
            }
        }
    }

    /// The last of a player's direct messages; strongly consistent.
    ///
    /// # Errors
    /// When the table cannot be read, or holds what is no message.
    pub(crate) async fn last_direct(&self, player: &PlayerId) -> Result<Option<DirectEntry>, LoadError> {
        let query = self.after(log_of(player), Seq(0)).scan_index_forward(false);
        Ok(read_all_direct(self.limited(query, 1).await?)?.pop())
    }

    /// At most `limit` of a player's direct messages after `after`, oldest first; strongly consistent.
    ///
    /// # Errors
    /// When the table cannot be read, or holds what is no message.
    pub(crate) async fn direct_page(
        &self,
        player: &PlayerId,
        after: Seq,
        limit: usize,
    ) -> Result<Vec<DirectEntry>, LoadError> {
        read_all_direct(self.limited(self.after(log_of(player), after), limit).await?)
    }

    pub(crate) fn after(&self, log: impl ToString, after: Seq) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("game_id = :game AND seq > :after")
            .expression_attribute_values(":game", text(log))
            .expression_attribute_values(":after", number(after.0))
    }

    /// Reads until `limit` items are there, however the answer is paged.
    pub(crate) async fn limited(&self, query: QueryFluentBuilder, limit: usize) -> Result<Vec<SdkItem>, StoreError> {
        let mut items = Vec::new();
        let mut start_key = None;
        while items.len() < limit {
            let left = i32::try_from(limit - items.len()).unwrap_or(i32::MAX);
            let sent = query.clone().limit(left).set_exclusive_start_key(start_key).send().await;
            let page = sent.map_err(|error| StoreError::of("Query", &error))?;
            items.extend(page.items.unwrap_or_default());
            start_key = page.last_evaluated_key;
            if start_key.is_none() {
                break;
            }
        }
        Ok(items)
    }
}

fn sdk_item(item: &impl Serialize) -> Result<SdkItem, StoreError> {
    serde_dynamo::to_item(item).map_err(|error| StoreError::invalid("PutItem", error))
}

fn read_all(items: Vec<SdkItem>) -> Result<Vec<Entry>, LoadError> {
    items.into_iter().map(read_one).collect()
}

/// Whoever has to repair a log wants to know which message it is.
fn read_one(item: SdkItem) -> Result<Entry, LoadError> {
    let seq = number_of(&item, "seq").unwrap_or_default();
    Entry::from_item(Item::from(item)).map_err(|fault| match fault {
        LogFault::Unreadable(reason) => LogFault::Unreadable(format!("message {seq}: {reason}")).into(),
        fault @ (LogFault::FromFuture { .. }
        | LogFault::Fold(_)
        | LogFault::BrokenChain(_)
        | LogFault::OtherState(_)) => fault.into(),
    })
}

fn read_all_direct(items: Vec<SdkItem>) -> Result<Vec<DirectEntry>, LoadError> {
    items.into_iter().map(|item| Ok(DirectEntry::from_item(Item::from(item))?)).collect()
}
