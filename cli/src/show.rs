//! `turnlog show`: one moment of a game, drawn.

use std::{
    error::Error,
    io::{self, Write as _},
};

use clap::Args;
use turnlog_domain::{Kinds, Moment};
use turnlog_protocol::View;

use crate::{
    drawing,
    moment::{Look, game_at, head_of, moment},
};

/// The options of `turnlog show`.
#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    look: Look,
    /// The moment: the seq of a message, or a time such as 2026-11-24T16:00:00Z [default: now].
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    at: Option<Moment>,
    /// One line of JSON: the view as a client gets it.
    #[arg(long)]
    json: bool,
}

/// Prints the moment.
pub(crate) fn run(arguments: &Show, kinds: &Kinds) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(show(arguments, kinds))
}

async fn show(arguments: &Show, kinds: &Kinds) -> Result<(), Box<dyn Error>> {
    let (game_id, log) = arguments.look.log(kinds).await?;
    let head = head_of(&log, game_id).await?;
    let game = game_at(&log, &head, arguments.at).await?;
    let viewer = arguments.look.viewer(&game);
    let text = if arguments.json {
        let view = serde_json::to_value(View::from(&head.game, &game, viewer))?;
        let (seq, at) = (game.seq().0, game.at().as_ms());
        serde_json::json!({ "game": game_id.to_string(), "seq": seq, "at": at, "view": view }).to_string()
    } else {
        drawing::game(&head.game, &game, viewer)
    };
    Ok(writeln!(io::stdout(), "{text}")?)
}
