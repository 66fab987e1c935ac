//! The `turnlog` command: runs, inspects and operates Turnlog.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to people on its standard streams")]

mod arguments;
mod bench;
mod claims;
mod confirm;
mod dev;
mod dlq;
mod export;
mod games;
mod import;
mod invoke;
mod pages;
mod place;
mod progress;
mod remote;
mod shutdown;
mod template;
mod token;
mod verify;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use mimalloc::MiMalloc;

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
        Command::Export(export) => export::run(&export),
        Command::Import(import) => import::run(&import),
        Command::Verify(game) => verify::run(&game),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
