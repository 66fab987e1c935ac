//! The Games table: the read model of every game, which is also the snapshot of the command path.

mod due;
mod parked;
mod row;
mod snapshots;

use std::collections::HashMap;

use aws_sdk_dynamodb::{Client, operation::query::builders::QueryFluentBuilder};
use futures::{StreamExt as _, stream};
use turnlog_domain::{Game, GameId, Kinds, Seq, Timestamp};

use crate::{
    attributes::{SdkItem, number, put_if, text},
    entry::Folded,
    error::StoreError,
    limits::ROWS_AT_ONCE_MAX,
    versions::{CONTROL, Control, Model},
};

pub(crate) use self::row::{Doorbell, layout_of, row_differences, row_item};
pub(crate) use self::snapshots::{snapshot_differences, snapshot_item, snapshot_name, snapshots_up_to};
pub use self::{
    due::{DueCursor, DuePage, Duty, Round, SweepCursor},
    parked::ParkedGame,
    snapshots::has_snapshot,
};
use self::{
    due::{read_active, watched},
    parked::parked_name,
    row::{read_row, row_name},
};

/// The Games table.
#[derive(Debug, Clone)]
pub struct Games {
    pub(crate) client: Client,
    pub(crate) table: String,
    kinds: Kinds,
    control: Control,
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
    pub const GAME_ID: &str = "game_id";
    /// What is kept of the game. The sort key.
    pub const ITEM: &str = "item";
    /// What stands in place of a game where something is kept of the table itself.
    pub const CONTROL: &str = CONTROL;

    /// The table of that name, with games of `kinds`.
    pub fn new(client: Client, table: String, kinds: Kinds) -> Self {
        let control = Control::new(client.clone(), table.clone());
        Self { client, table, kinds, control }
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

    /// Which versions of the read models there are; this table says it for all of them.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// The row of a game; `None` when there is none that this code can use. Strongly consistent.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn row(&self, game: GameId) -> Result<Option<Folded>, StoreError> {
        match self.read().await? {
            Some(version) => {
                Ok(self.stored_row(version, game).await?.as_ref().and_then(|item| read_row(&self.kinds, item)))
            }
            None => Ok(None),
        }
    }

    /// Writes the row of every version, unless one that is as far or further is there, and of no older layout.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn put_row(&self, folded: &Folded) -> Result<(), StoreError> {
        let versions = self.control.versions_to_write().await?;
        let read = versions.read(Model::Games);
        for version in versions.written(Model::Games) {
            // The stream rings for bots once for each message, not once for each version.
            let doorbell = if Some(version) == read { Doorbell::Rings } else { Doorbell::Silent };
            self.put_row_item(row_item(version, folded, doorbell), &folded.game).await?;
        }
        Ok(())
    }

    /// Writes the row of one version, unless one that is as far or further is there. It rings for nobody.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn put_row_of(&self, version: u32, folded: &Folded) -> Result<(), StoreError> {
        self.put_row_item(row_item(version, folded, Doorbell::Silent), &folded.game).await
    }

    /// Rows go forwards along the log, and at one message from an older layout of the kind's state to a newer one.
    async fn put_row_item(&self, item: SdkItem, game: &Game) -> Result<(), StoreError> {
        let is_further = "attribute_not_exists(seq) OR seq < :seq \
             OR (seq = :seq AND (attribute_not_exists(kind_version) OR kind_version < :kind_version))";
        let values = [(":seq", number(game.seq().0)), (":kind_version", number(game.kind().version().into()))];
        put_if(&self.client, &self.table, item, is_further, values).await.map(|_| ())
    }

    /// The row of one version as it is stored. Strongly consistent.
    pub(crate) async fn stored_row(&self, version: u32, game: GameId) -> Result<Option<SdkItem>, StoreError> {
        self.item(game, &row_name(version)).await
    }

    /// The version that this code reads.
    pub(crate) async fn read(&self) -> Result<Option<u32>, StoreError> {
        Ok(self.control.versions().await?.read(Model::Games))
    }

    /// The games of one bucket in which something is still to happen, the one that rested longest first; eventually consistent.
    /// For operators: it reads whole lists.
    ///
    /// While no rebuild has found the version that this code reads complete, games that have no row in it yet are taken from the
    /// live one: whatever the format of a row, its entry says that the game is there.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn active(&self, bucket: u8) -> Result<Vec<ActiveGame>, StoreError> {
        let versions = self.control.versions().await?;
        let read = versions.read(Model::Games);
        let mut games: Vec<ActiveGame> = Vec::new();
        for version in watched(&versions) {
            let mut found = Vec::new();
            for duty in Duty::ALL {
                found.extend(self.entries(&duty.list(version, bucket)).await?);
            }
            games.extend(if read == Some(version) { found } else { self.without_rows(read, found).await });
        }
        games.sort_by_key(|active| active.at);
        Ok(games)
    }

    /// Those of the games that have no row in a version.
    async fn without_rows(&self, version: Option<u32>, games: Vec<ActiveGame>) -> Vec<ActiveGame> {
        let Some(version) = version else { return games };
        let games = games.into_iter().map(|active| async move {
            // Whoever looks after the game reads its log; so one too many does no harm where the row cannot be read.
            let has_row = self.stored_row(version, active.game).await.is_ok_and(|row| row.is_some());
            (!has_row).then_some(active)
        });
        stream::iter(games).buffer_unordered(ROWS_AT_ONCE_MAX).filter_map(async |game| game).collect().await
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

    /// The items of a game in one version: its row, and why it is parked.
    pub fn items_in(version: u32) -> [String; 2] {
        [row_name(version), parked_name(version)]
    }

    /// An item of a game as it is stored; strongly consistent.
    pub(crate) async fn item(&self, game: GameId, item: &str) -> Result<Option<SdkItem>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key(game, item))).consistent_read(true);
        Ok(get.send().await.map_err(|error| StoreError::of("GetItem", &error))?.item)
    }
}

fn key(game: GameId, item: &str) -> SdkItem {
    HashMap::from([(Games::GAME_ID.to_owned(), text(game)), (Games::ITEM.to_owned(), text(item))])
}
