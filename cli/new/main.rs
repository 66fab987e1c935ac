//! The command line: `turnlog` with the kinds of this project.

use std::process::ExitCode;

use turnlog::command::{NoCommands, run};

fn main() -> ExitCode {
    run::<NoCommands>(&__CRATE__::kinds(), turnlog::files!())
}
