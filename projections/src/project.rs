//! The projection of one game: results first, then the row.

use tracing::{debug, error, info};
use turnlog_domain::{Event, GameId, Phase, PlayerId, Seat, Seq, Session};
use turnlog_store::{
    ConfigError, Entry, Folded, Games, LoadError, LogFault, Messages, PlayerGame, Players, SessionCache, Standing,
    StoreError, client_from_env, required,
};

use crate::now;

/// Brings the rows of a game forward to the head of its log.
#[derive(Debug)]
pub(crate) struct Projector {
    pub(crate) messages: Messages,
    pub(crate) games: Games,
    pub(crate) players: Players,
    /// The sessions whose rows this process has written or read.
    pub(crate) written: SessionCache,
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
        Self { messages, games, players, written: SessionCache::new() }
    }

    /// Projects a game as far as its log goes; `entries` are messages that are known already. A game that cannot be folded
    /// is parked, which is no error: only infrastructure is. Tells whether it could be folded.
    pub(crate) async fn project(&self, game: GameId, entries: &[Entry]) -> Result<bool, StoreError> {
        match self.advance(game, entries).await {
            Ok(()) => Ok(true),
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
        // Operators have an alarm on this text.
        error!(game_id = %game, %seq, reason = %fault, "game parked");
        self.games.park(game, seq, &fault.to_string(), now()).await
    }

    async fn advance(&self, game: GameId, entries: &[Entry]) -> Result<(), LoadError> {
        let cached = self.written.get(game);
        let is_cold = cached.is_none();
        let known = match cached {
            Some(folded) => Some(folded),
            None => self.games.row(game).await?,
        };
        let newer = self.newer(game, known.as_ref(), entries).await?;
        let folded = match fold(known.clone(), &newer) {
            // A row that its own log contradicts is worth nothing: the log alone decides.
            Err(_) if known.is_some() => fold(None, &self.messages.tail(game, Seq(0)).await?)?,
            folded => folded?,
        };
        let Some(folded) = folded else { return Ok(()) };
        if known.is_none_or(|known| known.session.seq() < folded.session.seq()) {
            self.write(&folded, &newer).await?;
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
        let newer: Vec<Entry> = entries.iter().filter(|entry| entry.message.seq > seq).cloned().collect();
        let due = (seq.0 + 1..).map(Seq);
        let is_contiguous = newer.iter().map(|entry| entry.message.seq).zip(due).all(|(found, due)| found == due);
        let is_duplicate = newer.is_empty() && !entries.is_empty();
        if is_duplicate || (is_contiguous && !newer.is_empty()) {
            return Ok(newer);
        }
        self.messages.tail(game, seq).await
    }

    async fn write(&self, folded: &Folded, newer: &[Entry]) -> Result<(), StoreError> {
        let events = newer.iter().flat_map(|entry| &entry.message.events);
        if events.clone().any(changes_standing) {
            for standing in standings(&folded.session, newer) {
                self.players.put_game(&standing).await?;
            }
        }
        self.games.put_row(folded).await?;
        debug!(game_id = %folded.session.game(), seq = %folded.session.seq(), "game projected");
        Ok(())
    }
}

fn fold(known: Option<Folded>, entries: &[Entry]) -> Result<Option<Folded>, LogFault> {
    entries.iter().try_fold(known, |folded, entry| Folded::fold(folded, entry).map(Some))
}

fn changes_standing(event: &Event) -> bool {
    match event {
        Event::Created(_) | Event::SeatTaken(_) | Event::SeatLeft(_) | Event::Kicked(_) | Event::Finished(_) => true,
        Event::Started
        | Event::Played(_)
        | Event::Resigned(_)
        | Event::TimedOut(_)
        | Event::Offered(_)
        | Event::Accepted(_)
        | Event::Declined(_)
        | Event::Withdrawn(_)
        | Event::TakenBack(_)
        | Event::Paused
        | Event::Resumed(_)
        | Event::RematchAgreed(_)
        | Event::Said(_)
        | Event::Muted(_)
        | Event::SeedRevealed(_) => false,
    }
}

/// How every person stands whom the game concerns, or concerned until these messages. Bots have no standings.
fn standings(session: &Session, newer: &[Entry]) -> Vec<PlayerGame> {
    let mut players: Vec<&PlayerId> = session.people().chain(session.creator().player()).collect();
    let is_leave = |event: &Event| matches!(event, Event::SeatLeft(_));
    let leavers = newer.iter().filter(|entry| entry.message.events.iter().any(is_leave));
    players.extend(leavers.filter_map(|entry| entry.message.actor.player()));
    let is_kick = |event: &Event| matches!(event, Event::Kicked(_));
    if newer.iter().flat_map(|entry| &entry.message.events).any(is_kick) {
        players.extend(session.kicked());
    }
    players.sort();
    players.dedup();
    let standing = |player: &PlayerId| PlayerGame {
        player: player.clone(),
        game: session.game(),
        seq: session.seq(),
        kind: session.kind().name(),
        created_at: session.created_at(),
        standing: standing_of(session, player),
    };
    players.into_iter().map(standing).collect()
}

fn standing_of(session: &Session, player: &PlayerId) -> Standing {
    let seat = session.seat_of(player);
    match session.phase() {
        Phase::Finished(outcome) => {
            let place = |seat: Seat| outcome.as_places().get(seat.index()).copied();
            Standing::Finished { place: seat.and_then(place) }
        }
        Phase::Waiting | Phase::Playing | Phase::Paused
            if seat.is_some() || session.creator().player() == Some(player) =>
        {
            Standing::Open
        }
        Phase::Waiting | Phase::Playing | Phase::Paused => Standing::Left,
    }
}
