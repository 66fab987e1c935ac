//! Games that are parked: their logs cannot be folded, and people see why.

use turnlog_domain::{GameId, Seq, Timestamp};

use super::{ActiveGame, Games, key};
use crate::{
    attributes::{number, put_if, text, text_of},
    error::StoreError,
    versions::Model,
};

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

impl Games {
    /// Parks a game whose log cannot be folded: people see why, and everything else goes on. A game that is parked for the
    /// same reason already stays as it is.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn park(&self, game: GameId, seq: Seq, reason: &str, at: Timestamp) -> Result<(), StoreError> {
        for version in self.control.versions_to_write().await?.written(Model::Games) {
            self.park_in(version, game, seq, reason, at).await?;
        }
        Ok(())
    }

    /// Parks a game in one version.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn park_in(
        &self,
        version: u32,
        game: GameId,
        seq: Seq,
        reason: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut item = key(game, &parked_name(version));
        item.insert("seq".to_owned(), number(seq.0));
        item.insert("reason".to_owned(), text(reason));
        item.insert("at".to_owned(), number(at.as_ms()));
        item.insert("active".to_owned(), text(parked_name(version)));
        item.insert("due".to_owned(), number(at.as_ms()));
        let is_new = "attribute_not_exists(reason) OR reason <> :reason";
        put_if(&self.client, &self.table, item, is_new, [(":reason", text(reason))]).await.map(|_| ())
    }

    /// Why a game is parked; `None` when it is not.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn parked(&self, game: GameId) -> Result<Option<String>, StoreError> {
        match self.read().await? {
            Some(version) => self.parked_in(version, game).await,
            None => Ok(None),
        }
    }

    /// Why a game is parked in one version; `None` when it is not.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn parked_in(&self, version: u32, game: GameId) -> Result<Option<String>, StoreError> {
        let item = self.item(game, &parked_name(version)).await?;
        Ok(item.as_ref().and_then(|item| text_of(item, "reason")).map(str::to_owned))
    }

    /// All games that are parked in one version, the one that was parked first before the others; eventually consistent.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn all_parked_in(&self, version: u32) -> Result<Vec<ParkedGame>, StoreError> {
        let entries = self.entries(&parked_name(version)).await?.into_iter();
        Ok(entries.map(|ActiveGame { game, seq, at, due: _ }| ParkedGame { game, seq, at }).collect())
    }

    /// Takes a game that folds again out of the parked ones.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn unpark(&self, game: GameId) -> Result<(), StoreError> {
        for version in self.control.versions_to_write().await?.written(Model::Games) {
            self.unpark_in(version, game).await?;
        }
        Ok(())
    }

    /// Takes a game out of the parked ones of one version.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn unpark_in(&self, version: u32, game: GameId) -> Result<(), StoreError> {
        let key = Some(key(game, &parked_name(version)));
        let delete = self.client.delete_item().table_name(&self.table).set_key(key);
        delete.send().await.map(|_| ()).map_err(|error| StoreError::of("DeleteItem", &error))
    }
}

pub(super) fn parked_name(version: u32) -> String {
    format!("parked#{version}")
}
