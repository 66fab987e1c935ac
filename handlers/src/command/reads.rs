//! The frames that only read, and those that keep a subscription.

use futures::future::try_join_all;
use turnlog_domain::{Game, GameId, Invitation, Message, Moment, Phase, PlayerId, Rejection, Seq};
use turnlog_protocol::{Accepted, ErrorCode, Player, Refusal, limits::HISTORY_MESSAGES_MAX};
use turnlog_store::{Dialect, Entry, Folded, Subscribed, limits::CONNECTIONS_PER_PLAYER_MAX};

use super::{Call, failure::Failure};

impl Call<'_> {
    /// Subscribes first and reads then, so that nothing can happen in between unseen.
    pub(super) async fn watch(
        &self,
        game_id: GameId,
        after: Seq,
        invitation: Option<&Invitation>,
    ) -> Result<Accepted, Failure> {
        let log = &self.app.log;
        let folded = self.visible(game_id, invitation).await?;
        self.follow(&folded.game).await?;
        let entries = log.messages().last(game_id, after, HISTORY_MESSAGES_MAX).await?;
        let head = entries.last().map_or(after, |entry| entry.message.seq);
        let folded = log.at_least(game_id, head, &entries).await?.ok_or_else(Failure::unknown_game)?;
        let game = &folded.game;
        // Meanwhile the player may have been sent away; the next push ends their subscription.
        game.may_watch(self.player, invitation)?;
        Ok(Accepted::watch(game, self.player, after, messages(&entries), self.invitation(game))?)
    }

    /// Ends the subscription, if there is one.
    pub(super) async fn unwatch(&self, game: GameId) -> Result<Accepted, Failure> {
        self.app.websockets.unsubscribe(self.connection, game).await?;
        Ok(Accepted::Unwatch { game })
    }

    pub(super) async fn history(
        &self,
        game: GameId,
        after: Seq,
        limit: usize,
        invitation: Option<&Invitation>,
    ) -> Result<Accepted, Failure> {
        let log = &self.app.log;
        let head = self.visible(game, invitation).await?.game.seq();
        let entries = log.messages().page(game, after, limit).await?;
        // What came meanwhile is shown by a game that knows it, to whoever may see it then.
        let newest = entries.last().map_or(head, |entry| entry.message.seq);
        let folded = log.at_least(game, newest.max(head), &entries).await?.ok_or_else(Failure::unknown_game)?;
        folded.game.may_watch(self.player, invitation)?;
        Ok(Accepted::history(&folded.game, self.player, messages(&entries))?)
    }

    /// The game as it was at some moment, for whoever may look at it now.
    pub(super) async fn view(
        &self,
        game: GameId,
        moment: Moment,
        invitation: Option<&Invitation>,
    ) -> Result<Accepted, Failure> {
        let head = self.visible(game, invitation).await?;
        let earlier = self.app.log.moment(head.clone(), moment).await?;
        let earlier = earlier.ok_or_else(|| Failure::refused(ErrorCode::NoSuchMoment, "There is no such moment."))?;
        Ok(Accepted::moment(&head.game, &earlier.game, self.player))
    }

    /// What the player may do now. They learn it of their own seat only.
    pub(super) async fn actions(&self, game: GameId) -> Result<Accepted, Failure> {
        let folded = self.app.log.current(game).await?.ok_or_else(Failure::unknown_game)?;
        let seat = folded.game.seat_of(self.player).ok_or(Rejection::NotSeated)?;
        Ok(Accepted::actions(&folded.game, seat))
    }

    /// The game at its head, if the player may look at it.
    async fn visible(&self, game: GameId, invitation: Option<&Invitation>) -> Result<Folded, Failure> {
        let folded = self.app.log.current(game).await?.ok_or_else(Failure::unknown_game)?;
        folded.game.may_watch(self.player, invitation)?;
        Ok(folded)
    }

    pub(super) async fn players(&self, ids: &[PlayerId]) -> Result<Accepted, Failure> {
        let names = self.app.players.names(ids).await?;
        let players = names.into_iter().map(|(player_id, name)| Player { player_id, name }).collect();
        Ok(Accepted::Players { players })
    }

    pub(super) async fn ping(
        &self,
        game: Option<GameId>,
        invitation: Option<&Invitation>,
    ) -> Result<Accepted, Failure> {
        let now = self.now.as_ms();
        let Some(game) = game else { return Ok(Accepted::Ping { now, seq: None }) };
        let log = self.app.log.messages();
        if !self.app.websockets.follows(self.connection, game, self.now).await? {
            let folded = self.visible(game, invitation).await?;
            self.follow(&folded.game).await?;
        }
        // Only a head that was read after subscribing is sure to include what a lost subscription missed.
        let (head, _) = log.head(game).await?.ok_or_else(Failure::unknown_game)?;
        Ok(Accepted::Ping { now, seq: Some(head.0) })
    }

    async fn follow(&self, game: &Game) -> Result<(), Failure> {
        let (websockets, game_id) = (&self.app.websockets, game.id());
        self.find_place(game).await?;
        let subscribe = || websockets.subscribe(self.connection, self.player, game_id, self.now, self.token_expiry);
        let mut subscribed = subscribe().await?;
        if subscribed == Subscribed::Unconnected {
            self.remember().await?;
            subscribed = subscribe().await?;
        }
        if subscribed == Subscribed::TooMany && self.make_room().await? {
            subscribed = subscribe().await?;
        }
        match subscribed {
            Subscribed::Yes => Ok(()),
            Subscribed::TooMany => {
                Err(Failure::refused(ErrorCode::TooManySubscriptions, "This connection follows too many games."))
            }
            Subscribed::Unconnected => {
                let cause = "the connection disappears".to_owned();
                Err(Failure::Fault { code: ErrorCode::TryAgain, cause })
            }
        }
    }

    /// Refuses spectators where as many connections follow the game as every move is pushed to. Those who play always may.
    async fn find_place(&self, game: &Game) -> Result<(), Failure> {
        let (websockets, game_id) = (&self.app.websockets, game.id());
        if game.seat_of(self.player).is_some()
            || !websockets.is_full(game_id, self.now).await?
            || websockets.follows(self.connection, game_id, self.now).await?
        {
            return Ok(());
        }
        Err(Failure::refused(ErrorCode::TooManyWatchers, "As many watch this game as may. Please try again later."))
    }

    /// A connection that speaks is there, whatever the table says: it may have been taken for gone too early. One that had to
    /// go because its player has enough others does not come back so.
    pub(super) async fn remember(&self) -> Result<(), Failure> {
        let (dialect, now) = (Dialect::Turnlog, self.now);
        let websockets = &self.app.websockets;
        if websockets.connections(self.player, now).await?.len() >= CONNECTIONS_PER_PLAYER_MAX {
            return Err(Failure::Refused(Refusal::too_many_connections()));
        }
        Ok(websockets.connect_as(dialect, self.connection, self.player, now, self.token_expiry).await?)
    }

    /// Ends the subscription of the game that has been over for longest; false when none of them is over.
    async fn make_room(&self) -> Result<bool, Failure> {
        let (websockets, games) = (&self.app.websockets, self.app.log.games());
        let followed = websockets.followed(self.connection).await?;
        let rows = try_join_all(followed.into_iter().map(|game_id| games.row(game_id))).await?;
        let over =
            rows.into_iter().flatten().map(|row| row.game).filter(|game| matches!(game.phase(), Phase::Finished(_)));
        let Some(longest) = over.min_by_key(|game| (game.at(), game.id())) else { return Ok(false) };
        websockets.unsubscribe(self.connection, longest.id()).await?;
        Ok(true)
    }
}

fn messages(entries: &[Entry]) -> impl Iterator<Item = &Message> {
    entries.iter().map(|entry| &entry.message)
}
