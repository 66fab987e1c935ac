//! `turnlog replay`: a game from its beginning, message by message.

use std::{
    error::Error,
    io::{self, IsTerminal as _, Write as _},
    str::FromStr,
    time::Duration,
};

use clap::Args;
use tokio::time::sleep;
use turnlog_domain::{Game, GameId, Kinds, Seq, Timestamp};
use turnlog_store::{Folded, LoadError, Log, StoreError};

use crate::{drawing, moment::Look};

/// The longest pause between two messages: nobody wants to sit through a night's rest.
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// Messages that are read at a time.
const PAGE_MESSAGES: usize = 500;
/// Clears a terminal and goes to its upper left corner.
const CLEAR: &str = "\u{1b}[2J\u{1b}[H";

/// The options of `turnlog replay`.
#[derive(Debug, Args)]
pub(crate) struct Replay {
    #[command(flatten)]
    look: Look,
    /// How many times as fast as it was played; max makes no pauses.
    #[arg(long, default_value = "1")]
    speed: Speed,
}

/// How fast a game is replayed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Speed {
    /// So many times as fast as it was played.
    Times(f64),
    /// Without pauses.
    Max,
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let times = text.parse().ok().filter(|times: &f64| times.is_finite() && *times > 0.0);
        times.map(Self::Times).ok_or_else(|| "a speed is a number above zero, or max".to_owned())
    }
}

impl Speed {
    /// How long to wait before a message.
    fn pause(self, before: Timestamp, next: Timestamp) -> Duration {
        match self {
            Self::Max => Duration::ZERO,
            Self::Times(times) => {
                let seconds = Duration::from_millis(next.ms_since(before)).as_secs_f64() / times;
                Duration::try_from_secs_f64(seconds).unwrap_or(PAUSE_MAX).min(PAUSE_MAX)
            }
        }
    }
}

/// Plays it.
pub(crate) fn run(arguments: &Replay, kinds: &Kinds) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(replay(arguments, kinds))
}

async fn replay(arguments: &Replay, kinds: &Kinds) -> Result<(), Box<dyn Error>> {
    let (game, log) = arguments.look.log(kinds).await?;
    let head = head(&log, game).await?;
    let clear = if io::stdout().is_terminal() && arguments.speed != Speed::Max { CLEAR } else { "" };
    let mut folded: Option<Folded> = None;
    loop {
        let after = folded.as_ref().map_or(Seq(0), |folded| folded.game.seq());
        let page = log.messages().page(game, after, PAGE_MESSAGES).await?;
        let is_last = page.len() < PAGE_MESSAGES;
        for entry in page {
            if let Some(before) = &folded {
                sleep(arguments.speed.pause(before.game.at(), entry.message.at)).await;
            }
            let next = Folded::fold(kinds, folded.take(), &entry)?;
            let head = head.as_ref().filter(|head| head.seq() > next.game.seq()).unwrap_or(&next.game);
            let line = drawing::message(head, &entry.message, arguments.look.viewer(head))?;
            let board = drawing::game(head, &next.game, arguments.look.viewer(&next.game));
            writeln!(io::stdout(), "{clear}{line}\n\n{board}\n")?;
            folded = Some(next);
        }
        if is_last {
            return folded.map(|_| ()).ok_or_else(|| format!("there is no game {game}").into());
        }
    }
}

/// The game as it is now: what its end has opened is open from the beginning. Where the log cannot be folded to its end, it is
/// played as far as it goes, each moment as it was seen then.
async fn head(log: &Log, game: GameId) -> Result<Option<Game>, StoreError> {
    match log.current(game).await {
        Ok(head) => Ok(head.map(|head| head.game)),
        Err(LoadError::Log(_)) => Ok(None),
        Err(LoadError::Store(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_those_of_the_game_and_never_long() {
        let (start, ms) = (Timestamp::from_ms(1_000), |ms| Timestamp::from_ms(1_000 + ms));
        assert_eq!(Speed::Times(2.0).pause(start, ms(3_000)), Duration::from_millis(1_500));
        assert_eq!(Speed::Times(1.0).pause(start, ms(86_400_000)), PAUSE_MAX);
        assert_eq!(Speed::Times(1e-300).pause(start, ms(u64::MAX / 2)), PAUSE_MAX);
        assert_eq!(Speed::Max.pause(start, ms(3_000)), Duration::ZERO);
        for wrong in ["0", "-1", "NaN", "inf", "fast"] {
            assert!(wrong.parse::<Speed>().is_err(), "{wrong}");
        }
    }
}
