//! Everything that is derived from one game, brought to what its log adds up to.

use turnlog_domain::{GameId, Seq};
use turnlog_store::{Agreement, Folded, LoadError, Model, StoreError, Target, Versions, now};

use crate::{
    Tables,
    rebuild::{Filled, Found},
};

/// How what is derived from a game stands to its log.
#[derive(Debug)]
pub struct Condition {
    /// The head of the log; none when it cannot be folded.
    pub head: Option<Seq>,
    /// What is not as it should be.
    pub faults: Vec<Fault>,
}

/// Something that is not as the log has it.
#[derive(Debug)]
pub struct Fault {
    /// What helps.
    pub remedy: Remedy,
    /// What it is.
    pub text: String,
}

/// What helps.
#[derive(Debug, Clone, Copy)]
pub enum Remedy {
    /// Bringing it forward.
    Repair(Model),
    /// A version that is built anew: rows are only brought forward, and one that is as far as its log is never replaced.
    Rebuild(Model),
    /// Other code: this one cannot fold the log, or does not write the rows in question.
    Code,
}

/// Every version that this code writes: standings first and the rows that it reads last, since they say that everything else
/// is there.
fn targets(versions: &Versions) -> impl Iterator<Item = (Model, u32)> {
    let of = |model| versions.written(model).into_iter().map(move |version| (model, version));
    of(Model::Players).chain(of(Model::Games))
}

/// Brings forward everything that is derived from a game, and takes it out of the parked ones.
///
/// # Errors
/// When a table does not answer as it should.
pub async fn bring_forward(tables: &Tables, game: GameId, versions: &Versions) -> Result<(), StoreError> {
    for (model, version) in targets(versions) {
        let filled = tables.fill(game, &Target::from([(model, version)]), now()).await?;
        match (filled, model) {
            (Filled::Written, Model::Games) => tables.games.unpark_in(version, game).await?,
            (Filled::Written | Filled::Parked(_), Model::Players) | (Filled::Parked(_), Model::Games) => {}
        }
    }
    Ok(())
}

/// Compares everything that is derived from a game with its log, which has to have come to `due`, or to the head. None when
/// there is no such game.
///
/// # Errors
/// When a table does not answer as it should.
pub async fn look(
    tables: &Tables,
    game: GameId,
    versions: &Versions,
    due: Option<Seq>,
) -> Result<Option<Condition>, StoreError> {
    let derived = match tables.derive(game).await {
        Ok(derived) => derived,
        Err(LoadError::Store(error)) => return Err(error),
        Err(LoadError::Log(fault)) => {
            let fault = Fault { remedy: Remedy::Code, text: format!("cannot be folded: {fault}") };
            return Ok(Some(Condition { head: None, faults: vec![fault] }));
        }
    };
    let Some(folded) = derived.folded else { return Ok(None) };
    let mut faults = parked(tables, game, versions).await?;
    for snapshot in &derived.snapshots {
        faults.extend(of_snapshot(tables, snapshot).await?);
    }
    for (model, version) in targets(versions) {
        let compared = tables.compare(game, &Target::from([(model, version)]), versions, due).await?;
        faults.extend(of_rows(model, version, compared.found));
    }
    Ok(Some(Condition { head: Some(folded.game.seq()), faults }))
}

/// Functions of different versions may have parked it, each with its own opinion.
async fn parked(tables: &Tables, game: GameId, versions: &Versions) -> Result<Vec<Fault>, StoreError> {
    let mut faults = Vec::new();
    for (version, kept) in versions.of(Model::Games).kept {
        let Some(reason) = tables.games.parked_in(version, game).await? else { continue };
        let is_ours = kept.format == Model::Games.format();
        faults.push(if is_ours {
            Fault { remedy: Remedy::Repair(Model::Games), text: format!("GAMES version {version}: it is parked: {reason}") }
        } else {
            let format = kept.format;
            let text = format!(
                "GAMES version {version}: it is parked by code with rows of format {format}, which this command does not write: {reason}"
            );
            Fault { remedy: Remedy::Code, text }
        });
    }
    Ok(faults)
}

async fn of_snapshot(tables: &Tables, snapshot: &Folded) -> Result<Option<Fault>, StoreError> {
    let seq = snapshot.game.seq();
    let text = match tables.games.compare_snapshot(snapshot).await? {
        Agreement::Equal => return Ok(None),
        Agreement::Missing => format!("GAMES: the snapshot of message {seq} is missing"),
        Agreement::At(_) | Agreement::Older(_) | Agreement::Differs(_) => {
            format!("GAMES: the snapshot of message {seq} is another one")
        }
    };
    Ok(Some(Fault { remedy: Remedy::Repair(Model::Games), text }))
}

fn of_rows(model: Model, version: u32, found: Found) -> Option<Fault> {
    let (remedy, text) = match found {
        Found::Equal => return None,
        Found::Behind(text) | Found::Older(text) => (Remedy::Repair(model), text),
        Found::Ahead(text) | Found::Different(text) => (Remedy::Rebuild(model), text),
        Found::Parked(text) => (Remedy::Code, text),
    };
    Some(Fault { remedy, text: format!("{model} version {version}: {text}") })
}
