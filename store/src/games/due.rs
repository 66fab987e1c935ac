//! The index of games by when they are due: what the sweep has to see to, the earliest first, and where it stopped.

use std::collections::VecDeque;

use aws_sdk_dynamodb::types::Select;
use serde::{Deserialize, Serialize};
use turnlog_domain::{Game, GameId, Seq, Timestamp};

use super::{ActiveGame, Games, parked::PARKED};
use crate::{
    attributes::{SdkItem, number, number_of, text, text_of},
    error::StoreError,
    limits::{BOT_LATE_MS, INDEX_BUCKETS, REST_DUE_STEP_MS, SWEEP_PAGE_GAMES_MAX},
};

const SWEEP: &str = "sweep";

/// What a game needs next if nothing happens in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// A clock runs, and the turn of whoever is late is to be ended.
    Clock,
    /// A bot has something to do, and is late: its doorbell was lost.
    Bot,
    /// The game rests, and is to be closed once it counts as abandoned.
    Rest,
}

/// Where a round through lists of the index stands: at an entry, which need not be there any more.
///
/// This is a stored format: never rename, never reuse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueCursor {
    active: String,
    due: u64,
    game: String,
    item: String,
}

/// Where the sweep goes on, list by list.
///
/// This is a stored format: never rename, never reuse.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepCursor {
    /// In the games with a clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<DueCursor>,
    /// In the games with a bot to move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot: Option<DueCursor>,
    /// In the games at rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest: Option<DueCursor>,
    /// In all unfinished games, which are compared with their logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all: Option<DueCursor>,
    /// In the parked games.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parked: Option<DueCursor>,
    /// Up to when every game that was made has been seen, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_ms: Option<u64>,
}

/// Some games of a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuePage {
    /// Those that can be read.
    pub games: Vec<ActiveGame>,
    /// How many entries cannot be read. They are passed over.
    pub unreadable: usize,
    /// Where the round stands behind them.
    pub position: DueCursor,
}

/// One way through lists of the index, from where the last one stopped, round to there. It asks for a page at a time.
#[derive(Debug)]
pub struct Round<'a> {
    games: &'a Games,
    steps: VecDeque<Step>,
}

/// A part of one list.
#[derive(Debug)]
struct Step {
    list: String,
    after: Option<DueCursor>,
    /// The last moment of `due`.
    by: Option<u64>,
}

impl Duty {
    /// All of them, the most urgent first.
    pub const ALL: [Self; 3] = [Self::Clock, Self::Bot, Self::Rest];

    fn name(self) -> &'static str {
        match self {
            Self::Clock => "clock",
            Self::Bot => "bot",
            Self::Rest => "rest",
        }
    }

    /// The list of the games of one bucket with this duty. It means the same in rows of every format, so that a game is seen to
    /// whichever code has written its row.
    pub(super) fn list(self, bucket: u8) -> String {
        format!("{bucket}#{}", self.name())
    }

    /// What falls due first in a game, and when; nothing once it is over and no bot has a rematch to answer.
    ///
    /// A game at rest is due at a full hour: so most of its messages leave its entry where it is, which saves a write.
    pub(super) fn next(game: &Game) -> Option<(Self, Timestamp)> {
        let late = |at: Timestamp| Timestamp::from_ms(at.as_ms().saturating_add(BOT_LATE_MS));
        let full_hour = |at: Timestamp| Timestamp::from_ms(at.as_ms().next_multiple_of(REST_DUE_STEP_MS));
        let clock = game.claimable_after().map(|at| (Self::Clock, at));
        let bot = game.bot_task().map(|_| (Self::Bot, late(game.at())));
        let rest = game.abandoned_from().map(|at| (Self::Rest, full_hour(at)));
        [clock, bot, rest].into_iter().flatten().min_by_key(|(_, at)| *at)
    }
}

impl DueCursor {
    fn of_key(key: &SdkItem) -> Option<Self> {
        let name = |name: &str| text_of(key, name).map(str::to_owned);
        Some(Self { active: name("active")?, due: number_of(key, "due")?, game: name("game_id")?, item: name("item")? })
    }

    fn to_key(&self) -> SdkItem {
        let Self { active, due, game, item } = self;
        let key = [("active", text(active)), ("due", number(*due)), ("game_id", text(game)), ("item", text(item))];
        key.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

impl Games {
    /// The games with this duty that were due by then, from where the last round stopped.
    pub fn due(&self, duty: Duty, by: Timestamp, from: Option<&DueCursor>) -> Round<'_> {
        self.round(lists(&[duty]), Some(by.as_ms()), from)
    }

    /// All games in which something is still to happen, from where the last round stopped.
    pub fn unfinished(&self, from: Option<&DueCursor>) -> Round<'_> {
        self.round(lists(&Duty::ALL), None, from)
    }

    /// The parked games, from where the last round stopped.
    pub fn parked_round(&self, from: Option<&DueCursor>) -> Round<'_> {
        self.round(vec![PARKED.to_owned()], None, from)
    }

    /// How many games are parked, counted up to about `max`.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn count_parked(&self, max: usize) -> Result<usize, StoreError> {
        let (mut count, mut next) = (0, None);
        while count < max {
            let query = self.in_list(PARKED).select(Select::Count).set_exclusive_start_key(next);
            let page = query.send().await.map_err(|error| StoreError::of("Query", &error))?;
            count += usize::try_from(page.count).unwrap_or_default();
            next = page.last_evaluated_key;
            if next.is_none() {
                break;
            }
        }
        Ok(count)
    }

    /// Where the sweep goes on; what cannot be read is begun anew.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn sweep_cursor(&self) -> Result<SweepCursor, StoreError> {
        Ok(self.kept(SWEEP).await?.unwrap_or_default())
    }

    /// Keeps where the sweep goes on. Two sweeps at once may put each other back, which costs a look and nothing else.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn put_sweep_cursor(&self, cursor: &SweepCursor) -> Result<(), StoreError> {
        self.keep(SWEEP, cursor).await
    }

    fn round(&self, lists: Vec<String>, by: Option<u64>, from: Option<&DueCursor>) -> Round<'_> {
        let step = |list: &String| Step { list: list.clone(), after: None, by };
        let stopped =
            from.and_then(|position| Some((lists.iter().position(|list| *list == position.active)?, position)));
        let Some((index, position)) = stopped else {
            return Round { games: self, steps: lists.iter().map(step).collect() };
        };
        let rest = Step { list: position.active.clone(), after: Some(position.clone()), by };
        let begin = Step { list: position.active.clone(), after: None, by: Some(position.due) };
        let others = lists[index + 1..].iter().chain(&lists[..index]).map(step);
        Round { games: self, steps: [rest].into_iter().chain(others).chain([begin]).collect() }
    }

    async fn step(&self, step: &Step) -> Result<(Vec<SdkItem>, Option<DueCursor>), StoreError> {
        let query = match step.by {
            Some(by) => self.in_list(&step.list).expression_attribute_values(":by", number(by)),
            None => self.in_list(&step.list),
        };
        let query = query.key_condition_expression(match step.by {
            Some(_) => "active = :list AND due <= :by",
            None => "active = :list",
        });
        let query =
            query.limit(SWEEP_PAGE_GAMES_MAX).set_exclusive_start_key(step.after.as_ref().map(DueCursor::to_key));
        let page = query.send().await.map_err(|error| StoreError::of("Query", &error))?;
        let next = page.last_evaluated_key.as_ref().and_then(DueCursor::of_key);
        Ok((page.items.unwrap_or_default(), next))
    }
}

impl Round<'_> {
    /// Whether nothing is left to be asked for.
    pub fn is_complete(&self) -> bool {
        self.steps.is_empty()
    }

    /// The next games; none when the round is complete. After an error it goes on with the list behind.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn next(&mut self) -> Result<Option<DuePage>, StoreError> {
        while let Some(step) = self.steps.pop_front() {
            let (items, next) = self.games.step(&step).await?;
            if let Some(next) = next {
                self.steps.push_front(Step { after: Some(next), ..step });
            }
            let Some(position) = items.last().and_then(DueCursor::of_key) else { continue };
            let games: Vec<ActiveGame> = items.iter().filter_map(read_active).collect();
            return Ok(Some(DuePage { unreadable: items.len() - games.len(), games, position }));
        }
        Ok(None)
    }
}

/// The lists of these duties.
fn lists(duties: &[Duty]) -> Vec<String> {
    (0..INDEX_BUCKETS).flat_map(|bucket| duties.iter().map(move |duty| duty.list(bucket))).collect()
}

pub(super) fn read_active(item: &SdkItem) -> Option<ActiveGame> {
    Some(ActiveGame {
        game: GameId::parse(text_of(item, "game_id")?).ok()?,
        seq: Seq(number_of(item, "seq")?),
        at: Timestamp::from_ms(number_of(item, "at")?),
        due: Timestamp::from_ms(number_of(item, "due")?),
    })
}
