//! `turnlog repair`: brings what is derived from one game to what its log adds up to.

use std::{collections::BTreeSet, error::Error};

use clap::Args;
use serde_json::json;
use turnlog_domain::{GameId, Kinds, Seq};
use turnlog_store::{Agreement, Filled, Folded, Found, LoadError, Model, Tables, Target, Versions};

use crate::{confirm, games::now, location::Location, verdict::Verdict};

/// The options of `turnlog repair`.
#[derive(Debug, Args)]
pub(crate) struct Repair {
    /// The id of the game.
    game: String,
    /// Does not ask first.
    #[arg(long)]
    yes: bool,
    /// One line of JSON at the end instead of text.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    location: Location,
}

/// How what is derived from a game stands to its log.
#[derive(Debug)]
struct Condition {
    /// The head of the log; none when it cannot be folded.
    head: Option<Seq>,
    /// What is not as it should be.
    faults: Vec<Fault>,
}

/// Something that is not as the log has it.
#[derive(Debug)]
struct Fault {
    remedy: Remedy,
    text: String,
}

/// What helps.
#[derive(Debug, Clone, Copy)]
enum Remedy {
    /// Bringing it forward, which is what this command does.
    Repair(Model),
    /// A version that is built anew: rows are only brought forward, and one that is as far as its log is never replaced.
    Rebuild(Model),
    /// Other code: this one cannot fold the log, or does not write the rows in question.
    Code,
}

/// Looks, says what is wrong, asks, and brings forward.
pub(crate) fn run(arguments: &Repair, kinds: &Kinds) -> Result<(), Box<dyn Error>> {
    let game = GameId::parse(&arguments.game)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async { repair(arguments, &arguments.location.tables(kinds).await?, game).await })
}

async fn repair(arguments: &Repair, tables: &Tables, game: GameId) -> Result<(), Box<dyn Error>> {
    let versions = tables.games.control().versions().await?;
    if Model::ALL.into_iter().any(|model| versions.written(model).is_empty()) {
        return Err("no version has rows of the format that this command writes; see turnlog rebuild --status".into());
    }
    let found = look(tables, game, &versions, None).await?;
    if !arguments.json {
        found.tell(game);
    }
    if !found.faults.iter().any(|fault| matches!(fault.remedy, Remedy::Repair(_))) {
        return arguments.end(game, &found, None);
    }
    confirm::somebody_agrees(arguments.yes)?;
    if !confirm::agreed("Bring it forward from its log?", arguments.yes)? {
        return Err(Verdict::Wrong("nothing was changed".to_owned()).into());
    }
    bring_forward(tables, game, &versions).await?;
    let left = look(tables, game, &versions, found.head).await?;
    arguments.end(game, &found, Some(left))
}

/// Every version that this code writes: standings first and the rows that it reads last, since they say that everything else
/// is there.
fn targets(versions: &Versions) -> impl Iterator<Item = (Model, u32)> {
    let of = |model| versions.written(model).into_iter().map(move |version| (model, version));
    of(Model::Players).chain(of(Model::Games))
}

async fn bring_forward(tables: &Tables, game: GameId, versions: &Versions) -> Result<(), Box<dyn Error>> {
    for (model, version) in targets(versions) {
        let filled = tables.fill(game, &Target::from([(model, version)]), now()).await?;
        match (filled, model) {
            (Filled::Written, Model::Games) => tables.unpark_in(version, game).await?,
            (Filled::Written | Filled::Parked(_), Model::Players) | (Filled::Parked(_), Model::Games) => {}
        }
    }
    Ok(())
}

/// Compares everything that is derived from a game with its log, which has to have come to `due`, or to the head.
async fn look(
    tables: &Tables,
    game: GameId,
    versions: &Versions,
    due: Option<Seq>,
) -> Result<Condition, Box<dyn Error>> {
    let derived = match tables.derive(game).await {
        Ok(derived) => derived,
        Err(LoadError::Store(error)) => return Err(error.into()),
        Err(LoadError::Log(fault)) => {
            let fault = Fault { remedy: Remedy::Code, text: format!("cannot be folded: {fault}") };
            return Ok(Condition { head: None, faults: vec![fault] });
        }
    };
    let head = derived.folded.ok_or_else(|| format!("there is no game {game}"))?.game.seq();
    let mut faults = parked(tables, game, versions).await?;
    for snapshot in &derived.snapshots {
        faults.extend(of_snapshot(tables, snapshot).await?);
    }
    for (model, version) in targets(versions) {
        let compared = tables.compare(game, &Target::from([(model, version)]), versions, due).await?;
        faults.extend(of_rows(model, version, compared.found));
    }
    Ok(Condition { head: Some(head), faults })
}

/// Functions of different versions may have parked it, each with its own opinion.
async fn parked(tables: &Tables, game: GameId, versions: &Versions) -> Result<Vec<Fault>, Box<dyn Error>> {
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

async fn of_snapshot(tables: &Tables, snapshot: &Folded) -> Result<Option<Fault>, Box<dyn Error>> {
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

impl Condition {
    /// Says what is wrong, where the log can be folded.
    fn tell(&self, game: GameId) {
        let Some(head) = self.head else { return };
        let is_well = self.faults.is_empty();
        let all = if is_well { "everything" } else { "not everything" };
        println!("{game} folds to message {head}, and {all} that is derived from it agrees");
        for Fault { remedy: _, text } in &self.faults {
            println!("  {text}");
        }
    }

    fn texts(&self) -> Vec<&str> {
        self.faults.iter().map(|fault| fault.text.as_str()).collect()
    }
}

impl Repair {
    /// The last words: what was found, and what is left of it, where something was written.
    fn end(&self, game: GameId, found: &Condition, after: Option<Condition>) -> Result<(), Box<dyn Error>> {
        let left = after.as_ref().unwrap_or(found);
        if self.json {
            let line = json!({
                "game": game.to_string(),
                "messages": left.head.map(|head| head.0),
                "found": found.texts(),
                "written": after.is_some(),
                "left": left.texts(),
            });
            println!("{line}");
        } else if after.is_some() {
            left.tell(game);
        }
        match (left.head, left.faults.first()) {
            (_, None) => Ok(()),
            (None, Some(fault)) => Err(Verdict::Wrong(format!("{game} {}", fault.text)).into()),
            (Some(_), Some(_)) => Err(Verdict::Wrong(advice(left)).into()),
        }
    }
}

/// What helps where this command does not.
fn advice(left: &Condition) -> String {
    let mut models = BTreeSet::new();
    let mut needs_code = false;
    for fault in &left.faults {
        match fault.remedy {
            // What was brought forward and is still wrong can only be built anew.
            Remedy::Repair(model) | Remedy::Rebuild(model) => {
                models.insert(model);
            }
            Remedy::Code => needs_code = true,
        }
    }
    let models: Vec<String> = models.iter().map(Model::to_string).collect();
    let rebuild = format!(
        "rows are only brought forward, and none is replaced that is as far as the log; `turnlog rebuild {}` builds them anew",
        models.join(" ")
    );
    let code = "other code has parked it, and takes it back when it can fold it".to_owned();
    match (models.is_empty(), needs_code) {
        (false, false) => rebuild,
        (false, true) => format!("{rebuild}; {code}"),
        (true, _) => code,
    }
}
