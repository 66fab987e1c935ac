//! `turnlog serve`: the whole backend for players, on one small server.

mod secrets;

use std::{
    collections::BTreeMap,
    error::Error,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::NonZeroUsize,
    path::PathBuf,
    time::Duration,
};

use clap::{Args, ValueEnum};
use ipnet::IpNet;
use tokio::time::timeout;
use turnlog_local::{
    Data, Durability, Enforcement, FaultPlan, Freezing, FunctionSource, Functions, Pace, ParameterSource, Public,
    Stack, StackOptions, TemplateSource, TlsFiles, flush_time,
};

use self::secrets::SecretFiles;
use crate::{
    dev,
    files::Files,
    logging::Logging,
    pages::{self, Way},
    shutdown::Shutdown,
};

/// How long the end may take.
const END: Duration = Duration::from_secs(10);

/// What the template limits for the sake of an account of AWS, which all of its APIs share. One server has what it has.
const SHARED_ON_AWS: [(&str, &str); 2] = [("RouteFramesPerSecond", "1000000"), ("RouteFramesBurst", "100000")];

/// The stream is read at once here, so that a second way to other players would only be work.
const PUSHED_BY_THE_STREAM: (&str, &str) = ("PushAtOnce", "0");

/// The options of `turnlog serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where players come; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "0.0.0.0:8080")]
    listen: SocketAddr,
    /// The port of this machine for its operator: tables, metrics, failed records. Whoever is on this machine reaches it.
    #[arg(long, value_name = "PORT", default_value_t = 3000)]
    operator_port: u16,
    /// Where tables and failed records are kept.
    #[arg(long, value_name = "FOLDER", default_value = "turnlog-data")]
    data_dir: PathBuf,
    /// What an acknowledged action survives: the end of the process, or a failure of power too, for which every answer waits
    /// until the disk has it.
    #[arg(long, value_enum, default_value_t)]
    durability: Survives,
    #[command(flatten)]
    secrets: SecretFiles,
    /// Lets guests in: whoever comes may play under an id that their browser makes, without a token.
    #[arg(long)]
    guests: bool,
    /// The certificate, with those that lead to a known authority, in PEM. Without one it is plain HTTP, for a proxy in front.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// The key of the certificate, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// A proxy in front, whose X-Forwarded-For is believed: an address, or a network such as 10.0.0.0/8. May be given several
    /// times.
    #[arg(long = "proxy", value_name = "NETWORK", value_parser = network)]
    proxies: Vec<IpNet>,
    /// How many WebSockets one address may have at a time.
    #[arg(long, value_name = "NUMBER", default_value = "100")]
    connections_per_address: NonZeroUsize,
    /// A value for a parameter of the template; may be given several times. The others have their defaults.
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = dev::parameter)]
    parameters: Vec<(String, String)>,
    #[command(flatten)]
    logging: Logging,
}

/// What an acknowledged action survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Survives {
    /// The end of the process, however sudden.
    Process,
    /// A failure of power as well.
    #[default]
    Power,
}

/// Serves until a signal ends it.
pub(crate) fn run(serve: Serve, functions: &Functions, files: Files) -> Result<(), Box<dyn Error>> {
    serve.logging.begin()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(until_told(serve, functions, files));
    // A function that never waits for anything must not hold up the end.
    runtime.shutdown_background();
    served
}

async fn until_told(serve: Serve, functions: &Functions, files: Files) -> Result<(), Box<dyn Error>> {
    let mut shutdown = Shutdown::new()?;
    let (folder, durability) = (serve.data_dir.clone(), serve.durability);
    let ways: &[Way] = if serve.guests { &[Way::Guest, Way::Token] } else { &[Way::Token] };
    let options = options(serve, functions, files)?;
    let start = Stack::start(options, |services| pages::for_players(files, services, ways));
    // Cancel-safe: nobody has been answered by a stack that is dropped while it starts.
    let stack = tokio::select! {
        started = start => started?,
        () = shutdown.asked() => return Ok(()),
    };
    for warning in stack.warnings() {
        tracing::warn!("{warning}");
    }
    tell(&stack, &folder, durability)?;
    // Cancel-safe: both only wait.
    let ended = tokio::select! {
        () = shutdown.asked() => Ok(()),
        reason = stack.failed() => Err(format!("the disk takes nothing more: {reason}").into()),
    };
    eprintln!("Turnlog is stopping.");
    // Cancel-safe: what is not finished then is found in the log by the next start.
    tokio::select! {
        stopped = timeout(END, stack.stop()) => if stopped.is_err() {
            tracing::warn!("not everything ended in time");
        },
        () = shutdown.asked() => {}
    }
    ended
}

fn options(serve: Serve, functions: &Functions, files: Files) -> Result<StackOptions, Box<dyn Error>> {
    let mut parameters: BTreeMap<String, String> = SHARED_ON_AWS
        .into_iter()
        .chain([PUSHED_BY_THE_STREAM])
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    let secrets = serve.secrets.read(&serve.parameters)?;
    if serve.guests {
        parameters.insert("Guests".to_owned(), "on".to_owned());
    }
    parameters.extend(serve.parameters);
    let tls = serve.tls_certificate.zip(serve.tls_key).map(|(chain, key)| TlsFiles { chain, key });
    let public = Public {
        address: serve.listen,
        tls,
        proxies: serve.proxies,
        websockets_per_address_max: serve.connections_per_address.get(),
    };
    Ok(StackOptions {
        template: TemplateSource::Text(files.template),
        address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), serve.operator_port),
        public: Some(public),
        data: Data::Folder(serve.data_dir),
        dynamodb_endpoint: None,
        durability: match serve.durability {
            Survives::Process => Durability::Process,
            Survives::Power => Durability::Power,
        },
        secrets: ParameterSource::Given(secrets),
        functions: FunctionSource::InProcess(functions.clone()),
        pace: Pace::Quick,
        faults: FaultPlan::default(),
        parameters,
        freezing: Freezing::Never,
        enforcement: Enforcement::On,
        connection_idle_max: None,
        connection_age_max: None,
        connection_opening: None,
        stream_shards: None,
        serial: false,
    })
}

/// Says on standard output where everybody finds it.
fn tell(stack: &Stack, folder: &std::path::Path, durability: Survives) -> Result<(), Box<dyn Error>> {
    if let Some(public) = stack.public() {
        println!("Turnlog is up: {public}");
    }
    println!("For its operator: {}", stack.address());
    if durability == Survives::Power {
        let milliseconds = flush_time(folder)?.as_secs_f64() * 1000.0;
        println!("One flush of the disk takes {milliseconds:.2} ms.");
    }
    Ok(())
}

/// A network, or a single address.
fn network(text: &str) -> Result<IpNet, String> {
    let single = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse().or_else(|_| single()).map_err(|_| "neither an address nor a network such as 10.0.0.0/8".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::FromArgMatches as _;

    use super::*;

    fn serve(arguments: &[&str]) -> Result<Serve, clap::Error> {
        let command = Serve::augment_args(clap::Command::new("serve").no_binary_name(true));
        command.try_get_matches_from(arguments).and_then(|matches| Serve::from_arg_matches(&matches))
    }

    #[test]
    fn what_was_acknowledged_survives_everything_unless_told_otherwise() {
        assert_eq!(serve(&[]).expect("nothing has to be said").durability, Survives::Power);
    }

    #[test]
    fn a_certificate_without_its_key_is_refused() {
        assert!(serve(&["--tls-certificate", "a.pem"]).is_err());
        assert!(serve(&["--tls-certificate", "a.pem", "--tls-key", "b.pem"]).is_ok());
    }

    #[test]
    fn a_proxy_is_an_address_or_a_network() {
        let proxies = serve(&["--proxy", "10.0.0.0/8", "--proxy", "::1"]).expect("both are fine").proxies;
        assert_eq!(proxies.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.0/8", "::1/128"]);
        assert!(serve(&["--proxy", "proxy.example"]).is_err());
    }
}
