//! The `turnlog` command: runs, inspects and operates Turnlog.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to people on its standard streams")]

mod arguments;
mod ask;
mod bench;
mod claims;
mod dev;
mod dlq;
mod games;
mod invoke;
mod pages;
mod parked;
mod place;
mod rebuild;
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
        Command::Rebuild(arguments) => rebuild::run(&arguments),
        Command::Parked(arguments) => parked::list(&arguments),
        Command::Repair(arguments) => parked::repair(&arguments),
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
