//! `turnlog dev`: the whole backend and its page on this machine.

use std::{
    error::Error,
    io::{self, IsTerminal as _},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use tracing_subscriber::EnvFilter;
use turnlog_local::{AccessReport, Build, Data, Enforcement, FaultPlan, Freezing, Pace, Stack, StackOptions};

use crate::{
    arguments::{Dev, Timing},
    pages,
    shutdown::Shutdown,
    template,
};

/// The folder beside the template that keeps everything.
const DATA_FOLDER: &str = ".turnlog";

/// Runs the stack until a signal ends it.
pub(crate) fn run(dev: Dev) -> Result<(), Box<dyn Error>> {
    let filter = EnvFilter::try_new(&dev.log).map_err(|error| format!("--log {}: {error}", dev.log))?;
    // The log goes to standard error, so that whoever reads standard output gets the address and nothing else.
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(dev))
}

async fn serve(dev: Dev) -> Result<(), Box<dyn Error>> {
    let mut shutdown = Shutdown::new()?;
    let template = template::find(dev.template.as_deref())?;
    let folder = template.parent().unwrap_or(Path::new("/")).to_owned();
    let data = match (dev.ephemeral, &dev.data_dir) {
        (true, _) => Data::Ephemeral,
        (false, Some(named)) => Data::Folder(named.clone()),
        (false, None) => Data::Folder(folder.join(DATA_FOLDER)),
    };
    let iam_report = dev.iam_report;
    let options = options(dev, template, data);
    let start = Stack::start(options, |services| pages::routes(&folder, services));
    let stack = tokio::select! {
        started = start => started?,
        () = shutdown.asked() => return Ok(()),
    };
    for warning in stack.warnings() {
        eprintln!("warning: {warning}");
    }
    println!("Turnlog is up: http://{}/", reachable(stack.address()));
    shutdown.asked().await;
    eprintln!("Turnlog is stopping.");
    tokio::select! {
        report = stack.stop() => {
            tell(&report, iam_report);
            Ok(())
        }
        () = shutdown.asked() => Err("told twice to end, so some functions may end a little later".into()),
    }
}

fn options(dev: Dev, template: PathBuf, data: Data) -> StackOptions {
    let build = match (dev.no_build, dev.watch) {
        (true, _) => Build::Last,
        (false, true) => Build::Watched,
        (false, false) => Build::Fresh,
    };
    let pace = match dev.timing {
        Timing::Quick => Pace::Quick,
        Timing::Aws => Pace::LikeAws,
    };
    StackOptions {
        template,
        address: SocketAddr::new(dev.host, dev.port),
        data,
        dynamodb_endpoint: dev.dynamodb_endpoint,
        build,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_that_is_printed_can_be_opened() {
        for (bound, shown) in [("0.0.0.0:3000", "127.0.0.1:3000"), ("[::]:1", "[::1]:1"), ("10.0.0.1:2", "10.0.0.1:2")]
        {
            assert_eq!(reachable(bound.parse().unwrap()).to_string(), shown);
        }
    }
}
