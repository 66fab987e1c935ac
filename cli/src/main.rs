//! The `turnlog` command: runs, inspects and operates Turnlog.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to people on its standard streams")]

mod arguments;
mod claims;
mod dev;
mod pages;
mod shutdown;
mod template;
mod token;

use std::process::ExitCode;

use arguments::{Arguments, Command};

fn main() -> ExitCode {
    let outcome = match Arguments::read().command {
        Command::Dev(dev) => dev::run(dev),
        Command::Token(token) => token::run(&token),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
