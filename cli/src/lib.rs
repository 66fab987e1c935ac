//! The `turnlog` command, for the games of some kinds: it runs, inspects and operates Turnlog.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to people on its standard streams")]

mod arguments;
mod backup;
mod bench;
mod claims;
mod confirm;
mod dev;
mod diff;
mod dlq;
mod drawing;
mod export;
mod files;
mod games;
mod hand_over;
mod import;
mod invoke;
mod location;
mod logging;
mod moment;
mod new;
mod pages;
mod parked;
mod progress;
mod rebuild;
mod remote;
mod replay;
mod secret_names;
mod serve;
mod show;
mod shutdown;
mod tail;
mod template;
mod token;
mod verdict;
mod verify;

use std::{error::Error, io, process::ExitCode};

use arguments::{Command, Request};
use clap::Subcommand;
use turnlog_domain::Kinds;
use turnlog_local::Functions;

pub use crate::{files::Files, hand_over::hand_over, location::Location, verdict::Verdict};
pub use rust_embed;
pub use turnlog_operations::Tables;

/// Commands that a project has beside those of everybody.
pub trait Commands: Subcommand {
    /// Carries one out.
    ///
    /// # Errors
    /// [`Verdict`] when it did its work and found something wrong, which ends the process with 1; anything else when it
    /// could not do its work, which ends it with 2.
    fn run(self, kinds: &Kinds) -> Result<(), Box<dyn Error>>;
}

/// No commands.
#[derive(Debug, Subcommand)]
pub enum NoCommands {}

impl Commands for NoCommands {
    fn run(self, _: &Kinds) -> Result<(), Box<dyn Error>> {
        match self {}
    }
}

/// Reads the command line and does what it says, with `kinds`, and with commands of the project's own. `functions` are the
/// Lambda functions for these kinds, for stacks that run them in their own process; `files` are the project's.
pub fn run<C: Commands>(kinds: &Kinds, functions: &Functions, files: Files) -> ExitCode {
    let outcome = match Request::<C>::read() {
        Request::Ours(command) => run_ours(command, kinds, functions, files),
        Request::Theirs(command) => command.run(kinds),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read it has seen enough.
        Err(error) if is_closed_pipe(error.as_ref()) => ExitCode::SUCCESS,
        Err(error) => {
            let verdict = error.downcast_ref::<Verdict>();
            if !matches!(verdict, Some(Verdict::Said)) {
                eprintln!("error: {error}");
            }
            ExitCode::from(if verdict.is_some() { 1 } else { 2 })
        }
    }
}

fn run_ours(command: Command, kinds: &Kinds, functions: &Functions, files: Files) -> Result<(), Box<dyn Error>> {
    match command {
        Command::New(new) => new::run(&new),
        Command::Dev(dev) => dev::run(dev, functions),
        Command::Serve(serve) => serve::run(serve, functions, files),
        Command::Token(token) => token::run(&token),
        Command::Invoke(invoke) => invoke::run(&invoke),
        Command::Dlq(command) => dlq::run(command),
        Command::Backup(arguments) => backup::run(&arguments),
        Command::Bench(bench) => bench::run(&bench, kinds),
        Command::Games(games) => games::run(&games, kinds),
        Command::Show(show) => show::run(&show, kinds),
        Command::Replay(replay) => replay::run(&replay, kinds),
        Command::Tail(tail) => tail::run(&tail, kinds),
        Command::Diff(diff) => diff::run(&diff, kinds),
        Command::Verify(verify) => verify::run(&verify, kinds),
        Command::Export(export) => export::run(&export, kinds),
        Command::Import(import) => import::run(&import, kinds),
        Command::Rebuild(arguments) => rebuild::run(&arguments, kinds),
        Command::Parked(arguments) => parked::run(&arguments, kinds),
    }
}

fn is_closed_pipe(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
