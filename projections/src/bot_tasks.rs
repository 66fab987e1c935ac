//! What bots have to do in a game, done one after the other.

use std::time::Instant;

use rand::Rng;
use tokio::task::spawn_blocking;
use tracing::{debug, error, warn};
use turnlog_domain::{Actor, BotTask, Chance, Command, Game, GameId, Rejection, Thinking};
use turnlog_store::{AppendError, Appended, Log, now};

use crate::limits::{BOT_COMMANDS_AMONG_BOTS_MAX, BOT_MOVES_TRIED_MAX, BOT_THINKING_MAX, BOT_TIME_AMONG_BOTS};

/// How much bots may do in one game before others have their turn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    /// Commands at most; fewer where only bots play.
    pub(crate) commands: u32,
    /// When nothing but the first command is begun any more.
    pub(crate) more_until: Instant,
    /// When nothing at all is begun any more.
    pub(crate) until: Instant,
}

impl Allowance {
    /// What is left of it in a game that was begun then: less where nobody waits for the bots.
    fn within(self, game: &Game, began: Instant) -> Self {
        if !game.is_among_bots() {
            return self;
        }
        let commands = self.commands.min(BOT_COMMANDS_AMONG_BOTS_MAX);
        Self { commands, more_until: self.more_until.min(began + BOT_TIME_AMONG_BOTS), ..self }
    }
}

/// Bots could not do what they have to do, and it must be tried again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BotTaskError {
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
/// not forgotten. Whoever else runs the same task gives the same command id, and one of them is the repeat.
///
/// # Errors
/// When it must be tried again.
pub(crate) async fn run(log: &Log, game_id: GameId, allowance: Allowance) -> Result<u32, BotTaskError> {
    let (mut given, began) = (0, Instant::now());
    let mut refused_at = None;
    loop {
        let Some(folded) = log.current(game_id).await.map_err(AppendError::from)? else { break };
        let game = &folded.game;
        let Some(task) = game.bot_task() else { break };
        let Allowance { commands, more_until, .. } = allowance.within(game, began);
        if given > 0 && (given >= commands || Instant::now() >= more_until) {
            break;
        }
        if refused_at == Some(game.seq()) {
            // Most likely its time is up, and somebody will claim it.
            warn!(%game_id, seq = %game.seq(), "a bot is in turn, but may not act");
            break;
        }
        if Instant::now() >= allowance.until {
            return if given > 0 { Ok(given) } else { Err(BotTaskError::Late) };
        }
        match give(log, game, task, allowance.until).await {
            Ok(_) => given += 1,
            // Others may have acted meanwhile; if so, there is something else to do now.
            Err(AppendError::Rejected(_)) => refused_at = Some(game.seq()),
            Err(error) => return Err(error.into()),
        }
    }
    debug!(%game_id, commands = given, "bots acted");
    Ok(given)
}

async fn give(log: &Log, game: &Game, task: BotTask, until: Instant) -> Result<Appended, AppendError> {
    let (game_id, id) = (game.id(), task.command);
    let command = match task.answer.clone() {
        Some(answer) => answer,
        None => think_aside(game, &task, until).await.ok_or(Rejection::NotYourTurn)?,
    };
    let actor = Actor::Player(task.player);
    match (log.append(game_id, id, &actor, &command, now()).await, &command) {
        // What cannot be granted must not stay open, or the bot would be occupied with it for ever.
        (Err(AppendError::Rejected(_)), &Command::Accept { offer, seq }) => {
            log.append(game_id, id, &actor, &Command::Decline { offer, seq }, now()).await
        }
        (appended, _) => appended,
    }
}

/// Thinks where it holds up nothing else: other games go on meanwhile, and their bots think at the same time.
async fn think_aside(game: &Game, task: &BotTask, until: Instant) -> Option<Command> {
    let (game_id, game, task) = (game.id(), game.clone(), task.clone());
    let thought = spawn_blocking(move || think(&game, &task, until)).await;
    thought.unwrap_or_else(|failed| {
        error!(%game_id, cause = %failed, "a bot failed to think");
        None
    })
}

/// The move that a bot makes; nobody can foresee it, since its chance comes from the system and not from the game.
fn think(game: &Game, task: &BotTask, until: Instant) -> Option<Command> {
    let until = until.min(Instant::now() + BOT_THINKING_MAX);
    let mut thinking = Thinking {
        chance: Chance::of_key(rand::rng().random()),
        moves: BOT_MOVES_TRIED_MAX,
        may_go_on: &mut || Instant::now() < until,
    };
    let action = game.choose(task.seat, task.bot, &mut thinking)?;
    Some(Command::Play { action, seen: Some(game.seq()) })
}
