//! The games that a warm function remembers. They only save reads: a stale one can never lead to a wrong write.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use lru::LruCache;
use turnlog_domain::GameId;

use crate::{entry::Folded, limits::CACHED_SESSIONS_MAX};

/// The latest used games of a function. Cheap to clone; clones remember together.
#[derive(Debug, Clone)]
pub struct GameCache(Arc<Mutex<LruCache<GameId, Folded>>>);

impl Default for GameCache {
    fn default() -> Self {
        Self::new()
    }
}

impl GameCache {
    /// An empty cache.
    #[expect(clippy::missing_panics_doc, reason = "the limit is a constant above zero")]
    pub fn new() -> Self {
        let games = LruCache::new(NonZeroUsize::new(CACHED_SESSIONS_MAX).expect("the limit is above zero"));
        Self(Arc::new(Mutex::new(games)))
    }

    /// What is kept of a game.
    pub fn get(&self, game: GameId) -> Option<Folded> {
        self.lock().get(&game).cloned()
    }

    /// Keeps a game, unless a later one is kept already.
    pub fn keep(&self, folded: Folded) {
        let mut games = self.lock();
        let game = folded.game.id();
        if games.peek(&game).is_none_or(|kept| kept.game.seq() <= folded.game.seq()) {
            games.put(game, folded);
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
