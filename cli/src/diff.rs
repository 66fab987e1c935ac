//! `turnlog diff`: what is different between two moments of a game.

use std::{
    error::Error,
    io::{self, Write},
};

use clap::Args;
use json_patch::{PatchOperation, diff};
use serde_json::{Value, json};
use turnlog_domain::{Game, Kinds, Moment};
use turnlog_protocol::View;

use crate::{
    moment::{Look, game_at, head_of, moment},
    verdict::Verdict,
};

/// The options of `turnlog diff`.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    #[command(flatten)]
    look: Look,
    /// The one moment: the seq of a message, or a time.
    #[arg(value_parser = moment)]
    from: Moment,
    /// The other moment.
    #[arg(value_parser = moment)]
    to: Moment,
    /// One line of JSON with the differences as a JSON Patch (RFC 6902).
    #[arg(long)]
    json: bool,
}

/// Prints every value that differs. Ends with 1 when one does, as `diff` does.
pub(crate) fn run(arguments: &Diff, kinds: &Kinds) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let [head, from, to] = runtime.block_on(read(arguments, kinds))?;
    let shown = |game| serde_json::to_value(View::from(&head, game, arguments.look.viewer(game)));
    let (before, after) = (shown(&from)?, shown(&to)?);
    let patch = diff(&before, &after);
    let mut out = io::stdout();
    if arguments.json {
        writeln!(out, "{}", json!({ "from": from.seq(), "to": to.seq(), "patch": patch }))?;
    } else {
        writeln!(out, "message {} to message {}", from.seq(), to.seq())?;
        for operation in &patch.0 {
            tell(&mut out, &before, operation)?;
        }
    }
    if patch.0.is_empty() { Ok(()) } else { Err(Verdict::Said.into()) }
}

/// The game as it is now, and the two moments.
async fn read(arguments: &Diff, kinds: &Kinds) -> Result<[Game; 3], Box<dyn Error>> {
    let (game, log) = arguments.look.log(kinds).await?;
    let head = head_of(&log, game).await?;
    let from = game_at(&log, &head, Some(arguments.from)).await?;
    let to = game_at(&log, &head, Some(arguments.to)).await?;
    Ok([head.game, from, to])
}

/// One difference: the path to a value in the view, and what stood and stands there.
fn tell(out: &mut impl Write, before: &Value, operation: &PatchOperation) -> io::Result<()> {
    let old = |path: &str| before.pointer(path).cloned().unwrap_or_default();
    match operation {
        PatchOperation::Add(add) => writeln!(out, "{}: + {}", add.path, add.value),
        PatchOperation::Remove(remove) => writeln!(out, "{}: - {}", remove.path, old(remove.path.as_str())),
        PatchOperation::Replace(replace) => {
            writeln!(out, "{}: {} -> {}", replace.path, old(replace.path.as_str()), replace.value)
        }
        // A comparison makes no others.
        PatchOperation::Move(_) | PatchOperation::Copy(_) | PatchOperation::Test(_) => Ok(()),
    }
}
