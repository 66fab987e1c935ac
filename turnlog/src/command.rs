//! The command line of a project: `turnlog` with its kinds, and with commands of its own.

use std::process::ExitCode;

use turnlog_domain::Kinds;

use crate::calls::calls;

pub use turnlog_cli::{Commands, Files, Location, NoCommands, Tables, Verdict, hand_over, rust_embed};
/// What a command reads in the tables.
pub use turnlog_domain::{Game, GameId, Message, PlayerId, Seq, Viewer};

/// Reads the command line and does what it says, with `kinds`, and with commands of the project's own. `files` are what
/// [`files!`](crate::files) takes into the command.
pub fn run<C: Commands>(kinds: &Kinds, files: Files) -> ExitCode {
    turnlog_cli::run::<C>(kinds, &calls(kinds), files)
}

/// Takes `template.yaml` and `web/` of the package that says it into its command, so that `turnlog serve` needs nothing but that.
/// The template may have another place: `files!("../template.yaml")`. A debug build reads `web/` from its folder each time.
#[macro_export]
macro_rules! files {
    () => {
        $crate::files!("template.yaml")
    };
    ($template:literal) => {{
        #[derive($crate::command::rust_embed::RustEmbed)]
        #[crate_path = "turnlog::command::rust_embed"]
        #[folder = "web"]
        #[allow_missing = true]
        struct Web;
        $crate::command::Files {
            template: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $template)),
            web: <Web as $crate::command::rust_embed::RustEmbed>::get,
        }
    }};
}
