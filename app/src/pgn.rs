//! `turnlog pgn`: writes a game of chess as PGN, or plays the games of PGN files through the rules.

use std::{
    collections::HashMap,
    error::Error,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use chrono::DateTime;
use clap::Args;
use turnlog::{
    command::{Game, GameId, Location, Message, PlayerId, Seq, Tables, Verdict},
    rules::{Chance, Illegal, InvalidEvent, Kinds, Rules},
};
use turnlog_games::{Chess, ChessAction, PgnGame, PgnMove, PgnResult, pgn};

/// The options of `turnlog pgn`.
#[derive(Debug, Args)]
pub(crate) struct Pgn {
    /// The id of the game.
    #[arg(required_unless_present = "check")]
    game: Option<String>,
    /// Checks these files instead.
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "game")]
    check: Vec<PathBuf>,
    #[command(flatten)]
    location: Location,
}

/// Writes or checks, as the arguments say.
pub(crate) fn run(arguments: &Pgn, kinds: &Kinds) -> Result<(), Box<dyn Error>> {
    let Some(game) = &arguments.game else { return check_all(&arguments.check) };
    let game = GameId::parse(game)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let written = runtime.block_on(async { written(&arguments.location.tables(kinds).await?, game).await })?;
    Ok(write!(io::stdout(), "{written}")?)
}

/// The game as its log has it, with who played and when.
async fn written(tables: &Tables, game_id: GameId) -> Result<PgnGame, Box<dyn Error>> {
    let entries = tables.messages.tail(game_id, Seq(0)).await?;
    let log: Vec<Message> = entries.into_iter().map(|entry| entry.message).collect();
    let fold = |game, message| Game::fold(tables.games.kinds(), game, message).map(Some);
    let game = log.iter().try_fold(None, fold)?.ok_or_else(|| format!("there is no game {game_id}"))?;
    let written = PgnGame::of_log(&log).ok_or_else(|| format!("game {game_id} is one of {}", game.kind().name()))?;
    let players: Vec<Option<PlayerId>> =
        game.seats().iter().map(|seat| seat.as_ref().map(|occupant| occupant.player_id.clone())).collect();
    let known: Vec<PlayerId> = players.iter().flatten().cloned().collect();
    let names: HashMap<PlayerId, String> = tables.players.names(&known).await?.into_iter().collect();
    let begun = i64::try_from(game.created_at().as_ms())?;
    let date = DateTime::from_timestamp_millis(begun).ok_or("the game began at no time that can be written")?;
    let mut written = written.with_tag("Event", "Turnlog").with_tag("Site", &game_id.to_string());
    written = written.with_tag("Date", &date.format("%Y.%m.%d").to_string());
    for (color, player) in ["White", "Black"].into_iter().zip(players.iter().map(Option::as_ref)) {
        let name = player.map(|player| names.get(player).map_or(player.as_str(), String::as_str));
        written = written.with_tag(color, name.unwrap_or("?"));
    }
    Ok(written)
}

fn check_all(files: &[impl AsRef<Path>]) -> Result<(), Box<dyn Error>> {
    let mut is_sound = true;
    for file in files {
        is_sound &= check(file.as_ref())?;
    }
    if is_sound { Ok(()) } else { Err(Verdict::Said.into()) }
}

/// Plays all games of a file, and says what is wrong; returns whether nothing is.
fn check(file: &Path) -> Result<bool, Box<dyn Error>> {
    let bytes = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    // Old files are in Latin-1, in which names alone have letters that are no UTF-8.
    let text = String::from_utf8_lossy(&bytes);
    let (mut out, name) = (io::stdout(), file.display());
    let (mut games, mut moves, mut faults) = (0, 0, 0);
    for read in pgn::read(&text) {
        games += 1;
        match read.map_err(|error| error.to_string()).and_then(|game| play_through(&game)) {
            Ok(count) => moves += count,
            Err(reason) => {
                faults += 1;
                writeln!(out, "{name}: game {games}: {reason}")?;
            }
        }
    }
    writeln!(out, "{name}: games: {games}, moves: {moves}, faults: {faults}")?;
    Ok(faults == 0)
}

/// Plays a game by the rules as far as they go, and holds its result against its last position; returns how many moves it has.
///
/// Files are not held to draws that come by themselves: they hold games from before there were such rules, and boards may go
/// on recording. Every move is legal, since the reader has tried it.
fn play_through(game: &PgnGame) -> Result<usize, String> {
    // The rules set up no game that has ended already.
    if let Ok(chess) = Chess::setup(&game.options()) {
        play(chess, game.moves())?;
    }
    match game.ending() {
        Some(ruled) if game.result() != PgnResult::Unknown && game.result() != ruled => {
            Err(format!("the file says {}, and the rules {}", game.result().as_str(), ruled.as_str()))
        }
        Some(_) | None => Ok(game.moves().len()),
    }
}

fn play(mut chess: Chess, moves: &[PgnMove]) -> Result<(), String> {
    let mut chance = Chance::of_key([0; 32]);
    for (index, made) in moves.iter().enumerate() {
        let Some(&seat) = chess.turn().first() else { break };
        let refused = |reason: &str| format!("half-move {}, {}: {reason}", index + 1, made.san());
        let decided = chess.decide(seat, &ChessAction::Move(made.uci()), &mut chance);
        for event in decided.map_err(|Illegal(reason)| refused(reason))? {
            chess.evolve(&event).map_err(|InvalidEvent(_)| refused("The move does not fit the position."))?;
        }
    }
    Ok(())
}
