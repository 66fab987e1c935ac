//! Read models, built anew from the log: one game at a time, and all of them.
//!
//! It reads nothing but the log, writes only forwards, and knows no connections, so that it can send nothing to anybody.

mod compare;
mod fill;
mod pace;

use futures_util::TryStreamExt as _;
use turnlog_domain::{GameId, Seq, Timestamp};
use turnlog_store::{
    Agreement, Cursor, Derived, Folded, Games, LoadError, Model, PlayerGame, Players, StoreError, StoredRow, Target,
    Versions,
    attributes::{SdkItem, text},
};

pub use self::{
    compare::{Report, compare_all},
    fill::fill_all,
    pace::Pace,
};
use crate::{
    Notice, Tables,
    scan::{Page, page, pages},
};

/// Games that are worked on at the same time. The capacity is the limit; this only covers the way to the tables and back.
const AT_ONCE_MAX: usize = 4;

/// What became of a game that was to be filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filled {
    /// Its rows are there.
    Written,
    /// It cannot be folded and is parked, with this reason.
    Parked(String),
}

/// What a comparison of one game found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// How its rows agree with the log.
    pub found: Found,
    /// Whether rows of the version that is live now, as far as they have come, say something else.
    pub is_changed: bool,
    /// The head of its log.
    pub head: Seq,
}

/// How the rows of a game agree with its log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// They are the fold of the log.
    Equal,
    /// They are the fold of the log, but not as far as they should be.
    Behind(String),
    /// They are further than the log: it has moved on since it was read, or has lost what it had.
    Ahead(String),
    /// They are of an older layout of the kind, which nobody reads any more and nobody will bring forward while the game rests.
    Older(String),
    /// They say something else than the log.
    Different(String),
    /// The game cannot be folded, and is parked.
    Parked(String),
}

impl Tables {
    /// Writes the rows of a game in other versions, from its log alone, unless as late or later ones are there.
    ///
    /// # Errors
    /// When a table does not answer as it should.
    pub async fn fill(&self, game: GameId, target: &Target, now: Timestamp) -> Result<Filled, StoreError> {
        let Derived { folded, snapshots, standings } = match self.derive(game).await {
            Ok(derived) => derived,
            Err(LoadError::Store(error)) => return Err(error),
            Err(LoadError::Log(fault)) => {
                let reason = fault.to_string();
                if let Some(version) = target.get(&Model::Games) {
                    self.games.park_in(*version, game, Seq(0), &reason, now).await?;
                }
                return Ok(Filled::Parked(reason));
            }
        };
        // The order of the projection: the row is last, since it says that everything else is there.
        if target.contains_key(&Model::Games) {
            for snapshot in &snapshots {
                self.games.put_snapshot(snapshot).await?;
            }
        }
        if let Some(version) = target.get(&Model::Players) {
            for standing in standings.iter() {
                self.players.put_game(*version, standing).await?;
            }
        }
        if let (Some(version), Some(folded)) = (target.get(&Model::Games), &folded) {
            self.games.put_row_of(*version, folded).await?;
        }
        Ok(Filled::Written)
    }

    /// Compares the rows of a game with its log, each at the message where it stands, and tells whether the live ones differ
    /// from it. They are complete when they have come to `due`, or to the head of the log. Play may go on meanwhile.
    ///
    /// # Errors
    /// When a table does not answer as it should.
    pub async fn compare(
        &self,
        game: GameId,
        target: &Target,
        versions: &Versions,
        due: Option<Seq>,
    ) -> Result<Compared, StoreError> {
        // Rows are read before the log, which is then at least as far.
        let rows = match target.get(&Model::Games) {
            Some(version) => self.rows(game, *version, versions).await?,
            None => Vec::new(),
        };
        let derived = match self.derive(game).await {
            Ok(derived) => derived,
            Err(LoadError::Store(error)) => return Err(error),
            Err(LoadError::Log(fault)) => {
                let found = Found::Parked(fault.to_string());
                return Ok(Compared { found, is_changed: false, head: Seq(0) });
            }
        };
        let head = derived.folded.as_ref().map_or(Seq(0), |folded| folded.game.seq());
        let due = due.unwrap_or(head);
        let mut compared = Compared { found: Found::Equal, is_changed: false, head };
        for (is_live, row) in rows {
            let stored = row.as_ref().map(StoredRow::seq).filter(|seq| *seq > Seq(0));
            let at = stored.unwrap_or(head).min(head);
            // Most rows are at the head; only one that is not is worth another fold.
            let folded = if at == head { derived.folded.clone() } else { self.state_at(game, at).await? };
            let Some(folded) = folded else { continue };
            let agreement = row.map_or(Agreement::Missing, |row| row.compare(&folded));
            if is_live {
                compared.is_changed |= agreement.is_changed();
            } else {
                compared.found = compared.found.and(found("the row", agreement, at, due));
            }
        }
        if let Some(version) = target.get(&Model::Players) {
            let standings: Vec<&PlayerGame> = derived.standings.iter().collect();
            for (standing, agreement) in standings.iter().zip(self.players.compare(*version, &standings).await?) {
                let name = format!("the standing of {}", standing.player);
                compared.found = compared.found.and(found(&name, agreement, standing.seq, standing.seq));
            }
            if let Some(live) = live_beside(Model::Players, *version, versions) {
                let agreements = self.players.compare(live, &standings).await?;
                compared.is_changed |= agreements.iter().any(Agreement::is_changed);
            }
        }
        Ok(compared)
    }

    /// What the log of a game adds up to.
    ///
    /// # Errors
    /// When it cannot be read or folded.
    pub async fn derive(&self, game: GameId) -> Result<Derived, LoadError> {
        let (mut derived, mut pages) = (Derived::default(), self.messages.pages(game, Seq(0)));
        while let Some(page) = pages.next().await? {
            derived = derived.then(self.games.kinds(), &page)?;
        }
        Ok(derived)
    }

    /// The state after the message at `seq`, by the log alone; none where it does not fold.
    async fn state_at(&self, game: GameId, seq: Seq) -> Result<Option<Folded>, StoreError> {
        let (mut folded, mut pages) = (None, self.messages.pages(game, Seq(0)));
        loop {
            let page = match pages.next().await {
                Ok(Some(page)) => page,
                Ok(None) | Err(LoadError::Log(_)) => break,
                Err(LoadError::Store(error)) => return Err(error),
            };
            let end = page.partition_point(|entry| entry.message.seq <= seq);
            let kinds = self.games.kinds();
            let fold = |folded, entry| Folded::fold(kinds, folded, entry).map(Some);
            let Ok(further) = page[..end].iter().try_fold(folded, fold) else { return Ok(None) };
            folded = further;
            if end < page.len() {
                break;
            }
        }
        Ok(folded)
    }

    /// The row of a game in a version, and before it the live one, where this code can read that. Each says whether it is live.
    async fn rows(
        &self,
        game: GameId,
        version: u32,
        versions: &Versions,
    ) -> Result<Vec<(bool, Option<StoredRow>)>, StoreError> {
        let mut rows = Vec::new();
        if let Some(live) = live_beside(Model::Games, version, versions) {
            rows.push((true, self.games.row_in(live, game).await?));
        }
        rows.push((false, self.games.row_in(version, game).await?));
        Ok(rows)
    }
}

/// Removes the rows of a version that is not kept up any more; returns how many.
///
/// # Errors
/// When a table does not answer as it should.
pub async fn remove(
    tables: &Tables,
    pace: &Pace,
    model: Model,
    version: u32,
    notice: &dyn Fn(Notice<'_>),
) -> Result<u64, StoreError> {
    let mut removed = 0;
    let mut keys = std::pin::pin!(pages(None, |after| async move {
        pace.keep().await;
        keys_of(tables, model, version, after).await
    }));
    while let Some(page) = keys.try_next().await? {
        for key in page.items {
            let (client, table) = match model {
                Model::Games => (tables.games.client(), tables.games.name()),
                Model::Players => (tables.players.client(), tables.players.name()),
            };
            let sent = client.delete_item().table_name(table).set_key(Some(key)).send().await;
            sent.map_err(|error| StoreError::of("DeleteItem", &error))?;
            removed += 1;
            notice(Notice::Done(1));
        }
    }
    Ok(removed)
}

/// A page of the keys of everything that is kept of games or players in one version.
async fn keys_of(
    tables: &Tables,
    model: Model,
    version: u32,
    after: Option<Cursor>,
) -> Result<Page<SdkItem>, StoreError> {
    let scan = match model {
        Model::Games => {
            let [row, parked] = Games::items_in(version);
            let scan = tables.games.client().scan().table_name(tables.games.name());
            let scan =
                scan.filter_expression("#item IN (:row, :parked)").expression_attribute_values(":row", text(row));
            let scan = scan.expression_attribute_values(":parked", text(parked));
            scan.expression_attribute_names("#owner", Games::GAME_ID).expression_attribute_names("#item", Games::ITEM)
        }
        Model::Players => {
            let scan = tables.players.client().scan().table_name(tables.players.name());
            let scan = scan.filter_expression("begins_with(#item, :standings)");
            let scan = scan.expression_attribute_values(":standings", text(Players::standings_in(version)));
            let scan = scan.expression_attribute_names("#owner", Players::PLAYER_ID);
            scan.expression_attribute_names("#item", Players::ITEM)
        }
    };
    page(scan.projection_expression("#owner, #item"), after, Ok).await
}

/// What to make of an item that was compared at the message `at`, and should have come to `due`.
fn found(name: &str, agreement: Agreement, at: Seq, due: Seq) -> Found {
    let at = match agreement {
        Agreement::Missing => return Found::Behind(format!("{name} is missing")),
        Agreement::Older(_) => return Found::Older(format!("{name} is of an older layout")),
        Agreement::Differs(names) => {
            return Found::Different(format!("{name} differs from the log at message {at} in {}", names.join(", ")));
        }
        Agreement::At(stored) if stored > at => {
            return Found::Ahead(format!("{name} is at message {stored}, which the log does not have"));
        }
        Agreement::At(stored) => stored,
        Agreement::Equal => at,
    };
    if at < due { Found::Behind(format!("{name} is at message {at}, and the log at {due}")) } else { Found::Equal }
}

impl Found {
    /// The worse of two.
    fn and(self, other: Self) -> Self {
        let rank = |found: &Self| match found {
            Self::Equal => 0,
            Self::Behind(_) => 1,
            Self::Ahead(_) => 2,
            Self::Older(_) => 3,
            Self::Different(_) => 4,
            Self::Parked(_) => 5,
        };
        if rank(&self) < rank(&other) { other } else { self }
    }
}

/// The live version, where it is another one than `version` and its rows are of our format.
fn live_beside(model: Model, version: u32, versions: &Versions) -> Option<u32> {
    let live = versions.of(model).live;
    (live != version && versions.read(model) == Some(live)).then_some(live)
}
