//! The Websockets table: open connections, and the games that they follow.
//!
//! Three items describe a connection: `connection#<id>`/`meta` with the games it follows, `player#<id>`/`connection#<id>`,
//! and `game#<id>`/`connection#<id>` for every game. `$disconnect` is best effort, so all of them expire, and expired ones are
//! filtered when they are read: DynamoDB deletes them only later. Each says from when on the connection's token counts no more;
//! the sparse index `expiring` lists connections by that. `barred#<player>`/`barred` keeps a player out for a while.

mod connection;

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    operation::update_item::UpdateItemError,
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure, Select},
};
use futures::future::try_join_all;
use turnlog_domain::{GameId, PlayerId, Timestamp};

pub use self::connection::{Connection, Dialect, Subscriber, TokenExpiry};
use crate::{
    attributes::{SdkItem, conditional, number, number_of, text, text_of},
    error::StoreError,
    limits::{
        BARRED_SECONDS, CONNECTION_SECONDS_MAX, CONNECTIONS_PER_PLAYER_MAX, EXPIRED_PER_BUCKET_MAX, INDEX_BUCKETS,
        SUBSCRIPTIONS_PER_CONNECTION_MAX, WATCHERS_PER_GAME_MAX,
    },
    management::{Management, Sent},
};

/// The Websockets table.
#[derive(Debug, Clone)]
pub struct Websockets {
    client: Client,
    table: String,
}

/// A connection was not ended, or is not forgotten.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndError {
    /// The gateway did not end it.
    #[error("the gateway did not end it: {0:?}")]
    NotEnded(Sent),
    /// It is ended, and the table does not take that.
    #[error(transparent)]
    NotForgotten(#[from] StoreError),
}

/// What became of the wish to follow a game.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subscribed {
    /// The connection follows it.
    Yes,
    /// The connection follows as many games as it may.
    TooMany,
    /// The connection is not known, or gone.
    Unconnected,
}

impl Websockets {
    /// The table of that name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Remembers an open connection of a player.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn connect(&self, connection: &str, player: &PlayerId, now: Timestamp) -> Result<(), StoreError> {
        self.connect_as(Dialect::Turnlog, connection, player, now, TokenExpiry::default()).await
    }

    /// Remembers an open connection of a player, what its client can be told, and from when on its token counts no more.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn connect_as(
        &self,
        dialect: Dialect,
        connection: &str,
        player: &PlayerId,
        now: Timestamp,
        token_expiry: TokenExpiry,
    ) -> Result<(), StoreError> {
        let mut meta = meta_key(connection);
        meta.insert("player_id".to_owned(), text(player));
        meta.insert("connected_at".to_owned(), number(now.as_ms()));
        meta.insert("expires_at".to_owned(), expiry(now));
        let mut of_player = player_key(player, connection);
        of_player.insert("connected_at".to_owned(), number(now.as_ms()));
        of_player.insert("expires_at".to_owned(), expiry(now));
        if dialect == Dialect::Plain {
            of_player.insert("dialect".to_owned(), text("plain"));
        }
        if token_expiry.is_known() {
            meta.insert("expiring".to_owned(), text(bucket_of(connection)));
        }
        meta.extend(token_expiry.attribute());
        of_player.extend(token_expiry.attribute());
        try_join_all([self.put(meta), self.put(of_player)]).await.map(|_| ())
    }

    /// Whether a connection of a player is remembered; strongly consistent.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn knows(&self, connection: &str, player: &PlayerId, now: Timestamp) -> Result<bool, StoreError> {
        let item = self.get(player_key(player, connection)).await?;
        Ok(item.is_some_and(|item| is_alive(&item, now)))
    }

    /// The open connections of a player, the newest first, as many as a player may have, and as far as they have not expired;
    /// strongly consistent.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn connections(&self, player: &PlayerId, now: Timestamp) -> Result<Vec<Connection>, StoreError> {
        let mut connections = self.all_connections(player, now).await?;
        connections.truncate(CONNECTIONS_PER_PLAYER_MAX);
        Ok(connections)
    }

    /// The connections of a player beyond those that they may have, the oldest first, and never the one that is `kept`.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn connections_beyond(
        &self,
        player: &PlayerId,
        kept: &str,
        now: Timestamp,
    ) -> Result<Vec<Connection>, StoreError> {
        let mut others = self.all_connections(player, now).await?;
        others.retain(|connection| connection.id != kept);
        let mut beyond = others.split_off(others.len().min(CONNECTIONS_PER_PLAYER_MAX - 1));
        beyond.reverse();
        Ok(beyond)
    }

    /// The newest first. Where two opened at the same moment, everybody puts them in the same order.
    async fn all_connections(&self, player: &PlayerId, now: Timestamp) -> Result<Vec<Connection>, StoreError> {
        let items = self.of_owner(format!("player#{player}"), now).await?;
        let read = |item| Connection::read(item).ok_or_else(|| StoreError::unreadable("Query", "no connection"));
        let mut connections = items.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        connections.sort_by(|one, other| (other.connected_at, &other.id).cmp(&(one.connected_at, &one.id)));
        Ok(connections)
    }

    /// Keeps a player from opening connections for a while.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn bar(&self, player: &PlayerId, now: Timestamp) -> Result<(), StoreError> {
        let mut item = barred_key(player);
        item.insert("expires_at".to_owned(), number(now.as_ms() / 1000 + BARRED_SECONDS));
        self.put(item).await
    }

    /// Whether a player may open no connection at the moment; strongly consistent.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn is_barred(&self, player: &PlayerId, now: Timestamp) -> Result<bool, StoreError> {
        Ok(self.get(barred_key(player)).await?.is_some_and(|item| is_alive(&item, now)))
    }

    /// Takes a connection from its player. Of all who try, one is told that it was there.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn take_from_player(&self, player: &PlayerId, connection: &str) -> Result<bool, StoreError> {
        let delete = self.client.delete_item().table_name(&self.table).set_key(Some(player_key(player, connection)));
        let sent = delete.return_values(ReturnValue::AllOld).send().await;
        Ok(sent.map_err(|error| StoreError::of("DeleteItem", &error))?.attributes.is_some())
    }

    /// Lets a connection follow a game, within its limit. Repeating it changes nothing.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn subscribe(
        &self,
        connection: &str,
        player: &PlayerId,
        game: GameId,
        now: Timestamp,
        token_expiry: TokenExpiry,
    ) -> Result<Subscribed, StoreError> {
        // First the list that `disconnect` cleans up by, then the subscription itself.
        let listed = self.list_game(connection, game).await?;
        if listed == Subscribed::Yes {
            let mut item = subscription_key(game, connection);
            item.insert("player_id".to_owned(), text(player));
            item.insert("expires_at".to_owned(), expiry(now));
            item.extend(token_expiry.attribute());
            self.put(item).await?;
        }
        Ok(listed)
    }

    async fn list_game(&self, connection: &str, game: GameId) -> Result<Subscribed, StoreError> {
        let max = u64::try_from(SUBSCRIPTIONS_PER_CONNECTION_MAX).unwrap_or(u64::MAX);
        let sent = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(meta_key(connection)))
            .update_expression("ADD games :games")
            .condition_expression(
                "attribute_exists(player_id) AND (attribute_not_exists(games) OR contains(games, :game) OR size(games) < :max)",
            )
            .expression_attribute_values(":games", AttributeValue::Ss(vec![game.to_string()]))
            .expression_attribute_values(":game", text(game))
            .expression_attribute_values(":max", number(max))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        Ok(match conditional("UpdateItem", sent)? {
            Ok(_) => Subscribed::Yes,
            Err(UpdateItemError::ConditionalCheckFailedException(failed)) if failed.item.is_some() => {
                Subscribed::TooMany
            }
            Err(_) => Subscribed::Unconnected,
        })
    }

    /// The games that a connection follows; strongly consistent.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn followed(&self, connection: &str) -> Result<Vec<GameId>, StoreError> {
        Ok(self.get(meta_key(connection)).await?.as_ref().map(games_of).unwrap_or_default())
    }

    /// Whether a connection follows a game; strongly consistent.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn follows(&self, connection: &str, game: GameId, now: Timestamp) -> Result<bool, StoreError> {
        let item = self.get(subscription_key(game, connection)).await?;
        Ok(item.is_some_and(|item| is_alive(&item, now)))
    }

    /// Who follows a game, as far as their connections have not expired; strongly consistent.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn subscribers(&self, game: GameId, now: Timestamp) -> Result<Vec<Subscriber>, StoreError> {
        let items = self.of_owner(format!("game#{game}"), now).await?;
        let read =
            |item| Subscriber::read(item).ok_or_else(|| StoreError::unreadable("Query", "an incomplete subscription"));
        items.iter().map(read).collect()
    }

    /// Whether as many connections follow a game as may; eventually consistent.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn is_full(&self, game: GameId, now: Timestamp) -> Result<bool, StoreError> {
        let (mut count, mut next) = (0, None);
        loop {
            let query = self.client.query().table_name(&self.table).select(Select::Count).limit(WATCHERS_PER_GAME_MAX);
            let query = query.key_condition_expression("#owner = :owner").expression_attribute_names("#owner", "owner");
            let query = query.expression_attribute_values(":owner", text(format!("game#{game}")));
            // Items that have expired are still there for a while.
            let query = query.filter_expression("expires_at > :now").expression_attribute_values(":now", seconds(now));
            let page = query.set_exclusive_start_key(next).send().await;
            let page = page.map_err(|error| StoreError::of("Query", &error))?;
            count += page.count;
            next = page.last_evaluated_key;
            if count >= WATCHERS_PER_GAME_MAX || next.is_none() {
                return Ok(count >= WATCHERS_PER_GAME_MAX);
            }
        }
    }

    /// Connections whose tokens count no more, those first that have been so for longest, a bounded number.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn with_expired_tokens(&self, bucket: u8, now: Timestamp) -> Result<Vec<String>, StoreError> {
        let query = self.client.query().table_name(&self.table).index_name("expiring").limit(EXPIRED_PER_BUCKET_MAX);
        let query = query.key_condition_expression("expiring = :bucket AND token_expires_at <= :now");
        let query = query.expression_attribute_values(":bucket", text(bucket));
        let page = query.expression_attribute_values(":now", number(now.as_ms())).send().await;
        let items = page.map_err(|error| StoreError::of("Query", &error))?.items.unwrap_or_default();
        let id = |item: &SdkItem| text_of(item, "owner")?.strip_prefix("connection#").map(str::to_owned);
        Ok(items.iter().filter_map(id).collect())
    }

    /// The items of an owner that have not expired, all pages.
    async fn of_owner(&self, owner: String, now: Timestamp) -> Result<Vec<SdkItem>, StoreError> {
        let mut items = Vec::new();
        let mut next = None;
        loop {
            let query = self.client.query().table_name(&self.table).consistent_read(true);
            let query = query.key_condition_expression("#owner = :owner").expression_attribute_names("#owner", "owner");
            let query = query.expression_attribute_values(":owner", text(&owner));
            let page = query.set_exclusive_start_key(next).send().await;
            let page = page.map_err(|error| StoreError::of("Query", &error))?;
            items.extend(page.items.unwrap_or_default().into_iter().filter(|item| is_alive(item, now)));
            next = page.last_evaluated_key;
            if next.is_none() {
                return Ok(items);
            }
        }
    }

    /// Forgets a connection with everything that it follows. Repeating it changes nothing.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn disconnect(&self, connection: &str) -> Result<(), StoreError> {
        let Some(meta) = self.get(meta_key(connection)).await? else { return Ok(()) };
        let games = games_of(&meta).into_iter();
        let mut keys: Vec<SdkItem> = games.map(|game| subscription_key(game, connection)).collect();
        keys.extend(
            text_of(&meta, "player_id").and_then(|id| PlayerId::parse(id).ok()).map(|id| player_key(&id, connection)),
        );
        try_join_all(keys.into_iter().map(|key| self.delete(key))).await?;
        // Last, so that a crash in between leaves the list for the next attempt.
        self.delete(meta_key(connection)).await
    }

    /// Tells a connection a last thing, ends it, and forgets it: `$disconnect` does that too, but it is not promised to come.
    ///
    /// # Errors
    /// When the gateway does not end it, or it cannot be forgotten.
    pub async fn end(&self, management: &Management, connection: &str, last: &str) -> Result<(), EndError> {
        match management.end(connection, last).await {
            Sent::Delivered | Sent::Gone => Ok(self.disconnect(connection).await?),
            not_taken @ (Sent::Throttled | Sent::Failed(_)) => Err(EndError::NotEnded(not_taken)),
        }
    }

    /// Forgets one subscription of a connection, which has room for another game then. Repeating it changes nothing.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn unsubscribe(&self, connection: &str, game: GameId) -> Result<(), StoreError> {
        // In this order, so that a crash in between leaves nothing that `disconnect` would not find.
        self.delete(subscription_key(game, connection)).await?;
        let update = self.client.update_item().table_name(&self.table).set_key(Some(meta_key(connection)));
        let update =
            update.update_expression("DELETE games :games").condition_expression("attribute_exists(player_id)");
        let games = AttributeValue::Ss(vec![game.to_string()]);
        // A connection that is gone has no list any more.
        conditional("UpdateItem", update.expression_attribute_values(":games", games).send().await).map(|_| ())
    }

    async fn put(&self, item: SdkItem) -> Result<(), StoreError> {
        let sent = self.client.put_item().table_name(&self.table).set_item(Some(item)).send().await;
        sent.map(|_| ()).map_err(|error| StoreError::of("PutItem", &error))
    }

    async fn get(&self, key: SdkItem) -> Result<Option<SdkItem>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key)).consistent_read(true);
        Ok(get.send().await.map_err(|error| StoreError::of("GetItem", &error))?.item)
    }

    async fn delete(&self, key: SdkItem) -> Result<(), StoreError> {
        let sent = self.client.delete_item().table_name(&self.table).set_key(Some(key)).send().await;
        sent.map(|_| ()).map_err(|error| StoreError::of("DeleteItem", &error))
    }
}

fn key(owner: String, item: String) -> SdkItem {
    HashMap::from([("owner".to_owned(), text(owner)), ("item".to_owned(), text(item))])
}

fn meta_key(connection: &str) -> SdkItem {
    key(format!("connection#{connection}"), "meta".to_owned())
}

fn player_key(player: &PlayerId, connection: &str) -> SdkItem {
    key(format!("player#{player}"), format!("connection#{connection}"))
}

fn barred_key(player: &PlayerId) -> SdkItem {
    key(format!("barred#{player}"), "barred".to_owned())
}

fn subscription_key(game: GameId, connection: &str) -> SdkItem {
    key(format!("game#{game}"), format!("connection#{connection}"))
}

/// The partition of the index `expiring` that a connection is in. Ids are random, so that any sum spreads them.
fn bucket_of(connection: &str) -> u8 {
    connection.bytes().fold(0, u8::wrapping_add) % INDEX_BUCKETS
}

fn seconds(now: Timestamp) -> AttributeValue {
    number(now.as_ms() / 1000)
}

fn expiry(now: Timestamp) -> AttributeValue {
    number(now.as_ms() / 1000 + CONNECTION_SECONDS_MAX)
}

fn is_alive(item: &SdkItem, now: Timestamp) -> bool {
    number_of(item, "expires_at").is_some_and(|expires_at| expires_at > now.as_ms() / 1000)
}

fn games_of(meta: &SdkItem) -> Vec<GameId> {
    let games = meta.get("games").and_then(|games| games.as_ss().ok()).into_iter().flatten();
    games.filter_map(|game| GameId::parse(game).ok()).collect()
}
