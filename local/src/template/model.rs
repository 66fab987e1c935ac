//! What the local stack understands of a template, after every intrinsic function has been resolved.
//!
//! Plain data. `template` makes it from YAML; the other modules only read it.

use std::{collections::BTreeMap, path::PathBuf};

/// One template, ready to run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Template {
    pub(crate) functions: Vec<FunctionSpec>,
    pub(crate) tables: Vec<TableSpec>,
    pub(crate) apis: Vec<ApiSpec>,
    pub(crate) mappings: Vec<MappingSpec>,
    pub(crate) schedules: Vec<ScheduleSpec>,
    /// Settings that were not understood, each as one sentence that names resource and property.
    pub(crate) warnings: Vec<String>,
}

/// A Lambda function on `provided.al2023`.
#[derive(Debug, Clone)]
pub(crate) struct FunctionSpec {
    /// The logical id, by which everything else in the template refers to it.
    pub(crate) id: String,
    /// The function's name on Lambda: `FunctionName`, or the logical id.
    pub(crate) name: String,
    /// The folder that `CodeUri` names, absolute.
    pub(crate) code: PathBuf,
    /// The cargo binary that `Metadata.BuildProperties.Binary` names.
    pub(crate) binary: String,
    pub(crate) memory_mb: u32,
    pub(crate) timeout_seconds: u32,
    /// `{{resolve:ssm:…}}` is still in the values: it is resolved when the process starts.
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) reserved_concurrency: Option<u32>,
    pub(crate) log_format: LogFormat,
}

/// How a function is asked to write its log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Text,
    Json { level: String },
}

/// A DynamoDB table. Attribute types, keys and indexes stay as the template has them.
#[derive(Debug, Clone)]
pub(crate) struct TableSpec {
    pub(crate) id: String,
    /// `TableName`, or the logical id.
    pub(crate) name: String,
    /// The body for `CreateTable` in DynamoDB's own JSON (`AttributeDefinitions`, `KeySchema`, `GlobalSecondaryIndexes` …).
    pub(crate) create: serde_json::Value,
    /// `StreamViewType`, when the table has a stream.
    pub(crate) stream_view: Option<String>,
    /// The attribute that holds an item's expiry in epoch seconds.
    pub(crate) expiry_attribute: Option<String>,
}

/// A WebSocket API with the stage that serves it.
#[derive(Debug, Clone)]
pub(crate) struct ApiSpec {
    pub(crate) id: String,
    /// For example `$request.body.action`.
    pub(crate) route_selection: String,
    pub(crate) stage: String,
    pub(crate) routes: Vec<RouteSpec>,
}

/// A route of a WebSocket API.
#[derive(Debug, Clone)]
pub(crate) struct RouteSpec {
    /// `$connect`, `$disconnect`, `$default` or a value of the route selection expression.
    pub(crate) key: String,
    /// Logical id of the function behind its `AWS_PROXY` integration.
    pub(crate) function: String,
    /// Whether the function's body travels back on the socket.
    pub(crate) has_response: bool,
    /// Logical id of the authorizer's function; only on `$connect`.
    pub(crate) authorizer: Option<AuthorizerSpec>,
}

/// A REQUEST authorizer.
#[derive(Debug, Clone)]
pub(crate) struct AuthorizerSpec {
    pub(crate) function: String,
    /// For example `route.request.header.Auth`; a connection that lacks one is answered with 401.
    pub(crate) identity_sources: Vec<String>,
}

/// An event source mapping from a table's stream to a function.
#[derive(Debug, Clone)]
pub(crate) struct MappingSpec {
    pub(crate) id: String,
    pub(crate) function: String,
    /// Logical id of the table.
    pub(crate) table: String,
    pub(crate) batch_size: usize,
    pub(crate) window_seconds: u32,
    pub(crate) parallelization: u32,
    /// None: until the record expires (24 h).
    pub(crate) retries_max: Option<u32>,
    pub(crate) record_age_seconds_max: Option<u32>,
    pub(crate) bisect: bool,
    pub(crate) report_item_failures: bool,
    pub(crate) starting_position: StartingPosition,
    pub(crate) on_failure: Option<Destination>,
}

/// Where a new mapping begins to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StartingPosition {
    TrimHorizon,
    Latest,
}

/// Where records go that no retry could process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    /// A queue (logical id): receives what identifies the batch, without its records.
    Queue(String),
    /// A bucket (logical id): receives the whole invocation record.
    Bucket(String),
}

/// A function that runs at a fixed interval.
#[derive(Debug, Clone)]
pub(crate) struct ScheduleSpec {
    pub(crate) id: String,
    pub(crate) function: String,
    pub(crate) every_seconds: u64,
}
