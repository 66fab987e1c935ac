//! Read models, built anew from the log, in place and while play goes on: those of one game, and those of all.
//!
//! It reads the log, and replaces rows that say something else, or are of another layout, on condition that they are still what
//! was read. It knows no connections, so that it can send nothing to anybody.

mod all;
mod pace;

use std::fmt;

use turnlog_domain::{GameId, Seq};
use turnlog_store::{Agreement, Derived, LoadError, Row, StoreError, StoredRow, now};

pub use self::{
    all::{Report, all},
    pace::Pace,
};
use crate::Tables;

/// Looks at the rows of one game before it counts as one that moves on all the time.
const ROUNDS_MAX: u32 = 10;

/// How what is derived from a game stands to its log.
#[derive(Debug)]
pub struct Condition {
    /// What the log adds up to.
    pub derived: Derived,
    /// The rows that follow from it.
    pub rows: Vec<Row>,
    /// Those of which something else is stored.
    pub differences: Vec<Difference>,
    /// Why the game is parked, if it is.
    pub parked: Option<String>,
}

/// A row that is not what the log adds up to.
#[derive(Debug)]
pub struct Difference {
    expected: Row,
    stored: Option<StoredRow>,
    agreement: Agreement,
}

/// What became of a game.
#[derive(Debug, Default)]
pub struct Rebuilt {
    /// The rows that follow from its log; none where it cannot be folded.
    pub rows: Option<Vec<Row>>,
    /// The rows that were written, and what was wrong with them, in words.
    pub written: Vec<String>,
    /// Whether it was parked, and is not any more.
    pub is_unparked: bool,
    /// Why it cannot be folded, if it cannot.
    pub parked: Option<String>,
    /// Whether it was changed by others in each round.
    pub is_still_changing: bool,
}

/// Looks at the rows of a game. None when there is no such game.
///
/// # Errors
/// When a table does not answer as it should, or the log cannot be folded.
pub async fn look(tables: &Tables, game: GameId) -> Result<Option<Condition>, LoadError> {
    look_from(tables, game, Derived::default()).await
}

/// What the log of a game adds up to.
///
/// # Errors
/// When a table does not answer as it should, or the log cannot be folded.
pub(crate) async fn derive(tables: &Tables, game: GameId) -> Result<Derived, LoadError> {
    derive_from(tables, game, Derived::default()).await
}

async fn derive_from(tables: &Tables, game: GameId, mut derived: Derived) -> Result<Derived, LoadError> {
    let after = derived.folded.as_ref().map_or(Seq(0), |folded| folded.game.seq());
    let mut pages = tables.messages.pages(game, after);
    while let Some(page) = pages.next().await? {
        derived = derived.then(tables.games.kinds(), &page)?;
    }
    Ok(derived)
}

/// Looks at the rows of a game of whose log a part is folded already.
async fn look_from(tables: &Tables, game: GameId, derived: Derived) -> Result<Option<Condition>, LoadError> {
    let derived = derive_from(tables, game, derived).await?;
    if derived.folded.is_none() {
        return Ok(None);
    }
    let rows = derived.rows();
    let stored = tables.read_models().stored(&rows).await?;
    let compare = |(expected, stored): (&Row, Option<StoredRow>)| {
        let agreement = expected.compare(stored.as_ref());
        (agreement != Agreement::Equal).then(|| Difference { expected: expected.clone(), stored, agreement })
    };
    let differences = rows.iter().zip(stored).filter_map(compare).collect();
    let parked = tables.games.parked(game).await?;
    Ok(Some(Condition { derived, rows, differences, parked }))
}

/// Brings what is derived from a game to what its log adds up to. None when there is no such game.
///
/// # Errors
/// When a table does not answer as it should.
pub async fn one(tables: &Tables, game: GameId) -> Result<Option<Rebuilt>, StoreError> {
    let (mut rebuilt, mut derived) = (Rebuilt::default(), Derived::default());
    for _ in 0..ROUNDS_MAX {
        let condition = match look_from(tables, game, derived).await {
            Ok(Some(condition)) => condition,
            Ok(None) => return Ok(None),
            Err(LoadError::Store(error)) => return Err(error),
            Err(LoadError::Log(fault)) => {
                let reason = fault.to_string();
                tables.games.park(game, Seq(0), &reason, now()).await?;
                return Ok(Some(Rebuilt { parked: Some(reason), ..rebuilt }));
            }
        };
        if condition.parked.is_some() {
            tables.games.unpark(game).await?;
            rebuilt.is_unparked = true;
        }
        if condition.differences.is_empty() {
            return Ok(Some(Rebuilt { rows: Some(condition.rows), ..rebuilt }));
        }
        replace_differences(tables, game, &condition, &mut rebuilt.written).await?;
        derived = condition.derived;
    }
    Ok(Some(Rebuilt { is_still_changing: true, ..rebuilt }))
}

/// Replaces the rows that say something else than the log. What others change meanwhile is looked at in the next round.
async fn replace_differences(
    tables: &Tables,
    game: GameId,
    condition: &Condition,
    written: &mut Vec<String>,
) -> Result<(), StoreError> {
    let read = condition.derived.folded.as_ref().map_or(Seq(0), |folded| folded.game.seq());
    for difference in &condition.differences {
        let Difference { expected, stored, agreement } = difference;
        let is_ahead = matches!(agreement, Agreement::At(seq) if *seq > expected.seq());
        if is_ahead && tables.messages.head(game).await?.is_some_and(|(head, _)| head > read) {
            continue;
        }
        if tables.read_models().replace(expected, stored.as_ref()).await? {
            written.push(difference.to_string());
        }
    }
    Ok(())
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { expected, stored: _, agreement } = self;
        let (key, seq) = (expected.key(), expected.seq());
        match agreement {
            Agreement::Equal => write!(formatter, "{key} agrees"),
            Agreement::Missing => write!(formatter, "{key} is missing"),
            Agreement::At(stored) => write!(formatter, "{key} has come to message {stored}, the log to {seq}"),
            Agreement::OtherLayout(_) => write!(formatter, "{key} is of another layout"),
            Agreement::Differs(names) => {
                write!(formatter, "{key} is not what the log adds up to: {}", names.join(", "))
            }
        }
    }
}
