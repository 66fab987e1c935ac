//! `turnlog show`: one moment of a game, drawn.

use std::{
    error::Error,
    io::{self, Write as _},
};

use turnlog_domain::GameId;
use turnlog_protocol::View;
use turnlog_store::Log;

use crate::{
    arguments::Show,
    drawing,
    moment::{head_of, session_at},
};

/// Prints the moment.
pub(crate) fn run(arguments: &Show) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(show(arguments))
}

async fn show(arguments: &Show) -> Result<(), Box<dyn Error>> {
    let game = GameId::parse(&arguments.game)?;
    let tables = arguments.place.tables().await?;
    let log = Log::new(tables.messages, tables.games);
    let head = head_of(&log, game).await?;
    let session = session_at(&log, &head, arguments.at).await?;
    let viewer = arguments.viewer.viewer(&session);
    let text = if arguments.json {
        let view = serde_json::to_value(View::from(&head.session, &session, viewer))?;
        let (seq, at) = (session.seq().0, session.at().as_ms());
        serde_json::json!({ "game": game.to_string(), "seq": seq, "at": at, "view": view }).to_string()
    } else {
        drawing::game(&head.session, &session, viewer)
    };
    Ok(writeln!(io::stdout(), "{text}")?)
}
