//! `turnlog tail`: what happens, as it happens.
//!
//! It looks at the tables again and again, since the stream of Messages has its two readers.

mod followed;

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    io::{self, Write as _},
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::json;
use turnlog_domain::{Game, GameId, Kinds, Message, Seq, Timestamp};
use turnlog_operations::Tables;
use turnlog_store::{ActiveGame, LoadError, Log, StoreError, limits::INDEX_BUCKETS, now};

use self::followed::Followed;
use crate::{arguments::Tail, drawing, moment::Eyes, verdict::Verdict};

/// How often the tables are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Requests at the same time.
const AT_ONCE_MAX: usize = 16;

/// Prints every message that comes from now on, until it is interrupted.
pub(crate) fn run(arguments: &Tail, kinds: &Kinds) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        // Cancel-safe: lines are written whole, and nothing but them is lost when the program ends.
        tokio::select! {
            ended = follow(arguments, kinds) => ended,
            interrupted = tokio::signal::ctrl_c() => Ok(interrupted?),
        }
    })
}

async fn follow(arguments: &Tail, kinds: &Kinds) -> Result<(), Box<dyn Error>> {
    let tables = arguments.location.tables(kinds).await?;
    let log = Log::new(tables.messages.clone(), tables.games.clone());
    match &arguments.game {
        Some(game) => follow_one(arguments, &tables, &log, GameId::parse(game)?).await,
        None => follow_all(arguments, &tables, &log).await,
    }
}

/// Follows one game for as long as the command runs, whether or not it is finished.
async fn follow_one(arguments: &Tail, tables: &Tables, log: &Log, game_id: GameId) -> Result<(), Box<dyn Error>> {
    let (head, _) = tables.messages.head(game_id).await?.ok_or_else(|| format!("there is no game {game_id}"))?;
    eprintln!("following {game_id} from message {head} on");
    let mut followed = Followed::from(game_id, head);
    loop {
        match followed.news(log, |game, message| tell(arguments, game, message)).await? {
            Ok(()) => tokio::time::sleep(LOOK_EVERY).await,
            Err(LoadError::Log(fault)) => {
                return Err(Verdict::Wrong(format!("{game_id} goes on in a way that cannot be read: {fault}")).into());
            }
            Err(LoadError::Store(error)) => return Err(error.into()),
        }
    }
}

/// Follows every unfinished game, and those that end meanwhile for a while longer. One whose log cannot be read is named,
/// and left alone.
async fn follow_all(arguments: &Tail, tables: &Tables, log: &Log) -> Result<(), Box<dyn Error>> {
    let began = now();
    let mut games: BTreeMap<GameId, Followed> = BTreeMap::new();
    games
        .extend(active(tables).await?.into_iter().map(|active| (active.game, Followed::from(active.game, active.seq))));
    eprintln!("following {} unfinished games", games.len());
    loop {
        for game_id in due(tables, &games, began).await? {
            let followed = games.entry(game_id).or_insert_with(|| Followed::from(game_id, Seq(0)));
            match followed.news(log, |game, message| tell(arguments, game, message)).await? {
                Ok(()) => {}
                Err(LoadError::Log(fault)) => {
                    eprintln!("{game_id} is followed no further: {fault}");
                    followed.give_up();
                }
                Err(LoadError::Store(error)) => return Err(error.into()),
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The games that are to be looked at: those whose row is further than what was seen, those that have left the list of
/// unfinished ones, and those that began meanwhile, which may be over already.
async fn due(
    tables: &Tables,
    games: &BTreeMap<GameId, Followed>,
    began: Timestamp,
) -> Result<BTreeSet<GameId>, StoreError> {
    let active = active(tables).await?;
    let unfinished: BTreeSet<GameId> = active.iter().map(|active| active.game).collect();
    let has_news = |active: &&ActiveGame| games.get(&active.game).is_none_or(|followed| followed.is_behind(active.seq));
    let mut due: BTreeSet<GameId> = active.iter().filter(has_news).map(|active| active.game).collect();
    let now = Instant::now();
    let is_due = |(game, followed): &(&GameId, &Followed)| !unfinished.contains(game) && followed.is_due(now);
    due.extend(games.iter().filter(is_due).map(|(game, _)| *game));
    let lists =
        tables.games.kinds().iter().flat_map(|kind| (0..INDEX_BUCKETS).map(move |bucket| (kind.name(), bucket)));
    let started = stream::iter(lists).map(|(kind, bucket)| tables.messages.started(kind, bucket, began));
    let started: Vec<Vec<GameId>> = started.buffered(AT_ONCE_MAX).try_collect().await?;
    due.extend(started.into_iter().flatten().filter(|game| !games.contains_key(game)));
    Ok(due)
}

async fn active(tables: &Tables) -> Result<Vec<ActiveGame>, StoreError> {
    let buckets = stream::iter(0..INDEX_BUCKETS).map(|bucket| tables.games.active(bucket)).buffered(AT_ONCE_MAX);
    let buckets: Vec<Vec<ActiveGame>> = buckets.try_collect().await?;
    Ok(buckets.into_iter().flatten().collect())
}

/// Prints a message; `game` is the state after it.
fn tell(arguments: &Tail, game: &Game, message: &Message) -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout();
    if arguments.json {
        let (game_id, seq, at) = (message.game.to_string(), message.seq.0, message.at.as_ms());
        let line =
            json!({ "game": game_id, "seq": seq, "at": at, "player_id": message.actor, "events": message.events });
        writeln!(out, "{line}")?;
    } else {
        let line = drawing::message(game, message, Eyes::Open.viewer(game))?;
        writeln!(out, "{}  {line}", message.game)?;
    }
    Ok(out.flush()?)
}
