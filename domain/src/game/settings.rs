//! How a game is played beside its rules: who may sit down, when it starts, and the clock.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    game::rejection::Rejection,
    json::read,
    limits::{DAYS_PER_MOVE_MAX, FISCHER_INCREMENT_MS_MAX, FISCHER_INITIAL_MS, SECONDS_PER_MOVE},
};

/// What was agreed for a game beside the options of its kind, complete with defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// When play begins.
    pub start: Start,
    /// Whether players choose their seats; otherwise they take the first free one.
    pub choose_seats: bool,
    /// Players without whom the game does not start.
    pub min_players: u8,
    /// Seats at the table.
    pub max_players: u8,
    /// Whether others may watch a running game.
    pub spectators: bool,
    /// The time that players have.
    pub clock: Clock,
    /// What becomes of a player whose time is up.
    pub timeout: Timeout,
}

/// When play begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// When every seat is taken.
    #[default]
    Full,
    /// When the host says so.
    Host,
}

/// The time that players have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// All the time in the world.
    #[default]
    None,
    /// So many seconds for every move.
    Seconds(u32),
    /// So many days for every move.
    Days(u8),
    /// A store of time for the whole game that grows with every move.
    #[serde(rename = "fischer")]
    Fischer {
        /// The time at the start.
        initial_ms: u64,
        /// What is added after a move.
        increment_ms: u64,
    },
}

/// What becomes of a player whose time is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timeout {
    /// They leave the game, which goes on where the kind can; otherwise they lose.
    #[default]
    DropOut,
    /// They lose, and the game ends.
    Loss,
    /// The kind's default move is made for them. Only kinds that have one take this; in older games of others they leave.
    DefaultMove,
}

/// What the creator may choose; everything has a default.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Wishes {
    start: Start,
    choose_seats: bool,
    min_players: Option<u8>,
    max_players: Option<u8>,
    private: bool,
    spectators: bool,
    clock: Clock,
    timeout: Timeout,
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            start: Start::default(),
            choose_seats: true,
            min_players: None,
            max_players: None,
            private: false,
            spectators: true,
            clock: Clock::default(),
            timeout: Timeout::default(),
        }
    }
}

impl Settings {
    /// The table of games that were made before there was a choice. They were all for two.
    pub(crate) fn before_choice() -> Self {
        Self {
            start: Start::Full,
            choose_seats: true,
            min_players: 2,
            max_players: 2,
            spectators: true,
            clock: Clock::None,
            timeout: Timeout::DropOut,
        }
    }

    /// Reads the creator's wishes for a game of a kind that takes `seats` players and has default moves or none, and whether
    /// the game is private.
    ///
    /// # Errors
    /// When they cannot be read, or lie outside their limits.
    pub(crate) fn read(
        wishes: &Value,
        seats: &RangeInclusive<u8>,
        default_moves: bool,
    ) -> Result<(Self, bool), Rejection> {
        let invalid = |reason: String| Rejection::InvalidOptions { reason };
        let wishes: Wishes = read(wishes).map_err(invalid)?;
        let (least, most) = (*seats.start(), *seats.end());
        let (min_players, max_players) = (wishes.min_players.unwrap_or(least), wishes.max_players.unwrap_or(most));
        if min_players < least || max_players > most || min_players > max_players {
            return Err(invalid(format!("min_players and max_players must lie in {least} to {most}")));
        }
        if wishes.timeout == Timeout::DefaultMove && !default_moves {
            return Err(invalid("this kind of game has no default moves".to_owned()));
        }
        check_clock(wishes.clock, wishes.timeout).map_err(|reason| invalid(reason.to_owned()))?;
        let Wishes { start, choose_seats, private, spectators, clock, timeout, .. } = wishes;
        Ok((Self { start, choose_seats, min_players, max_players, spectators, clock, timeout }, private))
    }
}

fn check_clock(clock: Clock, timeout: Timeout) -> Result<(), &'static str> {
    match clock {
        Clock::Seconds(seconds) if !SECONDS_PER_MOVE.contains(&seconds) => Err("seconds must be 5 to 86400"),
        Clock::Days(days) if !(1..=DAYS_PER_MOVE_MAX).contains(&days) => Err("days must be 1 to 10"),
        Clock::Fischer { initial_ms, .. } if !FISCHER_INITIAL_MS.contains(&initial_ms) => {
            Err("initial_ms must be 10000 to 86400000")
        }
        Clock::Fischer { increment_ms, .. } if increment_ms > FISCHER_INCREMENT_MS_MAX => {
            Err("increment_ms must be 0 to 600000")
        }
        // An empty store would make every further move one by default, as fast as anybody asks for it.
        Clock::Fischer { .. } if timeout == Timeout::DefaultMove => Err("default moves need a time per move"),
        Clock::None | Clock::Seconds(_) | Clock::Days(_) | Clock::Fischer { .. } => Ok(()),
    }
}
