//! `turnlog verify`: proves that logs are sound, and that what was derived from them is what they add up to.

mod watched;

use std::{
    error::Error,
    io::{self, Write as _},
};

use turnlog_domain::{GameId, Kinds};
use turnlog_operations::verify::{self, Problem, Report};

use crate::{arguments::Verify, progress, verdict::Verdict};

/// Verifies what the arguments ask for.
pub(crate) fn run(arguments: &Verify, kinds: &Kinds) -> Result<(), Box<dyn Error>> {
    if arguments.url.is_some() {
        return watched::run(arguments, kinds);
    }
    // Folding keeps one core busy, and reading another.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(verify(arguments, kinds))?;
    tell(&report, arguments.json)?;
    if report.problems.is_empty() { Ok(()) } else { Err(Verdict::Said.into()) }
}

async fn verify(arguments: &Verify, kinds: &Kinds) -> Result<Report, Box<dyn Error>> {
    let tables = arguments.location.tables(kinds).await?;
    let Some(game) = &arguments.game else {
        let bar = progress::messages("verifying", None);
        let report = verify::all(tables, &progress::showing(&bar)).await?;
        bar.finish_and_clear();
        return Ok(report);
    };
    let game = GameId::parse(game)?;
    let report = verify::one(tables, game).await?;
    if report.messages == 0 { Err(format!("there is no game {game}").into()) } else { Ok(report) }
}

fn tell(report: &Report, json: bool) -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout();
    if json {
        return Ok(writeln!(out, "{}", serde_json::to_string(report)?)?);
    }
    let Report { games, messages, problems } = report;
    for Problem { game, seq, fault, detail } in problems {
        let at = seq.map(|seq| format!(" message {seq}")).unwrap_or_default();
        writeln!(out, "{game}{at}: {}: {detail}", serde_json::to_string(fault)?.trim_matches('"'))?;
    }
    let of = format!("{}, {}", count(*games, "game"), count(*messages, "message"));
    Ok(match problems.len() {
        0 => writeln!(out, "verified: {of}, no problem"),
        problems => writeln!(out, "not verified: {of}, {}", count(problems as u64, "problem")),
    }?)
}

/// A number of things, in words.
pub(crate) fn count(number: u64, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}
