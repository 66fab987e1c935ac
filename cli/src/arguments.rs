//! What the command line says.

use clap::{Args, Parser, Subcommand};

use crate::{
    backup::Backup, bench::Bench, dev::Dev, diff::Diff, dlq::Dlq, export::Export, games::Games, import::Import,
    invoke::Invoke, location::Location, new::New, parked::Parked, rebuild::Rebuild, replay::Replay, serve::Serve,
    show::Show, token::Token,
};

/// Runs, inspects and operates Turnlog. Without a command it runs `dev`.
#[derive(Debug, Parser)]
#[command(name = "turnlog", version)]
struct CommandLine<C: Subcommand> {
    #[command(subcommand)]
    command: Option<Request<C>>,
}

/// What the command line asks for.
#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "a process has one")]
pub(crate) enum Request<C: Subcommand> {
    #[command(flatten)]
    Ours(Command),
    #[command(flatten)]
    Theirs(C),
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Makes a project of its own for a game, which builds, plays and passes its tests at once.
    New(New),
    /// Runs the whole backend and its page on this machine.
    Dev(Dev),
    /// Runs the whole backend and its page for players, on one server, with everything in this process.
    ///
    /// The secrets are read from files or from the environment. SIGTERM and Ctrl-C end it gracefully.
    Serve(Serve),
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
    /// Copies the database of a stack on this machine into one file, while the stack runs or not.
    ///
    /// The copy is the whole database at one moment. It holds no secrets; keep those elsewhere.
    Backup(Backup),
    /// Measures how many moves a running stack takes, and how long each one needs.
    ///
    /// Games on real WebSockets, in which whoever is in turn makes any legal move. Ends with 1 when a move never came to another
    /// player, a frame was not answered exactly once, or a game could not go on.
    Bench(Bench),
    /// Lists all games, the oldest first.
    Games(Games),
    /// Brings what is derived from one game, or from all, to what the logs add up to, and takes games out of the parked ones.
    ///
    /// Of one game, it says first what is wrong, and asks. Play goes on meanwhile. A run through all games may be stopped at any
    /// moment and started again. It sends nothing to anybody. Ends with 1 when something stays wrong, such as a log that cannot
    /// be folded.
    Rebuild(Rebuild),
    /// Lists the games that cannot be folded and are set aside.
    Parked(Parked),
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
    /// Proves that logs are sound, and that rows and standings are what they add up to.
    ///
    /// No message is missing, was changed, or cannot be folded; time rises; every recorded hash agrees; every shuffle, roll and
    /// move of a finished game with chance follows from its revealed seed. What lags is looked at again for up to ten
    /// seconds. Ends with 1 when there is a problem.
    Verify(Verify),
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
    pub(crate) location: Location,
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
    pub(crate) location: Location,
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

impl<C: Subcommand> Request<C> {
    /// Reads the command line. Ends the process when it is wrong or asks for help.
    pub(crate) fn read() -> Self {
        let dev = || CommandLine::parse_from(["turnlog", "dev"]).command.expect("it names a command");
        CommandLine::parse().command.unwrap_or_else(dev)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <CommandLine<crate::NoCommands> as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn what_says_which_tables_has_a_heading_of_its_own_in_every_help() {
        for command in <CommandLine<crate::NoCommands> as clap::CommandFactory>::command().get_subcommands() {
            let named = command.get_arguments().filter(|argument| argument.get_help_heading() == Some("Which tables"));
            let named: Vec<&str> = named.map(|argument| argument.get_id().as_str()).collect();
            let all = ["port", "profile", "region", "endpoint", "stack"];
            assert!(named.is_empty() || named == all, "{}: {named:?}", command.get_name());
        }
    }
}
