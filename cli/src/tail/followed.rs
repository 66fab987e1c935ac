//! A game that is followed: how far it was told, and when it is worth another look.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use turnlog_domain::{Game, GameId, Message, Phase, Seq};
use turnlog_store::{Entry, Folded, LoadError, Log};

/// For how long a game that is over is looked at again without anything having happened in it.
const QUIET_MAX: Duration = Duration::from_mins(10);
/// Messages that are read at once.
const PAGE_MESSAGES: usize = 100;

/// A game that is followed.
#[derive(Debug)]
pub(super) struct Followed {
    game: GameId,
    /// The last message that was told.
    seq: Seq,
    /// The state after it; none until there was something to tell.
    folded: Option<Folded>,
    pace: Pace,
}

/// How a game is looked at that stands in no list of unfinished ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// Every time: what ended it is still to be told.
    Always,
    /// Less and less often, the longer nothing happens after its end: most games are over for good.
    Over { since: Instant, looked: Instant },
    /// Its log cannot be read.
    Never,
}

impl Followed {
    /// A game of which everything up to `seq` is not to be told.
    pub(super) fn from(game: GameId, seq: Seq) -> Self {
        Self { game, seq, folded: None, pace: Pace::Always }
    }

    /// Whether a game whose row has come to `seq` has something to tell.
    pub(super) fn is_behind(&self, seq: Seq) -> bool {
        self.pace != Pace::Never && self.seq < seq
    }

    /// Whether it is to be looked at, though it stands in no list.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        match self.pace {
            Pace::Always => true,
            // As long after the last look as that was after the last message: ten looks in the whole time.
            Pace::Over { since, looked } => {
                let quiet = looked.duration_since(since);
                quiet * 2 <= QUIET_MAX && now.duration_since(looked) >= quiet
            }
            Pace::Never => false,
        }
    }

    /// Follows it no further.
    pub(super) fn give_up(&mut self) {
        self.pace = Pace::Never;
        self.folded = None;
    }

    /// Tells every message that has come since, each with the state after it. What comes before a message that cannot be
    /// read is told.
    ///
    /// # Errors
    /// When it cannot be told; and, within, when it cannot be read.
    pub(super) async fn news(
        &mut self,
        log: &Log,
        tell: impl Fn(&Game, &Message) -> Result<(), Box<dyn Error>>,
    ) -> Result<Result<(), LoadError>, Box<dyn Error>> {
        let before = self.seq;
        loop {
            let items = match log.messages().items(&self.game.to_string(), self.seq, PAGE_MESSAGES).await {
                Ok(items) => items,
                Err(error) => return Ok(Err(error.into())),
            };
            let is_last = items.len() < PAGE_MESSAGES;
            for item in items {
                let entry = match Entry::from_item(item) {
                    Ok(entry) => entry,
                    Err(fault) => return Ok(Err(fault.into())),
                };
                match self.step(log, &entry).await {
                    Ok(game) => tell(game, &entry.message)?,
                    Err(error) => return Ok(Err(error)),
                }
            }
            if is_last {
                self.rest(before);
                return Ok(Ok(()));
            }
        }
    }

    /// The state after the next message.
    async fn step(&mut self, log: &Log, entry: &Entry) -> Result<&Game, LoadError> {
        let before = match self.folded.take() {
            None if self.seq > Seq(0) => log.at(self.game, self.seq).await?,
            known => known,
        };
        let folded = Folded::fold(log.kinds(), before, entry)?;
        self.seq = entry.message.seq;
        Ok(&self.folded.insert(folded).game)
    }

    /// Takes note of a look that told everything.
    fn rest(&mut self, before: Seq) {
        let is_over = self.folded.as_ref().map(|folded| matches!(folded.game.phase(), Phase::Finished(_)));
        let now = Instant::now();
        self.pace = match (self.pace, is_over) {
            (Pace::Over { since, .. }, _) if self.seq == before => Pace::Over { since, looked: now },
            (_, Some(true)) => Pace::Over { since: now, looked: now },
            (_, Some(false) | None) => Pace::Always,
        };
        if self.pace != Pace::Always {
            // Hardly ever is anything to come, and the log tells the state again.
            self.folded = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_game_that_is_over_is_looked_at_less_and_less_often() {
        let mut game =
            Followed::from(GameId::parse("11111111-1111-5111-8111-111111111111").expect("it is one"), Seq(9));
        let end = Instant::now();
        game.pace = Pace::Over { since: end, looked: end };
        let mut looks = Vec::new();
        for second in 1..=3_600 {
            let now = end + Duration::from_secs(second);
            if game.is_due(now) {
                looks.push(second);
                game.pace = Pace::Over { since: end, looked: now };
            }
        }
        assert_eq!(looks, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]);
    }
}
