//! Runs a SAM template of `provided.al2023` functions on this machine.
//!
//! A [`Stack`] is a WebSocket gateway with its management API, the functions as child processes on the Lambda Runtime API,
//! an embedded DynamoDB with its streams, and the event source mappings between them, all from one template. It holds
//! nothing that is specific to games.

mod access;
mod aws;
mod build;
mod certificate;
mod circumstances;
mod crowd;
mod database;
mod dlq;
mod door;
mod durability;
mod faults;
mod functions;
mod gateway;
mod invoke;
mod lambda;
mod limits;
mod listener;
mod loopback;
mod mapping;
mod metrics;
mod operators;
mod parameter_store;
mod parameters;
mod public;
mod schedule;
mod stack;
mod template;
mod timing;
mod watch;

pub use access::{AccessReport, Enforcement};
pub use build::{Build, BuildError};
pub use circumstances::{FaultPlan, Pace};
pub use database::{BackupError, Data, backup};
pub use door::{Door, Pages};
pub use durability::{Durability, flush_time};
pub use faults::{Fault, FaultRate, InvalidFaultRate};
pub use functions::{Call, FunctionError, Functions, Handler, Starting, Surroundings};
pub use limits::Freezing;
pub use parameters::ParameterSource;
pub use public::{Public, TlsFiles};
pub use stack::{FunctionSource, Services, Stack, StackOptions, StartError, TemplateSource, tables};
pub use template::{TemplateError, document};
