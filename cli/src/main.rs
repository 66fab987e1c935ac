//! The `turnlog` command: runs, inspects and operates Turnlog.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to people on its standard streams")]

mod arguments;
mod bench;
mod claims;
mod confirm;
mod dev;
mod diff;
mod dlq;
mod drawing;
mod export;
mod games;
mod import;
mod invoke;
mod location;
mod moment;
mod pages;
mod parked;
mod pgn;
mod progress;
mod rebuild;
mod remote;
mod repair;
mod replay;
mod secret_names;
mod show;
mod shutdown;
mod tail;
mod template;
mod token;
mod verdict;
mod verify;

use std::{error::Error, io, process::ExitCode};

use arguments::{Arguments, Command};
use mimalloc::MiMalloc;
use verdict::Verdict;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let outcome = match Arguments::read().command {
        Command::Dev(dev) => dev::run(dev),
        Command::Token(token) => token::run(&token),
        Command::Invoke(invoke) => invoke::run(&invoke),
        Command::Dlq(command) => dlq::run(command),
        Command::Bench(bench) => bench::run(&bench),
        Command::Games(games) => games::run(&games),
        Command::Show(show) => show::run(&show),
        Command::Replay(replay) => replay::run(&replay),
        Command::Tail(tail) => tail::run(&tail),
        Command::Diff(diff) => diff::run(&diff),
        Command::Pgn(arguments) => pgn::run(&arguments),
        Command::Verify(verify) => verify::run(&verify),
        Command::Export(export) => export::run(&export),
        Command::Import(import) => import::run(&import),
        Command::Rebuild(arguments) => rebuild::run(&arguments),
        Command::Parked(arguments) => parked::run(&arguments),
        Command::Repair(arguments) => repair::run(&arguments),
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

fn is_closed_pipe(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
