//! One game at a time of a rebuild: writes what its log adds up to into other versions of the read models, and compares.
//!
//! It reads nothing but the log, writes only forwards, and knows no connections, so that it can send nothing to anybody.

use turnlog_domain::{GameId, Seq, Timestamp};

use crate::{
    audit::{Agreement, StoredRow},
    entry::Folded,
    error::StoreError,
    log::{LoadError, fold},
    players::PlayerGame,
    scan::Cursor,
    standing::Derived,
    tables::Tables,
    versions::{Model, Target, Versions},
};

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

    /// Takes out of the parked games of a version one whose rows are there.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn unpark_in(&self, version: u32, game: GameId) -> Result<(), StoreError> {
        self.games.unpark_in(version, game).await
    }

    /// Removes a page of the rows of a version that is not kept up any more; returns how many, and where it goes on.
    ///
    /// # Errors
    /// When a table does not answer as it should.
    pub async fn remove(
        &self,
        model: Model,
        version: u32,
        after: Option<&Cursor>,
    ) -> Result<(usize, Option<Cursor>), StoreError> {
        let page = match model {
            Model::Games => self.games.keys_of(version, after).await?,
            Model::Players => self.players.keys_of(version, after).await?,
        };
        let count = page.items.len();
        for key in page.items {
            match model {
                Model::Games => self.games.delete(key).await?,
                Model::Players => self.players.delete(key).await?,
            }
        }
        Ok((count, page.next))
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
            let Ok(further) = fold(self.games.kinds(), folded, &page[..end]) else { return Ok(None) };
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
