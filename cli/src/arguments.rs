//! What the command line says.

use std::{
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use turnlog_domain::Moment;
use turnlog_local::FaultRate;

use crate::{
    export::Export,
    import::Import,
    moment::{Eyes, moment},
    parked::Parked,
    place::Place,
    rebuild::Rebuild,
    repair::Repair,
    replay::Speed,
};

/// The filter of the log: one line per outcome of a function, and whatever is wrong.
const LOG_FILTER: &str = "warn,dynoxide=error,function=info,invocation=info,turnlog=info,turnlog_local=info";

/// Runs, inspects and operates Turnlog. Without a command it runs `dev`.
#[derive(Debug, Parser)]
#[command(name = "turnlog", version)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
}

/// The arguments of one run.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs the whole backend and its page on this machine.
    Dev(Dev),
    /// Makes a player's token for a deployed stack.
    ///
    /// The secret is read from the environment variable `TOKEN_SECRET`, or from standard input.
    Token(Token),
    /// Gives an event to a function of a running stack, and prints what it returns.
    ///
    /// Without an event it gets what its schedule in the template gives it: that schedule's input, or EventBridge's event.
    Invoke(Invoke),
    /// Looks into the failure destinations of a running stack, and gives what lies there to its functions again.
    #[command(subcommand)]
    Dlq(Dlq),
    /// Measures how many moves a running stack takes, and how long each one needs.
    ///
    /// Games of connect four, 16 by 16, on real WebSockets; both players answer each other at once.
    Bench(Bench),
    /// Lists all games, the oldest first.
    Games(Games),
    /// Builds read models anew beside the live ones while play goes on, compares, and switches over in one step.
    ///
    /// It may be stopped at any moment and started again. It sends nothing to anybody.
    Rebuild(Rebuild),
    /// Lists the games that cannot be folded and are set aside.
    Parked(Parked),
    /// Brings what is derived from one game to what its log adds up to, and takes it out of the parked ones.
    ///
    /// It says first what is wrong, and asks. Ends with 1 when something stays so, such as a log that cannot be folded.
    Repair(Repair),
    /// Writes whole logs as JSON Lines, one message in each line, with everything that is stored of it.
    Export(Export),
    /// Reads what `export` wrote, or an export of DynamoDB to S3, into a table. Never changes what is there.
    ///
    /// Everything is checked before it is written. What is there already counts as done, so an import that broke off is
    /// simply started again.
    Import(Import),
    /// Draws a game as it is, or as it was.
    Show(Show),
    /// Plays a game again from its beginning, with the pauses that its players made, up to five seconds each.
    Replay(Replay),
    /// Prints every message as it is stored, until it is interrupted.
    ///
    /// It shows everything, also what is hidden from players. Without a game it follows all until they are finished.
    Tail(Tail),
    /// Tells what is different between two moments of a game. Ends with 1 when anything is.
    Diff(Diff),
    /// Writes a game of chess as PGN, or plays the games of PGN files through the rules.
    ///
    /// A check ends with 1 when a game cannot be read, has an illegal move, or another result than the rules give it.
    Pgn(Pgn),
    /// Proves that logs are sound, and that rows and standings are what they add up to.
    ///
    /// No message is missing, was changed, or cannot be folded; time rises; every recorded hash agrees; every shuffle, roll and
    /// move of a finished game with chance follows from its revealed seed. What lags is looked at again for up to ten
    /// seconds. Ends with 1 when there is a problem.
    Verify(Verify),
}

/// The options of `turnlog dev`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Dev {
    /// Port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 3000)]
    pub(crate) port: u16,
    /// Address to listen on. Whoever reaches it can play as anybody.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub(crate) host: IpAddr,
    /// The template to run [default: template.yaml, here or in a folder above].
    #[arg(long, value_name = "FILE")]
    pub(crate) template: Option<PathBuf>,
    /// Where tables, parameters and failed records are kept [default: .turnlog beside the template].
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Keeps nothing: the tables are gone when the stack stops.
    #[arg(long, conflicts_with = "data_dir")]
    pub(crate) ephemeral: bool,
    /// Another DynamoDB instead of the embedded one, such as `http://127.0.0.1:8000`.
    #[arg(long, value_name = "URL")]
    pub(crate) dynamodb_endpoint: Option<String>,
    /// Runs the functions as they were built last, instead of building them first.
    #[arg(long)]
    pub(crate) no_build: bool,
    /// Builds functions anew when their sources change, and swaps them while connections stay open.
    #[arg(long, conflicts_with = "no_build")]
    pub(crate) watch: bool,
    /// A value for a parameter of the template; may be given several times. The others have their defaults.
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = parameter)]
    pub(crate) parameters: Vec<(String, String)>,
    /// Lets functions run between their events. Lambda freezes them, so that work which is not awaited stands still.
    #[arg(long)]
    pub(crate) no_freeze: bool,
    /// Allows what the functions' policies do not allow, and only lists it at the end.
    #[arg(long)]
    pub(crate) no_iam: bool,
    /// Lists at the end which rights no call ever used, beside those that were missing.
    #[arg(long)]
    pub(crate) iam_report: bool,
    /// Closes a connection on which nothing travels for this long [default: 600, as on AWS].
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) connection_idle: Option<u64>,
    /// Closes a connection that becomes older than this [default: 7200, as on AWS].
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) connection_age: Option<u64>,
    /// Tells functions for this long after $connect that the connection is gone (410), as an early push finds it on AWS
    /// [default: 0; about 10 with --timing aws].
    #[arg(long, value_name = "MILLISECONDS")]
    pub(crate) connection_opening: Option<u64>,
    /// How many shards a stream of the embedded database has: only the order within one partition key can be relied on
    /// [default: 1; 4 with --timing aws].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..))]
    pub(crate) stream_shards: Option<u8>,
    /// Processes the messages of a connection one after the other, for debugging. On AWS they may overtake each other.
    #[arg(long)]
    pub(crate) serial: bool,
    /// How long everything takes: no longer than it has to, or about as long as on AWS.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) timing: Timing,
    /// A fault with its probability, such as lost-reply=0.05; may be given several times. The faults are
    /// duplicated-batch, shuffled-batch, lost-reply, throttled (DynamoDB), throttled-function, throttled-connection (the
    /// management API), transaction-conflict, stale-read, slow-function, crash and gone.
    #[arg(long = "fault", value_name = "NAME=PROBABILITY")]
    pub(crate) faults: Vec<FaultRate>,
    /// Decides when the faults happen.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(crate) fault_seed: u64,
    /// What is logged: levels, or targets with levels, such as debug or warn,function=info.
    #[arg(long, value_name = "FILTER", default_value = LOG_FILTER)]
    pub(crate) log: String,
}

/// How long things take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Timing {
    /// As quick as this machine is.
    #[default]
    Quick,
    /// With the latencies, stream polling and cold starts of AWS.
    Aws,
}

/// The options of `turnlog token`.
#[derive(Debug, Args)]
pub(crate) struct Token {
    /// Whom the token speaks for.
    #[arg(long)]
    pub(crate) player_id: String,
    /// The name that others see [default: the player id].
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// How long it is good.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=24 * 365))]
    pub(crate) hours: u32,
}

/// The options of `turnlog invoke`.
#[derive(Debug, Args)]
pub(crate) struct Invoke {
    /// The function: its logical id in the template, its name or its ARN.
    pub(crate) function: String,
    /// The event as JSON; - reads it from standard input.
    #[arg(long, value_name = "JSON")]
    pub(crate) event: Option<String>,
    /// The port of the running stack.
    #[arg(long, default_value_t = 3000)]
    pub(crate) port: u16,
}

/// The commands of `turnlog dlq`.
#[derive(Debug, Subcommand)]
pub(crate) enum Dlq {
    /// Lists the destinations with the number of their entries.
    List(Stack),
    /// Prints the entries of one, a line of JSON each.
    Show(Destination),
    /// Gives the records of one to their functions again; entries that are processed are removed.
    Redrive(Destination),
    /// Removes all entries of one.
    Purge {
        #[command(flatten)]
        destination: Destination,
        /// Does not ask first.
        #[arg(long)]
        yes: bool,
    },
}

/// A running stack.
#[derive(Debug, Args)]
pub(crate) struct Stack {
    /// The port of the running stack.
    #[arg(long, default_value_t = 3000)]
    pub(crate) port: u16,
}

/// A failure destination of a running stack.
#[derive(Debug, Args)]
pub(crate) struct Destination {
    /// The logical id of the queue or bucket in the template.
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) stack: Stack,
}

/// The options of `turnlog bench`.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// The port of the running stack.
    #[arg(long, default_value_t = 3000)]
    pub(crate) port: u16,
    /// How many games are played at once, by two players each.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=2000))]
    pub(crate) games: u32,
    /// For how long.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) seconds: u32,
    /// One line of JSON instead of text and a progress bar.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The options of `turnlog games`.
#[derive(Debug, Args)]
pub(crate) struct Games {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Only games of this kind.
    #[arg(long)]
    pub(crate) kind: Option<String>,
    /// Only games that are not finished.
    #[arg(long)]
    pub(crate) active: bool,
    /// A line of JSON for each game.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The options of `turnlog show`.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The id of the game.
    pub(crate) game: String,
    /// The moment: the seq of a message, or a time such as 2026-11-24T16:00:00Z [default: now].
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    pub(crate) at: Option<Moment>,
    /// Whose eyes: all, spectator, seat:0, or a player's id.
    #[arg(long = "as", value_name = "VIEWER", default_value = "all")]
    pub(crate) viewer: Eyes,
    /// One line of JSON: the view as a client gets it.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// The options of `turnlog pgn`.
#[derive(Debug, Args)]
pub(crate) struct Pgn {
    /// The id of the game.
    #[arg(required_unless_present = "check")]
    pub(crate) game: Option<String>,
    /// Checks these files instead.
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "game")]
    pub(crate) check: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// The options of `turnlog replay`.
#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// The id of the game.
    pub(crate) game: String,
    /// How many times as fast as it was played; max makes no pauses.
    #[arg(long, default_value = "1")]
    pub(crate) speed: Speed,
    /// Whose eyes: all, spectator, seat:0, or a player's id.
    #[arg(long = "as", value_name = "VIEWER", default_value = "all")]
    pub(crate) viewer: Eyes,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// The options of `turnlog tail`.
#[derive(Debug, Args)]
pub(crate) struct Tail {
    /// The id of the game [default: all games].
    pub(crate) game: Option<String>,
    /// A line of JSON for each message.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// The options of `turnlog diff`.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The id of the game.
    pub(crate) game: String,
    /// The one moment: the seq of a message, or a time.
    #[arg(value_parser = moment)]
    pub(crate) from: Moment,
    /// The other moment.
    #[arg(value_parser = moment)]
    pub(crate) to: Moment,
    /// Whose eyes: all, spectator, seat:0, or a player's id.
    #[arg(long = "as", value_name = "VIEWER", default_value = "all")]
    pub(crate) viewer: Eyes,
    /// One line of JSON with the differences as a JSON Patch (RFC 6902).
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// The options of `turnlog verify`.
#[derive(Debug, Args)]
#[group(id = "which", required = true)]
pub(crate) struct Verify {
    /// The id of the game.
    #[arg(group = "which")]
    pub(crate) game: Option<String>,
    /// Every log there is.
    #[arg(long, group = "which", conflicts_with = "url")]
    pub(crate) all: bool,
    /// One line of JSON: `{"games":…,"messages":…,"problems":[…]}`.
    #[arg(long, conflicts_with = "url")]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Place,
    /// The WebSocket of a stack: verifies the shuffles, rolls and moves of a finished game as any player may see them. The
    /// player's token is read from `TURNLOG_TOKEN`.
    #[arg(long, conflicts_with_all = ["port", "profile", "region", "endpoint", "stack"])]
    pub(crate) url: Option<String>,
    /// The code of a private game.
    #[arg(long, value_name = "CODE", requires = "url")]
    pub(crate) invitation: Option<String>,
    /// The server's promise, as it was seen before a seat was taken: the log must name the same.
    #[arg(long, value_name = "HASH", requires = "url")]
    pub(crate) commitment: Option<String>,
}

/// Takes `NAME=VALUE` apart.
fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("a parameter is written NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl Arguments {
    /// Reads the command line. Ends the process when it is wrong or asks for help.
    pub(crate) fn read() -> Self {
        let command = CommandLine::parse().command;
        let dev = || CommandLine::parse_from(["turnlog", "dev"]).command.expect("it names a command");
        Self { command: command.unwrap_or_else(dev) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <CommandLine as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn dev_listens_on_loopback_only_unless_told_otherwise() {
        let Some(Command::Dev(dev)) = CommandLine::parse_from(["turnlog", "dev"]).command else { panic!("no dev") };
        assert_eq!((dev.host.to_string().as_str(), dev.port, dev.ephemeral), ("127.0.0.1", 3000, false));
    }

    #[test]
    fn a_folder_for_data_that_nobody_keeps_is_refused() {
        assert!(CommandLine::try_parse_from(["turnlog", "dev", "--ephemeral", "--data-dir", "x"]).is_err());
    }
}
