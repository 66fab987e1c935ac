//! The frames that change a game.

use turnlog_domain::{Actor, Command, CommandId, Game, GameId, Message, Rejection, Seq};
use turnlog_protocol::{Accepted, ErrorCode};
use turnlog_store::{Appended, Origin, limits::OPEN_GAMES_PER_PLAYER_MAX};

use super::{Call, failure::Failure};

impl Call<'_> {
    /// Carries out a command. Whoever takes on one more game by it needs room for that.
    pub(super) async fn command(&self, game: GameId, id: CommandId, command: Command) -> Result<Accepted, Failure> {
        if matches!(command, Command::Create { .. } | Command::TakeSeat { .. }) {
            self.require_room(game, id).await?;
        }
        let actor = self.actor();
        let origin = Origin { actor: &actor, connection: Some(self.connection), arrived: Some(self.arrived) };
        let appended = self.app.log.append(game, id, origin, &command, self.now).await?;
        self.answer_to(game, &command, appended).await
    }

    /// Makes the game that follows a finished one.
    pub(super) async fn rematch(&self, finished: GameId, id: CommandId) -> Result<Accepted, Failure> {
        let finished = self.app.log.current(finished).await?.ok_or_else(Failure::unknown_game)?.game;
        let game = finished.rematch().ok_or(Rejection::NotFinished)?;
        self.require_room(game, id).await?;
        let appended = self.app.log.append_rematch(&finished, id, &self.actor(), self.now).await?;
        self.answer_to(game, &Command::CreateRematch, appended).await
    }

    /// Refuses who has as many unfinished games as a player may have.
    async fn require_room(&self, game: GameId, id: CommandId) -> Result<(), Failure> {
        let is_full = self.app.players.has_open_games(self.player, OPEN_GAMES_PER_PLAYER_MAX).await?;
        if is_full && !self.is_counted(game, id).await? {
            return Err(Failure::refused(ErrorCode::TooManyOpenGames, "You have too many unfinished games."));
        }
        Ok(())
    }

    /// Whether the command has been carried out already, or the player sits in that game: it adds no further one.
    async fn is_counted(&self, game: GameId, id: CommandId) -> Result<bool, Failure> {
        let Some(folded) = self.app.log.current(game).await? else { return Ok(false) };
        let repeated = folded.game.recorded(&self.actor(), id).is_some();
        Ok(repeated || folded.game.seat_of(self.player).is_some())
    }

    async fn answer_to(&self, game: GameId, command: &Command, appended: Appended) -> Result<Accepted, Failure> {
        match appended {
            Appended::Stored { message, folded } => {
                self.tell_others(&folded.game, &message).await;
                self.accepted(command, &folded.game, message.seq, Some(&message))
            }
            Appended::Unchanged { folded } => self.accepted(command, &folded.game, folded.game.seq(), None),
            Appended::Repeated { seq } => {
                let folded = self.app.log.current(game).await?.ok_or_else(Failure::unknown_game)?;
                self.accepted(command, &folded.game, seq, None)
            }
        }
    }

    fn accepted(
        &self,
        command: &Command,
        game: &Game,
        seq: Seq,
        message: Option<&Message>,
    ) -> Result<Accepted, Failure> {
        let is_new = matches!(command, Command::Create { .. } | Command::CreateRematch | Command::RenewInvitation);
        let invitation = if is_new { self.invitation(game) } else { None };
        Ok(Accepted::command(game, self.player, seq, message, invitation)?)
    }

    /// The code of a private game, if this player may tell it others.
    pub(super) fn invitation(&self, game: &Game) -> Option<String> {
        let player = Some(self.player);
        let may_invite = game.host() == player || game.creator().player() == player;
        let code = self.app.log.keys().invitation(game).filter(|_| may_invite);
        code.map(|code| code.tell())
    }

    fn actor(&self) -> Actor {
        Actor::Player(self.player.clone())
    }
}
