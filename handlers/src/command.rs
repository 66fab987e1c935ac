//! The command function: every frame of every player, answered exactly once.

mod commands;
mod direct;
mod failure;
mod reads;

use aws_lambda_events::{
    apigw::{ApiGatewayProxyResponse, ApiGatewayWebsocketProxyRequest},
    encodings::Body,
};
use lambda_runtime::{Error, LambdaEvent};
use tracing::{debug, error, info};
use turnlog_domain::{Command, CommandId, GameId, PlayerId, Timestamp};
use turnlog_protocol::{Accepted, Answer, Ask, ErrorCode, Frame, encode};
use turnlog_store::{
    ChanceKeys, ConfigError, Games, Inbox, Log, Messages, Players, Websockets, client_from_env, required,
};
use uuid::Uuid;

use self::failure::Failure;
use crate::{caller::Caller, done, now};

/// What the function needs.
#[derive(Debug)]
pub struct App {
    log: Log,
    inbox: Inbox,
    players: Players,
    websockets: Websockets,
}

/// One frame's player, connection and time.
struct Call<'a> {
    app: &'a App,
    player: &'a PlayerId,
    connection: &'a str,
    now: Timestamp,
    /// When the frame reached the gateway, by its clock.
    arrived: Timestamp,
}

impl App {
    /// Reads the names of the tables and the keys behind chance from the environment.
    ///
    /// # Errors
    /// When one is missing, or no key.
    pub async fn from_env() -> Result<Self, ConfigError> {
        let client = client_from_env().await;
        let messages = Messages::new(client.clone(), required("MESSAGES_TABLE")?);
        let games = Games::new(client.clone(), required("GAMES_TABLE")?);
        let players = Players::new(client.clone(), required("PLAYERS_TABLE")?);
        Ok(Self {
            inbox: Inbox::new(messages.clone(), players.clone()),
            log: Log::new(messages, games).with_keys(ChanceKeys::from_env()?),
            players,
            websockets: Websockets::new(client, required("WEBSOCKETS_TABLE")?),
        })
    }
}

/// Answers one frame. The gateway hears 200 whatever the game says; what the player hears is in the body.
///
/// # Errors
/// When the event is none of a message: the API is wired wrongly.
pub async fn handle(
    app: &App,
    event: LambdaEvent<ApiGatewayWebsocketProxyRequest>,
) -> Result<ApiGatewayProxyResponse, Error> {
    let request = event.payload;
    let caller = Caller::of(&request.request_context, "MESSAGE")?;
    let arrived = Timestamp::from_ms(u64::try_from(request.request_context.request_time_epoch).unwrap_or_default());
    let call = Call { app, player: &caller.player, connection: &caller.connection, now: now(), arrived };
    let answer = call.answer(&request.body.unwrap_or_default()).await;
    let mut response = done();
    response.body = Some(Body::Text(encode(&answer)));
    Ok(response)
}

impl Call<'_> {
    async fn answer(&self, text: &str) -> Answer {
        let frame = match Frame::parse(text) {
            Ok(frame) => frame,
            Err(bad) => {
                info!(player_id = %self.player, code = bad.refusal.code.as_str(), "frame refused");
                return bad.into();
            }
        };
        let (id, action) = (frame.id, frame.ask.action());
        match self.serve(frame).await {
            Ok(body) => {
                debug!(player_id = %self.player, action, "accepted");
                Answer::Accepted { id, body }
            }
            Err(Failure::Refused(refusal)) => {
                info!(player_id = %self.player, action, code = refusal.code.as_str(), "rejected");
                Answer::rejected(id, refusal)
            }
            Err(Failure::Fault { code, cause }) => {
                error!(player_id = %self.player, action, code = code.as_str(), cause, "failed");
                Answer::failed(id, code)
            }
        }
    }

    async fn serve(&self, frame: Frame) -> Result<Accepted, Failure> {
        let id = frame.id.map_or_else(new_id, Ok)?;
        match frame.ask {
            Ask::Create { kind, options, table } => {
                let game = GameId::of_create(self.player, id);
                self.take_on(game, id, Command::Create { kind, options, table }).await
            }
            Ask::Rematch { game } => self.rematch(game, id).await,
            Ask::Join { game, seat, entropy, invitation } => {
                self.take_on(game, id, Command::TakeSeat { seat, entropy, invitation }).await
            }
            Ask::AddBot { game, seat, bot } => self.command(game, id, Command::AddBot { seat, bot }).await,
            Ask::Leave { game } => self.command(game, id, Command::LeaveSeat).await,
            Ask::Kick { game, seat, player } => self.command(game, id, Command::Kick { seat, player }).await,
            Ask::Start { game } => self.command(game, id, Command::Start).await,
            Ask::Play { game, action, seen } => self.command(game, id, Command::Play { action, seen }).await,
            Ask::Resign { game } => self.command(game, id, Command::Resign).await,
            Ask::Claim { game } => self.command(game, id, Command::ClaimTimeout).await,
            Ask::Offer { game, offer } => self.command(game, id, Command::Offer(offer)).await,
            Ask::Accept { game, offer, seq } => self.command(game, id, Command::Accept { offer, seq }).await,
            Ask::Decline { game, offer, seq } => self.command(game, id, Command::Decline { offer, seq }).await,
            Ask::Withdraw { game, offer, seq } => self.command(game, id, Command::Withdraw { offer, seq }).await,
            Ask::Resume { game } => self.command(game, id, Command::Resume).await,
            Ask::Say { game, to, text, invitation } => {
                self.command(game, id, Command::Say { to, text, invitation }).await
            }
            Ask::Mute { game, player } => self.command(game, id, Command::Mute { player }).await,
            Ask::Watch { game, after, invitation } => self.watch(game, after, invitation.as_ref()).await,
            Ask::Unwatch { game } => self.unwatch(game).await,
            Ask::History { game, after, limit, invitation } => {
                self.history(game, after, limit, invitation.as_ref()).await
            }
            Ask::View { game, moment, invitation } => self.view(game, moment, invitation.as_ref()).await,
            Ask::SendMessage { to, text } => self.send_message(id, to, text).await,
            Ask::Inbox { after, limit } => self.inbox(after, limit).await,
            Ask::Read { seq } => self.read(seq).await,
            Ask::Block { player } => self.block(&player).await,
            Ask::Unblock { player } => self.unblock(&player).await,
            Ask::Players { ids } => self.players(&ids).await,
            Ask::Ping { game, invitation } => self.ping(game, invitation.as_ref()).await,
        }
    }
}

/// An id for a frame that has none; no repeat of it can be recognised.
fn new_id() -> Result<CommandId, Failure> {
    CommandId::parse(&Uuid::new_v4().to_string()).map_err(|error| Failure::fault(ErrorCode::TryAgain, &error))
}
