//! Asking before anything changes that somebody may want to keep.

use std::io::{self, IsTerminal as _, Write as _};

/// Makes sure, before any work, that there is somebody to ask, or that `--yes` was said.
///
/// # Errors
/// When there is neither.
pub(crate) fn somebody_agrees(yes: bool) -> Result<(), &'static str> {
    if yes || io::stdin().is_terminal() { Ok(()) } else { Err("nobody can be asked here; say --yes") }
}

/// Whether `--yes` was said, or whoever sits at the terminal says it now.
///
/// # Errors
/// When the terminal is gone.
pub(crate) fn agreed(question: &str, yes: bool) -> io::Result<bool> {
    if yes {
        return Ok(true);
    }
    eprint!("{question} [y/N] ");
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("y"))
}
