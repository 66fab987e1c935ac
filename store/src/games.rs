//! The Games table: the read model of every game, which is also the snapshot of the command path.

mod snapshots;

use std::collections::HashMap;

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use turnlog_domain::{GameId, Phase, Seq, Session, Timestamp};

use crate::{
    attributes::{SdkItem, number, number_of, put_forwards, text, text_of},
    entry::Folded,
    error::StoreError,
    hash::Hash,
    limits::{BOT_LATE_MS, INDEX_BUCKETS},
};

pub use self::snapshots::has_snapshot;
pub(crate) use self::snapshots::{snapshot_item, snapshot_name, snapshots_up_to};

/// The version of the rows. A binary reads and writes only its own; where that row is missing, the log decides.
const ROW_VERSION: u32 = 2;

/// The Games table.
#[derive(Debug, Clone)]
pub struct Games {
    pub(crate) client: Client,
    pub(crate) table: String,
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
        Self { client, table }
    }

    /// The row of a game; `None` when there is none that this code can use. Strongly consistent.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn row(&self, game: GameId) -> Result<Option<Folded>, StoreError> {
        Ok(self.item(game, &row_name()).await?.as_ref().and_then(read_row))
    }

    /// An item of a game as it is stored; strongly consistent.
    pub(crate) async fn item(&self, game: GameId, item: &str) -> Result<Option<SdkItem>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key(game, item)));
        let answer = get.consistent_read(true).send().await.map_err(|error| StoreError::of("GetItem", &error))?;
        Ok(answer.item)
    }

    /// The row as it is written.
    pub(crate) fn row_of(folded: &Folded) -> SdkItem {
        row_item(folded)
    }

    /// Writes a row, unless one that is as far or further is there.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn put_row(&self, folded: &Folded) -> Result<(), StoreError> {
        put_forwards(&self.client, &self.table, row_item(folded), folded.session.seq()).await
    }

    /// The games of one bucket in which something is still to happen, the one that rested longest first; eventually consistent.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn active(&self, bucket: u8) -> Result<Vec<ActiveGame>, StoreError> {
        let mut games = Vec::new();
        let mut next = None;
        loop {
            let query = self.client.query().table_name(&self.table).index_name("active");
            let query = query.key_condition_expression("active = :active");
            let query = query.expression_attribute_values(":active", text(active_key(bucket)));
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

    /// Parks a game whose log cannot be folded: people see why, and everything else goes on.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn park(&self, game: GameId, seq: Seq, reason: &str, at: Timestamp) -> Result<(), StoreError> {
        let mut item = key(game, &parked_name());
        item.insert("seq".to_owned(), number(seq.0));
        item.insert("reason".to_owned(), text(reason));
        item.insert("at".to_owned(), number(at.as_ms()));
        let sent = self.client.put_item().table_name(&self.table).set_item(Some(item)).send().await;
        sent.map(|_| ()).map_err(|error| StoreError::of("PutItem", &error))
    }

    /// Why a game is parked; `None` when it is not.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn parked(&self, game: GameId) -> Result<Option<String>, StoreError> {
        let item = self.item(game, &parked_name()).await?;
        Ok(item.as_ref().and_then(|item| text_of(item, "reason")).map(str::to_owned))
    }

    /// Takes a game that folds again out of the parked ones.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn unpark(&self, game: GameId) -> Result<(), StoreError> {
        let delete = self.client.delete_item().table_name(&self.table).set_key(Some(key(game, &parked_name())));
        delete.send().await.map(|_| ()).map_err(|error| StoreError::of("DeleteItem", &error))
    }
}

fn key(game: GameId, item: &str) -> SdkItem {
    HashMap::from([("game_id".to_owned(), text(game)), ("item".to_owned(), text(item))])
}

pub(crate) fn row_name() -> String {
    format!("state#{ROW_VERSION}")
}

fn parked_name() -> String {
    format!("parked#{ROW_VERSION}")
}

fn active_key(bucket: u8) -> String {
    format!("{ROW_VERSION}#{bucket}")
}

fn row_item(folded: &Folded) -> SdkItem {
    let session = &folded.session;
    let (game, kind) = (session.game(), session.kind().name());
    let bucket = game.bucket(INDEX_BUCKETS);
    let mut item = key(game, &row_name());
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
                set("open", text(format!("{ROW_VERSION}#{kind}#{bucket}")));
            }
            set("active", text(active_key(bucket)));
        }
        Phase::Playing | Phase::Paused => {
            set("active", text(active_key(bucket)));
        }
        Phase::Finished(_) => {
            // A bot has a rematch to answer, and the sweep finds it here when its doorbell is lost.
            if has_errand {
                set("active", text(active_key(bucket)));
            }
        }
    }
    if has_errand {
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
