//! The read models of a game, compared with what its log adds up to.

use turnlog_store::{Agreement, StoreError, StoredRow};

use super::{
    audit::Audited,
    problem::{Fault, Problem},
};
use crate::Tables;

/// What is wrong with a log and with the read models of its game.
#[derive(Debug, Default)]
pub(super) struct Compared {
    pub(super) problems: Vec<Problem>,
    /// Whether read models have come to another message than the log, which may be so for a moment.
    pub(super) is_lagging: bool,
}

/// Compares the rows of a game with its log; `row` is the one with its state, as it was read before the log. What a damaged log
/// adds up to is compared with nothing.
pub(super) async fn compare(
    tables: &Tables,
    audited: &Audited,
    row: Option<StoredRow>,
) -> Result<Compared, StoreError> {
    let mut compared = Compared { problems: audited.problems.clone(), is_lagging: false };
    let Some(folded) = &audited.derived.folded else { return Ok(compared) };
    let game = folded.game.id();
    let rows = audited.derived.rows();
    let (state, others) = rows.split_last().expect("the row of the head comes last");
    let stored = tables.read_models().stored(others).await?.into_iter().chain([row]);
    for (expected, stored) in others.iter().chain([state]).zip(stored) {
        let key = expected.key();
        let detail = match expected.compare(stored.as_ref()) {
            Agreement::Equal => continue,
            // Nobody reads a state of another layout.
            Agreement::OtherLayout(names) if names.is_empty() => continue,
            Agreement::Missing => {
                compared.is_lagging = true;
                format!("{key} is missing")
            }
            Agreement::At(seq) => {
                compared.is_lagging = true;
                format!("{key} has come to message {seq}, the log to {}", expected.seq())
            }
            Agreement::OtherLayout(names) | Agreement::Differs(names) => {
                format!("{key} is not what the log adds up to: {}", names.join(", "))
            }
        };
        compared.problems.push(Problem::of(game, Fault::Row, detail));
    }
    if let Some(reason) = tables.games.parked(game).await? {
        compared.is_lagging = true;
        let detail = format!("it is parked, though its log can be folded: {reason}");
        compared.problems.push(Problem::of(game, Fault::Parked, detail));
    }
    Ok(compared)
}
