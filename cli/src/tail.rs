//! `turnlog tail`: what happens, as it happens.
//!
//! It looks at the tables again and again, since the stream of Messages has its two readers.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    io::{self, Write as _},
    time::Duration,
};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::json;
use turnlog_domain::{GameId, Kind, Message, Phase, Seq, Session, Timestamp};
use turnlog_store::{ActiveGame, Log, StoreError, Tables, limits::INDEX_BUCKETS};

use crate::{arguments::Tail, drawing, games::now, moment::Eyes};

/// How often the tables are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Requests at the same time.
const AT_ONCE_MAX: usize = 16;

/// Prints every message that comes from now on, until it is interrupted.
pub(crate) fn run(arguments: &Tail) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        tokio::select! {
            ended = follow(arguments) => ended,
            interrupted = tokio::signal::ctrl_c() => Ok(interrupted?),
        }
    })
}

async fn follow(arguments: &Tail) -> Result<(), Box<dyn Error>> {
    let tables = arguments.place.tables().await?;
    let log = Log::new(tables.messages.clone(), tables.games.clone());
    let began = now();
    let mut seen: BTreeMap<GameId, Seq> = BTreeMap::new();
    let mut over: BTreeSet<GameId> = BTreeSet::new();
    match &arguments.game {
        Some(game) => {
            let game = GameId::parse(game)?;
            let (head, _) = tables.messages.head(game).await?.ok_or_else(|| format!("there is no game {game}"))?;
            seen.insert(game, head);
        }
        None => seen.extend(active(&tables).await?.into_iter().map(|active| (active.game, active.seq))),
    }
    eprintln!("following {} unfinished games", seen.len());
    loop {
        let moved = match arguments.game {
            Some(_) => seen.keys().copied().collect(),
            None => moved(&tables, &seen, &over, began).await?,
        };
        for game in moved {
            let after = seen.get(&game).copied().unwrap_or(Seq(0));
            let entries = tables.messages.tail(game, after).await?;
            let Some(last) = entries.last() else { continue };
            seen.insert(game, last.message.seq);
            let folded = log.at_least(game, last.message.seq, &entries).await?.ok_or("the game is gone")?;
            for entry in &entries {
                tell(arguments, &folded.session, &entry.message)?;
            }
            if matches!(folded.session.phase(), Phase::Finished(_)) {
                // Its list of messages is not asked for for ever.
                over.insert(game);
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The games that may have gone on: those whose row is further than what was seen, those that have left the list of
/// unfinished ones, and those that began meanwhile, which may be over already.
async fn moved(
    tables: &Tables,
    seen: &BTreeMap<GameId, Seq>,
    over: &BTreeSet<GameId>,
    began: Timestamp,
) -> Result<BTreeSet<GameId>, StoreError> {
    let active = active(tables).await?;
    let unfinished: BTreeSet<GameId> = active.iter().map(|active| active.game).collect();
    let is_new = |active: &&ActiveGame| seen.get(&active.game).is_none_or(|&seq| seq < active.seq);
    let mut moved: BTreeSet<GameId> = active.iter().filter(is_new).map(|active| active.game).collect();
    moved.extend(seen.keys().filter(|game| !unfinished.contains(game) && !over.contains(game)));
    let lists = Kind::all().iter().flat_map(|kind| (0..INDEX_BUCKETS).map(move |bucket| (kind.name(), bucket)));
    let started = stream::iter(lists).map(|(kind, bucket)| tables.messages.started(kind, bucket, began));
    let started: Vec<Vec<GameId>> = started.buffered(AT_ONCE_MAX).try_collect().await?;
    moved.extend(started.into_iter().flatten().filter(|game| !seen.contains_key(game)));
    Ok(moved)
}

async fn active(tables: &Tables) -> Result<Vec<ActiveGame>, StoreError> {
    let buckets = stream::iter(0..INDEX_BUCKETS).map(|bucket| tables.games.active(bucket)).buffered(AT_ONCE_MAX);
    let buckets: Vec<Vec<ActiveGame>> = buckets.try_collect().await?;
    Ok(buckets.into_iter().flatten().collect())
}

fn tell(arguments: &Tail, session: &Session, message: &Message) -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout();
    if arguments.json {
        let (game, seq, at) = (message.game.to_string(), message.seq.0, message.at.as_ms());
        let line = json!({ "game": game, "seq": seq, "at": at, "player_id": message.actor, "events": message.events });
        writeln!(out, "{line}")?;
    } else {
        let line = drawing::message(session, message, Eyes::Open.viewer(session))?;
        writeln!(out, "{}  {line}", message.game)?;
    }
    Ok(out.flush()?)
}
