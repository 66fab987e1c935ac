//! Earlier moments of a game: from the nearest snapshot that the log proves, otherwise from the log alone.

use turnlog_domain::{GameId, Moment, Seq, Timestamp};

use crate::{
    entry::Folded,
    error::StoreError,
    games::snapshots_up_to,
    limits::{FOLD_PAGE_MESSAGES_MAX, SNAPSHOTS_TRIED_MAX},
    load_error::LoadError,
    log::{Log, fold},
};

impl Log {
    /// The game as it was after the message at `seq`; as it is at the head when the log does not go so far.
    ///
    /// What the log says counts, and nothing else: a snapshot only saves reads.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub async fn at(&self, game: GameId, seq: Seq) -> Result<Option<Folded>, LoadError> {
        for kept in snapshots_up_to(seq).take(SNAPSHOTS_TRIED_MAX) {
            if let Some(folded) = self.by_snapshot(game, kept, seq).await? {
                return Ok(Some(folded));
            }
        }
        self.by_log_alone(game, seq).await
    }

    /// The game as it was at a moment up to `head`; `None` when the game had not begun then, or has not come that far. No
    /// time is too late: what holds at the head goes on holding.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub async fn moment(&self, head: Folded, moment: Moment) -> Result<Option<Folded>, LoadError> {
        let (game, last) = (head.game.id(), head.game.seq());
        let seq = match moment {
            Moment::After(seq) => Some(seq).filter(|seq| (Seq(1)..=last).contains(seq)),
            Moment::At(time) => self.last_by(&head, time).await?,
        };
        match seq {
            None => Ok(None),
            Some(seq) if seq == last => Ok(Some(head)),
            Some(seq) => self.at(game, seq).await,
        }
    }

    /// The state at `seq` from what is kept at `kept`; `None` when that is missing, or the log does not bear it out.
    async fn by_snapshot(&self, game: GameId, kept: Seq, seq: Seq) -> Result<Option<Folded>, LoadError> {
        let Some(snapshot) = self.games.snapshot(game, kept).await? else { return Ok(None) };
        let count = usize::try_from(seq.0 - kept.0 + 1).unwrap_or(usize::MAX);
        let entries = self.messages.page(game, Seq(kept.0 - 1), count).await?;
        let Some((own, newer)) = entries.split_first() else { return Ok(None) };
        let folded = snapshot.proved_by(own).and_then(|folded| fold(self.kinds(), Some(folded), newer));
        // If the log itself is broken, its own fold says where.
        Ok(folded.ok().flatten())
    }

    /// The state at `seq` from the log alone, a page at a time.
    async fn by_log_alone(&self, game: GameId, seq: Seq) -> Result<Option<Folded>, LoadError> {
        let mut folded = None;
        let mut after = Seq(0);
        while after < seq {
            let left = usize::try_from(seq.0 - after.0).unwrap_or(usize::MAX);
            let entries = self.messages.page(game, after, left.min(FOLD_PAGE_MESSAGES_MAX)).await?;
            let Some(last) = entries.last() else { break };
            after = last.message.seq;
            folded = fold(self.kinds(), folded, &entries)?;
        }
        Ok(folded)
    }

    /// The last message that is not later than `time`. Times rise along the log, so the interval is halved with each read.
    async fn last_by(&self, head: &Folded, time: Timestamp) -> Result<Option<Seq>, StoreError> {
        let game = &head.game;
        if time < game.created_at() {
            return Ok(None);
        }
        if time >= game.at() {
            return Ok(Some(game.seq()));
        }
        // The first is not later than the time; the second is.
        let (mut known, mut later) = (Seq(1), game.seq());
        while known.next() < later {
            let middle = Seq(known.0.midpoint(later.0));
            let at = self.messages.time_of(game.id(), middle).await?;
            let side = if at <= time { &mut known } else { &mut later };
            *side = middle;
        }
        Ok(Some(known))
    }
}
