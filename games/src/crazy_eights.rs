//! Crazy eights: get rid of your hand by matching suit or rank; an eight is wild and names a suit.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cards::{Card, DECK, Suit};
use turnlog_domain::{Chance, Illegal, InvalidEvent, InvalidOptions, Outcome, Rules, Seat, Shuffle, Viewer};

/// A game of crazy eights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrazyEights {
    hand_size: u8,
    /// A secret of whoever holds them. A player who left holds none.
    hands: Vec<Vec<Card>>,
    /// Face down, the next card last: a secret of everybody.
    pile: Vec<Card>,
    /// Face up, the top card last.
    discards: Vec<Card>,
    suit: Suit,
    turn: Seat,
    has_drawn: bool,
    /// Turns in a row that ended without a card played or drawn.
    passes: usize,
    gone: Vec<Seat>,
}

/// The cards that everybody starts with, 3 to 8.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CrazyEightsOptions {
    #[schemars(range(min = 3, max = 8))]
    hand: u8,
}

impl Default for CrazyEightsOptions {
    fn default() -> Self {
        Self { hand: 5 }
    }
}

/// What a player asks for.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CardMove {
    /// Play a card; with an eight, name the suit that must follow.
    Play {
        /// The card.
        card: Card,
        /// The suit that an eight asks for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        suit: Option<Suit>,
    },
    /// Draw a card, once in a turn.
    Draw {},
    /// End the turn after drawing, or when there is nothing left to draw.
    Pass {},
}

/// What happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardEvent {
    /// The deck was shuffled and dealt from its front: seat by seat a hand, then the first card face up, the rest to draw.
    Dealt {
        /// How many play.
        players: u8,
        /// Cards in a hand.
        hand: u8,
        /// The order of the deck.
        deck: Shuffle,
    },
    /// A card was played.
    Played {
        /// By whom.
        seat: Seat,
        /// Which.
        card: Card,
        /// The suit to follow.
        suit: Suit,
    },
    /// The discards under the top card, from the lowest on, were shuffled into a new pile, whose last card is drawn next.
    Reshuffled {
        /// Their order.
        order: Shuffle,
    },
    /// A card was drawn. Others learn only that it was.
    Drew {
        /// By whom.
        seat: Seat,
        /// Which.
        card: Option<Card>,
    },
    /// A turn ended without a card.
    Passed {
        /// Whose.
        seat: Seat,
    },
    /// A player left; their hand went under the pile.
    Dropped {
        /// Their seat.
        seat: Seat,
    },
}

/// The table, with the hands that the viewer may see.
#[derive(Debug, Serialize)]
pub struct CardView {
    hands: Vec<Option<Vec<Card>>>,
    cards: Vec<usize>,
    pile: usize,
    discards: Vec<Card>,
    suit: Suit,
    has_drawn: bool,
    gone: Vec<Seat>,
}

impl CrazyEights {
    fn top(&self) -> Option<Card> {
        self.discards.last().copied()
    }

    fn hand(&self, seat: Seat) -> &[Card] {
        self.hands.get(seat.index()).map_or(&[], Vec::as_slice)
    }

    fn is_in(&self, seat: Seat) -> bool {
        seat.index() < self.hands.len() && !self.gone.contains(&seat)
    }

    fn players_left(&self) -> usize {
        self.hands.len() - self.gone.len()
    }

    fn fits(&self, card: Card) -> bool {
        card.rank() == '8' || card.suit() == self.suit || self.top().is_some_and(|top| top.rank() == card.rank())
    }

    fn can_draw(&self) -> bool {
        !self.has_drawn && (!self.pile.is_empty() || self.discards.len() > 1)
    }

    fn play(&self, seat: Seat, card: Card, wish: Option<Suit>) -> Result<Vec<CardEvent>, Illegal> {
        let suit = match wish {
            _ if !self.hand(seat).contains(&card) => return Err(Illegal("You do not hold that card.")),
            _ if !self.fits(card) => return Err(Illegal("That card matches neither suit nor rank.")),
            None if card.rank() == '8' => return Err(Illegal("Name the suit that must follow your eight.")),
            Some(_) if card.rank() != '8' => return Err(Illegal("Only an eight names a suit.")),
            None => card.suit(),
            Some(suit) => suit,
        };
        Ok(vec![CardEvent::Played { seat, card, suit }])
    }

    fn draw(&self, seat: Seat, chance: &mut Chance) -> Result<Vec<CardEvent>, Illegal> {
        if !self.can_draw() {
            return Err(Illegal("You have drawn already, or nothing is left to draw."));
        }
        let mut after = self.clone();
        let mut events = Vec::new();
        if self.pile.is_empty() {
            let below_top = u8::try_from(self.discards.len() - 1).unwrap_or(DECK);
            let reshuffled = CardEvent::Reshuffled { order: chance.shuffle(below_top) };
            after.evolve(&reshuffled).map_err(|InvalidEvent(_)| Illegal("Nothing is left to draw."))?;
            events.push(reshuffled);
        }
        events.push(CardEvent::Drew { seat, card: after.pile.last().copied() });
        Ok(events)
    }

    fn pass_turn(&mut self) {
        let later = (self.turn.index() + 1..self.hands.len()).chain(0..self.turn.index());
        let mut seats = later.filter_map(|index| u8::try_from(index).ok()).map(Seat);
        self.turn = seats.find(|&seat| self.is_in(seat)).unwrap_or(self.turn);
        self.has_drawn = false;
    }

    fn take_deal(&mut self, players: u8, deck: &Shuffle) -> Result<(), InvalidEvent> {
        let deck: Vec<Card> = deck.order()?.into_iter().map(Card::at).collect();
        let (size, dealt) = (usize::from(self.hand_size), usize::from(self.hand_size) * usize::from(players));
        if !self.hands.is_empty() || !self.seats().contains(&players) || deck.len() != usize::from(DECK) {
            return Err(InvalidEvent("the deal fits neither the table nor the deck"));
        }
        self.hands = deck[..dealt].chunks(size).map(<[Card]>::to_vec).collect();
        self.discards = vec![deck[dealt]];
        self.suit = deck[dealt].suit();
        self.pile = deck[dealt + 1..].to_vec();
        Ok(())
    }

    fn take_card(&mut self, seat: Seat, card: Card, suit: Suit) -> Result<(), InvalidEvent> {
        if self.turn() != [seat] || !self.fits(card) {
            return Err(InvalidEvent("another seat is in turn, or the card does not match"));
        }
        let hand = self.hands.get_mut(seat.index()).ok_or(InvalidEvent("there is no such seat"))?;
        let place = hand.iter().position(|&held| held == card).ok_or(InvalidEvent("the card is not in that hand"))?;
        hand.remove(place);
        self.discards.push(card);
        self.suit = suit;
        self.passes = 0;
        self.pass_turn();
        Ok(())
    }

    fn take_reshuffle(&mut self, order: &Shuffle) -> Result<(), InvalidEvent> {
        let top = self.discards.pop().ok_or(InvalidEvent("there is no top card"))?;
        let order = order.order()?;
        if !self.pile.is_empty() || order.len() != self.discards.len() {
            return Err(InvalidEvent("the pile is not empty, or the order fits it not"));
        }
        self.pile = order.into_iter().map(|place| self.discards[usize::from(place)]).collect();
        self.discards = vec![top];
        Ok(())
    }

    fn take_drop(&mut self, seat: Seat) -> Result<(), InvalidEvent> {
        if !self.is_in(seat) {
            return Err(InvalidEvent("the seat is out already"));
        }
        let hand = self.hands.get_mut(seat.index()).ok_or(InvalidEvent("there is no such seat"))?;
        self.pile.splice(0..0, std::mem::take(hand));
        self.gone.push(seat);
        self.passes = 0;
        if self.turn == seat {
            self.pass_turn();
        }
        Ok(())
    }
}

impl Rules for CrazyEights {
    const KIND: &'static str = "crazy-eights";
    const CHANCE: bool = true;
    const HIDDEN: bool = true;
    const DEFAULT_MOVES: bool = true;
    type Options = CrazyEightsOptions;
    type Action = CardMove;
    type Event = CardEvent;
    type View = CardView;

    fn setup(options: &CrazyEightsOptions) -> Result<Self, InvalidOptions> {
        if !(3..=8).contains(&options.hand) {
            return Err(InvalidOptions("hand must be 3 to 8"));
        }
        Ok(Self {
            hand_size: options.hand,
            hands: Vec::new(),
            pile: Vec::new(),
            discards: Vec::new(),
            suit: Suit::C,
            turn: Seat(0),
            has_drawn: false,
            passes: 0,
            gone: Vec::new(),
        })
    }

    fn seats(&self) -> RangeInclusive<u8> {
        2..=6
    }

    fn begin(&self, seats: u8, chance: &mut Chance) -> Vec<CardEvent> {
        vec![CardEvent::Dealt { players: seats, hand: self.hand_size, deck: chance.shuffle(DECK) }]
    }

    fn decide(&self, seat: Seat, action: &CardMove, chance: &mut Chance) -> Result<Vec<CardEvent>, Illegal> {
        match action {
            CardMove::Play { card, suit } => self.play(seat, *card, *suit),
            CardMove::Draw {} => self.draw(seat, chance),
            CardMove::Pass {} if self.can_draw() => Err(Illegal("Draw a card before you pass.")),
            CardMove::Pass {} => Ok(vec![CardEvent::Passed { seat }]),
        }
    }

    fn drop_out(&self, seat: Seat, _: &mut Chance) -> Option<Vec<CardEvent>> {
        Some(vec![CardEvent::Dropped { seat }])
    }

    fn is_out(&self, seat: Seat) -> bool {
        !self.is_in(seat)
    }

    fn default_action(&self, _: Seat) -> Option<CardMove> {
        Some(if self.can_draw() { CardMove::Draw {} } else { CardMove::Pass {} })
    }

    fn evolve(&mut self, event: &CardEvent) -> Result<(), InvalidEvent> {
        match event {
            CardEvent::Dealt { players, hand, deck } if *hand == self.hand_size => self.take_deal(*players, deck),
            CardEvent::Played { seat, card, suit } => self.take_card(*seat, *card, *suit),
            CardEvent::Reshuffled { order } => self.take_reshuffle(order),
            CardEvent::Drew { seat, card: Some(card) } if self.turn() == [*seat] && self.pile.last() == Some(card) => {
                self.hands.get_mut(seat.index()).ok_or(InvalidEvent("there is no such seat"))?.extend(self.pile.pop());
                self.has_drawn = true;
                self.passes = 0;
                Ok(())
            }
            CardEvent::Passed { seat } if self.turn() == [*seat] && !self.can_draw() => {
                self.passes += usize::from(!self.has_drawn);
                self.pass_turn();
                Ok(())
            }
            CardEvent::Dropped { seat } => self.take_drop(*seat),
            CardEvent::Dealt { .. } | CardEvent::Drew { .. } | CardEvent::Passed { .. } => {
                Err(InvalidEvent("the deal, the draw or the pass is not possible now"))
            }
        }
    }

    fn turn(&self) -> Vec<Seat> {
        if self.hands.is_empty() || self.outcome().is_some() { Vec::new() } else { vec![self.turn] }
    }

    fn outcome(&self) -> Option<Outcome> {
        let is_out = |seat: u8| self.is_in(Seat(seat)) && self.hand(Seat(seat)).is_empty();
        let seats = u8::try_from(self.hands.len()).unwrap_or(u8::MAX);
        let reason = match seats {
            0 => return None,
            _ if (0..seats).any(is_out) => "out_of_cards",
            _ if self.players_left() == 1 => "last_at_the_table",
            _ if self.passes >= self.players_left() => "blocked",
            _ => return None,
        };
        // Fewer cards are better, and whoever left comes after everybody who stayed, the first one last.
        let rank = |seat: u8| match self.gone.iter().position(|&gone| gone == Seat(seat)) {
            None => (0, self.hand(Seat(seat)).len()),
            Some(order) => (1, usize::from(seats) - order),
        };
        let better = |seat: u8| (0..seats).filter(|&other| rank(other) < rank(seat)).count();
        let places = (0..seats).map(|seat| u8::try_from(better(seat) + 1).unwrap_or(u8::MAX));
        Some(Outcome::places(places.collect(), reason))
    }

    fn view(&self, viewer: Viewer) -> CardView {
        let shown = |(seat, hand): (u8, &Vec<Card>)| viewer.sees(Seat(seat)).then(|| hand.clone());
        CardView {
            hands: (0..=u8::MAX).zip(&self.hands).map(shown).collect(),
            cards: self.hands.iter().map(Vec::len).collect(),
            pile: self.pile.len(),
            discards: self.discards.clone(),
            suit: self.suit,
            has_drawn: self.has_drawn,
            gone: self.gone.clone(),
        }
    }

    fn text(view: &CardView) -> String {
        let words = |cards: &[Card]| cards.iter().map(|&card| String::from(card)).collect::<Vec<_>>().join(" ");
        let hand = |(seat, cards): (usize, &usize)| match &view.hands[seat] {
            Some(hand) => format!("Player {}: {}\n", seat + 1, words(hand)),
            None => format!("Player {}: {cards} cards\n", seat + 1),
        };
        let top = words(&view.discards[view.discards.len().saturating_sub(1)..]);
        let hands: String = view.cards.iter().enumerate().map(hand).collect();
        format!("{hands}Top: {top}, suit {:?}, {} to draw\n", view.suit, view.pile)
    }

    fn redact(event: &CardEvent, viewer: Viewer) -> CardEvent {
        match event {
            CardEvent::Dealt { players, hand, deck } => {
                let face_up = usize::from(*players) * usize::from(*hand);
                let holder = |place: usize| u8::try_from(place / usize::from(*hand).max(1)).map(Seat);
                let is_own = |place: usize| place < face_up && holder(place).is_ok_and(|seat| viewer.sees(seat));
                let deck = deck.only(|place| viewer == Viewer::Open || place == face_up || is_own(place));
                CardEvent::Dealt { players: *players, hand: *hand, deck }
            }
            CardEvent::Reshuffled { order } => CardEvent::Reshuffled { order: order.only(|_| viewer == Viewer::Open) },
            CardEvent::Drew { seat, card } => {
                CardEvent::Drew { seat: *seat, card: card.filter(|_| viewer.sees(*seat)) }
            }
            CardEvent::Played { .. } | CardEvent::Passed { .. } | CardEvent::Dropped { .. } => event.clone(),
        }
    }

    fn legal_actions(&self, seat: Seat) -> Vec<CardMove> {
        if self.turn() != [seat] {
            return Vec::new();
        }
        let wishes = |card: Card| if card.rank() == '8' { Suit::ALL.map(Some).to_vec() } else { vec![None] };
        let play = |&card: &Card| wishes(card).into_iter().map(move |suit| CardMove::Play { card, suit });
        let plays = self.hand(seat).iter().filter(|&&card| self.fits(card)).flat_map(play);
        plays.chain([if self.can_draw() { CardMove::Draw {} } else { CardMove::Pass {} }]).collect()
    }

    fn resample(&self, viewer: Viewer, chance: &mut Chance) -> Self {
        let mut other = self.clone();
        let is_hidden = |seat: usize| u8::try_from(seat).is_ok_and(|seat| !viewer.sees(Seat(seat)));
        let hidden_hands = (0..self.hands.len()).filter(|&seat| is_hidden(seat));
        let mut cards: Vec<Card> = hidden_hands.clone().flat_map(|seat| self.hands[seat].clone()).collect();
        cards.extend(&self.pile);
        // Otherwise what is drawn for the viewer would depend on who really holds what.
        cards.sort_unstable();
        let order = chance.shuffle(u8::try_from(cards.len()).unwrap_or(DECK)).order().unwrap_or_default();
        let mut drawn = order.into_iter().map(|place| cards[usize::from(place)]);
        for seat in hidden_hands {
            other.hands[seat] = drawn.by_ref().take(self.hands[seat].len()).collect();
        }
        other.pile = drawn.collect();
        other
    }
}
