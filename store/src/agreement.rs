//! How the items that are derived from a log stand to it, as they are stored: what an operator compares.

use turnlog_domain::{GameId, Seq};

use crate::{
    attributes::{SdkItem, differences, number_of},
    entry::Folded,
    error::StoreError,
    games::{
        Doorbell, Games, layout_of, row_differences, row_item, snapshot_differences, snapshot_item, snapshot_name,
    },
    players::{PlayerGame, Players},
};

/// How an item that is derived from a log stands to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Agreement {
    /// It is what the log adds up to.
    Equal,
    /// There is none.
    Missing,
    /// It has come to another message.
    At(Seq),
    /// It is as far as the log, but of an older layout of the kind, which nobody reads any more. These attributes beside its
    /// state are different.
    Older(Vec<String>),
    /// It is as far as the log, and these attributes are different.
    Differs(Vec<String>),
}

impl Agreement {
    /// Whether an item of the same format, at the same message, says something else than the log.
    pub fn is_changed(&self) -> bool {
        match self {
            Self::Equal | Self::Missing | Self::At(_) => false,
            Self::Older(names) | Self::Differs(names) => !names.is_empty() && names.iter().all(|name| name != "format"),
        }
    }
}

/// The row of a game as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRow {
    version: u32,
    item: SdkItem,
}

impl Games {
    /// The row of a game as it is stored, in the version that this code reads.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn row_as_stored(&self, game: GameId) -> Result<Option<StoredRow>, StoreError> {
        let Some(version) = self.read().await? else { return Ok(None) };
        self.row_in(version, game).await
    }

    /// The row of a game as it is stored, in one version.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn row_in(&self, version: u32, game: GameId) -> Result<Option<StoredRow>, StoreError> {
        Ok(self.stored_row(version, game).await?.map(|item| StoredRow { version, item }))
    }

    /// How what is kept of a game at an earlier message stands to what the log added up to there.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn compare_snapshot(&self, folded: &Folded) -> Result<Agreement, StoreError> {
        let (game, seq) = (folded.game.id(), folded.game.seq());
        let stored = self.item(game, &snapshot_name(seq)).await?;
        Ok(compare(stored.as_ref(), &snapshot_item(folded), snapshot_differences))
    }
}

impl StoredRow {
    /// The message that it has come to.
    pub fn seq(&self) -> Seq {
        seq_of(&self.item)
    }

    /// How it stands to what a log adds up to.
    pub fn compare(&self, folded: &Folded) -> Agreement {
        let expected = row_item(self.version, folded, Doorbell::Silent);
        let agreement = compare(Some(&self.item), &expected, row_differences);
        if !layout_of(&self.item, &expected).is_lt() {
            return agreement;
        }
        match agreement {
            Agreement::Equal => Agreement::Older(Vec::new()),
            Agreement::Differs(names) | Agreement::Older(names) => Agreement::Older(names),
            Agreement::Missing | Agreement::At(_) => agreement,
        }
    }
}

impl Players {
    /// How the stored standings of some players in one version stand to what the log adds up to, in their order.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn compare(&self, version: u32, standings: &[&PlayerGame]) -> Result<Vec<Agreement>, StoreError> {
        let items = self.standings(version, standings).await?;
        Ok(items.iter().map(|(expected, stored)| compare(stored.as_ref(), expected, differences)).collect())
    }
}

fn compare(
    stored: Option<&SdkItem>,
    expected: &SdkItem,
    differences: fn(&SdkItem, &SdkItem) -> Vec<String>,
) -> Agreement {
    let Some(stored) = stored else { return Agreement::Missing };
    let (names, at) = (differences(expected, stored), seq_of(stored));
    if names.is_empty() {
        Agreement::Equal
    } else if at != seq_of(expected) {
        Agreement::At(at)
    } else {
        Agreement::Differs(names)
    }
}

/// What names no message has come to none.
fn seq_of(item: &SdkItem) -> Seq {
    Seq(number_of(item, "seq").unwrap_or_default())
}
