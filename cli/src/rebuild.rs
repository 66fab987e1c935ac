//! `turnlog rebuild`: builds read models anew beside the live ones, compares, and switches over.

mod words;

use std::{error::Error, num::NonZeroU32, time::Duration};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use turnlog_domain::Kinds;
use turnlog_operations::{
    Notice, Tables,
    rebuild::{Pace, Report, compare_all, fill_all, remove},
};
use turnlog_store::{Changed, Model, Target, Versions, limits::VERSIONS_KNOWN_FOR};

use crate::{confirm, location::Location, verdict::Verdict};

/// The options of `turnlog rebuild`.
#[derive(Debug, Args)]
pub(crate) struct Rebuild {
    /// What to build anew.
    #[arg(value_enum, ignore_case = true, required_unless_present = "status")]
    models: Vec<Which>,
    #[command(flatten)]
    location: Location,
    /// The version to build and to switch to; one that is kept up is only compared [default: the one after the live one].
    #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(u32).range(1..))]
    to: Option<u32>,
    /// Capacity units of the tables to use in a second, read and written together.
    #[arg(long, value_name = "UNITS", default_value = "200")]
    capacity: NonZeroU32,
    /// Gives up a version that is not live, and removes its rows.
    #[arg(long, value_name = "VERSION", conflicts_with = "to")]
    drop: Option<u32>,
    /// Only says which versions there are.
    #[arg(long, conflicts_with_all = ["to", "drop"])]
    status: bool,
    /// Does not ask first.
    #[arg(long)]
    yes: bool,
    /// One line of JSON at the end instead of text and a progress bar.
    #[arg(long)]
    json: bool,
}

/// What to build anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    /// The state of every game.
    #[value(name = "GAMES")]
    Games,
    /// How players stand in their games.
    #[value(name = "PLAYERS")]
    Players,
    /// All read models.
    #[value(name = "all")]
    All,
}

impl Rebuild {
    fn models(&self) -> Vec<Model> {
        let is_meant = |model: &Model| {
            self.models.iter().any(|which| match which {
                Which::Games => *model == Model::Games,
                Which::Players => *model == Model::Players,
                Which::All => true,
            })
        };
        Model::ALL.into_iter().filter(is_meant).collect()
    }

    fn say(&self, text: &str) {
        if !self.json {
            println!("{text}");
        }
    }

    /// Counts on a line how something goes on, and says what people have to know.
    fn showing(&self, bar: &ProgressBar) -> impl Fn(Notice<'_>) {
        |notice| match notice {
            Notice::Done(count) => bar.inc(count),
            Notice::Remark(text) => self.say(text),
        }
    }

    /// A line that counts games, on a terminal.
    fn bar(&self, what: &'static str) -> ProgressBar {
        if self.json {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{spinner} {msg}: {human_pos} games, {per_sec}");
        let bar = ProgressBar::no_length().with_message(what);
        bar.enable_steady_tick(Duration::from_millis(200));
        style.map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style))
    }
}

/// Carries out the command.
pub(crate) fn run(arguments: &Rebuild, kinds: &Kinds) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        if arguments.status {
            let tables = arguments.location.tables(kinds).await?;
            tell_status(arguments, &*tables.games.control().versions().await?);
            return Ok(());
        }
        confirm::somebody_agrees(arguments.yes)?;
        let tables = arguments.location.tables(kinds).await?;
        let speed = Pace::new(arguments.capacity, tables.meter.clone());
        match arguments.drop {
            Some(version) => drop_version(arguments, &tables, &speed, version).await,
            None => rebuild(arguments, &tables, &speed).await,
        }
    })
}

async fn rebuild(arguments: &Rebuild, tables: &Tables, speed: &Pace) -> Result<(), Box<dyn Error>> {
    let control = tables.games.control();
    let before = control.versions().await?;
    let next = |model| (model, arguments.to.unwrap_or_else(|| before.of(model).live + 1));
    let target: Target = arguments.models().into_iter().map(next).collect();
    // Nobody is asked about what would be refused.
    Versions::clone(&before).keeping_up(&target)?;
    if !confirm::agreed(&words::beginning(&target, &before), arguments.yes)? {
        return Err(Verdict::Wrong("nothing was changed".to_owned()).into());
    }
    let versions = control.keep_up(&target).await?;
    let is_filled = |(model, version): (&Model, &u32)| versions.of(*model).kept[version].is_filled;
    let is_new = !target.iter().all(is_filled);
    if is_new {
        for (model, version) in &target {
            arguments.say(&format!("{model}: filling version {version}; version {} is live", versions.of(*model).live));
        }
        // From then on, every function writes the new version as well; what it wrote before is in the log.
        tokio::time::sleep(VERSIONS_KNOWN_FOR).await;
        let bar = arguments.bar("filling");
        let filled = fill_all(tables, speed, &target, &arguments.showing(&bar)).await?;
        bar.finish_and_clear();
        arguments.say(&format!("{filled} games filled"));
    }
    let bar = arguments.bar("comparing");
    let report = compare_all(tables, speed, &target, &versions, &arguments.showing(&bar)).await?;
    bar.finish_and_clear();
    if is_new {
        control.put_progress(None).await?;
    }
    arguments.say(&report.to_string());
    let switched = if report.problems.is_empty() { switch(arguments, tables, &target).await? } else { None };
    if arguments.json {
        println!("{}", told(&report, switched.as_ref().map_or(&versions, |changed| &changed.after)));
    }
    if !report.problems.is_empty() {
        let count = report.problems.len();
        return Err(
            Verdict::Wrong(format!("{count} games have other rows than their logs; nothing was switched")).into()
        );
    }
    if switched.is_none() {
        return Err(Verdict::Wrong("nothing was switched".to_owned()).into());
    }
    Ok(())
}

/// Makes the versions live that were compared; `None` when nobody agreed.
async fn switch(arguments: &Rebuild, tables: &Tables, target: &Target) -> Result<Option<Changed>, Box<dyn Error>> {
    let control = tables.games.control();
    if let Some(question) = words::switching(target, &*control.versions().await?)
        && !confirm::agreed(&question, arguments.yes)?
    {
        return Ok(None);
    }
    let changed = control.switch(target).await?;
    for line in words::switched(target, &changed) {
        arguments.say(&line);
    }
    Ok(Some(changed))
}

async fn drop_version(arguments: &Rebuild, tables: &Tables, speed: &Pace, version: u32) -> Result<(), Box<dyn Error>> {
    let models = arguments.models();
    let target: Target = models.iter().map(|model| (*model, version)).collect();
    let control = tables.games.control();
    // Nobody is asked about what would be refused.
    Versions::clone(&*control.versions().await?).without(&target)?;
    let names = models.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
    if !confirm::agreed(&format!("Remove version {version} of {names} for good?"), arguments.yes)? {
        return Err(Verdict::Wrong("nothing was removed".to_owned()).into());
    }
    control.give_up(&target).await?;
    // A function that still knows it as kept up would write rows again.
    tokio::time::sleep(VERSIONS_KNOWN_FOR).await;
    let (mut removed, bar) = (0, arguments.bar("removing"));
    for model in models {
        removed += remove(tables, speed, model, version, &arguments.showing(&bar)).await?;
    }
    bar.finish_and_clear();
    arguments.say(&format!("{removed} rows removed"));
    if arguments.json {
        println!("{}", json!({ "removed": removed }));
    }
    Ok(())
}

fn tell_status(arguments: &Rebuild, versions: &Versions) {
    if arguments.json {
        println!("{}", json!(versions));
        return;
    }
    for model in Model::ALL {
        let of_model = versions.of(model);
        for (version, kept) in of_model.kept {
            let live = if version == of_model.live { "live" } else { "kept up" };
            let filled = if kept.is_filled { "complete" } else { "not complete yet" };
            println!("{model:<8} version {version}, format {}: {live}, {filled}", kept.format);
        }
    }
}

fn told(report: &Report, versions: &Versions) -> Value {
    let live: serde_json::Map<String, Value> =
        Model::ALL.into_iter().map(|model| (model.to_string(), json!(versions.of(model).live))).collect();
    let pairs = |list: &[(turnlog_domain::GameId, String)]| -> Vec<Value> {
        list.iter().map(|(game, reason)| json!({ "game": game.to_string(), "reason": reason })).collect()
    };
    json!({
        "games": report.games,
        "brought_forward": report.brought_forward,
        "changed": report.changed.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "parked": pairs(&report.parked),
        "problems": pairs(&report.problems),
        "live": live,
    })
}
