//! The clocks of a game: how much time every seat has, and since when it runs.

use crate::{
    game::{phase::Phase, settings::Clock, state::Game, timer::Timer},
    ids::{Seat, Timestamp},
    limits::{ARRIVED_AGO_MS_MAX, PLAYING_IDLE_MS_MAX, WAITING_IDLE_MS_MAX},
};

impl Game {
    /// The time of every seat, in their order; empty where there is no clock, and before the start.
    pub fn timers(&self) -> &[Timer] {
        &self.timers
    }

    /// The first moment after which somebody's time is up; none while no clock runs.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.timers.iter().filter_map(Timer::deadline).min()
    }

    /// The first moment after which a turn can be ended: a frame that arrived by the deadline may still wait until then.
    pub fn claimable_after(&self) -> Option<Timestamp> {
        self.deadline().map(|deadline| Timestamp::from_ms(deadline.as_ms().saturating_add(ARRIVED_AGO_MS_MAX)))
    }

    /// The seats whose turn can be ended at that moment.
    pub fn claimable(&self, at: Timestamp) -> Vec<Seat> {
        self.overdue(Timestamp::from_ms(at.as_ms().saturating_sub(ARRIVED_AGO_MS_MAX)))
    }

    /// From when on the game counts as abandoned, if nothing happens until then; never once it is over.
    pub fn abandoned_from(&self) -> Option<Timestamp> {
        let idle_ms_max = match self.phase {
            Phase::Waiting => WAITING_IDLE_MS_MAX,
            Phase::Playing | Phase::Paused => PLAYING_IDLE_MS_MAX,
            Phase::Finished(_) => return None,
        };
        Some(Timestamp::from_ms(self.at.as_ms().saturating_add(idle_ms_max)))
    }

    /// The seats whose time is up at that moment.
    pub fn overdue(&self, at: Timestamp) -> Vec<Seat> {
        let timers = (0..=u8::MAX).map(Seat).zip(&self.timers);
        timers.filter(|(_, timer)| timer.is_overdue(at)).map(|(seat, _)| seat).collect()
    }

    pub(crate) fn is_overdue(&self, seat: Seat, at: Timestamp) -> bool {
        self.timers.get(seat.index()).is_some_and(|timer| timer.is_overdue(at))
    }

    /// Gives every seat its time when play begins.
    pub(crate) fn wind_clocks(&mut self) {
        let left_ms = match self.created.settings.clock {
            Clock::None => return,
            Clock::Fischer { initial_ms, .. } => initial_ms,
            Clock::Seconds(_) | Clock::Days(_) => per_move_ms(self.created.settings.clock),
        };
        self.timers = vec![Timer { left_ms, since: None }; self.seats.len()];
    }

    /// Stops and starts the clocks after a message at `self.at` in which the seats of `moved` made moves.
    pub(crate) fn turn_clocks(&mut self, moved: &[Seat]) {
        if self.timers.is_empty() {
            return;
        }
        let (at, clock, is_paused) = (self.at, self.created.settings.clock, self.phase == Phase::Paused);
        let turn = self.turn();
        for (seat, timer) in (0..=u8::MAX).map(Seat).zip(&mut self.timers) {
            let (has_moved, runs_on) = (moved.contains(&seat), turn.contains(&seat));
            if let Some(since) = timer.since.filter(|_| has_moved || !runs_on) {
                let left_ms = timer.left_ms.saturating_sub(at.ms_since(since));
                *timer = Timer {
                    left_ms: if is_paused { left_ms } else { after_turn(clock, left_ms, has_moved) },
                    since: None,
                };
            }
            if runs_on && timer.since.is_none() {
                timer.since = Some(at);
            }
        }
    }
}

/// What is left for the next turn.
fn after_turn(clock: Clock, left_ms: u64, has_moved: bool) -> u64 {
    match clock {
        Clock::Fischer { increment_ms, .. } if has_moved => left_ms.saturating_add(increment_ms),
        Clock::Fischer { .. } => left_ms,
        Clock::None | Clock::Seconds(_) | Clock::Days(_) => per_move_ms(clock),
    }
}

fn per_move_ms(clock: Clock) -> u64 {
    match clock {
        Clock::Seconds(seconds) => u64::from(seconds) * 1000,
        Clock::Days(days) => u64::from(days) * 24 * 60 * 60 * 1000,
        Clock::None | Clock::Fischer { .. } => 0,
    }
}
