//! Compares the rows of all games with their logs before anybody reads them.

use std::{
    fmt,
    pin::pin,
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use turnlog_domain::{GameId, Seq};
use turnlog_store::{StoreError, Target, Versions, now};

use super::{AT_ONCE_MAX, Compared, Found, Pace, pages};
use crate::{Notice, Tables, limits::REBUILD_PAGE_GAMES, scan};

/// How long rows may lag behind their logs: the functions that write them may be a moment late.
const LAG_MAX: Duration = Duration::from_secs(10);
/// The pause between two looks at rows that lag.
const LAG_PAUSE: Duration = Duration::from_millis(500);

/// What all comparisons found.
#[derive(Debug, Default)]
pub struct Report {
    /// Games that were compared.
    pub games: usize,
    /// Games whose rows were behind and have been brought forward.
    pub brought_forward: usize,
    /// Games whose live rows say something else than their logs: the switch changes what people see.
    pub changed: Vec<GameId>,
    /// Games that cannot be folded, and why.
    pub parked: Vec<(GameId, String)>,
    /// Games whose rows are not what their logs add up to, and why.
    pub problems: Vec<(GameId, String)>,
    /// Games whose rows are behind, the message that they have to reach, and how it shows.
    lagging: Vec<(GameId, Seq, String)>,
    /// The same, where nobody else will bring them forward.
    older: Vec<(GameId, Seq, String)>,
}

impl Report {
    fn add(&mut self, game: GameId, due: Option<Seq>, compared: Compared) {
        let Compared { found, is_changed, head } = compared;
        match found {
            Found::Equal => {}
            Found::Behind(reason) | Found::Ahead(reason) => {
                return self.lagging.push((game, due.unwrap_or(head), reason));
            }
            Found::Older(reason) => return self.older.push((game, due.unwrap_or(head), reason)),
            Found::Different(reason) => self.problems.push((game, reason)),
            Found::Parked(reason) => self.parked.push((game, reason)),
        }
        if is_changed {
            self.changed.push(game);
        }
    }
}

/// Compares the rows of all games in the versions of the target.
///
/// # Errors
/// When a table does not answer as it should.
pub async fn compare_all(
    tables: &Tables,
    pace: &Pace,
    target: &Target,
    versions: &Versions,
    notice: &dyn Fn(Notice<'_>),
) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let compare = |game, due| async move {
        pace.keep().await;
        Ok::<_, StoreError>((game, tables.compare(game, target, versions, due).await?))
    };
    let read = |after| scan::begun(&tables.messages, Some(REBUILD_PAGE_GAMES), after);
    let mut begun = pin!(pages(None, read));
    while let Some(page) = begun.try_next().await? {
        report.games += page.items.len();
        let compared = stream::iter(page.items).map(|begun| compare(begun.game, None)).buffer_unordered(AT_ONCE_MAX);
        for (game, compared) in compared.try_collect::<Vec<_>>().await? {
            report.add(game, None, compared);
            notice(Notice::Done(1));
        }
    }
    let since = Instant::now();
    while !report.lagging.is_empty() && since.elapsed() < LAG_MAX {
        tokio::time::sleep(LAG_PAUSE).await;
        for (game, due, _) in std::mem::take(&mut report.lagging) {
            let (game, compared) = compare(game, Some(due)).await?;
            report.add(game, Some(due), compared);
        }
    }
    // Nobody keeps them up, be it that they were missed once, or that their functions are not deployed yet.
    let behind = [std::mem::take(&mut report.lagging), std::mem::take(&mut report.older)].concat();
    for (game, due, _) in behind {
        pace.keep().await;
        tables.fill(game, target, now()).await?;
        let (game, compared) = compare(game, Some(due)).await?;
        report.add(game, Some(due), compared);
        report.brought_forward += 1;
    }
    let still = std::mem::take(&mut report.lagging).into_iter().chain(std::mem::take(&mut report.older));
    report.problems.extend(still.map(|(game, _, reason)| (game, reason)));
    Ok(report)
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { games, brought_forward, changed, parked, problems, lagging: _, older: _ } = self;
        let changed = changed.len();
        write!(formatter, "{games} games compared with their logs: {} differ", problems.len())?;
        write!(formatter, ", {brought_forward} were brought forward, {changed} live ones differ from the log")?;
        for (game, reason) in problems {
            write!(formatter, "\ndiffers: {game}: {reason}")?;
        }
        for (game, reason) in parked {
            write!(formatter, "\nparked: {game}: {reason}")?;
        }
        Ok(())
    }
}
