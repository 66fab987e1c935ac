//! The decision: what a command causes.

mod course;
mod games;
mod offers;
mod play;
mod seats;
mod talk;

use crate::{
    ids::{Actor, PlayerId, Seat, Timestamp},
    seed::{KeyId, Seed, ServerPart},
    session::{
        command::Command, event::Event, invitation::Invitation, phase::Phase, rejection::Rejection, state::Session,
    },
};

/// What the caller computes for a decision, since it follows from secrets or from the log.
#[derive(Debug, Clone, Copy, Default)]
pub struct Circumstances<'a> {
    /// The server's part of this game's seed, from the key that the game names or, for a new game, from the newest.
    /// Needed where [`Kind::chance`](crate::Kind::chance) says so.
    pub server: Option<(&'a KeyId, ServerPart)>,
    /// The code that a new private game will ask for, or an old one after [`Command::RenewInvitation`].
    pub invitation: Option<Invitation>,
    /// The state that [`Session::needs_earlier`] asks for; for [`Command::CreateRematch`] the finished game.
    pub earlier: Option<&'a Session>,
}

/// What a decision about a game goes by, beside who asks for what.
#[derive(Clone, Copy)]
struct Situation<'a> {
    session: &'a Session,
    at: Timestamp,
    given: &'a Circumstances<'a>,
}

/// The events that `command` by `actor` at time `at` causes in this session; `None` is a game that does not exist yet.
///
/// No events means that what is asked for holds already. It never looks whether the command is a repeat: that is
/// [`Session::recorded`].
///
/// # Errors
/// When a rule forbids it, or `given` lacks what it needs: [`Rejection::Unprepared`].
pub fn decide(
    session: Option<&Session>,
    actor: &Actor,
    command: &Command,
    at: Timestamp,
    given: &Circumstances<'_>,
) -> Result<Vec<Event>, Rejection> {
    match (session, command) {
        (None, Command::Create { kind, options, table }) => games::create(kind, options, table, given),
        (None, Command::CreateRematch) => games::create_rematch(actor, given),
        (None, _) => Err(Rejection::UnknownGame),
        // The id of a game is made from its `create`, so a second one can only be a repeat.
        (Some(_), Command::Create { .. }) => Ok(Vec::new()),
        (Some(session), Command::CreateRematch) => games::require_awaited(session, actor).map(|()| Vec::new()),
        (Some(session), command) => {
            let situation = Situation { session, at, given };
            match actor {
                Actor::System => by_system(situation, command),
                Actor::Player(player) => by_player(situation, player, command),
            }
        }
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the system gives few commands, and every other is a player's")]
fn by_system(situation: Situation<'_>, command: &Command) -> Result<Vec<Event>, Rejection> {
    match command {
        Command::Abandon => games::abandon(situation),
        Command::ClaimTimeout => play::claim_timeout_by_system(situation),
        _ => Err(Rejection::NotSeated),
    }
}

fn by_player(situation: Situation<'_>, player: &PlayerId, command: &Command) -> Result<Vec<Event>, Rejection> {
    match command {
        Command::Create { .. } | Command::CreateRematch => Ok(Vec::new()),
        Command::TakeSeat { seat, entropy, invitation } => {
            seats::take(situation, player, *seat, entropy.as_ref(), invitation.as_ref())
        }
        Command::AddBot { seat, bot } => seats::add_bot(situation, player, *seat, *bot),
        Command::LeaveSeat => seats::leave(situation, player),
        Command::Kick { seat, player: meant } => seats::kick(situation, player, *seat, meant.as_ref()),
        Command::Start => seats::start_by_host(situation, player),
        Command::Play { action, seen } => play::play(situation, player, action, *seen),
        Command::Resign => play::resign(situation, player),
        Command::ClaimTimeout => play::claim_timeout(situation, player),
        Command::Offer(offer) => offers::offer(situation, player, *offer),
        Command::Accept { offer, seq } => offers::accept(situation, player, *offer, *seq),
        Command::Decline { offer, seq } => offers::decline(situation, player, *offer, *seq),
        Command::Withdraw { offer, seq } => offers::withdraw(situation, player, *offer, *seq),
        Command::Resume => offers::resume(situation, player),
        Command::Say { to, text, invitation } => talk::say(situation, player, to, text, invitation.as_ref()),
        Command::Mute { player: muted } => talk::mute(situation, player, muted),
        Command::RenewInvitation => games::renew_invitation(situation, player),
        Command::Abandon => Err(Rejection::NotAbandoned),
    }
}

impl Situation<'_> {
    /// The seat of a player who is not out of the running game.
    fn seat_of(&self, player: &PlayerId) -> Result<Seat, Rejection> {
        let seat = self.session.seat_of(player).ok_or(Rejection::NotSeated)?;
        match self.session.phase {
            Phase::Playing | Phase::Paused if self.session.position.is_out(seat) => Err(Rejection::Out),
            Phase::Playing | Phase::Paused | Phase::Waiting | Phase::Finished(_) => Ok(seat),
        }
    }

    /// The server's part of the seed, where the game has one.
    fn server_part(&self) -> Result<Option<ServerPart>, Rejection> {
        let Some(promise) = self.session.chance() else { return Ok(None) };
        let fits = |part: &ServerPart| part.commitment() == promise.commitment;
        self.given.server.map(|(_, part)| part).filter(fits).map(Some).ok_or(Rejection::Unprepared)
    }

    /// The seed, mixed from the server's part and what was contributed at the table.
    fn seed(&self) -> Result<Option<Seed>, Rejection> {
        let contributions = self.session.seats.iter().flatten().map(|occupant| occupant.entropy.as_ref());
        Ok(self.server_part()?.map(|part| Seed::mix(self.session.game, &part, contributions)))
    }

    fn require_host(&self, player: &PlayerId) -> Result<(), Rejection> {
        if self.session.host() == Some(player) { Ok(()) } else { Err(Rejection::NotHost) }
    }

    fn require_waiting(&self) -> Result<(), Rejection> {
        match self.session.phase {
            Phase::Waiting => Ok(()),
            Phase::Playing | Phase::Paused => Err(Rejection::AlreadyStarted),
            Phase::Finished(_) => Err(Rejection::Finished),
        }
    }

    fn require_playing(&self) -> Result<(), Rejection> {
        match self.session.phase {
            Phase::Playing => Ok(()),
            Phase::Paused => Err(Rejection::Paused),
            Phase::Waiting => Err(Rejection::NotStarted),
            Phase::Finished(_) => Err(Rejection::Finished),
        }
    }
}
