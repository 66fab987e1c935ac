//! `turnlog repair`: brings what is derived from one game to what its log adds up to.

use std::{collections::BTreeSet, error::Error};

use clap::Args;
use serde_json::json;
use turnlog_domain::{GameId, Kinds};
use turnlog_operations::{
    Tables,
    repair::{Condition, Fault, Remedy, bring_forward, look},
};
use turnlog_store::Model;

use crate::{confirm, location::Location, verdict::Verdict};

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
    let missing = || format!("there is no game {game}");
    let found = look(tables, game, &versions, None).await?.ok_or_else(missing)?;
    if !arguments.json {
        tell(&found, game);
    }
    if !found.faults.iter().any(|fault| matches!(fault.remedy, Remedy::Repair(_))) {
        return arguments.end(game, &found, None);
    }
    confirm::somebody_agrees(arguments.yes)?;
    if !confirm::agreed("Bring it forward from its log?", arguments.yes)? {
        return Err(Verdict::Wrong("nothing was changed".to_owned()).into());
    }
    bring_forward(tables, game, &versions).await?;
    let left = look(tables, game, &versions, found.head).await?.ok_or_else(missing)?;
    arguments.end(game, &found, Some(left))
}

/// Says what is wrong, where the log can be folded.
fn tell(condition: &Condition, game: GameId) {
    let Some(head) = condition.head else { return };
    let all = if condition.faults.is_empty() { "everything" } else { "not everything" };
    println!("{game} folds to message {head}, and {all} that is derived from it agrees");
    for Fault { remedy: _, text } in &condition.faults {
        println!("  {text}");
    }
}

fn texts(condition: &Condition) -> Vec<&str> {
    condition.faults.iter().map(|fault| fault.text.as_str()).collect()
}

impl Repair {
    /// The last words: what was found, and what is left of it, where something was written.
    fn end(&self, game: GameId, found: &Condition, after: Option<Condition>) -> Result<(), Box<dyn Error>> {
        let left = after.as_ref().unwrap_or(found);
        if self.json {
            let line = json!({
                "game": game.to_string(),
                "messages": left.head.map(|head| head.0),
                "found": texts(found),
                "written": after.is_some(),
                "left": texts(left),
            });
            println!("{line}");
        } else if after.is_some() {
            tell(left, game);
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
