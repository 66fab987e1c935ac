//! The sessions that a warm process remembers. They only save reads: a stale one can never lead to a wrong write.

use std::{
    num::NonZeroUsize,
    sync::{Mutex, MutexGuard, PoisonError},
};

use lru::LruCache;
use turnlog_domain::GameId;

use crate::{entry::Folded, limits::CACHED_SESSIONS_MAX};

/// The latest used sessions of this process.
#[derive(Debug)]
pub struct SessionCache(Mutex<LruCache<GameId, Folded>>);

impl Default for SessionCache {
    fn default() -> Self {
        Self::new()
    }
}

impl SessionCache {
    /// An empty cache.
    #[expect(clippy::missing_panics_doc, reason = "the limit is a constant above zero")]
    pub fn new() -> Self {
        Self(Mutex::new(LruCache::new(NonZeroUsize::new(CACHED_SESSIONS_MAX).expect("the limit is above zero"))))
    }

    /// What is kept of a game.
    pub fn get(&self, game: GameId) -> Option<Folded> {
        self.lock().get(&game).cloned()
    }

    /// Keeps a session, unless a later one is kept already.
    pub fn keep(&self, folded: Folded) {
        let mut sessions = self.lock();
        let game = folded.session.game();
        if sessions.peek(&game).is_none_or(|kept| kept.session.seq() <= folded.session.seq()) {
            sessions.put(game, folded);
        }
    }

    /// Keeps nothing of a game any more.
    pub fn forget(&self, game: GameId) {
        self.lock().pop(&game);
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<GameId, Folded>> {
        // A panic elsewhere cannot leave the map half changed: every access is one call.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
