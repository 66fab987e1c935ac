//! The projection of one game: all rows that follow from its log, and the one with its state last.

use tracing::{debug, error, info};
use turnlog_domain::{FoldError, GameId, Kinds, Seq};
use turnlog_store::{
    ConfigError, Derived, Entry, Environment, Folded, GameCache, Games, LoadError, LogFault, Messages, Players,
    ReadModels, Row, StoreError, now, rows_of_head,
};

use crate::faults::{Faults, Outlook};

/// Brings the rows of a game forward to the head of its log.
#[derive(Debug)]
pub(crate) struct Projector {
    pub(crate) messages: Messages,
    pub(crate) games: Games,
    read_models: ReadModels,
    /// The games whose rows this process has written or read.
    pub(crate) written: GameCache,
    /// The games that this process could not fold.
    faults: Faults,
}

/// Where a projected game stands.
#[derive(Debug)]
pub(crate) struct Projected {
    /// The state at the head of its log.
    pub(crate) folded: Folded,
    /// Whether its rows were behind.
    pub(crate) has_moved: bool,
}

/// Messages that are not in the rows yet.
struct Newer {
    at_hand: Vec<Entry>,
    /// The position after which the log has more.
    rest_after: Option<Seq>,
}

impl Newer {
    fn of_log(after: Seq) -> Self {
        Self { at_hand: Vec::new(), rest_after: Some(after) }
    }
}

impl Projector {
    /// Reads the names of the tables from the environment.
    ///
    /// # Errors
    /// When one is missing.
    pub(crate) fn from_environment(environment: &Environment, kinds: &Kinds) -> Result<Self, ConfigError> {
        let client = environment.dynamodb();
        let messages = Messages::new(client.clone(), environment.required("MESSAGES_TABLE")?);
        let games = Games::new(client.clone(), environment.required("GAMES_TABLE")?, kinds.clone());
        let players = Players::new(client, environment.required("PLAYERS_TABLE")?);
        Ok(Self { written: environment.cache(), ..Self::new(messages, games, &players) })
    }

    pub(crate) fn new(messages: Messages, games: Games, players: &Players) -> Self {
        let read_models = ReadModels::over(&games, players);
        Self { messages, games, read_models, written: GameCache::new(), faults: Faults::default() }
    }

    /// Projects a game as far as its log goes; `entries` are messages that are known already. A game that cannot be folded
    /// is parked, which is no error: only infrastructure is. It stays where it is for a while then, since the same code
    /// would fail on the same log again. Returns where it stands now; nothing when it could not be folded.
    pub(crate) async fn project(&self, game: GameId, entries: &[Entry]) -> Result<Option<Projected>, StoreError> {
        if self.faults.outlook(game) == Outlook::FailedLately {
            return Ok(None);
        }
        match self.advance(game, entries).await {
            Ok(projected) => Ok(projected),
            // An import stores the first message last. Before that it is no game yet, and there is nothing to park.
            Err(LoadError::Log(LogFault::Fold(FoldError::NotNext { expected: Seq(1), .. }))) => Ok(None),
            Err(LoadError::Store(error)) => Err(error),
            Err(LoadError::Log(fault)) => {
                let seq = entries.last().map_or(Seq(0), |entry| entry.message.seq);
                self.park(game, seq, &fault).await.map(|()| None)
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

    async fn advance(&self, game: GameId, entries: &[Entry]) -> Result<Option<Projected>, LoadError> {
        let cached = self.written.get(game);
        let is_cold = cached.is_none();
        let known = match cached {
            Some(folded) => Some(folded),
            None => self.games.row(game).await?,
        };
        let newer = self.newer(game, known.as_ref(), entries).await?;
        let derived = match self.derive(game, known.clone(), newer).await {
            // A row that its own log contradicts is worth nothing: the log alone decides.
            Err(LoadError::Log(_)) if known.is_some() => self.derive(game, None, Newer::of_log(Seq(0))).await?,
            derived => derived?,
        };
        let Some(folded) = derived else { return Ok(None) };
        let has_moved = known.is_none_or(|known| known.game.seq() < folded.game.seq());
        if has_moved {
            // It comes last: where it stands, everything before it is complete, whenever this process ends.
            self.put(rows_of_head(&folded)).await?;
            debug!(game_id = %game, seq = %folded.game.seq(), "game projected");
        }
        if is_cold && self.games.parked(game).await?.is_some() {
            self.games.unpark(game).await?;
            info!(game_id = %game, "game unparked");
        }
        self.written.keep(folded.clone());
        Ok(Some(Projected { folded, has_moved }))
    }

    /// The messages after what is known: those at hand when they join on, otherwise those of the log.
    async fn newer(&self, game: GameId, known: Option<&Folded>, entries: &[Entry]) -> Result<Newer, LoadError> {
        let seq = known.map_or(Seq(0), |folded| folded.game.seq());
        let at_hand: Vec<Entry> = entries.iter().filter(|entry| entry.message.seq > seq).cloned().collect();
        let due = (seq.0 + 1..).map(Seq);
        let is_contiguous = at_hand.iter().map(|entry| entry.message.seq).zip(due).all(|(found, due)| found == due);
        let is_duplicate = at_hand.is_empty() && !entries.is_empty();
        if known.is_none()
            && is_contiguous
            && let Some(last) = at_hand.last()
        {
            // The first message of an imported game comes after all others.
            let rest_after = Some(last.message.seq);
            return Ok(Newer { at_hand, rest_after });
        }
        if is_duplicate || (is_contiguous && !at_hand.is_empty()) {
            return Ok(Newer { at_hand, rest_after: None });
        }
        if known.is_none() {
            // Most of a long log would be read again and again before its first message is there.
            let first = self.messages.page(game, seq, 1).await?;
            if first.iter().any(|first| first.message.seq > Seq(1)) {
                return Ok(Newer { at_hand: first, rest_after: None });
            }
        }
        Ok(Newer::of_log(seq))
    }

    /// Folds newer messages on what is known. A log may be of any length: it is held a page at a time, and the rows that follow from
    /// its messages are written as they come. They are a function of the log up to there alone.
    async fn derive(&self, game: GameId, known: Option<Folded>, newer: Newer) -> Result<Option<Folded>, LoadError> {
        let mut derived = Derived::over(self.games.kinds(), known, &newer.at_hand)?;
        self.put(derived.take_rows()).await?;
        if let Some(after) = newer.rest_after {
            let mut pages = self.messages.pages(game, after);
            while let Some(page) = pages.next().await? {
                derived = derived.then(self.games.kinds(), &page)?;
                self.put(derived.take_rows()).await?;
            }
        }
        Ok(derived.folded)
    }

    async fn put(&self, rows: Vec<Row>) -> Result<(), StoreError> {
        for row in rows {
            self.read_models.put(row).await?;
        }
        Ok(())
    }
}
