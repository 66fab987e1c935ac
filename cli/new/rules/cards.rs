//! __TITLE__: both players hold cards that the other does not see. One leads, the other answers, and the higher card takes the
//! trick. Whoever takes more tricks wins.
//!
//! This is a small complete game with hidden hands to start from. Replace what is its own by what is yours:
//!
//! 1. the state (`__TYPE__`), the options, what a player can do (`Play`) and what then happens (`Event`);
//! 2. `decide` (what an action causes) and `evolve` (how that changes the state);
//! 3. `view` and `redact`: what each player may see of the state and of the events. `resample` draws anew what is hidden, so
//!    that bots cannot cheat, and so that the tests find what leaks.
//!
//! Cards are drawn from the game's own seed, to which every player contributes, so that everybody can check them afterwards.
//! Seats, clocks, offers, talk, bots, storage and reconnecting are Turnlog's work. `cargo test` tries the laws that hold for
//! every game on this one.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use turnlog::rules::*;

/// The cards are 1 to 20.
const DECK: u8 = 20;

/// A game under way: its state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct __TYPE__ {
    hand_size: u8,
    /// Seat by seat; empty before the deal.
    hands: Vec<Vec<u8>>,
    /// What was not dealt. Nobody sees it.
    rest: Vec<u8>,
    /// The card that was led.
    led: Option<u8>,
    /// Every card that was played, in order.
    played: Vec<u8>,
    turn: Seat,
    tricks: [u8; 2],
}

/// What can be chosen when a game is created. The page makes a form of it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Cards in a hand.
    #[schemars(range(min = 3, max = 9))]
    hand: u8,
}

impl Default for Options {
    fn default() -> Self {
        Self { hand: 5 }
    }
}

/// What a player asks for: to play this card.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Play {
    play: u8,
}

/// What then happened. It is stored for ever: never change the shape of an event that has been played with.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The cards were dealt, so many to each: the first ones to seat 0, the next to seat 1.
    Dealt { hand: u8, deck: Shuffle },
    /// A card was played.
    Played { seat: Seat, card: u8 },
}

/// What a player or a spectator may see.
#[derive(Debug, Clone, Serialize)]
pub struct View {
    /// The hands that the viewer may see.
    hands: Vec<Option<Vec<u8>>>,
    /// How many cards each seat holds.
    cards: Vec<usize>,
    led: Option<u8>,
    /// Everybody saw these, so they belong into the view: whatever a player may know must be in it.
    played: Vec<u8>,
    tricks: [u8; 2],
}

impl __TYPE__ {
    fn hand(&self, seat: Seat) -> &[u8] {
        self.hands.get(seat.index()).map_or(&[], Vec::as_slice)
    }

    fn deal(&mut self, deck: &Shuffle) -> Result<(), InvalidEvent> {
        let cards: Vec<u8> = deck.order()?.into_iter().map(|place| place + 1).collect();
        if !self.hands.is_empty() || cards.len() != usize::from(DECK) {
            return Err(InvalidEvent(
                "the cards are dealt already, or it is another deck",
            ));
        }
        let size = usize::from(self.hand_size);
        self.hands = vec![cards[..size].to_vec(), cards[size..2 * size].to_vec()];
        self.rest = cards[2 * size..].to_vec();
        Ok(())
    }

    fn take(&mut self, seat: Seat, card: u8) -> Result<(), InvalidEvent> {
        let hand = self
            .hands
            .get_mut(seat.index())
            .ok_or(InvalidEvent("there is no such seat"))?;
        let place = hand
            .iter()
            .position(|&held| held == card)
            .ok_or(InvalidEvent("that card is not in the hand"))?;
        hand.remove(place);
        self.played.push(card);
        let other = if seat == Seat(0) { Seat(1) } else { Seat(0) };
        // Whoever takes the trick leads the next one.
        self.turn = match self.led.take() {
            None => {
                self.led = Some(card);
                other
            }
            Some(led) if led > card => other,
            Some(_) => seat,
        };
        if self.led.is_none() {
            self.tricks[self.turn.index()] += 1;
        }
        Ok(())
    }
}

impl Rules for __TYPE__ {
    const KIND: &'static str = "__KIND__";
    const CHANCE: bool = true;
    const HIDDEN: bool = true;
    type Options = Options;
    type Action = Play;
    type Event = Event;
    type View = View;

    fn setup(options: &Options) -> Result<Self, InvalidOptions> {
        if !(3..=9).contains(&options.hand) {
            return Err(InvalidOptions("hand must be 3 to 9"));
        }
        Ok(Self {
            hand_size: options.hand,
            hands: Vec::new(),
            rest: Vec::new(),
            led: None,
            played: Vec::new(),
            turn: Seat(0),
            tricks: [0; 2],
        })
    }

    fn seats(&self) -> RangeInclusive<u8> {
        2..=2
    }

    fn begin(&self, _: u8, chance: &mut Chance) -> Vec<Event> {
        vec![Event::Dealt {
            hand: self.hand_size,
            deck: chance.shuffle(DECK),
        }]
    }

    /// It is asked only for seats that are in `turn`.
    fn decide(&self, seat: Seat, action: &Play, _: &mut Chance) -> Result<Vec<Event>, Illegal> {
        if !self.hand(seat).contains(&action.play) {
            return Err(Illegal("You do not hold that card."));
        }
        Ok(vec![Event::Played {
            seat,
            card: action.play,
        }])
    }

    /// It reads logs, too, so it checks everything, and never panics.
    fn evolve(&mut self, event: &Event) -> Result<(), InvalidEvent> {
        match event {
            Event::Dealt { hand, deck } if *hand == self.hand_size => self.deal(deck),
            Event::Played { seat, card } if self.turn() == [*seat] => self.take(*seat, *card),
            Event::Dealt { .. } => Err(InvalidEvent("the hands are of another size")),
            Event::Played { .. } => Err(InvalidEvent("another seat is in turn")),
        }
    }

    fn turn(&self) -> Vec<Seat> {
        if self.hands.iter().all(Vec::is_empty) {
            Vec::new()
        } else {
            vec![self.turn]
        }
    }

    fn outcome(&self) -> Option<Outcome> {
        if self.hands.is_empty() || !self.turn().is_empty() {
            return None;
        }
        Some(match self.tricks {
            [first, second] if first > second => Outcome::win(Seat(0), 2, "tricks"),
            [first, second] if first < second => Outcome::win(Seat(1), 2, "tricks"),
            [_, _] => Outcome::draw(2, "tricks"),
        })
    }

    fn view(&self, viewer: Viewer) -> View {
        let shown = |(seat, hand): (u8, &Vec<u8>)| viewer.sees(Seat(seat)).then(|| hand.clone());
        View {
            hands: (0..).zip(&self.hands).map(shown).collect(),
            cards: self.hands.iter().map(Vec::len).collect(),
            led: self.led,
            played: self.played.clone(),
            tricks: self.tricks,
        }
    }

    fn text(view: &View) -> String {
        let hand = |(seat, cards): (usize, &usize)| {
            let held = match &view.hands[seat] {
                Some(hand) => format!("{hand:?}"),
                None => format!("{cards} cards"),
            };
            let tricks = view.tricks[seat];
            format!("Player {}: {held}, tricks: {tricks}\n", seat + 1)
        };
        let led = view
            .led
            .map_or("Nothing is led".to_owned(), |card| format!("Led: {card}"));
        view.cards.iter().enumerate().map(hand).collect::<String>() + &led + "\n"
    }

    /// The event as a viewer may see it: of the deal, only their own cards.
    fn redact(event: &Event, viewer: Viewer) -> Event {
        match event {
            Event::Dealt { hand, deck } => {
                let holder =
                    |place: usize| u8::try_from(place / usize::from(*hand).max(1)).map(Seat);
                let is_own =
                    |place| holder(place).is_ok_and(|seat| seat.0 < 2 && viewer.sees(seat));
                Event::Dealt {
                    hand: *hand,
                    deck: deck.only(|place| viewer == Viewer::Open || is_own(place)),
                }
            }
            Event::Played { .. } => event.clone(),
        }
    }

    fn legal_actions(&self, seat: Seat) -> Vec<Play> {
        if self.turn() != [seat] {
            return Vec::new();
        }
        self.hand(seat)
            .iter()
            .map(|&card| Play { play: card })
            .collect()
    }

    fn resample(&self, viewer: Viewer, chance: &mut Chance) -> Self {
        let mut other = self.clone();
        let hidden: Vec<usize> = (0..self.hands.len())
            .filter(|&seat| u8::try_from(seat).is_ok_and(|seat| !viewer.sees(Seat(seat))))
            .collect();
        let mut cards: Vec<u8> = hidden
            .iter()
            .flat_map(|&seat| self.hands[seat].clone())
            .chain(self.rest.clone())
            .collect();
        // Otherwise what is drawn would depend on who really holds what.
        cards.sort_unstable();
        let order = chance
            .shuffle(u8::try_from(cards.len()).unwrap_or(DECK))
            .order()
            .unwrap_or_default();
        let mut drawn = order.into_iter().map(|place| cards[usize::from(place)]);
        for seat in hidden {
            other.hands[seat] = drawn.by_ref().take(self.hands[seat].len()).collect();
        }
        other.rest = drawn.collect();
        other
    }
}

/// The kinds of games that this project plays.
pub fn kinds() -> Kinds {
    Kinds::new([Kind::of::<__TYPE__>()])
}
