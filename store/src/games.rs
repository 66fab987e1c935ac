//! The Games table: the read model of every game, which is also the snapshot of the command path.

mod control;
mod due;
mod parked;
mod row;
mod snapshots;

use std::collections::HashMap;

use aws_sdk_dynamodb::{Client, operation::query::builders::QueryFluentBuilder};
use turnlog_domain::{GameId, Kinds, Seq, Timestamp};

use crate::{
    attributes::{SdkItem, text},
    entry::Folded,
    error::StoreError,
    read_model::{RowTable, StoredRow},
};

use self::{
    due::read_active,
    row::{STATE, read_row},
};
pub use self::{
    due::{DueCursor, DuePage, Duty, Round, SweepCursor},
    parked::ParkedGame,
};
pub(crate) use self::{
    row::STATES,
    snapshots::{SNAPSHOTS, snapshots_up_to},
};

/// The Games table.
#[derive(Debug, Clone)]
pub struct Games {
    pub(crate) client: Client,
    pub(crate) table: String,
    kinds: Kinds,
}

/// An entry of the index of games that are unfinished, or in which a bot has a rematch to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActiveGame {
    /// The game.
    pub game: GameId,
    /// How far its row has come.
    pub seq: Seq,
    /// The time of that message.
    pub at: Timestamp,
    /// When the sweep has to see to it, if nothing happens until then.
    pub due: Timestamp,
}

impl Games {
    /// The game. The partition key.
    pub const GAME_ID: &str = RowTable::Games.owner();
    /// What is kept of the game. The sort key.
    pub const ITEM: &str = RowTable::Games.item();
    /// What stands in place of a game where something is kept of the table itself. No game has such an id.
    pub const CONTROL: &str = "control";

    /// The table of that name, with games of `kinds`.
    pub fn new(client: Client, table: String, kinds: Kinds) -> Self {
        Self { client, table, kinds }
    }

    /// The client behind it.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The name of the table.
    pub fn name(&self) -> &str {
        &self.table
    }

    /// The kinds of its games.
    pub fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    /// The row of a game; `None` when there is none that this code can use. Strongly consistent.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn row(&self, game: GameId) -> Result<Option<Folded>, StoreError> {
        Ok(self.item(game, STATE).await?.as_ref().and_then(|item| read_row(&self.kinds, item)))
    }

    /// The row of a game as it is stored, whatever it holds. Strongly consistent.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn stored_row(&self, game: GameId) -> Result<Option<StoredRow>, StoreError> {
        Ok(self.item(game, STATE).await?.map(|item| StoredRow { table: RowTable::Games, item }))
    }

    /// The games of one bucket in which something is still to happen, the one that rested longest first; eventually consistent.
    /// For operators: it reads whole lists.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn active(&self, bucket: u8) -> Result<Vec<ActiveGame>, StoreError> {
        let mut games = Vec::new();
        for duty in Duty::ALL {
            games.extend(self.entries(&duty.list(bucket)).await?);
        }
        games.sort_by_key(|active: &ActiveGame| active.at);
        Ok(games)
    }

    /// The entries of one list, those that cannot be read left out.
    async fn entries(&self, list: &str) -> Result<Vec<ActiveGame>, StoreError> {
        let mut games = Vec::new();
        let mut next = None;
        loop {
            let page = self.in_list(list).set_exclusive_start_key(next).send().await;
            let page = page.map_err(|error| StoreError::of("Query", &error))?;
            games.extend(page.items.unwrap_or_default().iter().filter_map(read_active));
            next = page.last_evaluated_key;
            if next.is_none() {
                return Ok(games);
            }
        }
    }

    fn in_list(&self, list: &str) -> QueryFluentBuilder {
        let query = self.client.query().table_name(&self.table).index_name("due");
        query.key_condition_expression("active = :list").expression_attribute_values(":list", text(list))
    }

    /// An item of a game as it is stored; strongly consistent.
    async fn item(&self, game: GameId, item: &str) -> Result<Option<SdkItem>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key(game, item))).consistent_read(true);
        Ok(get.send().await.map_err(|error| StoreError::of("GetItem", &error))?.item)
    }
}

fn key(game: GameId, item: &str) -> SdkItem {
    item_key(&game.to_string(), item)
}

fn control_key(item: &str) -> SdkItem {
    item_key(Games::CONTROL, item)
}

fn item_key(owner: &str, item: &str) -> SdkItem {
    HashMap::from([(Games::GAME_ID.to_owned(), text(owner)), (Games::ITEM.to_owned(), text(item))])
}
