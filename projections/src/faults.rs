//! The games that this process could not fold, so that a parked game does not cost its whole log again and again.

use std::{
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use lru::LruCache;
use turnlog_domain::GameId;

use crate::limits::{FAULTS_KEPT_MAX, PARKED_RETRY_EVERY};

/// When this process failed on which games. A process of newer code begins with nothing, and tries them all at once.
#[derive(Debug)]
pub(crate) struct Faults(Mutex<LruCache<GameId, Instant>>);

/// What can be expected of a game before it is folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outlook {
    /// This code has failed on it not long ago.
    FailedLately,
    /// It is worth a try.
    Untried,
}

impl Default for Faults {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(NonZeroUsize::new(FAULTS_KEPT_MAX).expect("the limit is above zero"))))
    }
}

impl Faults {
    /// Takes note that a game could not be folded just now.
    pub(crate) fn note(&self, game: GameId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put(game, Instant::now());
    }

    /// Whether a game is worth a try. The log may have been mended by hand, so no failure counts for ever.
    pub(crate) fn outlook(&self, game: GameId) -> Outlook {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match faults.peek(&game) {
            Some(failed) if failed.elapsed() < PARKED_RETRY_EVERY => Outlook::FailedLately,
            Some(_) => {
                faults.pop(&game);
                Outlook::Untried
            }
            None => Outlook::Untried,
        }
    }
}
