//! A small game that is sound, and the ways in which it can be broken.

use std::{
    ops::RangeInclusive,
    sync::atomic::{AtomicU8, Ordering},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use turnlog_domain::{Chance, Illegal, InvalidEvent, InvalidOptions, Outcome, Rules, Seat, Viewer};

pub(crate) const SOUND: u8 = 0;
pub(crate) const LEAKS_IN_VIEW: u8 = 1;
pub(crate) const LEAKS_IN_EVENT: u8 = 2;
pub(crate) const REFUSES_OWN_EVENT: u8 = 3;
pub(crate) const OFFERS_ILLEGAL_ACTION: u8 = 4;
pub(crate) const REMEMBERS: u8 = 5;
pub(crate) const NEEDS_OPTIONS: u8 = 6;
pub(crate) const STORES_TOO_LITTLE: u8 = 7;
pub(crate) const PANICS: u8 = 8;
pub(crate) const NEVER_DRAWS_ANEW: u8 = 9;
pub(crate) const TAKES_BACK: u8 = 10;

/// Both choose a number in secret; then both are shown, and the higher one wins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Duel<const FAULT: u8> {
    most: u8,
    #[serde(skip_serializing_if = "is_forgotten::<FAULT, _>", default)]
    chosen: [Option<u8>; 2],
    is_shown: bool,
}

/// The highest number.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Wishes")]
pub(crate) struct Options<const FAULT: u8> {
    most: u8,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wishes {
    most: Option<u8>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Choose {
    choose: u8,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Happened {
    /// A number is hidden from the other player.
    Chose {
        seat: Seat,
        number: Option<u8>,
    },
    Shown([u8; 2]),
}

#[derive(Debug, Serialize)]
pub(crate) struct View {
    most: u8,
    has_chosen: [bool; 2],
    numbers: [Option<u8>; 2],
}

fn is_forgotten<const FAULT: u8, T>(_: &T) -> bool {
    FAULT == STORES_TOO_LITTLE
}

impl<const FAULT: u8> TryFrom<Wishes> for Options<FAULT> {
    type Error = &'static str;

    fn try_from(wishes: Wishes) -> Result<Self, &'static str> {
        match wishes.most {
            Some(most) => Ok(Self { most }),
            None if FAULT == NEEDS_OPTIONS => Err("missing field `most`"),
            None => Ok(Self { most: 3 }),
        }
    }
}

impl<const FAULT: u8> Rules for Duel<FAULT> {
    const KIND: &'static str = match FAULT {
        SOUND => "sound-duel",
        _ => "broken-duel",
    };
    const HIDDEN: bool = true;
    const TAKE_BACKS: bool = FAULT == TAKES_BACK;
    type Options = Options<FAULT>;
    type Action = Choose;
    type Event = Happened;
    type View = View;

    fn setup(options: &Options<FAULT>) -> Result<Self, InvalidOptions> {
        let is_valid = (2..=30).contains(&options.most);
        let state = Self { most: options.most, chosen: [None; 2], is_shown: false };
        if is_valid { Ok(state) } else { Err(InvalidOptions("most must be 2 to 30")) }
    }

    fn seats(&self) -> RangeInclusive<u8> {
        2..=2
    }

    fn decide(&self, seat: Seat, action: &Choose, _: &mut Chance) -> Result<Vec<Happened>, Illegal> {
        static CALLS: AtomicU8 = AtomicU8::new(0);
        let mut number = action.choose;
        if FAULT == PANICS {
            number = [0, 1, 2, 3][usize::from(number)];
        }
        if !(1..=self.most).contains(&number) {
            return Err(Illegal("There is no such number."));
        }
        if FAULT == REMEMBERS {
            number = CALLS.fetch_add(1, Ordering::Relaxed) % self.most + 1;
        }
        let chose = Happened::Chose { seat, number: Some(number) };
        let shown = self.chosen[1 - seat.index()]
            .map(|other| Happened::Shown(if seat == Seat(0) { [number, other] } else { [other, number] }));
        Ok([chose].into_iter().chain(shown).collect())
    }

    fn evolve(&mut self, event: &Happened) -> Result<(), InvalidEvent> {
        match event {
            Happened::Chose { seat, number: Some(number) } if (1..=self.most).contains(number) => {
                let chosen = self.chosen.get_mut(seat.index()).ok_or(InvalidEvent("there is no such seat"))?;
                let is_first = chosen.replace(*number).is_none();
                if is_first { Ok(()) } else { Err(InvalidEvent("that seat has chosen")) }
            }
            Happened::Chose { .. } => Err(InvalidEvent("there is no such number")),
            Happened::Shown(_) if FAULT == REFUSES_OWN_EVENT => Err(InvalidEvent("nothing can be shown")),
            Happened::Shown(numbers) => {
                self.is_shown = !self.is_shown && self.chosen == numbers.map(Some);
                if self.is_shown { Ok(()) } else { Err(InvalidEvent("other numbers were chosen")) }
            }
        }
    }

    fn turn(&self) -> Vec<Seat> {
        [Seat(0), Seat(1)].into_iter().filter(|seat| self.chosen[seat.index()].is_none()).collect()
    }

    fn outcome(&self) -> Option<Outcome> {
        let [Some(one), Some(other)] = self.chosen else { return None };
        Some(match one.cmp(&other) {
            std::cmp::Ordering::Greater => Outcome::win(Seat(0), 2, "higher"),
            std::cmp::Ordering::Less => Outcome::win(Seat(1), 2, "higher"),
            std::cmp::Ordering::Equal => Outcome::draw(2, "equal"),
        })
    }

    fn view(&self, viewer: Viewer) -> View {
        let sees = |seat| self.is_shown || viewer.sees(seat) || FAULT == LEAKS_IN_VIEW;
        let number = |seat: Seat| self.chosen[seat.index()].filter(|_| sees(seat));
        View {
            most: self.most,
            has_chosen: self.chosen.map(|number| number.is_some()),
            numbers: [Seat(0), Seat(1)].map(number),
        }
    }

    fn text(view: &View) -> String {
        format!("{:?} of {}\n", view.numbers, view.most)
    }

    fn redact(event: &Happened, viewer: Viewer) -> Happened {
        match event {
            Happened::Chose { seat, .. } if !viewer.sees(*seat) && FAULT != LEAKS_IN_EVENT => {
                Happened::Chose { seat: *seat, number: None }
            }
            Happened::Chose { .. } | Happened::Shown(_) => event.clone(),
        }
    }

    fn legal_actions(&self, seat: Seat) -> Vec<Choose> {
        let most = if FAULT == OFFERS_ILLEGAL_ACTION { self.most + 1 } else { self.most };
        if self.turn().contains(&seat) { (1..=most).map(|choose| Choose { choose }).collect() } else { Vec::new() }
    }

    fn resample(&self, viewer: Viewer, chance: &mut Chance) -> Self {
        let mut other = self.clone();
        if self.is_shown || FAULT == NEVER_DRAWS_ANEW {
            return other;
        }
        for (seat, chosen) in (0..).map(Seat).zip(&mut other.chosen) {
            if chosen.is_some() && !viewer.sees(seat) {
                let drawn = chance.below(u32::from(self.most)) + 1;
                *chosen = u8::try_from(drawn).ok();
            }
        }
        other
    }
}
