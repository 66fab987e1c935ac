//! Liar's dice: everybody rolls in secret and bids on all dice together, until one calls another a liar.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use turnlog_domain::{Chance, Illegal, InvalidEvent, InvalidOptions, Outcome, Roll, Rules, Seat, Viewer};

const SIDES: u8 = 6;

/// A game of liar's dice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiarsDice {
    options: LiarsDiceOptions,
    /// The dice under every cup: a secret of whoever holds it. A player without dice is out.
    cups: Vec<Vec<u8>>,
    turn: Seat,
    bid: Option<Bid>,
    /// Who is out, in that order.
    out: Vec<Seat>,
    last: Option<Challenge>,
}

/// The dice that everybody starts with, 1 to 6, and whether ones count as any face.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LiarsDiceOptions {
    #[schemars(range(min = 1, max = 6))]
    dice: u8,
    wild_ones: bool,
}

impl Default for LiarsDiceOptions {
    fn default() -> Self {
        Self { dice: 5, wild_ones: true }
    }
}

/// A claim that at least `count` dice show `face`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Bid {
    count: u8,
    face: u8,
}

/// What a player asks for.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BidOrChallenge {
    /// Bid more dice than the last bid, or as many of a higher face.
    Bid(Bid),
    /// Doubt the last bid.
    Challenge {},
}

/// A bid was doubted, and all dice were shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    seat: Seat,
    bid: Bid,
    cups: Vec<Vec<u8>>,
    loser: Seat,
}

/// What happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiceEvent {
    /// A round began: everybody's dice, seat by seat.
    Rolled {
        /// How many dice each seat has.
        dice: Vec<u8>,
        /// All of them.
        roll: Roll,
    },
    /// A player bid.
    Bid {
        /// Their seat.
        seat: Seat,
        /// What they claim.
        bid: Bid,
    },
    /// A player doubted the bid; the loser gives up a die.
    Challenged(Challenge),
    /// A player left the game.
    Dropped {
        /// Their seat.
        seat: Seat,
    },
}

/// The table, with the dice that the viewer may see.
#[derive(Debug, Serialize)]
pub struct DiceView {
    wild_ones: bool,
    dice: Vec<usize>,
    cups: Vec<Option<Vec<u8>>>,
    bid: Option<Bid>,
    last: Option<Challenge>,
}

impl LiarsDice {
    fn is_in(&self, seat: Seat) -> bool {
        self.cups.get(seat.index()).is_some_and(|cup| !cup.is_empty())
    }

    fn players_left(&self) -> usize {
        self.cups.iter().filter(|cup| !cup.is_empty()).count()
    }

    fn dice_in_play(&self) -> usize {
        self.cups.iter().map(Vec::len).sum()
    }

    fn matching(&self, face: u8) -> usize {
        let counts = |die: &&u8| **die == face || (self.options.wild_ones && **die == 1);
        self.cups.iter().flatten().filter(counts).count()
    }

    fn next_in(&self, seat: Seat) -> Seat {
        let later = (seat.index() + 1..self.cups.len()).chain(0..=seat.index());
        later.filter_map(|index| u8::try_from(index).ok()).map(Seat).find(|&seat| self.is_in(seat)).unwrap_or(seat)
    }

    fn bids(&self) -> impl Iterator<Item = Bid> {
        let counts = 1..=u8::try_from(self.dice_in_play()).unwrap_or(u8::MAX);
        counts.flat_map(|count| (1..=SIDES).map(move |face| Bid { count, face })).filter(|&bid| self.allows(bid))
    }

    fn allows(&self, bid: Bid) -> bool {
        let real = bid.count > 0 && usize::from(bid.count) <= self.dice_in_play() && (1..=SIDES).contains(&bid.face);
        real && self.bid.is_none_or(|last| (bid.count, bid.face) > (last.count, last.face))
    }

    /// The roll of the round after the one that `ending` ends, unless that was the last.
    fn with_next_round(&self, ending: DiceEvent, chance: &mut Chance) -> Vec<DiceEvent> {
        let mut after = self.clone();
        if after.evolve(&ending).is_err() || after.players_left() < 2 {
            return vec![ending];
        }
        vec![ending, after.roll(chance)]
    }

    fn roll(&self, chance: &mut Chance) -> DiceEvent {
        let dice = self.cups.iter().map(|cup| u8::try_from(cup.len()).unwrap_or(u8::MAX)).collect();
        DiceEvent::Rolled { dice, roll: chance.roll(self.dice_in_play(), SIDES) }
    }

    fn challenge(&self, seat: Seat, bid: Bid) -> Challenge {
        // The bid was made by the last player before the challenger who is still in.
        let bidder = (0..self.cups.len()).fold(seat, |found, _| {
            let next = self.next_in(found);
            if next == seat { found } else { next }
        });
        let loser = if self.matching(bid.face) >= usize::from(bid.count) { seat } else { bidder };
        Challenge { seat, bid, cups: self.cups.clone(), loser }
    }

    fn lose_dice(&mut self, seat: Seat, count: usize) -> Result<(), InvalidEvent> {
        let cup = self
            .cups
            .get_mut(seat.index())
            .filter(|cup| !cup.is_empty())
            .ok_or(InvalidEvent("there is no such seat, or it has no dice"))?;
        cup.truncate(cup.len().saturating_sub(count));
        if cup.is_empty() {
            self.out.push(seat);
        }
        self.bid = None;
        self.turn = if self.is_in(seat) { seat } else { self.next_in(seat) };
        Ok(())
    }

    fn take_roll(&mut self, dice: &[u8], roll: &Roll) -> Result<(), InvalidEvent> {
        let faces = roll.faces()?;
        if dice.iter().map(|&dice| usize::from(dice)).sum::<usize>() != faces.len() {
            return Err(InvalidEvent("the roll is of another number of dice"));
        }
        let mut faces = faces.into_iter();
        self.cups = dice.iter().map(|&dice| faces.by_ref().take(usize::from(dice)).collect()).collect();
        self.bid = None;
        Ok(())
    }
}

impl Rules for LiarsDice {
    const KIND: &'static str = "liars-dice";
    const CHANCE: bool = true;
    const HIDDEN: bool = true;
    const DEFAULT_MOVES: bool = true;
    type Options = LiarsDiceOptions;
    type Action = BidOrChallenge;
    type Event = DiceEvent;
    type View = DiceView;

    fn setup(options: &LiarsDiceOptions) -> Result<Self, InvalidOptions> {
        if !(1..=6).contains(&options.dice) {
            return Err(InvalidOptions("dice must be 1 to 6"));
        }
        let options = options.clone();
        Ok(Self { options, cups: Vec::new(), turn: Seat(0), bid: None, out: Vec::new(), last: None })
    }

    fn seats(&self) -> RangeInclusive<u8> {
        2..=6
    }

    fn begin(&self, seats: u8, chance: &mut Chance) -> Vec<DiceEvent> {
        let dice = vec![self.options.dice; usize::from(seats)];
        vec![DiceEvent::Rolled { roll: chance.roll(usize::from(seats) * usize::from(self.options.dice), SIDES), dice }]
    }

    fn decide(&self, seat: Seat, action: &BidOrChallenge, chance: &mut Chance) -> Result<Vec<DiceEvent>, Illegal> {
        match (action, self.bid) {
            (BidOrChallenge::Bid(bid), _) if self.allows(*bid) => Ok(vec![DiceEvent::Bid { seat, bid: *bid }]),
            (BidOrChallenge::Bid(_), _) => Err(Illegal("Bid more dice, or as many of a higher face.")),
            (BidOrChallenge::Challenge {}, None) => Err(Illegal("There is no bid to doubt.")),
            (BidOrChallenge::Challenge {}, Some(bid)) => {
                Ok(self.with_next_round(DiceEvent::Challenged(self.challenge(seat, bid)), chance))
            }
        }
    }

    fn drop_out(&self, seat: Seat, chance: &mut Chance) -> Option<Vec<DiceEvent>> {
        Some(self.with_next_round(DiceEvent::Dropped { seat }, chance))
    }

    fn is_out(&self, seat: Seat) -> bool {
        !self.is_in(seat)
    }

    fn default_action(&self, _: Seat) -> Option<BidOrChallenge> {
        Some(self.bid.map_or(BidOrChallenge::Bid(Bid { count: 1, face: 2 }), |_| BidOrChallenge::Challenge {}))
    }

    fn evolve(&mut self, event: &DiceEvent) -> Result<(), InvalidEvent> {
        match event {
            DiceEvent::Rolled { dice, roll } => self.take_roll(dice, roll),
            DiceEvent::Bid { seat, bid } if self.turn() == [*seat] && self.allows(*bid) => {
                self.bid = Some(*bid);
                self.turn = self.next_in(*seat);
                Ok(())
            }
            DiceEvent::Challenged(challenge) if self.turn() == [challenge.seat] => {
                let expected = self.bid.map(|bid| self.challenge(challenge.seat, bid));
                if expected.as_ref() != Some(challenge) {
                    return Err(InvalidEvent("the challenge ends in another way"));
                }
                self.last = Some(challenge.clone());
                self.lose_dice(challenge.loser, 1)
            }
            DiceEvent::Dropped { seat } => self.lose_dice(*seat, usize::from(SIDES)),
            DiceEvent::Bid { .. } | DiceEvent::Challenged(_) => {
                Err(InvalidEvent("another seat is in turn, or the bid is too low"))
            }
        }
    }

    fn turn(&self) -> Vec<Seat> {
        if self.players_left() < 2 { Vec::new() } else { vec![self.turn] }
    }

    fn outcome(&self) -> Option<Outcome> {
        if self.cups.is_empty() || self.players_left() > 1 {
            return None;
        }
        // Who went out first comes last; the winner never went out.
        let place = |seat: Seat| self.out.iter().rev().position(|&out| out == seat).map_or(1, |later| later + 2);
        let places =
            (0..=u8::MAX).map(Seat).take(self.cups.len()).map(|seat| u8::try_from(place(seat)).unwrap_or(u8::MAX));
        Some(Outcome::places(places.collect(), "last_with_dice"))
    }

    fn view(&self, viewer: Viewer) -> DiceView {
        let shown = |(seat, cup): (Seat, &Vec<u8>)| viewer.sees(seat).then(|| cup.clone());
        DiceView {
            wild_ones: self.options.wild_ones,
            dice: self.cups.iter().map(Vec::len).collect(),
            cups: (0..=u8::MAX).map(Seat).zip(&self.cups).map(shown).collect(),
            bid: self.bid,
            last: self.last.clone(),
        }
    }

    fn text(view: &DiceView) -> String {
        let cup = |(seat, dice): (usize, &usize)| match &view.cups[seat] {
            Some(cup) => format!("Player {}: {cup:?}\n", seat + 1),
            None => format!("Player {}: {dice} dice\n", seat + 1),
        };
        let bid = view.bid.map_or("No bid".to_owned(), |bid| format!("Bid: {} x {}", bid.count, bid.face));
        view.dice.iter().enumerate().map(cup).collect::<String>() + &bid + "\n"
    }

    fn redact(event: &DiceEvent, viewer: Viewer) -> DiceEvent {
        match event {
            DiceEvent::Rolled { dice, roll } => {
                let holders: Vec<Seat> =
                    (0..=u8::MAX).map(Seat).zip(dice).flat_map(|(seat, &dice)| vec![seat; dice.into()]).collect();
                DiceEvent::Rolled {
                    dice: dice.clone(),
                    roll: roll.only(|die| holders.get(die).is_some_and(|&seat| viewer.sees(seat))),
                }
            }
            DiceEvent::Bid { .. } | DiceEvent::Challenged(_) | DiceEvent::Dropped { .. } => event.clone(),
        }
    }

    fn legal_actions(&self, seat: Seat) -> Vec<BidOrChallenge> {
        if self.turn() != [seat] {
            return Vec::new();
        }
        let challenge = self.bid.map(|_| BidOrChallenge::Challenge {});
        self.bids().map(BidOrChallenge::Bid).chain(challenge).collect()
    }

    fn resample(&self, viewer: Viewer, chance: &mut Chance) -> Self {
        let mut other = self.clone();
        for (seat, cup) in (0..=u8::MAX).map(Seat).zip(&mut other.cups) {
            if !viewer.sees(seat) {
                *cup = chance.roll(cup.len(), SIDES).faces().unwrap_or_default();
            }
        }
        other
    }
}
