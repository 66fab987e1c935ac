//! The log of a command that runs a stack.

use std::{
    error::Error,
    io::{self, IsTerminal as _},
};

use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;

/// One line per outcome of a function, and whatever is wrong.
const LOG_FILTER: &str = "warn,dynoxide=error,function=info,invocation=info,turnlog=info,turnlog_local=info";

/// What is logged, and how a line looks.
#[derive(Debug, Args)]
pub(crate) struct Logging {
    /// What is logged: levels, or targets with levels, such as debug or warn,function=info.
    #[arg(long, value_name = "FILTER", default_value = LOG_FILTER)]
    log: String,
    /// How a line of the log looks.
    #[arg(long, value_enum, default_value_t)]
    log_format: LogFormat,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object, for programs that collect logs.
    Json,
}

impl Logging {
    /// Begins the log of this process. It goes to standard error, so that whoever reads standard output gets the addresses and
    /// nothing else.
    ///
    /// # Errors
    /// When the filter cannot be read.
    pub(crate) fn begin(&self) -> Result<(), Box<dyn Error>> {
        let Self { log, log_format } = self;
        let filter = EnvFilter::try_new(log).map_err(|error| format!("--log {log}: {error}"))?;
        let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
        match log_format {
            LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).init(),
            // The fields of an event stand beside its message, and those of its span, such as `request_id`, in `span`.
            LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).init(),
        }
        Ok(())
    }
}
