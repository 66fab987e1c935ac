//! Chance as a kind sees it: a source of shuffles and rolls whose every draw can be recomputed.
//!
//! How the words come about, and the exact order of draws, is described in docs/fairness.md for independent
//! implementations. Changing anything here changes the outcome of games under way.

use std::fmt;

use rand_chacha::{
    ChaCha20Rng,
    rand_core::{RngCore, SeedableRng},
};
use serde::{Deserialize, Serialize};

use crate::invalid_event::InvalidEvent;

/// The draws of one message. A kind gets nothing else of the seed, so it can neither keep nor show it.
pub struct Chance {
    words: Option<Box<dyn Iterator<Item = u32> + Send>>,
}

impl Chance {
    /// The chance of a kind that leaves nothing to it.
    pub fn none() -> Self {
        Self { words: None }
    }

    /// Draws from the `ChaCha20` key stream of `key`: nonce zero, blocks from zero, words read little-endian.
    pub fn of_key(key: [u8; 32]) -> Self {
        let mut generator = ChaCha20Rng::from_seed(key);
        Self::of_words(std::iter::repeat_with(move || generator.next_u32()))
    }

    /// Draws from these words, which must not end. Tests choose outcomes with it.
    pub fn of_words(words: impl Iterator<Item = u32> + Send + 'static) -> Self {
        Self { words: Some(Box::new(words)) }
    }

    /// A number from 0 to `bound - 1`, each equally likely; zero when `bound` is zero.
    ///
    /// Words at or above the largest multiple of `bound` that fits into 32 bits are passed over.
    pub fn below(&mut self, bound: u32) -> u32 {
        if bound == 0 {
            return 0;
        }
        let fair = (1_u64 << 32) / u64::from(bound) * u64::from(bound);
        loop {
            let word = self.word();
            if u64::from(word) < fair {
                return word % bound;
            }
        }
    }

    /// Rolls `dice` dice with faces from 1 to `sides`, one after the other.
    pub fn roll(&mut self, dice: usize, sides: u8) -> Roll {
        let face = |_| u8::try_from(self.below(u32::from(sides))).map_or(sides, |face| face + 1);
        Roll { sides, rolled: (0..dice).map(face).map(Some).collect() }
    }

    /// Brings 0 to `length - 1` into random order: from the last place down to the second, each is exchanged with a
    /// place from the first up to itself.
    pub fn shuffle(&mut self, length: u8) -> Shuffle {
        let mut order: Vec<u8> = (0..length).collect();
        for place in (1..length).rev() {
            let other = self.below(u32::from(place) + 1);
            order.swap(usize::from(place), other as usize);
        }
        Shuffle { shuffled: order.into_iter().map(Some).collect() }
    }

    fn word(&mut self) -> u32 {
        let words = self.words.as_mut().expect("a kind that draws says so in `Rules::CHANCE`");
        words.next().expect("words for chance never end")
    }
}

impl fmt::Debug for Chance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Chance")
    }
}

/// Dice as they fell. In events it always has this JSON form, so that anybody can find and recompute it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roll {
    sides: u8,
    rolled: Vec<Option<u8>>,
}

impl Roll {
    /// The faces.
    ///
    /// # Errors
    /// When one is hidden, or no face of such a die.
    pub fn faces(&self) -> Result<Vec<u8>, InvalidEvent> {
        let face = |face: &Option<u8>| {
            face.filter(|face| (1..=self.sides).contains(face))
                .ok_or(InvalidEvent("a die is hidden, or shows no face of its own"))
        };
        self.rolled.iter().map(face).collect()
    }

    /// The roll with all dice hidden but those at places that `visible` accepts.
    #[must_use]
    pub fn only(&self, visible: impl Fn(usize) -> bool) -> Self {
        Self { sides: self.sides, rolled: hide(&self.rolled, visible) }
    }
}

/// An order that was drawn. In events it always has this JSON form, so that anybody can find and recompute it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shuffle {
    shuffled: Vec<Option<u8>>,
}

impl Shuffle {
    /// The order: every number below the length once.
    ///
    /// # Errors
    /// When a place is hidden, or it is no such order.
    pub fn order(&self) -> Result<Vec<u8>, InvalidEvent> {
        let order: Vec<u8> = self
            .shuffled
            .iter()
            .copied()
            .collect::<Option<_>>()
            .ok_or(InvalidEvent("a place of the order is hidden"))?;
        let mut sorted = order.clone();
        sorted.sort_unstable();
        let complete = sorted.iter().enumerate().all(|(place, &number)| place == usize::from(number));
        if complete { Ok(order) } else { Err(InvalidEvent("the order does not hold each number once")) }
    }

    /// The order with all places hidden but those that `visible` accepts.
    #[must_use]
    pub fn only(&self, visible: impl Fn(usize) -> bool) -> Self {
        Self { shuffled: hide(&self.shuffled, visible) }
    }
}

fn hide(values: &[Option<u8>], visible: impl Fn(usize) -> bool) -> Vec<Option<u8>> {
    values.iter().enumerate().map(|(place, value)| value.filter(|_| visible(place))).collect()
}
