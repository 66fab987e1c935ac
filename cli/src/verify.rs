//! `turnlog verify`: proves that logs are sound, and that what was derived from them is what they add up to.

mod audit;
mod models;
mod orphans;
mod pass;
mod problem;
mod watched;

use std::{
    error::Error,
    io::{self, Write as _},
};

use serde::Serialize;
use turnlog_domain::{GameId, Kinds};

use self::{pass::Pass, problem::Problem};
use crate::{arguments::Verify, progress, verdict::Verdict};

/// What a verification found.
#[derive(Debug, Default, Serialize)]
struct Report {
    games: u64,
    messages: u64,
    problems: Vec<Problem>,
}

/// Verifies what the arguments ask for.
pub(crate) fn run(arguments: &Verify, kinds: &Kinds) -> Result<(), Box<dyn Error>> {
    if arguments.url.is_some() {
        return watched::run(arguments, kinds);
    }
    // Folding keeps one core busy, and reading another.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(verify(arguments, kinds))?;
    report.tell(arguments.json)?;
    if report.problems.is_empty() { Ok(()) } else { Err(Verdict::Said.into()) }
}

async fn verify(arguments: &Verify, kinds: &Kinds) -> Result<Report, Box<dyn Error>> {
    let mut pass = Pass::over(arguments.location.tables(kinds).await?);
    if let Some(game) = &arguments.game {
        let game = GameId::parse(game)?;
        pass.one(game).await?;
        if pass.messages == 0 {
            return Err(format!("there is no game {game}").into());
        }
    } else {
        let bar = progress::messages("verifying", None);
        pass.all(|messages| bar.set_position(messages)).await?;
        bar.finish_and_clear();
    }
    let (games, messages) = (pass.games, pass.messages);
    Ok(Report { games, messages, problems: pass.end().await? })
}

impl Report {
    fn tell(&self, json: bool) -> Result<(), Box<dyn Error>> {
        let mut out = io::stdout();
        if json {
            return Ok(writeln!(out, "{}", serde_json::to_string(self)?)?);
        }
        for Problem { game, seq, fault, detail } in &self.problems {
            let at = seq.map(|seq| format!(" message {seq}")).unwrap_or_default();
            writeln!(out, "{game}{at}: {}: {detail}", serde_json::to_string(fault)?.trim_matches('"'))?;
        }
        let Self { games, messages, problems } = self;
        let of = format!("{}, {}", count(*games, "game"), count(*messages, "message"));
        Ok(match problems.len() {
            0 => writeln!(out, "verified: {of}, no problem"),
            problems => writeln!(out, "not verified: {of}, {}", count(problems as u64, "problem")),
        }?)
    }
}

/// A number of things, in words.
fn count(number: u64, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}
