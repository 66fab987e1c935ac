//! Games that are parked: their logs cannot be folded, and people see why.

use turnlog_domain::{GameId, Seq, Timestamp};

use super::{ActiveGame, Games, key};
use crate::{
    attributes::{number, put_if, text, text_of},
    error::StoreError,
    read_model::{RowTable, StoredRow},
};

/// What the item of a parked game is called, and the list in which all of them stand.
pub(super) const PARKED: &str = "parked";

/// A game that is parked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedGame {
    /// The game.
    pub game: GameId,
    /// The last message that was known when it was parked.
    pub seq: Seq,
    /// Since when.
    pub at: Timestamp,
}

impl StoredRow {
    /// Whether it says why a game is parked, which follows from no message.
    pub fn is_parked(&self) -> bool {
        self.table() == RowTable::Games && self.key().item == PARKED
    }
}

impl Games {
    /// Parks a game whose log cannot be folded: people see why, and everything else goes on. A game that is parked for the
    /// same reason already stays as it is. While codes of two formats run, either may park it, and the one that can fold it takes
    /// it out again.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn park(&self, game: GameId, seq: Seq, reason: &str, at: Timestamp) -> Result<(), StoreError> {
        let mut item = key(game, PARKED);
        item.insert("seq".to_owned(), number(seq.0));
        item.insert("reason".to_owned(), text(reason));
        item.insert("at".to_owned(), number(at.as_ms()));
        item.insert("active".to_owned(), text(PARKED));
        item.insert("due".to_owned(), number(at.as_ms()));
        let is_new = "attribute_not_exists(reason) OR reason <> :reason";
        put_if(&self.client, &self.table, item, is_new, [(":reason", text(reason))]).await.map(|_| ())
    }

    /// Why a game is parked; `None` when it is not.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn parked(&self, game: GameId) -> Result<Option<String>, StoreError> {
        let item = self.item(game, PARKED).await?;
        Ok(item.as_ref().and_then(|item| text_of(item, "reason")).map(str::to_owned))
    }

    /// All games that are parked, the one that was parked first before the others; eventually consistent.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn all_parked(&self) -> Result<Vec<ParkedGame>, StoreError> {
        let entries = self.entries(PARKED).await?.into_iter();
        Ok(entries.map(|ActiveGame { game, seq, at, due: _ }| ParkedGame { game, seq, at }).collect())
    }

    /// Takes a game that folds again out of the parked ones.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn unpark(&self, game: GameId) -> Result<(), StoreError> {
        let delete = self.client.delete_item().table_name(&self.table).set_key(Some(key(game, PARKED)));
        delete.send().await.map(|_| ()).map_err(|error| StoreError::of("DeleteItem", &error))
    }
}
