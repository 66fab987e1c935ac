//! `turnlog dev`: the whole backend and its page on this machine.

use std::{
    error::Error,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, ValueEnum};
use turnlog_local::{
    AccessReport, Build, Data, Durability, Enforcement, FaultPlan, FaultRate, Freezing, FunctionSource, Functions,
    Pace, ParameterSource, Stack, StackOptions, TemplateSource,
};

use crate::{
    logging::Logging,
    pages::{self, Way},
    secret_names::Secrets,
    shutdown::Shutdown,
    template,
};

/// The folder beside the template that keeps everything.
pub(crate) const DATA_FOLDER: &str = ".turnlog";

/// The options of `turnlog dev`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Dev {
    /// Port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Address to listen on. Whoever reaches it can play as anybody.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// The template to run [default: template.yaml, here or in a folder above].
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// Where tables, parameters and failed records are kept [default: .turnlog beside the template].
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// Keeps nothing: the tables are gone when the stack stops.
    #[arg(long, conflicts_with = "data_dir")]
    ephemeral: bool,
    /// Another DynamoDB instead of the embedded one, such as `http://127.0.0.1:8000`.
    #[arg(long, value_name = "URL")]
    dynamodb_endpoint: Option<String>,
    /// Runs the functions as they were built last, instead of building them first.
    #[arg(long)]
    no_build: bool,
    /// Builds functions anew when their sources change, and swaps them while connections stay open.
    #[arg(long, conflicts_with = "no_build")]
    watch: bool,
    /// Runs the functions in this process, each instance on a thread, instead of as processes: nothing is built, and a move
    /// takes less time. They are those of this command, so that it has to be built anew when a rule changes.
    #[arg(long, conflicts_with = "watch")]
    in_process: bool,
    /// A value for a parameter of the template; may be given several times. The others have their defaults.
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = parameter)]
    parameters: Vec<(String, String)>,
    /// Lets functions run between their events. Lambda freezes them, so that work which is not awaited stands still.
    #[arg(long)]
    no_freeze: bool,
    /// Allows what the functions' policies do not allow, and only lists it at the end.
    #[arg(long)]
    no_iam: bool,
    /// Lists at the end which rights no call ever used, beside those that were missing.
    #[arg(long)]
    iam_report: bool,
    /// Closes a connection on which nothing travels for this long [default: 600, as on AWS].
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    connection_idle: Option<u64>,
    /// Closes a connection that becomes older than this [default: 7200, as on AWS].
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    connection_age: Option<u64>,
    /// Tells functions for this long after $connect that the connection is gone (410), as an early push finds it on AWS
    /// [default: 0; about 10 with --timing aws].
    #[arg(long, value_name = "MILLISECONDS")]
    connection_opening: Option<u64>,
    /// How many shards a stream of the embedded database has: only the order within one partition key can be relied on
    /// [default: 1; 4 with --timing aws].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..))]
    stream_shards: Option<u8>,
    /// Processes the messages of a connection one after the other, for debugging. On AWS they may overtake each other.
    #[arg(long)]
    serial: bool,
    /// How long everything takes: no longer than it has to, or about as long as on AWS.
    #[arg(long, value_enum, default_value_t)]
    timing: Timing,
    /// A fault with its probability, such as lost-reply=0.05; may be given several times. The faults are
    /// duplicated-batch, shuffled-batch, lost-reply, throttled (DynamoDB), throttled-function, throttled-connection (the
    /// management API), transaction-conflict, stale-read, slow-function, crash and gone.
    #[arg(long = "fault", value_name = "NAME=PROBABILITY")]
    faults: Vec<FaultRate>,
    /// Decides when the faults happen.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    fault_seed: u64,
    #[command(flatten)]
    logging: Logging,
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

/// Runs the stack until a signal ends it.
pub(crate) fn run(dev: Dev, functions: &Functions) -> Result<(), Box<dyn Error>> {
    dev.logging.begin()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(dev, functions))
}

async fn serve(dev: Dev, functions: &Functions) -> Result<(), Box<dyn Error>> {
    let mut shutdown = Shutdown::new()?;
    let template = template::find(dev.template.as_deref())?;
    let folder = template.parent().unwrap_or(Path::new("/")).to_owned();
    let data = match (dev.ephemeral, &dev.data_dir) {
        (true, _) => Data::Ephemeral,
        (false, Some(named)) => Data::Folder(named.clone()),
        (false, None) => Data::Folder(folder.join(DATA_FOLDER)),
    };
    let iam_report = dev.iam_report;
    let (secrets, ways) = (Secrets::named(&dev.parameters), ways(&dev.parameters));
    let options = options(dev, functions, template, data);
    let start = Stack::start(options, |services| pages::routes(&folder, services, &secrets, ways));
    // Cancel-safe: a stack that is dropped while it starts ends its processes, and the program ends with it.
    let stack = tokio::select! {
        started = start => started?,
        () = shutdown.asked() => return Ok(()),
    };
    for warning in stack.warnings() {
        eprintln!("warning: {warning}");
    }
    let address = reachable(stack.address());
    println!("Turnlog is up: http://{address}/");
    for (api, path) in stack.websockets() {
        println!("WebSocket API {api}: ws://{address}{path}");
    }
    shutdown.asked().await;
    eprintln!("Turnlog is stopping.");
    // Cancel-safe: a stop that is dropped ends the program, and the processes of functions with it.
    tokio::select! {
        report = stack.stop() => {
            tell(&report, iam_report);
            Ok(())
        }
        () = shutdown.asked() => Err("told twice to end, so some functions may end a little later".into()),
    }
}

/// How one signs in on the page: as anybody, and as a guest where the template is told to let guests in.
fn ways(parameters: &[(String, String)]) -> &'static [Way] {
    let guests = parameters.iter().rev().find(|(name, _)| name == "Guests");
    if guests.is_some_and(|(_, value)| value == "on") { &[Way::Dev, Way::Guest] } else { &[Way::Dev] }
}

fn options(dev: Dev, functions: &Functions, template: PathBuf, data: Data) -> StackOptions {
    let functions = match (dev.in_process, dev.no_build, dev.watch) {
        (true, ..) => FunctionSource::InProcess(functions.clone()),
        (false, true, _) => FunctionSource::Executables(Build::Last),
        (false, false, true) => FunctionSource::Executables(Build::Watched),
        (false, false, false) => FunctionSource::Executables(Build::Fresh),
    };
    let pace = match dev.timing {
        Timing::Quick => Pace::Quick,
        Timing::Aws => Pace::LikeAws,
    };
    StackOptions {
        template: TemplateSource::File(template),
        address: SocketAddr::new(dev.host, dev.port),
        public: None,
        data,
        dynamodb_endpoint: dev.dynamodb_endpoint,
        durability: Durability::Process,
        secrets: ParameterSource::Kept,
        functions,
        pace,
        faults: FaultPlan { rates: dev.faults, seed: dev.fault_seed },
        parameters: dev.parameters.into_iter().collect(),
        freezing: if dev.no_freeze { Freezing::Never } else { Freezing::BetweenEvents },
        enforcement: if dev.no_iam { Enforcement::ReportOnly } else { Enforcement::On },
        connection_idle_max: dev.connection_idle.map(Duration::from_secs),
        connection_age_max: dev.connection_age.map(Duration::from_secs),
        connection_opening: dev.connection_opening.map(Duration::from_millis),
        stream_shards: dev.stream_shards.map(usize::from),
        serial: dev.serial,
    }
}

/// Says what the functions' policies made of the run.
fn tell(report: &AccessReport, with_unused: bool) {
    let unused = if with_unused { &report.unused[..] } else { &[] };
    for (heading, lines) in [("Missing rights:", &report.denied[..]), ("Rights that no call used:", unused)] {
        if !lines.is_empty() {
            eprintln!("{heading}\n  {}", lines.join("\n  "));
        }
    }
    if with_unused && report.denied.is_empty() && report.unused.is_empty() {
        eprintln!("Every call was allowed, and every right was used.");
    }
}

/// An address that a browser can open: "every address" is none.
fn reachable(address: SocketAddr) -> SocketAddr {
    let host = match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        host @ (IpAddr::V4(_) | IpAddr::V6(_)) => host,
    };
    SocketAddr::new(host, address.port())
}

/// Takes `NAME=VALUE` apart.
pub(crate) fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("a parameter is written NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::FromArgMatches as _;

    use super::*;

    fn dev(arguments: &[&str]) -> Result<Dev, clap::Error> {
        let command = Dev::augment_args(clap::Command::new("dev").no_binary_name(true));
        command.try_get_matches_from(arguments).and_then(|matches| Dev::from_arg_matches(&matches))
    }

    #[test]
    fn dev_listens_on_loopback_only_unless_told_otherwise() {
        let dev = dev(&[]).expect("nothing has to be said");
        assert_eq!((dev.host.to_string().as_str(), dev.port, dev.ephemeral), ("127.0.0.1", 3000, false));
    }

    #[test]
    fn a_folder_for_data_that_nobody_keeps_is_refused() {
        assert!(dev(&["--ephemeral", "--data-dir", "x"]).is_err());
    }

    #[test]
    fn the_page_offers_guests_only_where_they_are_let_in() {
        let ways = |arguments: &[&str]| ways(&dev(arguments).unwrap().parameters);
        assert_eq!(ways(&[]), [Way::Dev]);
        assert_eq!(ways(&["--parameter", "Guests=on"]), [Way::Dev, Way::Guest]);
        assert_eq!(ways(&["--parameter", "Guests=on", "--parameter", "Guests=off"]), [Way::Dev]);
    }

    #[test]
    fn the_address_that_is_printed_can_be_opened() {
        for (bound, shown) in [("0.0.0.0:3000", "127.0.0.1:3000"), ("[::]:1", "[::1]:1"), ("10.0.0.1:2", "10.0.0.1:2")]
        {
            assert_eq!(reachable(bound.parse().unwrap()).to_string(), shown);
        }
    }
}
