//! Direct messages, from one player to another: what they may say, and how often somebody may send one.

use std::collections::VecDeque;

use crate::{
    game::{rejection::Rejection, talk::clean},
    ids::{CommandId, PlayerId, Seq, Timestamp},
    limits::{SENT_PER_PLAYER_MAX, SENT_REMEMBERED_MAX, SENT_WINDOW_MS},
    rate::wait_ms,
};

/// What a direct message says: cleaned as all talk is, 1 to 500 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(String);

impl Text {
    /// Cleans a text.
    ///
    /// # Errors
    /// When it has control characters, is empty, or too long.
    pub fn parse(text: &str) -> Result<Self, Rejection> {
        clean(text).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a player sent lately, the oldest first: it limits how often they send, and tells repeats.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sent(VecDeque<Sending>);

/// A direct message on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sending {
    /// Under which id.
    pub command: CommandId,
    /// To whom.
    pub to: PlayerId,
    /// When it was sent first.
    pub at: Timestamp,
    /// The last message of the addressee's log before it was sent first: it can only stand after this one.
    pub after: Seq,
}

impl Sent {
    /// What was sent, the oldest first.
    pub fn of(sendings: impl IntoIterator<Item = Sending>) -> Self {
        Self(sendings.into_iter().collect())
    }

    /// What was sent, the oldest first.
    pub fn sendings(&self) -> impl Iterator<Item = &Sending> {
        self.0.iter()
    }

    /// The sending under this id to this player, if it is remembered.
    pub fn recorded(&self, command: CommandId, to: &PlayerId) -> Option<&Sending> {
        self.0.iter().find(|sending| sending.command == command && sending.to == *to)
    }

    /// The same with one more, and without those that are too old to be remembered.
    ///
    /// # Errors
    /// When the player has sent too much in a short time.
    pub fn with(&self, sending: Sending) -> Result<Self, Rejection> {
        let earlier = self.0.iter().map(|earlier| earlier.at);
        if let Some(retry_after_ms) = wait_ms(earlier, sending.at, SENT_WINDOW_MS, SENT_PER_PLAYER_MAX) {
            return Err(Rejection::TooMuchTalk { retry_after_ms });
        }
        let mut sendings = self.0.clone();
        sendings.push_back(sending);
        while sendings.len() > SENT_REMEMBERED_MAX {
            sendings.pop_front();
        }
        Ok(Self(sendings))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{command_id, player};

    fn sending(number: u64, at_ms: u64) -> Sending {
        Sending { command: command_id(number), to: player("bob"), at: Timestamp::from_ms(at_ms), after: Seq(0) }
    }

    #[test]
    fn somebody_who_sends_too_much_waits_until_the_oldest_no_longer_counts() {
        let full = (0..5).try_fold(Sent::default(), |sent, number| sent.with(sending(number, number)));
        let full = full.expect("five are allowed");
        assert_eq!(full.with(sending(5, SENT_WINDOW_MS - 1)), Err(Rejection::TooMuchTalk { retry_after_ms: 1 }));
        assert!(full.with(sending(5, SENT_WINDOW_MS)).is_ok());
    }

    #[test]
    fn a_repeat_is_told_by_id_and_addressee_among_the_last_ones() {
        let spaced = (0..40).try_fold(Sent::default(), |sent, number| sent.with(sending(number, number * 60_000)));
        let spaced = spaced.expect("one in a minute is allowed");
        assert_eq!(spaced.recorded(command_id(7), &player("bob")), None, "too many came after it");
        assert!(spaced.recorded(command_id(8), &player("bob")).is_some());
        assert_eq!(spaced.recorded(command_id(8), &player("eve")), None);
    }

    #[test]
    fn texts_are_cleaned_as_at_the_table() {
        assert_eq!(Text::parse(" Hel\u{202e}lo\u{200b} ").expect("it is fine").as_str(), "Hello");
        assert_eq!(Text::parse("a\u{7}"), Err(Rejection::UnreadableText));
        assert_eq!(Text::parse("\u{200b} "), Err(Rejection::TextLength));
        assert_eq!(Text::parse(&"x".repeat(501)), Err(Rejection::TextLength));
    }
}
