//! `turnlog dlq`: the failure destinations of a running stack.

use std::{
    error::Error,
    io::{self, Write as _},
};

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::Value;

use crate::{confirm, remote::Remote};

/// The commands of `turnlog dlq`.
#[derive(Debug, Subcommand)]
pub(crate) enum Dlq {
    /// Lists the destinations with the number of their entries.
    List(Stack),
    /// Prints the entries of one, a line of JSON each.
    Show(Destination),
    /// Gives the records of one to their functions again; entries that are processed are removed.
    Redrive(Destination),
    /// Removes all entries of one.
    Purge {
        #[command(flatten)]
        destination: Destination,
        /// Does not ask first.
        #[arg(long)]
        yes: bool,
    },
}

/// A running stack.
#[derive(Debug, Args)]
pub(crate) struct Stack {
    /// The port of the running stack.
    #[arg(long, default_value_t = 3000)]
    port: u16,
}

/// A failure destination of a running stack.
#[derive(Debug, Args)]
pub(crate) struct Destination {
    /// The logical id of the queue or bucket in the template.
    name: String,
    #[command(flatten)]
    stack: Stack,
}

/// Carries out one command.
pub(crate) fn run(dlq: Dlq) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match dlq {
            Dlq::List(stack) => list(stack.port).await,
            Dlq::Show(destination) => show(&destination).await,
            Dlq::Redrive(destination) => redrive(&destination).await,
            Dlq::Purge { destination, yes } => purge(&destination, yes).await,
        }
    })
}

async fn ask(method: Method, destination: &Destination, what: &str) -> Result<Value, Box<dyn Error>> {
    let path = format!("/local/dlq/{}{what}", destination.name);
    let answer = Remote::new(destination.stack.port).call(method, &path, String::new()).await?;
    Ok(serde_json::from_str(&answer.text().await?)?)
}

async fn list(port: u16) -> Result<(), Box<dyn Error>> {
    let answer = Remote::new(port).call(Method::GET, "/local/dlq", String::new()).await?;
    let answer: Value = serde_json::from_str(&answer.text().await?)?;
    for destination in answer["destinations"].as_array().into_iter().flatten() {
        let text = |name: &str| destination[name].as_str().unwrap_or_default().to_owned();
        writeln!(io::stdout(), "{} ({}): {}", text("name"), text("kind"), destination["entries"])?;
    }
    Ok(())
}

async fn show(destination: &Destination) -> Result<(), Box<dyn Error>> {
    let answer = ask(Method::GET, destination, "").await?;
    for entry in answer["entries"].as_array().into_iter().flatten() {
        writeln!(io::stdout(), "{entry}")?;
    }
    Ok(())
}

async fn redrive(destination: &Destination) -> Result<(), Box<dyn Error>> {
    let answer = ask(Method::POST, destination, "/redrive").await?;
    println!("processed: {}", answer["processed"]);
    let kept = answer["kept"].as_array().map(Vec::as_slice).unwrap_or_default();
    for entry in kept {
        eprintln!("kept: {entry}");
    }
    if kept.is_empty() { Ok(()) } else { Err(format!("{} entries were not processed", kept.len()).into()) }
}

async fn purge(destination: &Destination, yes: bool) -> Result<(), Box<dyn Error>> {
    confirm::somebody_agrees(yes)?;
    if !confirm::agreed(&format!("Remove everything in {} for good?", destination.name), yes)? {
        return Ok(());
    }
    println!("removed: {}", ask(Method::DELETE, destination, "").await?["removed"]);
    Ok(())
}
