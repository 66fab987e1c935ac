//! The frames that change a game.

use turnlog_domain::{Actor, Command, CommandId, GameId, Message, Session};
use turnlog_protocol::{Accepted, ErrorCode, View, WireMessage};
use turnlog_store::{Appended, Origin, limits::OPEN_GAMES_PER_PLAYER_MAX};

use super::{Call, failure::Failure};

impl Call<'_> {
    /// A command by which the player takes on one more game.
    pub(super) async fn take_on(&self, game: GameId, id: CommandId, command: Command) -> Result<Accepted, Failure> {
        let is_full = self.app.players.has_open_games(self.player, OPEN_GAMES_PER_PLAYER_MAX).await?;
        if is_full && !self.is_counted(game, id).await? {
            return Err(Failure::refused(ErrorCode::TooManyOpenGames, "You have too many unfinished games."));
        }
        self.command(game, id, command).await
    }

    /// Whether the command has been carried out already, or the player sits in that game: it adds no further one.
    async fn is_counted(&self, game: GameId, id: CommandId) -> Result<bool, Failure> {
        let Some(folded) = self.app.log.current(game).await? else { return Ok(false) };
        let repeated = folded.session.recorded(&self.actor(), id).is_some();
        Ok(repeated || folded.session.seat_of(self.player).is_some())
    }

    pub(super) async fn command(&self, game: GameId, id: CommandId, command: Command) -> Result<Accepted, Failure> {
        let actor = self.actor();
        let origin = Origin { actor: &actor, connection: Some(self.connection) };
        match self.app.log.append(game, id, origin, &command, self.now).await? {
            Appended::Stored { message, folded } => self.stored(&folded.session, &message),
            Appended::Unchanged { folded } => Ok(self.without_message(&folded.session, folded.session.seq().0)),
            Appended::Repeated { seq } => {
                let folded = self.app.log.current(game).await?.ok_or_else(Failure::unknown_game)?;
                Ok(self.without_message(&folded.session, seq.0))
            }
        }
    }

    fn stored(&self, session: &Session, message: &Message) -> Result<Accepted, Failure> {
        let viewer = session.viewer(self.player);
        Ok(Accepted::Command {
            game: session.game(),
            seq: message.seq.0,
            seat: session.seat_of(self.player),
            messages: vec![WireMessage::of(session, message, viewer)?],
            view: Some(Box::new(View::of(session, viewer))),
        })
    }

    fn without_message(&self, session: &Session, seq: u64) -> Accepted {
        let seat = session.seat_of(self.player);
        Accepted::Command { game: session.game(), seq, seat, messages: Vec::new(), view: None }
    }

    fn actor(&self) -> Actor {
        Actor::Player(self.player.clone())
    }
}
