//! What a viewer sees. Nothing of a game leaves for a viewer but through here.

use serde_json::Value;

use crate::{
    game::{
        event::{Created, Event, InvitationRenewed, Said},
        invitation::Invitation,
        phase::Phase,
        rejection::Rejection,
        state::Game,
        talk::Audience,
    },
    ids::PlayerId,
    invalid_event::InvalidEvent,
    rules::Viewer,
};

impl Game {
    /// As whom a player looks at this game.
    pub fn viewer(&self, player: &PlayerId) -> Viewer {
        self.seat_of(player).map_or(Viewer::Spectator, Viewer::Seat)
    }

    /// The state of the rules as `viewer` may see it.
    pub fn view(&self, viewer: Viewer) -> Value {
        self.position.view(self.effective_viewer(viewer))
    }

    /// The same for somebody who looks back at this state after the game has come as far as `head`: as it was, unless
    /// the end has opened everything since.
    pub fn view_from(&self, head: &Self, viewer: Viewer) -> Value {
        self.position.view(self.effective_viewer_from(head, viewer))
    }

    /// The same for a terminal.
    pub fn text(&self, viewer: Viewer) -> String {
        self.position.text(self.effective_viewer(viewer))
    }

    /// The same for a terminal, looked back at from `head`.
    pub fn text_from(&self, head: &Self, viewer: Viewer) -> String {
        self.position.text(self.effective_viewer_from(head, viewer))
    }

    /// An event of this game as `viewer` may see it, in the form in which it is stored now, however old it is.
    ///
    /// # Errors
    /// When the payload is none of this kind, which is so only in a damaged log.
    pub fn redact(&self, event: &Event, viewer: Viewer) -> Result<Event, InvalidEvent> {
        let effective = self.effective_viewer(viewer);
        match event {
            Event::Played(played) => {
                let payload = self.kind.redact(self.kind.payload(played)?.as_ref(), effective)?;
                Ok(Event::Played(self.kind.played(payload)))
            }
            Event::Created(created) => {
                let created = self.kind.created(created)?;
                Ok(Event::Created(Box::new(Created { invitation: None, ..created })))
            }
            Event::InvitationRenewed(_) => Ok(Event::InvitationRenewed(InvitationRenewed { invitation: None })),
            Event::TakenBack(taken_back) => {
                let mut taken_back = self.kind.taken_back(taken_back)?;
                taken_back.position = taken_back.position.filter(|_| effective == Viewer::Open);
                Ok(Event::TakenBack(Box::new(taken_back)))
            }
            Event::Said(said) => {
                let text = said.text.clone().filter(|_| self.hears(said, viewer));
                Ok(Event::Said(Said { text, ..said.clone() }))
            }
            Event::SeatTaken(_)
            | Event::SeatLeft(_)
            | Event::Kicked(_)
            | Event::Started
            | Event::Resigned(_)
            | Event::TimedOut(_)
            | Event::Offered(_)
            | Event::Accepted(_)
            | Event::Declined(_)
            | Event::Withdrawn(_)
            | Event::Paused
            | Event::Resumed(_)
            | Event::RematchAgreed(_)
            | Event::Muted(_)
            | Event::Finished(_)
            | Event::SeedRevealed(_) => Ok(event.clone()),
        }
    }

    /// Whether a player may look at this game and its log. A private game asks for its invitation; once play has begun,
    /// a table without spectators shows itself to its players only.
    ///
    /// # Errors
    /// When they may not, with the reason.
    pub fn may_watch(&self, player: &PlayerId, invitation: Option<&Invitation>) -> Result<(), Rejection> {
        if self.seat_of(player).is_some() {
            return Ok(());
        }
        self.require_invited(player, invitation)?;
        self.require_open_to_spectators()
    }

    /// Whether somebody who was let in may go on watching: the question to ask before every push.
    ///
    /// # Errors
    /// When they may not, with the reason.
    pub fn may_keep_watching(&self, player: &PlayerId) -> Result<(), Rejection> {
        if self.seat_of(player).is_some() {
            return Ok(());
        }
        if self.kicked.contains(player) {
            return Err(Rejection::Kicked);
        }
        self.require_open_to_spectators()
    }

    /// Whether this is the code of this private game.
    pub fn is_invitation(&self, code: &Invitation) -> bool {
        let first = self.created.invitation;
        let current = first.map(|first| self.renewal.map_or(first, |renewal| renewal.invitation));
        current.is_some_and(|hash| code.hash() == hash)
    }

    /// Refuses those whom the host sent away, and at a private table those without its code.
    pub(crate) fn require_invited(&self, player: &PlayerId, code: Option<&Invitation>) -> Result<(), Rejection> {
        if self.kicked.contains(player) {
            return Err(Rejection::Kicked);
        }
        let is_host = self.creator.player() == Some(player) || self.created.reserved.contains(player);
        match self.created.invitation {
            Some(_) if !is_host && !code.is_some_and(|code| self.is_invitation(code)) => Err(Rejection::NotInvited),
            Some(_) | None => Ok(()),
        }
    }

    fn require_open_to_spectators(&self) -> Result<(), Rejection> {
        match self.phase {
            Phase::Waiting => Ok(()),
            Phase::Playing | Phase::Paused | Phase::Finished(_) if self.created.settings.spectators => Ok(()),
            Phase::Playing | Phase::Paused | Phase::Finished(_) => Err(Rejection::NoSpectators),
        }
    }

    /// The eyes with which `viewer` looks: after the end of a game whose kind opens everything, those that see all.
    fn effective_viewer(&self, viewer: Viewer) -> Viewer {
        match self.phase {
            Phase::Finished(_) if self.kind.opens_at_end() => Viewer::Open,
            Phase::Waiting | Phase::Playing | Phase::Paused | Phase::Finished(_) => viewer,
        }
    }

    /// The eyes with which `viewer` looks back at this state from `head`.
    fn effective_viewer_from(&self, head: &Self, viewer: Viewer) -> Viewer {
        match head.effective_viewer(viewer) {
            Viewer::Open => Viewer::Open,
            Viewer::Seat(_) | Viewer::Spectator => self.effective_viewer(viewer),
        }
    }

    fn hears(&self, said: &Said, viewer: Viewer) -> bool {
        let is = |player: &PlayerId| match viewer {
            Viewer::Seat(seat) => self.occupant(seat).is_some_and(|occupant| occupant.player_id == *player),
            Viewer::Spectator | Viewer::Open => false,
        };
        match &said.to {
            Audience::All => true,
            Audience::Player(player) => is(player) || is(&said.player_id),
            Audience::Spectators => viewer == Viewer::Spectator,
        }
    }
}
