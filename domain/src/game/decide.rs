//! The decision: what a command causes.

mod course;
mod games;
mod offers;
mod play;
mod seats;
mod talk;

use crate::{
    game::{command::Command, event::Event, invitation::Invitation, phase::Phase, rejection::Rejection, state::Game},
    ids::{Actor, PlayerId, Seat, Timestamp},
    kind::Kinds,
    seed::{KeyId, Seed, ServerPart},
};

/// What a decision goes by beside the game: the kinds, the time, and what the caller computes from secrets or from the log.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The kinds of which a game can be made.
    pub kinds: &'a Kinds,
    /// When the command was given.
    pub at: Timestamp,
    /// The server's part of this game's seed, from the key that the game names or, for a new game, from the newest.
    /// Needed where [`Kind::chance`](crate::Kind::chance) says so.
    pub server: Option<(&'a KeyId, ServerPart)>,
    /// The code that a new private game will ask for, or an old one after [`Command::RenewInvitation`].
    pub invitation: Option<Invitation>,
    /// The state that [`Game::needs_earlier`] asks for; for [`Command::CreateRematch`] the finished game.
    pub earlier: Option<&'a Game>,
}

impl<'a> Context<'a> {
    /// Kinds and a time, and nothing else.
    pub fn new(kinds: &'a Kinds, at: Timestamp) -> Self {
        Self { kinds, at, server: None, invitation: None, earlier: None }
    }
}

/// The events that `command` by `actor` causes in this game; `None` is a game that does not exist yet.
///
/// No events means that what is asked for holds already. It never looks whether the command is a repeat: that is
/// [`Game::recorded`].
///
/// # Errors
/// When a rule forbids it, or `context` lacks what it needs: [`Rejection::Unprepared`].
pub fn decide(
    game: Option<&Game>,
    actor: &Actor,
    command: &Command,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    match (game, command) {
        (None, Command::Create { kind, options, settings }) => games::create(kind, options, settings, context),
        (None, Command::CreateRematch) => games::create_rematch(actor, context),
        (None, _) => Err(Rejection::UnknownGame),
        // The id of a game is made from its `create`, so a second one can only be a repeat.
        (Some(_), Command::Create { .. }) => Ok(Vec::new()),
        (Some(game), Command::CreateRematch) => games::require_awaited(game, actor).map(|()| Vec::new()),
        (Some(game), command) => match actor {
            Actor::System => by_system(game, context, command),
            Actor::Player(player) => by_player(game, context, player, command),
        },
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the system gives few commands, and every other is a player's")]
fn by_system(game: &Game, context: &Context<'_>, command: &Command) -> Result<Vec<Event>, Rejection> {
    match command {
        Command::Abandon => games::abandon(game, context),
        Command::ClaimTimeout => play::claim_timeout_by_system(game, context),
        _ => Err(Rejection::NotSeated),
    }
}

fn by_player(
    game: &Game,
    context: &Context<'_>,
    player: &PlayerId,
    command: &Command,
) -> Result<Vec<Event>, Rejection> {
    match command {
        Command::Create { .. } | Command::CreateRematch => Ok(Vec::new()),
        Command::TakeSeat { seat, entropy, invitation } => {
            seats::take(game, context, player, *seat, entropy.as_ref(), invitation.as_ref())
        }
        Command::AddBot { seat, bot } => seats::add_bot(game, context, player, *seat, *bot),
        Command::LeaveSeat => seats::leave(game, player),
        Command::Kick { seat, player: meant } => seats::kick(game, player, *seat, meant.as_ref()),
        Command::Start => seats::start_by_host(game, context, player),
        Command::Play { action, seen } => play::play(game, context, player, action, *seen),
        Command::Resign => play::resign(game, context, player),
        Command::ClaimTimeout => play::claim_timeout(game, context, player),
        Command::Offer(offer) => offers::offer(game, player, *offer),
        Command::Accept { offer, seq } => offers::accept(game, context, player, *offer, *seq),
        Command::Decline { offer, seq } => offers::decline(game, player, *offer, *seq),
        Command::Withdraw { offer, seq } => offers::withdraw(game, player, *offer, *seq),
        Command::Resume => offers::resume(game, player),
        Command::Say { to, text, invitation } => talk::say(game, context, player, to, text, invitation.as_ref()),
        Command::Mute { player: muted } => talk::mute(game, player, muted),
        Command::RenewInvitation => games::renew_invitation(game, context, player),
        Command::Abandon => Err(Rejection::NotAbandoned),
    }
}

impl Game {
    /// The seat of a player who is not out of the running game.
    fn active_seat_of(&self, player: &PlayerId) -> Result<Seat, Rejection> {
        let seat = self.seat_of(player).ok_or(Rejection::NotSeated)?;
        match self.phase {
            Phase::Playing | Phase::Paused if self.position.is_out(seat) => Err(Rejection::Out),
            Phase::Playing | Phase::Paused | Phase::Waiting | Phase::Finished(_) => Ok(seat),
        }
    }

    fn require_host(&self, player: &PlayerId) -> Result<(), Rejection> {
        if self.host() == Some(player) { Ok(()) } else { Err(Rejection::NotHost) }
    }

    fn require_waiting(&self) -> Result<(), Rejection> {
        match self.phase {
            Phase::Waiting => Ok(()),
            Phase::Playing | Phase::Paused => Err(Rejection::AlreadyStarted),
            Phase::Finished(_) => Err(Rejection::Finished),
        }
    }

    fn require_playing(&self) -> Result<(), Rejection> {
        match self.phase {
            Phase::Playing => Ok(()),
            Phase::Paused => Err(Rejection::Paused),
            Phase::Waiting => Err(Rejection::NotStarted),
            Phase::Finished(_) => Err(Rejection::Finished),
        }
    }
}

/// The server's part of the seed, where the game has one.
fn server_part(game: &Game, context: &Context<'_>) -> Result<Option<ServerPart>, Rejection> {
    let Some(promise) = game.chance() else { return Ok(None) };
    let fits = |part: &ServerPart| part.commitment() == promise.commitment;
    context.server.map(|(_, part)| part).filter(fits).map(Some).ok_or(Rejection::Unprepared)
}

/// The seed, mixed from the server's part and what was contributed at the table.
fn seed(game: &Game, context: &Context<'_>) -> Result<Option<Seed>, Rejection> {
    let contributions = game.seats.iter().flatten().map(|occupant| occupant.entropy.as_ref());
    Ok(server_part(game, context)?.map(|part| Seed::mix(game.id, &part, contributions)))
}
