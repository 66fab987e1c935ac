//! What bots have to do in a game, done one after the other.

use std::time::Instant;

use rand::Rng;
use tracing::{debug, warn};
use turnlog_domain::{Actor, Chance, Command, Errand, GameId, Rejection, Session, Thinking};
use turnlog_store::{AppendError, Appended, Log};

use crate::{
    limits::{BOT_MOVES_TRIED_MAX, BOT_THINKING_MAX},
    now,
};

/// How much bots may do in one game before others have their turn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    /// Commands at most.
    pub(crate) commands: u32,
    /// When there is no more time to begin anything.
    pub(crate) until: Instant,
}

/// Bots could not do what they have to do, and it must be tried again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ErrandError {
    /// A command was not accepted.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// There was no time to begin.
    #[error("there was no time left")]
    Late,
}

/// Lets the bots of a game act while it is up to them; returns how many commands they gave.
///
/// Every command is stored by a message whose record comes back here, so whatever is left when the allowance is used up is
/// not forgotten. Whoever else runs the same errand gives the same command id, and one of them is the repeat.
///
/// # Errors
/// When it must be tried again.
pub(crate) async fn run(log: &Log, game: GameId, allowance: Allowance) -> Result<u32, ErrandError> {
    let mut given = 0;
    let mut refused_at = None;
    while given < allowance.commands {
        let Some(folded) = log.current(game).await.map_err(AppendError::from)? else { break };
        let session = &folded.session;
        let Some(errand) = session.errand() else { break };
        if refused_at == Some(session.seq()) {
            // Most likely its time is up, and somebody will claim it.
            warn!(game_id = %game, seq = %session.seq(), "a bot is in turn, but may not act");
            break;
        }
        if Instant::now() >= allowance.until {
            return if given > 0 { Ok(given) } else { Err(ErrandError::Late) };
        }
        match give(log, session, errand, allowance.until).await {
            Ok(_) => given += 1,
            // Others may have acted meanwhile; if so, there is something else to do now.
            Err(AppendError::Rejected(_)) => refused_at = Some(session.seq()),
            Err(error) => return Err(error.into()),
        }
    }
    debug!(game_id = %game, commands = given, "bots acted");
    Ok(given)
}

async fn give(log: &Log, session: &Session, errand: Errand, until: Instant) -> Result<Appended, AppendError> {
    let (game, id) = (session.game(), errand.command);
    let command = match errand.answer.clone() {
        Some(answer) => answer,
        None => think(session, &errand, until).ok_or(Rejection::NotYourTurn)?,
    };
    let actor = Actor::Player(errand.player);
    match (log.append(game, id, &actor, &command, now()).await, &command) {
        // What cannot be granted must not stay open, or the bot would be occupied with it for ever.
        (Err(AppendError::Rejected(_)), &Command::Accept { offer, seq }) => {
            log.append(game, id, &actor, &Command::Decline { offer, seq }, now()).await
        }
        (appended, _) => appended,
    }
}

/// The move that a bot makes; nobody can foresee it, since its chance comes from the system and not from the game.
fn think(session: &Session, errand: &Errand, until: Instant) -> Option<Command> {
    let until = until.min(Instant::now() + BOT_THINKING_MAX);
    let mut thinking = Thinking {
        chance: Chance::of_key(rand::rng().random()),
        moves: BOT_MOVES_TRIED_MAX,
        may_go_on: &mut || Instant::now() < until,
    };
    let action = session.choose(errand.seat, errand.bot, &mut thinking)?;
    Some(Command::Play { action, seen: Some(session.seq()) })
}
