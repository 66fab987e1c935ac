//! The read models of a game, compared with what its log adds up to.

use turnlog_domain::GameId;
use turnlog_store::{Agreement, Folded, Model, PlayerGame, StoreError, StoredRow, Tables, game_of};

use super::audit::{Audited, Fault, Problem};

/// How the read models of a game stand to its log.
#[derive(Debug)]
pub(super) enum Compared {
    /// They are what it adds up to, but for these.
    As(Vec<Problem>),
    /// They have not come as far. If it stays so, these are the problems.
    Lagging(Vec<Problem>),
}

/// Compares the row of a game, and the standings of its players, with its log. A log that is not sound has none.
pub(super) async fn compare(tables: &Tables, audited: &Audited) -> Result<Compared, StoreError> {
    match (game_of(&audited.log), &audited.folded) {
        (Some(game), Some(_)) => {
            let row = tables.games.row_as_stored(game).await?;
            compare_row(tables, audited, row).await
        }
        (Some(_), None) | (None, _) => Ok(Compared::As(Vec::new())),
    }
}

/// The same with a row that is known.
pub(super) async fn compare_row(
    tables: &Tables,
    audited: &Audited,
    row: Option<StoredRow>,
) -> Result<Compared, StoreError> {
    let Some(folded) = &audited.folded else { return Ok(Compared::As(Vec::new())) };
    let game = folded.session.game();
    let mut problems = Vec::new();
    let mut is_lagging = false;
    let derived = row.map_or(Agreement::Missing, |row| row.compare(folded));
    is_lagging |= is_behind(&derived);
    problems.extend(problem_of(game, Fault::Row, "the row", &derived, folded));
    for snapshot in &audited.snapshots {
        match tables.games.compare_snapshot(snapshot).await? {
            // One that is missing only costs time.
            Agreement::Equal | Agreement::Missing => {}
            differs @ (Agreement::At(_) | Agreement::Differs(_)) => {
                let what = format!("what is kept of message {}", snapshot.session.seq());
                problems.extend(problem_of(game, Fault::Snapshot, &what, &differs, snapshot));
            }
        }
    }
    let standings: Vec<&PlayerGame> = audited.standings.iter().collect();
    let Some(version) = tables.games.control().versions().await?.read(Model::Players) else {
        return Ok(Compared::As(problems));
    };
    for (standing, derived) in standings.iter().zip(tables.players.compare(version, &standings).await?) {
        is_lagging |= is_behind(&derived);
        let what = format!("the standing of {}", standing.player);
        problems.extend(problem_of(game, Fault::Standing, &what, &derived, folded));
    }
    if let Some(reason) = tables.games.parked(game).await? {
        is_lagging = true;
        let detail = format!("it is parked, though its log can be folded: {reason}");
        problems.push(Problem { game: game.to_string(), seq: None, fault: Fault::Parked, detail });
    }
    Ok(if is_lagging { Compared::Lagging(problems) } else { Compared::As(problems) })
}

fn is_behind(derived: &Agreement) -> bool {
    match derived {
        Agreement::Missing | Agreement::At(_) => true,
        Agreement::Equal | Agreement::Differs(_) => false,
    }
}

fn problem_of(game: GameId, fault: Fault, what: &str, derived: &Agreement, folded: &Folded) -> Option<Problem> {
    let detail = match derived {
        Agreement::Equal => return None,
        Agreement::Missing => format!("{what} is missing"),
        Agreement::At(seq) => format!("{what} has come to message {seq}, the log to {}", folded.session.seq()),
        Agreement::Differs(names) => format!("{what} is not what the log adds up to: {}", names.join(", ")),
    };
    Some(Problem { game: game.to_string(), seq: None, fault, detail })
}
