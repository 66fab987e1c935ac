//! The read models of a game, compared with what its log adds up to.

use turnlog_store::{Agreement, Folded, Model, PlayerGame, StoreError, StoredRow};

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

/// Compares the row, snapshots and standings of a game with its log. What a damaged log adds up to is compared with nothing.
pub(super) async fn compare(
    tables: &Tables,
    audited: &Audited,
    row: Option<StoredRow>,
) -> Result<Compared, StoreError> {
    let mut compared = Compared { problems: audited.problems.clone(), is_lagging: false };
    let Some(folded) = &audited.derived.folded else { return Ok(compared) };
    let game = folded.game.id();
    compared.add(folded, Fault::Row, "the row", row.map_or(Agreement::Missing, |row| row.compare(folded)));
    for snapshot in &audited.derived.snapshots {
        let agreement = tables.games.compare_snapshot(snapshot).await?;
        // One that is missing only costs time.
        if agreement != Agreement::Missing {
            let what = format!("what is kept of message {}", snapshot.game.seq());
            compared.add(snapshot, Fault::Snapshot, &what, agreement);
        }
    }
    if let Some(version) = tables.games.control().versions().await?.read(Model::Players) {
        let standings: Vec<&PlayerGame> = audited.derived.standings.iter().collect();
        for (standing, agreement) in standings.iter().zip(tables.players.compare(version, &standings).await?) {
            compared.add(folded, Fault::Standing, &format!("the standing of {}", standing.player), agreement);
        }
    }
    if let Some(reason) = tables.games.parked(game).await? {
        compared.is_lagging = true;
        let detail = format!("it is parked, though its log can be folded: {reason}");
        compared.problems.push(Problem::of(game, Fault::Parked, detail));
    }
    Ok(compared)
}

impl Compared {
    fn add(&mut self, folded: &Folded, fault: Fault, what: &str, agreement: Agreement) {
        let game = &folded.game;
        let detail = match agreement {
            Agreement::Equal => return,
            // Nobody reads a state of an older layout.
            Agreement::Older(ref names) if names.is_empty() => return,
            Agreement::Missing => format!("{what} is missing"),
            Agreement::At(seq) => format!("{what} has come to message {seq}, the log to {}", game.seq()),
            Agreement::Older(ref names) | Agreement::Differs(ref names) => {
                format!("{what} is not what the log adds up to: {}", names.join(", "))
            }
        };
        self.is_lagging |= matches!(agreement, Agreement::Missing | Agreement::At(_));
        self.problems.push(Problem::of(game.id(), fault, detail));
    }
}
