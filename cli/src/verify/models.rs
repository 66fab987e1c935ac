//! The read models of a game, compared with what its log adds up to. They also bear witness to the hashes of the log.

use turnlog_domain::Seq;
use turnlog_store::{Agreement, Folded, Model, PlayerGame, StoreError, StoredRow, Tables, game_of, has_snapshot};

use super::{
    audit::Audited,
    hashes::Witness,
    problem::{Fault, Problem},
};

/// How a log and the read models of its game stand to each other.
#[derive(Debug)]
pub(super) enum Compared {
    /// All is well but for these.
    As(Vec<Problem>),
    /// The read models have not come as far. If it stays so, these are the problems.
    Lagging(Vec<Problem>),
}

/// What was found of the read models of one game.
struct Findings<'a> {
    audited: &'a Audited,
    problems: Vec<Problem>,
    is_lagging: bool,
    /// What has come further than the log, and how far.
    ahead: Vec<(String, u64)>,
}

/// Compares a log with the row of its game and the standings of its players. What a damaged log adds up to is compared with
/// nothing; but the row and the snapshots have hashes of its messages, by which it is told what was changed.
pub(super) async fn compare(tables: &Tables, audited: &Audited) -> Result<Compared, StoreError> {
    let row = match game_of(&audited.log) {
        Some(game) => tables.games.row_as_stored(game).await?,
        None => None,
    };
    compare_row(tables, audited, row).await
}

/// The same with a row that is known.
pub(super) async fn compare_row(
    tables: &Tables,
    audited: &Audited,
    row: Option<StoredRow>,
) -> Result<Compared, StoreError> {
    let witnesses = witnesses(tables, audited, row.as_ref()).await?;
    let mut findings =
        Findings { audited, problems: audited.problems(&witnesses), is_lagging: false, ahead: Vec::new() };
    match &audited.folded {
        Some(folded) => findings.compare_all(tables, folded, row).await?,
        None if audited.is_game() => findings.look_at_row(row.as_ref()),
        None => {}
    }
    Ok(findings.end())
}

/// What has hashes of the messages that are in question.
async fn witnesses(tables: &Tables, audited: &Audited, row: Option<&StoredRow>) -> Result<Vec<Witness>, StoreError> {
    let row = row.and_then(|row| Some(Witness { seq: row.seq()?, hash: row.head()?, name: "the row".to_owned() }));
    let mut witnesses: Vec<Witness> = row.into_iter().collect();
    let Some(game) = game_of(&audited.log) else { return Ok(witnesses) };
    for seq in audited.in_question().filter(|&seq| has_snapshot(Seq(seq))) {
        let is_known = witnesses.iter().any(|witness| witness.seq == seq && witness.name != "the row");
        let hash = if is_known { None } else { tables.games.snapshot_head(game, Seq(seq)).await? };
        witnesses.extend(hash.map(|hash| Witness { seq, hash, name: "its snapshot".to_owned() }));
    }
    Ok(witnesses)
}

impl Findings<'_> {
    /// Looks how far the row of a damaged log has come.
    fn look_at_row(&mut self, row: Option<&StoredRow>) {
        let last = self.audited.last;
        let seq = row.and_then(StoredRow::seq);
        // Where it stands at the last message, it decides what nothing else can.
        let is_open = self.problems.iter().any(|problem| problem.fault == Fault::Either && problem.names(last));
        self.is_lagging |= is_open && seq != Some(last);
        self.note_ahead("the row", seq.unwrap_or_default());
    }

    async fn compare_all(
        &mut self,
        tables: &Tables,
        folded: &Folded,
        row: Option<StoredRow>,
    ) -> Result<(), StoreError> {
        let game = folded.game.id();
        let derived = row.map_or(Agreement::Missing, |row| row.compare(folded));
        // Where the row has another hash of the last message, it is named as one of the two.
        if self.problems.is_empty() || is_behind(&derived) {
            self.add(Fault::Row, "the row", &derived);
        }
        for snapshot in &self.audited.snapshots {
            match tables.games.compare_snapshot(snapshot).await? {
                // One that is missing only costs time.
                Agreement::Equal | Agreement::Missing => {}
                differs @ (Agreement::At(_) | Agreement::Differs(_)) => {
                    let what = format!("what is kept of message {}", snapshot.game.seq());
                    self.problems.extend(problem_of(snapshot, Fault::Snapshot, &what, &differs));
                }
            }
        }
        let standings: Vec<&PlayerGame> = self.audited.standings.iter().collect();
        let Some(version) = tables.games.control().versions().await?.read(Model::Players) else { return Ok(()) };
        for (standing, derived) in standings.iter().zip(tables.players.compare(version, &standings).await?) {
            self.add(Fault::Standing, &format!("the standing of {}", standing.player), &derived);
        }
        if let Some(reason) = tables.games.parked(game).await? {
            self.is_lagging = true;
            let detail = format!("it is parked, though its log can be folded: {reason}");
            self.problems.push(Problem::of(game, Fault::Parked, detail));
        }
        Ok(())
    }

    fn add(&mut self, fault: Fault, what: &str, derived: &Agreement) {
        let Some(folded) = &self.audited.folded else { return };
        self.is_lagging |= is_behind(derived);
        match derived {
            Agreement::At(seq) if *seq > self.audited.last => self.note_ahead(what, *seq),
            Agreement::At(_) | Agreement::Equal | Agreement::Missing | Agreement::Differs(_) => {
                self.problems.extend(problem_of(folded, fault, what, derived));
            }
        }
    }

    fn note_ahead(&mut self, what: &str, seq: u64) {
        if seq > self.audited.last {
            self.is_lagging = true;
            self.ahead.push((what.to_owned(), seq));
        }
    }

    /// What has seen messages after the last one tells that they are gone; one alone may have been changed itself.
    fn end(mut self) -> Compared {
        let last = self.audited.last;
        let (names, seqs): (Vec<String>, Vec<u64>) = self.ahead.into_iter().unzip();
        if let Some(seq) = seqs.into_iter().max() {
            let (fault, verb, doubt) = match names.len() {
                1 => (Fault::Either, "has", ": it was changed, or what came then was removed"),
                _ => (Fault::Missing, "have", ": what came then was removed"),
            };
            let detail = format!("{} {verb} come to message {seq}, the log to {last}{doubt}", names.join(" and "));
            self.problems.push(Problem::at(&self.audited.log, last + 1, fault, detail));
        }
        if self.is_lagging { Compared::Lagging(self.problems) } else { Compared::As(self.problems) }
    }
}

fn is_behind(derived: &Agreement) -> bool {
    match derived {
        Agreement::Missing | Agreement::At(_) => true,
        Agreement::Equal | Agreement::Differs(_) => false,
    }
}

fn problem_of(folded: &Folded, fault: Fault, what: &str, derived: &Agreement) -> Option<Problem> {
    let game = &folded.game;
    let detail = match derived {
        Agreement::Equal => return None,
        Agreement::Missing => format!("{what} is missing"),
        Agreement::At(seq) => format!("{what} has come to message {seq}, the log to {}", game.seq()),
        Agreement::Differs(names) => format!("{what} is not what the log adds up to: {}", names.join(", ")),
    };
    Some(Problem::of(game.id(), fault, detail))
}
