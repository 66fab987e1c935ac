//! The command function: every frame of every player, answered exactly once.

mod at_once;
mod commands;
mod direct;
mod expired;
mod failure;
mod reads;

use std::sync::OnceLock;

use aws_lambda_events::{
    apigw::{ApiGatewayProxyResponse, ApiGatewayWebsocketProxyRequest},
    encodings::Body,
};
use lambda_runtime::{Error, LambdaEvent};
use tracing::{debug, error, info, warn};
use turnlog_domain::{Command, CommandId, GameId, Kinds, PlayerId, Timestamp};
use turnlog_protocol::{Accepted, Answer, ErrorCode, Frame, FrameId, KindView, Refusal, Request, encode};
use turnlog_store::{
    ChanceKeys, Environment, Games, Inbox, Log, Management, Messages, Players, SecretError, Sent, TokenExpiry,
    Websockets,
    metrics::{self, FrameOutcome},
    now,
};
use uuid::Uuid;

use self::{at_once::PushAtOnce, failure::Failure};
use crate::{
    caller::Caller,
    done,
    limits::MANAGEMENT_TIMEOUT,
    pace::{Pace, TooFast},
};

/// What the function needs.
#[derive(Debug)]
pub struct App {
    log: Log,
    inbox: Inbox,
    players: Players,
    websockets: Websockets,
    management: Management,
    pace: Pace,
    push_at_once: PushAtOnce,
    /// What `kinds` tells, as soon as somebody has asked.
    kinds: OnceLock<Vec<KindView>>,
}

/// One frame's player, connection and time.
struct Call<'a> {
    app: &'a App,
    player: &'a PlayerId,
    connection: &'a str,
    now: Timestamp,
    /// Until when the connection's token counts.
    token_expiry: TokenExpiry,
    /// When the frame reached the gateway, by its clock.
    arrived: Timestamp,
}

impl App {
    /// Reads the names of the tables, the keys behind chance and the limit of frames, and whether others are told
    /// at once, from the environment; the management API's
    /// address comes from the SDK's own variable.
    ///
    /// # Errors
    /// When one is missing, or no key.
    pub async fn from_environment(environment: &Environment, kinds: &Kinds) -> Result<Self, SecretError> {
        let client = environment.dynamodb();
        let messages = Messages::new(client.clone(), environment.required("MESSAGES_TABLE")?);
        let games = Games::new(client.clone(), environment.required("GAMES_TABLE")?, kinds.clone());
        let players = Players::new(client.clone(), environment.required("PLAYERS_TABLE")?);
        Ok(Self {
            inbox: Inbox::new(messages.clone(), players.clone()),
            log: Log::new(messages, games)
                .with_keys(ChanceKeys::from_environment(environment).await?)
                .with_cache(environment.cache()),
            players,
            websockets: Websockets::new(client, environment.required("WEBSOCKETS_TABLE")?),
            management: Management::from_environment(environment, MANAGEMENT_TIMEOUT)?,
            pace: Pace::from_environment(environment)?,
            push_at_once: PushAtOnce::from_environment(environment)?,
            kinds: OnceLock::new(),
        })
    }

    fn kinds(&self) -> &[KindView] {
        self.kinds.get_or_init(|| KindView::all(self.log.kinds()))
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
    let (now, text) = (now(), request.body.unwrap_or_default());
    let Caller { player, connection, token_expiry, .. } = &caller;
    let call = Call { app, player, connection, now, arrived, token_expiry: *token_expiry };
    let answer = match app.pace.admit(connection, player) {
        Ok(()) if token_expiry.has_passed(now) => return Ok(app.refuse_expired(&caller, &text).await),
        Ok(()) => call.answer(&text).await,
        Err(too_fast) => call.refuse(&text, too_fast).await,
    };
    let mut response = done();
    response.body = Some(Body::Text(encode(&answer)));
    Ok(response)
}

impl Call<'_> {
    /// Answers a frame that came too fast, and ends the connection when it goes on so. The answer asks no table.
    async fn refuse(&self, text: &str, too_fast: TooFast) -> Answer {
        debug!(player_id = %self.player, connection = self.connection, "a frame came too fast");
        if too_fast.ends {
            self.end().await;
        }
        refused(text, Refusal::too_many_frames(too_fast.retry_after_ms))
    }

    /// Ends the connection, and keeps its player from opening the next one at once: other processes have not seen what this one
    /// has.
    async fn end(&self) {
        if let Err(error) = self.app.websockets.bar(self.player, self.now).await {
            warn!(player_id = %self.player, cause = %error, "a player could not be barred");
        }
        match self.app.management.close(self.connection).await {
            Sent::Delivered | Sent::Gone => {
                info!(player_id = %self.player, connection = self.connection, "connection ended: too many frames");
            }
            not_taken @ (Sent::Throttled | Sent::Failed(_)) => {
                warn!(connection = self.connection, cause = ?not_taken, "a connection could not be ended");
            }
        }
    }

    async fn answer(&self, text: &str) -> Answer {
        let frame = match Frame::parse(text) {
            Ok(frame) => frame,
            Err(bad) => {
                let code = bad.refusal.code.as_str();
                info!(player_id = %self.player, code, "frame refused");
                metrics::frame_answered(None, FrameOutcome::Rejected(code));
                return bad.into();
            }
        };
        let Frame { id, action, request } = frame;
        match self.serve(id.as_ref(), request).await {
            Ok(body) => {
                debug!(player_id = %self.player, action, "accepted");
                metrics::frame_answered(Some(action), FrameOutcome::Accepted);
                Answer::Accepted { id, body }
            }
            Err(Failure::Refused(refusal)) => {
                let code = refusal.code.as_str();
                info!(player_id = %self.player, action, code, "rejected");
                metrics::frame_answered(Some(action), FrameOutcome::Rejected(code));
                Answer::rejected(id, refusal)
            }
            Err(Failure::Fault { code, cause }) => {
                error!(player_id = %self.player, action, code = code.as_str(), cause, "failed");
                metrics::frame_answered(Some(action), FrameOutcome::Failed(code.as_str()));
                Answer::failed(id, code)
            }
        }
    }

    async fn serve(&self, id: Option<&FrameId>, request: Request) -> Result<Accepted, Failure> {
        let id = id.map_or_else(new_id, |id| Ok(id.command()))?;
        match request {
            Request::Create { kind, options, settings } => {
                let game = GameId::of_create(self.player, id);
                self.command(game, id, Command::Create { kind, options, settings }).await
            }
            Request::Rematch { game } => self.rematch(game, id).await,
            Request::Command { game, command } => self.command(game, id, command).await,
            Request::Watch { game, after, invitation } => self.watch(game, after, invitation.as_ref()).await,
            Request::Unwatch { game } => self.unwatch(game).await,
            Request::History { game, after, limit, invitation } => {
                self.history(game, after, limit, invitation.as_ref()).await
            }
            Request::View { game, moment, invitation } => self.view(game, moment, invitation.as_ref()).await,
            Request::Kinds { after } => Ok(Accepted::kinds(self.app.kinds(), after.as_deref())),
            Request::Actions { game } => self.actions(game).await,
            Request::SendMessage { to, text } => self.send_message(id, to, text).await,
            Request::Inbox { after, limit } => self.inbox(after, limit).await,
            Request::Read { seq } => self.read(seq).await,
            Request::Block { player } => self.block(&player).await,
            Request::Unblock { player } => self.unblock(&player).await,
            Request::Players { ids } => self.players(&ids).await,
            Request::Ping { game, invitation } => self.ping(game, invitation.as_ref()).await,
        }
    }
}

/// The answer to a frame that is refused whatever it asks for.
fn refused(text: &str, refusal: Refusal) -> Answer {
    let (id, action) = match Frame::parse(text) {
        Ok(frame) => (frame.id, Some(frame.action)),
        Err(bad) => (bad.id, None),
    };
    metrics::frame_answered(action, FrameOutcome::Rejected(refusal.code.as_str()));
    Answer::rejected(id, refusal)
}

/// An id for a frame that has none; no repeat of it can be recognised.
fn new_id() -> Result<CommandId, Failure> {
    CommandId::parse(&Uuid::new_v4().to_string()).map_err(|error| Failure::fault(ErrorCode::TryAgain, &error))
}
