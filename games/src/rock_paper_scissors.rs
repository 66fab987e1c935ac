//! Rock, paper, scissors: two players choose in secret at the same time, and whoever wins most of n rounds wins.

use std::{cmp::Ordering, ops::RangeInclusive};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use turnlog_domain::{Chance, Illegal, InvalidEvent, InvalidOptions, Outcome, Rules, Seat, Viewer};

/// Rounds are this many times as many at most, so that equal choices do not go on for ever.
const ROUNDS_PER_ROUND_MAX: u8 = 4;

/// A game of rock, paper, scissors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RockPaperScissors {
    best_of: u8,
    rounds: u8,
    wins: [u8; 2],
    /// What has been chosen in this round: a secret of whoever chose.
    choices: [Option<Choice>; 2],
    last: Option<[Choice; 2]>,
}

/// How many rounds are played at most, draws not counted: an odd number up to 15.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RockPaperScissorsOptions {
    #[schemars(range(min = 1, max = 15))]
    best_of: u8,
}

impl Default for RockPaperScissorsOptions {
    fn default() -> Self {
        Self { best_of: 3 }
    }
}

/// What a hand shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Choice {
    Rock,
    Paper,
    Scissors,
}

impl Choice {
    const ALL: [Self; 3] = [Self::Rock, Self::Paper, Self::Scissors];

    fn beats(self, other: Self) -> bool {
        match (self, other) {
            (Self::Rock, Self::Scissors) | (Self::Paper, Self::Rock) | (Self::Scissors, Self::Paper) => true,
            (Self::Rock | Self::Paper | Self::Scissors, _) => false,
        }
    }
}

/// Choose for this round.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Choose {
    choose: Choice,
}

/// What happened in a round.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Round {
    /// A player has chosen. Others learn only that they have.
    Chose {
        /// The player's seat.
        seat: Seat,
        /// What they chose.
        choice: Option<Choice>,
    },
    /// Both had chosen, and showed it.
    Shown([Choice; 2]),
}

/// The score, and who has chosen.
#[derive(Debug, Serialize)]
pub struct RoundView {
    best_of: u8,
    rounds: u8,
    wins: [u8; 2],
    chosen: [bool; 2],
    choices: [Option<Choice>; 2],
    last: Option<[Choice; 2]>,
}

impl RockPaperScissors {
    fn has_chosen(&self, seat: Seat) -> bool {
        self.choices.get(seat.index()).is_none_or(Option::is_some)
    }
}

impl Rules for RockPaperScissors {
    const KIND: &'static str = "rock-paper-scissors";
    // So there are no take-backs: whoever went back to before the showing would know what the other has chosen.
    const HIDDEN: bool = true;
    const DEFAULT_MOVES: bool = true;
    type Options = RockPaperScissorsOptions;
    type Action = Choose;
    type Event = Round;
    type View = RoundView;

    fn setup(options: &RockPaperScissorsOptions) -> Result<Self, InvalidOptions> {
        match options.best_of {
            best_of @ 1..=15 if best_of % 2 == 1 => {
                Ok(Self { best_of, rounds: 0, wins: [0; 2], choices: [None; 2], last: None })
            }
            _ => Err(InvalidOptions("best_of must be an odd number from 1 to 15")),
        }
    }

    fn seats(&self) -> RangeInclusive<u8> {
        2..=2
    }

    fn decide(&self, seat: Seat, action: &Choose, _: &mut Chance) -> Result<Vec<Round>, Illegal> {
        let chose = Round::Chose { seat, choice: Some(action.choose) };
        Ok(match (seat, self.choices) {
            (Seat(0), [_, Some(other)]) => vec![chose, Round::Shown([action.choose, other])],
            (_, [Some(other), _]) => vec![chose, Round::Shown([other, action.choose])],
            (_, [None, _]) => vec![chose],
        })
    }

    fn default_action(&self, _: Seat) -> Option<Choose> {
        Some(Choose { choose: Choice::Rock })
    }

    fn evolve(&mut self, event: &Round) -> Result<(), InvalidEvent> {
        match event {
            Round::Chose { seat, choice: Some(choice) } if self.turn().contains(seat) => {
                self.choices[seat.index()] = Some(*choice);
            }
            Round::Shown([first, second]) if self.choices == [Some(*first), Some(*second)] => {
                self.rounds = self.rounds.saturating_add(1);
                self.wins[0] += u8::from(first.beats(*second));
                self.wins[1] += u8::from(second.beats(*first));
                self.last = Some([*first, *second]);
                self.choices = [None; 2];
            }
            Round::Chose { .. } | Round::Shown(_) => {
                return Err(InvalidEvent("the seat has chosen already, or others were chosen"));
            }
        }
        Ok(())
    }

    fn turn(&self) -> Vec<Seat> {
        if self.outcome().is_some() {
            return Vec::new();
        }
        [Seat(0), Seat(1)].into_iter().filter(|&seat| !self.has_chosen(seat)).collect()
    }

    fn outcome(&self) -> Option<Outcome> {
        let [first, second] = self.wins;
        if first.max(second) <= self.best_of / 2 && self.rounds < self.best_of * ROUNDS_PER_ROUND_MAX {
            return None;
        }
        Some(match first.cmp(&second) {
            Ordering::Greater => Outcome::win(Seat(0), 2, "rounds"),
            Ordering::Less => Outcome::win(Seat(1), 2, "rounds"),
            Ordering::Equal => Outcome::draw(2, "rounds"),
        })
    }

    fn view(&self, viewer: Viewer) -> RoundView {
        let shown = |seat: u8| self.choices[usize::from(seat)].filter(|_| viewer.sees(Seat(seat)));
        RoundView {
            best_of: self.best_of,
            rounds: self.rounds,
            wins: self.wins,
            chosen: self.choices.map(|choice| choice.is_some()),
            choices: [shown(0), shown(1)],
            last: self.last,
        }
    }

    fn text(view: &RoundView) -> String {
        let [first, second] = view.wins;
        let last = view.last.map_or(String::new(), |[first, second]| format!("Last round: {first:?} - {second:?}\n"));
        let state = |seat: usize| match (view.choices[seat], view.chosen[seat]) {
            (Some(choice), _) => format!("{choice:?}"),
            (None, true) => "has chosen".to_owned(),
            (None, false) => "has not chosen".to_owned(),
        };
        let (best_of, states) = (view.best_of, [state(0), state(1)]);
        format!("Best of {best_of}: {first} - {second}\n{last}Player 1: {}\nPlayer 2: {}\n", states[0], states[1])
    }

    fn redact(event: &Round, viewer: Viewer) -> Round {
        match event {
            Round::Chose { seat, choice } => {
                Round::Chose { seat: *seat, choice: choice.filter(|_| viewer.sees(*seat)) }
            }
            Round::Shown(choices) => Round::Shown(*choices),
        }
    }

    fn legal_actions(&self, seat: Seat) -> Vec<Choose> {
        if !self.turn().contains(&seat) {
            return Vec::new();
        }
        Choice::ALL.map(|choose| Choose { choose }).into()
    }

    fn resample(&self, viewer: Viewer, chance: &mut Chance) -> Self {
        let mut other = self.clone();
        for (seat, choice) in [Seat(0), Seat(1)].into_iter().zip(&mut other.choices) {
            if choice.is_some() && !viewer.sees(seat) {
                *choice = Some(Choice::ALL[chance.below(3) as usize]);
            }
        }
        other
    }
}
