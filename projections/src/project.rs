//! The projection of one game: results and snapshots first, then the row.

use tracing::{debug, error, info};
use turnlog_domain::{FoldError, GameId, Seq};
use turnlog_store::{
    ConfigError, Derived, Entry, Folded, Games, LoadError, LogFault, Messages, Model, Players, SessionCache, Standings,
    StoreError, client_from_env, required,
};

use crate::{
    faults::{Faults, Outlook},
    now,
};

/// Brings the rows of a game forward to the head of its log.
#[derive(Debug)]
pub(crate) struct Projector {
    pub(crate) messages: Messages,
    pub(crate) games: Games,
    pub(crate) players: Players,
    /// The sessions whose rows this process has written or read.
    pub(crate) written: SessionCache,
    /// The games that this process could not fold.
    faults: Faults,
}

impl Projector {
    /// Reads the names of the tables from the environment.
    ///
    /// # Errors
    /// When one is missing.
    pub(crate) async fn from_env() -> Result<Self, ConfigError> {
        let client = client_from_env().await;
        let messages = Messages::new(client.clone(), required("MESSAGES_TABLE")?);
        let games = Games::new(client.clone(), required("GAMES_TABLE")?);
        Ok(Self::new(messages, games, Players::new(client, required("PLAYERS_TABLE")?)))
    }

    pub(crate) fn new(messages: Messages, games: Games, players: Players) -> Self {
        Self { messages, games, players, written: SessionCache::new(), faults: Faults::default() }
    }

    /// Projects a game as far as its log goes; `entries` are messages that are known already. A game that cannot be folded
    /// is parked, which is no error: only infrastructure is. It stays where it is for a while then, since the same code
    /// would fail on the same log again. Tells whether it could be folded.
    pub(crate) async fn project(&self, game: GameId, entries: &[Entry]) -> Result<bool, StoreError> {
        if self.faults.outlook(game) == Outlook::FailedLately {
            return Ok(false);
        }
        match self.advance(game, entries).await {
            Ok(()) => Ok(true),
            // An import stores the first message last. Before that it is no game yet, and there is nothing to park.
            Err(LoadError::Log(LogFault::Fold(FoldError::NotNext { expected: Seq(1), .. }))) => Ok(false),
            Err(LoadError::Store(error)) => Err(error),
            Err(LoadError::Log(fault)) => {
                let seq = entries.last().map_or(Seq(0), |entry| entry.message.seq);
                self.park(game, seq, &fault).await.map(|()| false)
            }
        }
    }

    /// Parks a game with the reason why it cannot be folded.
    pub(crate) async fn park(&self, game: GameId, seq: Seq, fault: &LogFault) -> Result<(), StoreError> {
        self.written.forget(game);
        self.faults.note(game);
        error!(game_id = %game, %seq, reason = %fault, "game parked");
        self.games.park(game, seq, &fault.to_string(), now()).await
    }

    /// Tries a parked game again.
    pub(crate) async fn retry(&self, game: GameId) -> Result<(), StoreError> {
        // Somebody else may have parked it: what this process has written says nothing about that.
        self.written.forget(game);
        self.project(game, &[]).await.map(|_| ())
    }

    async fn advance(&self, game: GameId, entries: &[Entry]) -> Result<(), LoadError> {
        let cached = self.written.get(game);
        let is_cold = cached.is_none();
        let known = match cached {
            Some(folded) => Some(folded),
            None => self.games.row(game).await?,
        };
        let newer = self.newer(game, known.as_ref(), entries).await?;
        let step = match Derived::over(known.clone(), &newer) {
            // A row that its own log contradicts is worth nothing: the log alone decides.
            Err(_) if known.is_some() => Derived::over(None, &self.messages.tail(game, Seq(0)).await?)?,
            step => step?,
        };
        let Derived { folded: Some(folded), snapshots, standings } = step else { return Ok(()) };
        if known.is_none_or(|known| known.session.seq() < folded.session.seq()) {
            self.write(&folded, &snapshots, &standings).await?;
        }
        if is_cold && self.games.parked(game).await?.is_some() {
            self.games.unpark(game).await?;
            info!(game_id = %game, "game repaired");
        }
        self.written.keep(folded);
        Ok(())
    }

    /// The messages after what is known: those at hand when they join on, otherwise those of the log.
    async fn newer(&self, game: GameId, known: Option<&Folded>, entries: &[Entry]) -> Result<Vec<Entry>, LoadError> {
        let seq = known.map_or(Seq(0), |folded| folded.session.seq());
        let mut newer: Vec<Entry> = entries.iter().filter(|entry| entry.message.seq > seq).cloned().collect();
        let due = (seq.0 + 1..).map(Seq);
        let is_contiguous = newer.iter().map(|entry| entry.message.seq).zip(due).all(|(found, due)| found == due);
        let is_duplicate = newer.is_empty() && !entries.is_empty();
        if known.is_none()
            && is_contiguous
            && let Some(last) = newer.last()
        {
            // The first message of an imported game comes after all others.
            let rest = self.messages.tail(game, last.message.seq).await?;
            newer.extend(rest);
            return Ok(newer);
        }
        if is_duplicate || (is_contiguous && !newer.is_empty()) {
            return Ok(newer);
        }
        if known.is_none() {
            // Most of a long log would be read again and again before its first message is there.
            let first = self.messages.page(game, seq, 1).await?;
            if first.iter().any(|first| first.message.seq > Seq(1)) {
                return Ok(first);
            }
        }
        self.messages.tail(game, seq).await
    }

    /// The row comes last: where it stands, everything before it is complete, whenever this process ends.
    async fn write(&self, folded: &Folded, snapshots: &[Folded], standings: &Standings) -> Result<(), StoreError> {
        for snapshot in snapshots {
            self.games.put_snapshot(snapshot).await?;
        }
        let versions = self.games.control().versions_to_write().await?;
        for standing in standings.iter() {
            for version in versions.written(Model::Players) {
                self.players.put_game(version, standing).await?;
            }
        }
        self.games.put_row(folded).await?;
        debug!(game_id = %folded.session.game(), seq = %folded.session.seq(), "game projected");
        Ok(())
    }
}
