//! How a stack is run, and why one does not start.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, time::Duration};

use crate::{
    access::Enforcement,
    build::{Build, BuildError},
    certificate::CertificateError,
    circumstances::{Circumstances, FaultPlan, Pace},
    database::{Data, DatabaseError, Engine},
    durability::Durability,
    functions::Functions,
    limits::{Freezing, GatewayLimits},
    mapping::MappingError,
    parameters::ParameterSource,
    public::Public,
    template::{self, TemplateError, model::Template},
    timing::Latency,
};

/// How a stack is run.
#[derive(Debug, Clone)]
pub struct StackOptions {
    /// The template.
    pub template: TemplateSource,
    /// Where to listen; port 0 takes a free one.
    pub address: SocketAddr,
    /// What strangers reach; none: everything is served at the one address.
    pub public: Option<Public>,
    /// Where the tables and everything else that outlives the stack are kept.
    pub data: Data,
    /// Another DynamoDB instead of the embedded one.
    pub dynamodb_endpoint: Option<String>,
    /// What a write to the embedded one survives when somebody has heard of it.
    pub durability: Durability,
    /// Where the values of the parameters come from that functions read as secrets.
    pub secrets: ParameterSource,
    /// What runs as the functions.
    pub functions: FunctionSource,
    /// How long things take.
    pub pace: Pace,
    /// What goes wrong.
    pub faults: FaultPlan,
    /// Values for the template's parameters; the others have their defaults.
    pub parameters: BTreeMap<String, String>,
    /// When functions stand still.
    pub freezing: Freezing,
    /// What becomes of calls that the functions' policies do not allow.
    pub enforcement: Enforcement,
    /// How long nothing may travel on a connection; none: ten minutes, as on AWS.
    pub connection_idle_max: Option<Duration>,
    /// How old a connection may become; none: two hours, as on AWS.
    pub connection_age_max: Option<Duration>,
    /// For how long functions are told that a connection is gone whose `$connect` has just succeeded; none: as the pace
    /// has it.
    pub connection_opening: Option<Duration>,
    /// How many shards the embedded database's only one stands for; none: as the pace has it.
    pub stream_shards: Option<usize>,
    /// Whether the messages of a connection wait for each other.
    pub serial: bool,
}

/// Where a template comes from.
#[derive(Debug, Clone)]
pub enum TemplateSource {
    /// A file.
    File(PathBuf),
    /// A text of this program.
    Text(&'static str),
}

/// What runs as the functions of a template.
#[derive(Debug, Clone)]
pub enum FunctionSource {
    /// Executables, each instance as a process.
    Executables(Build),
    /// Values of this program, each instance as a thread of its process.
    InProcess(Functions),
}

/// Why a stack does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The template cannot be read.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A function cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// There is no database.
    #[error("{0}")]
    Database(String),
    /// The address is taken, or not of this machine.
    #[error("{address} cannot be listened on: {source}")]
    Address {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The parameter store cannot be used.
    #[error("the parameter store cannot be used: {0}")]
    Parameters(std::io::Error),
    /// There is no certificate for HTTPS.
    #[error("the certificate of the stack cannot be made: {0}")]
    Certificate(String),
    /// An event source mapping cannot start.
    #[error("{0}")]
    Mapping(String),
}

impl StackOptions {
    /// The template, with the values of its parameters.
    ///
    /// # Errors
    /// When it cannot be read, or is no template.
    pub(super) fn template(&self) -> Result<Template, TemplateError> {
        match &self.template {
            TemplateSource::File(path) => template::read(path, &self.parameters),
            TemplateSource::Text(text) => template::of_text(text, &self.parameters),
        }
    }

    /// The DynamoDB.
    pub(super) fn engine(&self) -> Engine {
        self.dynamodb_endpoint.clone().map_or(Engine::Embedded(self.durability), Engine::At)
    }

    pub(super) fn circumstances(&self) -> Circumstances {
        let mut circumstances = Circumstances::new(self.pace, &self.faults);
        let timing = &mut circumstances.timing;
        timing.opening = self.connection_opening.map_or(timing.opening, Latency::Always);
        timing.stream_shards = self.stream_shards.unwrap_or(timing.stream_shards);
        circumstances
    }

    pub(super) fn gateway_limits(&self) -> GatewayLimits {
        let limits = GatewayLimits::default();
        GatewayLimits {
            idle_max: self.connection_idle_max.unwrap_or(limits.idle_max),
            age_max: self.connection_age_max.unwrap_or(limits.age_max),
            serial: self.serial,
            ..limits
        }
    }
}

impl From<DatabaseError> for StartError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error.to_string())
    }
}

impl From<CertificateError> for StartError {
    fn from(error: CertificateError) -> Self {
        Self::Certificate(error.to_string())
    }
}

impl From<MappingError> for StartError {
    fn from(error: MappingError) -> Self {
        Self::Mapping(error.to_string())
    }
}
