//! Reading everything, page by page: the whole log in the order in which the table keeps it, and the list of all games.
//!
//! For operators: no function has the right to scan.

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use serde_dynamo::Item;
use turnlog_domain::{GameId, PlayerId, Timestamp};

use crate::{
    attributes::{SdkItem, number_of, text, text_of},
    cursor::{Cursor, Page, page},
    error::StoreError,
    games::Games,
    messages::Messages,
    players::Players,
    versions::CONTROL,
};

/// A game as the `start` index lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// The game.
    pub game: GameId,
    /// Name of its kind, which this code need not know.
    pub kind: String,
    /// When it was made.
    pub at: Timestamp,
}

impl Messages {
    /// A page of the items of all logs as they are stored: those of one log one after the other, in the order of their seq.
    /// Strongly consistent. Of a log that grows meanwhile, everything up to some message is seen.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn scan(&self, after: Option<&Cursor>) -> Result<Page<Item>, StoreError> {
        let scan = self.client.scan().table_name(&self.table).consistent_read(true);
        page(scan, after, |item| Ok(Item::from(item))).await
    }

    /// A page of the items of one log as they are stored, whatever they are, in the order of their seq; strongly consistent.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn whole(&self, log: &str, after: Option<&Cursor>) -> Result<Page<Item>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query.key_condition_expression("game_id = :log").expression_attribute_values(":log", text(log));
        let query = query.return_consumed_capacity(ReturnConsumedCapacity::Total);
        let sent = query.set_exclusive_start_key(after.map(Cursor::to_item)).send().await;
        let page = sent.map_err(|error| StoreError::of("Query", &error))?;
        Ok(Page {
            items: page.items.unwrap_or_default().into_iter().map(Item::from).collect(),
            next: page.last_evaluated_key.map(Cursor::of_item).transpose()?,
            units: page.consumed_capacity.and_then(|capacity| capacity.capacity_units).unwrap_or_default(),
        })
    }

    /// A page of all games, in no order; eventually consistent.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn begun(&self, after: Option<&Cursor>) -> Result<Page<Begun>, StoreError> {
        self.begun_at_most(None, after).await
    }

    /// The same with at most so many games on the page.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn begun_at_most(&self, max: Option<i32>, after: Option<&Cursor>) -> Result<Page<Begun>, StoreError> {
        let scan = self.client.scan().table_name(&self.table).index_name("start").set_limit(max);
        page(scan, after, |item| read_begun(&item)).await
    }
}

impl Games {
    /// A page of the games that have an item here, one for each of their items, in no order; strongly consistent. An item
    /// that is of no game is told by what stands in place of its id.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn all(&self, after: Option<&Cursor>) -> Result<Page<Result<GameId, String>>, StoreError> {
        let scan = self.client.scan().table_name(&self.table).consistent_read(true).projection_expression("game_id");
        // What is kept about the table itself stands under no game.
        let scan = scan.filter_expression("game_id <> :control");
        page(scan.expression_attribute_values(":control", text(CONTROL)), after, |item| {
            let id = text_of(&item, "game_id").unwrap_or_default();
            Ok(GameId::parse(id).map_err(|_| id.to_owned()))
        })
        .await
    }
}

impl Players {
    /// A page of the games in which players stand somehow, in any version and in no order; strongly consistent. A standing
    /// without game or player is told by its key.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn all_standings(
        &self,
        after: Option<&Cursor>,
    ) -> Result<Page<Result<(GameId, PlayerId), String>>, StoreError> {
        let scan = self.client.scan().table_name(&self.table).consistent_read(true);
        let scan = scan.projection_expression("player_id, #item").expression_attribute_names("#item", "item");
        let scan = scan.filter_expression("begins_with(#item, :first) OR begins_with(#item, :later)");
        let scan = scan.expression_attribute_values(":first", text("game#"));
        let scan = scan.expression_attribute_values(":later", text("standing#"));
        page(scan, after, |item| {
            let (id, name) =
                (text_of(&item, "player_id").unwrap_or_default(), text_of(&item, "item").unwrap_or_default());
            let game = name.rsplit('#').next().and_then(|id| GameId::parse(id).ok());
            Ok(game.zip(PlayerId::parse(id).ok()).ok_or_else(|| format!("{id} {name}")))
        })
        .await
    }
}

fn read_begun(item: &SdkItem) -> Result<Begun, StoreError> {
    let read = || {
        let (kind, _) = text_of(item, "start")?.rsplit_once('#')?;
        Some(Begun {
            game: GameId::parse(text_of(item, "game_id")?).ok()?,
            kind: kind.to_owned(),
            at: Timestamp::from_ms(number_of(item, "at")?),
        })
    };
    read().ok_or_else(|| StoreError::unreadable("Scan", "an index entry without a game"))
}
