//! The Players table: profiles, and every player's games with their results.

mod standings;

use std::collections::HashMap;

use aws_sdk_dynamodb::{Client, types::Select};
use turnlog_domain::PlayerId;

pub(crate) use self::standings::STANDINGS;
use crate::{
    attributes::{SdkItem, text, text_of},
    batch::get_items,
    error::StoreError,
    read_model::RowTable,
};

/// The Players table.
#[derive(Debug, Clone)]
pub struct Players {
    pub(crate) client: Client,
    pub(crate) table: String,
}

impl Players {
    /// The player. The partition key.
    pub const PLAYER_ID: &str = RowTable::Players.owner();
    /// What is kept of the player. The sort key.
    pub const ITEM: &str = RowTable::Players.item();
    /// How the items that say how a player stands in a game begin; the id of the game follows.
    pub const STANDING: &str = "game#";

    /// The table of that name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// The client behind it.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The name of the table.
    pub fn name(&self) -> &str {
        &self.table
    }

    /// Writes the display name of a player.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn put_name(&self, player: &PlayerId, name: &str) -> Result<(), StoreError> {
        let mut item = profile_key(player);
        item.insert("name".to_owned(), text(name));
        let sent = self.client.put_item().table_name(&self.table).set_item(Some(item)).send().await;
        sent.map(|_| ()).map_err(|error| StoreError::of("PutItem", &error))
    }

    /// The display names of those who have a profile, in the order of the ids.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn names(&self, players: &[PlayerId]) -> Result<Vec<(PlayerId, String)>, StoreError> {
        let mut wanted: Vec<&PlayerId> = players.iter().collect();
        wanted.sort();
        wanted.dedup();
        let mut found = HashMap::new();
        for item in self.items(wanted.into_iter().map(profile_key).collect(), false).await? {
            if let (Some(player), Some(name)) = (text_of(&item, Self::PLAYER_ID), text_of(&item, "name")) {
                found.insert(player.to_owned(), name.to_owned());
            }
        }
        let named = |player: &PlayerId| found.remove(player.as_str()).map(|name| (player.clone(), name));
        Ok(players.iter().filter_map(named).collect())
    }

    /// The items that exist under these keys.
    pub(crate) async fn items(&self, keys: Vec<SdkItem>, is_consistent: bool) -> Result<Vec<SdkItem>, StoreError> {
        get_items(&self.client, &self.table, keys, is_consistent).await
    }

    /// Whether a player has `max` unfinished games or more; eventually consistent.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn has_open_games(&self, player: &PlayerId, max: usize) -> Result<bool, StoreError> {
        let (mut count, mut next) = (0, None);
        while count < max {
            let query = self.client.query().table_name(&self.table).index_name("open").select(Select::Count);
            let query = query.key_condition_expression("player_id = :player");
            let query = query.expression_attribute_values(":player", text(player));
            let answer = query.set_exclusive_start_key(next).send().await;
            let answer = answer.map_err(|error| StoreError::of("Query", &error))?;
            count += usize::try_from(answer.count).unwrap_or_default();
            next = answer.last_evaluated_key;
            if next.is_none() {
                break;
            }
        }
        Ok(count >= max)
    }
}

fn profile_key(player: &PlayerId) -> SdkItem {
    item_key(player, "profile")
}

pub(crate) fn item_key(player: &PlayerId, item: &str) -> SdkItem {
    HashMap::from([(Players::PLAYER_ID.to_owned(), text(player)), (Players::ITEM.to_owned(), text(item))])
}
