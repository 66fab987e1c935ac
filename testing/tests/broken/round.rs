//! A small game for any number of players, of whom some may leave.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use turnlog_domain::{Chance, Illegal, InvalidEvent, InvalidOptions, Outcome, Rules, Seat, Viewer};

/// Whoever makes the sum so high wins.
const GOAL: u8 = 12;

/// All in turn add one or two to a sum; who leaves is out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Round<const LEAST: u8, const MOST: u8> {
    sum: u8,
    turn: Seat,
    is_out: Vec<bool>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoOptions {}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Add {
    add: u8,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Happened {
    Begun { seats: u8 },
    Added { seat: Seat, number: u8 },
    Left { seat: Seat },
}

impl<const LEAST: u8, const MOST: u8> Round<LEAST, MOST> {
    fn left(&self) -> impl Iterator<Item = Seat> {
        (0..).map(Seat).zip(&self.is_out).filter(|&(_, &is_out)| !is_out).map(|(seat, _)| seat)
    }

    fn pass_on(&mut self) {
        let next = self.left().find(|seat| *seat > self.turn).or_else(|| self.left().next());
        self.turn = next.unwrap_or(self.turn);
    }
}

impl<const LEAST: u8, const MOST: u8> Rules for Round<LEAST, MOST> {
    const KIND: &'static str = if MOST == 1 { "alone" } else { "many" };
    type Options = NoOptions;
    type Action = Add;
    type Event = Happened;
    type View = Self;

    fn setup(_: &NoOptions) -> Result<Self, InvalidOptions> {
        Ok(Self { sum: 0, turn: Seat(0), is_out: Vec::new() })
    }

    fn seats(&self) -> RangeInclusive<u8> {
        LEAST..=MOST
    }

    fn begin(&self, seats: u8, _: &mut Chance) -> Vec<Happened> {
        vec![Happened::Begun { seats }]
    }

    fn decide(&self, seat: Seat, action: &Add, _: &mut Chance) -> Result<Vec<Happened>, Illegal> {
        let is_legal = (1..=2).contains(&action.add);
        let added = vec![Happened::Added { seat, number: action.add }];
        if is_legal { Ok(added) } else { Err(Illegal("One or two can be added.")) }
    }

    fn drop_out(&self, seat: Seat, _: &mut Chance) -> Option<Vec<Happened>> {
        (self.left().count() > 1).then(|| vec![Happened::Left { seat }])
    }

    fn is_out(&self, seat: Seat) -> bool {
        self.is_out.get(seat.index()).is_some_and(|&is_out| is_out)
    }

    fn evolve(&mut self, event: &Happened) -> Result<(), InvalidEvent> {
        match event {
            Happened::Begun { seats } if self.is_out.is_empty() => self.is_out = vec![false; usize::from(*seats)],
            Happened::Added { seat, number: number @ 1..=2 } if self.turn() == [*seat] => {
                self.sum += number;
                if self.sum < GOAL {
                    self.pass_on();
                }
            }
            Happened::Left { seat } if self.left().any(|left| left == *seat) => {
                self.is_out[seat.index()] = true;
                if self.turn == *seat {
                    self.pass_on();
                }
            }
            Happened::Begun { .. } | Happened::Added { .. } | Happened::Left { .. } => {
                return Err(InvalidEvent("it is not its time"));
            }
        }
        Ok(())
    }

    fn turn(&self) -> Vec<Seat> {
        if self.outcome().is_some() || self.is_out.is_empty() { Vec::new() } else { vec![self.turn] }
    }

    fn outcome(&self) -> Option<Outcome> {
        let seats = u8::try_from(self.is_out.len()).ok()?;
        let is_last = seats > 1 && self.left().count() == 1;
        (self.sum >= GOAL || is_last).then(|| Outcome::win(self.turn, seats, "goal"))
    }

    fn view(&self, _: Viewer) -> Self {
        self.clone()
    }

    fn text(view: &Self) -> String {
        format!("{} of {GOAL}\n", view.sum)
    }

    fn legal_actions(&self, seat: Seat) -> Vec<Add> {
        if self.turn() == [seat] { vec![Add { add: 1 }, Add { add: 2 }] } else { Vec::new() }
    }
}
