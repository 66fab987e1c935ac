//! The Players table: profiles, and every player's games with their results.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    types::{KeysAndAttributes, Select},
};
use turnlog_domain::{GameId, PlayerId, Seq, Timestamp};

use crate::{
    attributes::{SdkItem, number, put_if, text, text_of},
    error::StoreError,
};

/// Keys of one `BatchGetItem`, which is AWS's limit.
const BATCH_KEYS_MAX: usize = 100;
/// Rounds of a `BatchGetItem` whose keys were not all processed.
const BATCH_ROUNDS_MAX: usize = 5;

/// The Players table.
#[derive(Debug, Clone)]
pub struct Players {
    pub(crate) client: Client,
    pub(crate) table: String,
}

/// How a player stands in a game, as of one message of its log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayerGame {
    /// The player.
    pub player: PlayerId,
    /// The game.
    pub game: GameId,
    /// The message.
    pub seq: Seq,
    /// Name of the game kind.
    pub kind: &'static str,
    /// When the game was made.
    pub created_at: Timestamp,
    /// How they stand.
    pub standing: Standing,
}

/// How a player stands in a game.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// They made it or sit in it, and it is not finished.
    Open,
    /// They gave their seat back.
    Left,
    /// It is finished, and they came in at this place, 1 being the best.
    Finished {
        /// The place; `None` for whoever made the game without taking a seat.
        place: Option<u8>,
    },
}

impl Players {
    /// The player. The partition key.
    pub const PLAYER_ID: &str = "player_id";
    /// What is kept of the player. The sort key.
    pub const ITEM: &str = "item";
    /// How the items of standings begin, in the first version and in all later ones.
    pub const STANDINGS: [&str; 2] = ["game#", "standing#"];

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
        let mut found = HashMap::new();
        for batch in players.chunks(BATCH_KEYS_MAX) {
            let mut wanted: Vec<&PlayerId> = batch.iter().collect();
            wanted.sort();
            wanted.dedup();
            self.names_of_batch(wanted.into_iter().map(profile_key).collect(), &mut found).await?;
        }
        let named = |player: &PlayerId| found.remove(player.as_str()).map(|name| (player.clone(), name));
        Ok(players.iter().filter_map(named).collect())
    }

    async fn names_of_batch(&self, keys: Vec<SdkItem>, found: &mut HashMap<String, String>) -> Result<(), StoreError> {
        for item in self.items(keys, false).await? {
            if let (Some(player), Some(name)) = (text_of(&item, Self::PLAYER_ID), text_of(&item, "name")) {
                found.insert(player.to_owned(), name.to_owned());
            }
        }
        Ok(())
    }

    /// The items that exist under these keys, one batch of them.
    pub(crate) async fn items(&self, mut keys: Vec<SdkItem>, is_consistent: bool) -> Result<Vec<SdkItem>, StoreError> {
        let mut items = Vec::new();
        for _ in 0..BATCH_ROUNDS_MAX {
            let request = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(is_consistent).build();
            let request = request.map_err(|error| StoreError::invalid("BatchGetItem", error))?;
            let sent = self.client.batch_get_item().request_items(&self.table, request).send().await;
            let answer = sent.map_err(|error| StoreError::of("BatchGetItem", &error))?;
            items.extend(answer.responses.unwrap_or_default().remove(&self.table).unwrap_or_default());
            keys = answer
                .unprocessed_keys
                .unwrap_or_default()
                .remove(&self.table)
                .map(|left| left.keys)
                .unwrap_or_default();
            if keys.is_empty() {
                return Ok(items);
            }
        }
        Err(StoreError::new(crate::StoreErrorKind::Throttled, "BatchGetItem", "keys were left unprocessed"))
    }

    /// Writes in one version how a player stands in a game, unless as late or later a standing is there: that counts as
    /// success.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn put_game(&self, version: u32, game: &PlayerGame) -> Result<(), StoreError> {
        let is_further = "attribute_not_exists(seq) OR seq < :seq";
        let values = [(":seq", number(game.seq.0))];
        put_if(&self.client, &self.table, game_item(version, game), is_further, values).await.map(|_| ())
    }

    /// Whether a player has `max` unfinished games or more, as one version has it; eventually consistent.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn has_open_games(&self, version: u32, player: &PlayerId, max: usize) -> Result<bool, StoreError> {
        let (mut count, mut next) = (0, None);
        while count < max {
            let query = self.client.query().table_name(&self.table).index_name("open").select(Select::Count);
            let query = query.key_condition_expression("player_id = :player");
            // The index has the standings of every version.
            let query =
                query.filter_expression("begins_with(#item, :games)").expression_attribute_names("#item", "item");
            let query = query.expression_attribute_values(":player", text(player));
            let query = query.expression_attribute_values(":games", text(Players::standings_in(version)));
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

    /// The items that some standings must have in one version, each with the one that is stored; in their order.
    pub(crate) async fn standings(
        &self,
        version: u32,
        standings: &[&PlayerGame],
    ) -> Result<Vec<(SdkItem, Option<SdkItem>)>, StoreError> {
        let key = |item: &SdkItem| [Self::PLAYER_ID, Self::ITEM].map(|name| text_of(item, name).map(str::to_owned));
        let mut stored = HashMap::new();
        for batch in standings.chunks(BATCH_KEYS_MAX) {
            let keys = batch.iter().map(|standing| game_key(version, &standing.player, standing.game)).collect();
            for item in self.items(keys, true).await? {
                stored.insert(key(&item), item);
            }
        }
        let pair = |standing: &&PlayerGame| {
            let expected = game_item(version, standing);
            let found = stored.remove(&key(&expected));
            (expected, found)
        };
        Ok(standings.iter().map(pair).collect())
    }

    /// What the items of all standings of a version begin with. Those of the first have always been without a number.
    pub fn standings_in(version: u32) -> String {
        let [first, later] = Self::STANDINGS;
        if version == 1 { first.to_owned() } else { format!("{later}{version}#") }
    }
}

fn game_key(version: u32, player: &PlayerId, game: GameId) -> SdkItem {
    item_key(player, &format!("{}{game}", Players::standings_in(version)))
}

fn profile_key(player: &PlayerId) -> SdkItem {
    item_key(player, "profile")
}

pub(crate) fn item_key(player: &PlayerId, item: &str) -> SdkItem {
    HashMap::from([(Players::PLAYER_ID.to_owned(), text(player)), (Players::ITEM.to_owned(), text(item))])
}

fn game_item(version: u32, game: &PlayerGame) -> SdkItem {
    let mut item = game_key(version, &game.player, game.game);
    item.insert("seq".to_owned(), number(game.seq.0));
    item.insert("kind".to_owned(), text(game.kind));
    let mut set = |name: &str, value| item.insert(name.to_owned(), value);
    match game.standing {
        Standing::Open => {
            set("standing", text("open"));
            set("open_since", number(game.created_at.as_ms()));
        }
        Standing::Left => {
            set("standing", text("left"));
        }
        Standing::Finished { place } => {
            set("standing", text("finished"));
            if let Some(place) = place {
                set("place", number(place.into()));
            }
        }
    }
    item
}
