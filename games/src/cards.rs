//! A deck of 52 playing cards.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Cards in the deck.
pub(super) const DECK: u8 = 52;

const RANKS: &[u8; 13] = b"A23456789TJQK";
const SUITS: &[u8; 4] = b"CDHS";

/// A card, in text its rank and suit: `AC`, `TD`, `8H`, `KS`. The deck is ordered as these letters are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Card(u8);

/// The suit of a card: clubs, diamonds, hearts or spades.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the letters are the initials of the suits")]
pub enum Suit {
    C,
    D,
    H,
    S,
}

impl Suit {
    /// All suits.
    pub const ALL: [Self; 4] = [Self::C, Self::D, Self::H, Self::S];
}

impl Card {
    /// The card at a place of the ordered deck; places go round.
    pub fn at(place: u8) -> Self {
        Self(place % DECK)
    }

    /// The suit.
    pub fn suit(self) -> Suit {
        Suit::ALL[usize::from(self.0 / 13)]
    }

    /// The rank as its letter.
    pub fn rank(self) -> char {
        char::from(RANKS[usize::from(self.0 % 13)])
    }
}

impl TryFrom<String> for Card {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        (0..DECK).map(Self).find(|&card| String::from(card) == text).ok_or("no card")
    }
}

impl From<Card> for String {
    fn from(card: Card) -> Self {
        Self::from_iter([card.rank(), char::from(SUITS[usize::from(card.0 / 13)])])
    }
}
