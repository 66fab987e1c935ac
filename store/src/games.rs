//! The Games table: the read model of every game, which is also the snapshot of the command path.

mod snapshots;

use std::collections::HashMap;

use aws_sdk_dynamodb::{Client, error::SdkError, types::AttributeValue};
use turnlog_domain::{GameId, Phase, Seq, Session, Timestamp};

use crate::{
    attributes::{SdkItem, number, number_of, put_forwards, text, text_of},
    entry::Folded,
    error::StoreError,
    hash::Hash,
    limits::{BOT_LATE_MS, INDEX_BUCKETS},
    scan::{Page, Place, page},
    versions::{Control, Model},
};

pub use self::snapshots::has_snapshot;
pub(crate) use self::snapshots::{snapshot_item, snapshot_name, snapshots_up_to};

/// The Games table.
#[derive(Debug, Clone)]
pub struct Games {
    pub(crate) client: Client,
    pub(crate) table: String,
    control: Control,
}

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

/// An entry of the index of games that are unfinished, or in which a bot has a rematch to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActiveGame {
    /// The game.
    pub game: GameId,
    /// How far its row has come.
    pub seq: Seq,
    /// The time of that message.
    pub at: Timestamp,
    /// The moment after which somebody's time is up, if a clock runs, or a bot is late.
    pub due: Option<Timestamp>,
}

impl Games {
    /// The table of that name.
    pub fn new(client: Client, table: String) -> Self {
        let control = Control::new(client.clone(), table.clone());
        Self { client, table, control }
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
            Some(version) => Ok(self.stored_row(version, game).await?.as_ref().and_then(read_row)),
            None => Ok(None),
        }
    }

    /// Writes the row of every version, unless one that is as far or further is there.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn put_row(&self, folded: &Folded) -> Result<(), StoreError> {
        let versions = self.control.versions_to_write().await?;
        let read = versions.read(Model::Games);
        for version in versions.written(Model::Games) {
            // The stream rings for bots once for each message, not once for each version.
            let doorbell = if Some(version) == read { Doorbell::Rings } else { Doorbell::Silent };
            put_forwards(&self.client, &self.table, row_item(version, folded, doorbell), folded.session.seq()).await?;
        }
        Ok(())
    }

    /// Writes the row of one version, unless one that is as far or further is there. It rings for nobody.
    pub(crate) async fn put_row_of(&self, version: u32, folded: &Folded) -> Result<(), StoreError> {
        let item = row_item(version, folded, Doorbell::Silent);
        put_forwards(&self.client, &self.table, item, folded.session.seq()).await
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
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn active(&self, bucket: u8) -> Result<Vec<ActiveGame>, StoreError> {
        match self.read().await? {
            Some(version) => self.entries(active_key(version, bucket)).await,
            None => Ok(Vec::new()),
        }
    }

    async fn entries(&self, partition: String) -> Result<Vec<ActiveGame>, StoreError> {
        let mut games = Vec::new();
        let mut next = None;
        loop {
            let query = self.client.query().table_name(&self.table).index_name("active");
            let query = query.key_condition_expression("active = :active");
            let query = query.expression_attribute_values(":active", text(&partition));
            let page = query.set_exclusive_start_key(next).send().await;
            let page = page.map_err(|error| StoreError::of("Query", &error))?;
            for item in page.items.unwrap_or_default() {
                let game = read_active(&item).ok_or_else(|| StoreError::unreadable("Query", "an incomplete entry"))?;
                games.push(game);
            }
            next = page.last_evaluated_key;
            if next.is_none() {
                return Ok(games);
            }
        }
    }

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
    pub(crate) async fn park_in(
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
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let put = put.condition_expression("attribute_not_exists(reason) OR reason <> :reason");
        match put.expression_attribute_values(":reason", text(reason)).send().await {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(error)) if error.err().is_conditional_check_failed_exception() => Ok(()),
            Err(error) => Err(StoreError::of("PutItem", &error)),
        }
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

    /// All games that are parked in the version that this code reads, the one that was parked first before the others;
    /// eventually consistent.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn all_parked(&self) -> Result<Vec<ParkedGame>, StoreError> {
        match self.read().await? {
            Some(version) => self.all_parked_in(version).await,
            None => Ok(Vec::new()),
        }
    }

    /// All games that are parked in one version.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn all_parked_in(&self, version: u32) -> Result<Vec<ParkedGame>, StoreError> {
        let entries = self.entries(parked_name(version)).await?.into_iter();
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
    pub(crate) async fn unpark_in(&self, version: u32, game: GameId) -> Result<(), StoreError> {
        self.delete(key(game, &parked_name(version))).await
    }

    /// A page of the keys of all rows and parked games of one version.
    pub(crate) async fn keys_of(&self, version: u32, after: Option<&Place>) -> Result<Page<SdkItem>, StoreError> {
        let scan = self.client.scan().table_name(&self.table).filter_expression("#item IN (:row, :parked)");
        let scan = scan.projection_expression("game_id, #item").expression_attribute_names("#item", "item");
        let scan = scan.expression_attribute_values(":row", text(row_name(version)));
        page(scan.expression_attribute_values(":parked", text(parked_name(version))), after, Ok).await
    }

    pub(crate) async fn delete(&self, key: SdkItem) -> Result<(), StoreError> {
        let delete = self.client.delete_item().table_name(&self.table).set_key(Some(key));
        delete.send().await.map(|_| ()).map_err(|error| StoreError::of("DeleteItem", &error))
    }

    /// An item of a game as it is stored; strongly consistent.
    pub(crate) async fn item(&self, game: GameId, item: &str) -> Result<Option<SdkItem>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key(game, item))).consistent_read(true);
        Ok(get.send().await.map_err(|error| StoreError::of("GetItem", &error))?.item)
    }
}

/// Whether a row rings for the bots of its game.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doorbell {
    Rings,
    Silent,
}

fn key(game: GameId, item: &str) -> SdkItem {
    HashMap::from([("game_id".to_owned(), text(game)), ("item".to_owned(), text(item))])
}

fn row_name(version: u32) -> String {
    format!("state#{version}")
}

fn parked_name(version: u32) -> String {
    format!("parked#{version}")
}

fn active_key(version: u32, bucket: u8) -> String {
    format!("{version}#{bucket}")
}

pub(crate) fn row_item(version: u32, folded: &Folded, doorbell: Doorbell) -> SdkItem {
    let session = &folded.session;
    let (game, kind) = (session.game(), session.kind().name());
    let bucket = game.bucket(INDEX_BUCKETS);
    let mut item = key(game, &row_name(version));
    let mut set = |name: &str, value: AttributeValue| item.insert(name.to_owned(), value);
    set("seq", number(session.seq().0));
    set("at", number(session.at().as_ms()));
    set("created_at", number(session.created_at().as_ms()));
    set("kind", text(kind));
    set("format", number(Session::FORMAT.into()));
    set("state", text(session.to_json()));
    set("head", text(folded.head.as_str()));
    let has_errand = session.errand().is_some();
    match session.phase() {
        Phase::Waiting => {
            // The lobby lists what anybody may join.
            if !session.is_private() && session.reserved().is_empty() {
                set("open", text(format!("{version}#{kind}#{bucket}")));
            }
            set("active", text(active_key(version, bucket)));
        }
        Phase::Playing | Phase::Paused => {
            set("active", text(active_key(version, bucket)));
        }
        Phase::Finished(_) => {
            // A bot has a rematch to answer, and the sweep finds it here when its doorbell is lost.
            if has_errand {
                set("active", text(active_key(version, bucket)));
            }
        }
    }
    if has_errand && doorbell == Doorbell::Rings {
        // The stream of this table rings for bots only where this stands.
        set("errand", text("bot"));
    }
    let late_bot = has_errand.then(|| session.at().as_ms().saturating_add(BOT_LATE_MS));
    let deadline = session.deadline().map(Timestamp::as_ms);
    if let Some(due) = late_bot.into_iter().chain(deadline).min() {
        set("due", number(due));
    }
    item
}

/// A row of another layout, or one that cannot be read, counts as missing: the log decides then.
fn read_row(item: &SdkItem) -> Option<Folded> {
    if number_of(item, "format") != Some(Session::FORMAT.into()) {
        return None;
    }
    let session = Session::from_json(text_of(item, "state")?).ok()?;
    let head = Hash::from_stored(text_of(item, "head")?);
    (number_of(item, "seq") == Some(session.seq().0)).then_some(Folded { session, head })
}

fn read_active(item: &SdkItem) -> Option<ActiveGame> {
    Some(ActiveGame {
        game: GameId::parse(text_of(item, "game_id")?).ok()?,
        seq: Seq(number_of(item, "seq")?),
        at: Timestamp::from_ms(number_of(item, "at")?),
        due: number_of(item, "due").map(Timestamp::from_ms),
    })
}
