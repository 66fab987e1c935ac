//! The question that is asked before anything changes.

use std::{
    error::Error,
    io::{self, IsTerminal as _, Write as _},
};

/// Asks a person whether to go on. Where nobody can answer, it is refused for the reason that is given.
///
/// # Errors
/// When standard input is no terminal, or cannot be read.
pub(crate) fn confirm(question: &str, unanswered: &str) -> Result<bool, Box<dyn Error>> {
    if !io::stdin().is_terminal() {
        return Err(format!("{unanswered}; say --yes").into());
    }
    eprint!("{question} [y/N] ");
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("y"))
}
