//! What the local stack understands of a template, after every intrinsic function has been resolved.
//!
//! Plain data. `template` makes it from YAML; the other modules only read it.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

/// One template, ready to run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Template {
    pub(crate) functions: Vec<FunctionSpec>,
    /// Those that cannot run here.
    pub(crate) left_out: Vec<LeftOut>,
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
    pub(crate) code: Code,
    /// What the runtime is told as `_HANDLER`.
    pub(crate) handler: String,
    pub(crate) memory_mb: u32,
    pub(crate) timeout_seconds: u32,
    /// `{{resolve:ssm:…}}` is still in the values: it is resolved when the process starts.
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) reserved_concurrency: Option<u32>,
    pub(crate) log_format: LogFormat,
    /// How often an event that nobody waits for is given to it again when it fails.
    pub(crate) async_retries_max: u32,
    /// How old such an event becomes before it is given up.
    pub(crate) async_age_seconds_max: u32,
    /// The name of the role that it runs under.
    pub(crate) role: String,
    /// The statements of all policies of that role, in IAM's own JSON.
    pub(crate) statements: Vec<serde_json::Value>,
}

/// A function that cannot run here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LeftOut {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) reason: String,
}

/// Where the executable of a function comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Code {
    /// Cargo builds this binary, or the only one, in the folder that `CodeUri` names (absolute).
    Cargo { folder: PathBuf, binary: Option<String> },
    /// It lies in that folder as `bootstrap`.
    Bootstrap { folder: PathBuf },
    /// It lies in that zip file as `bootstrap`.
    Zip { file: PathBuf },
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
    /// How many messages each route takes that has no rate of its own.
    pub(crate) default_rate: Option<RateSpec>,
}

/// A token bucket as a stage's route settings describe it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RateSpec {
    pub(crate) per_second: u32,
    pub(crate) burst: u32,
}

/// Whether a resource policy lets API Gateway invoke a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Permission {
    Granted,
    Missing,
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
    /// Only on `$connect`.
    pub(crate) authorizer: Option<AuthorizerSpec>,
    /// `TimeoutInMillis` of its integration.
    pub(crate) timeout: Option<Duration>,
    pub(crate) permission: Permission,
    /// How many messages it takes.
    pub(crate) rate: Option<RateSpec>,
}

/// A REQUEST authorizer.
#[derive(Debug, Clone)]
pub(crate) struct AuthorizerSpec {
    pub(crate) function: String,
    /// For example `route.request.header.Auth`; a connection that lacks one is answered with 401.
    pub(crate) identity_sources: Vec<String>,
    pub(crate) permission: Permission,
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
    /// How long tumbling windows are; 0: there are none.
    pub(crate) tumbling_seconds: u32,
    pub(crate) parallelization: u32,
    /// None: until the stream no longer keeps the record (24 h).
    pub(crate) retries_max: Option<u32>,
    pub(crate) record_age_seconds_max: Option<u32>,
    pub(crate) bisect: bool,
    pub(crate) report_item_failures: bool,
    pub(crate) starting_position: StartingPosition,
    pub(crate) on_failure: Option<Destination>,
    /// `FilterCriteria`: patterns of EventBridge, of which a record must match one. None: every record.
    pub(crate) filters: Vec<String>,
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

/// A function that runs by the clock.
#[derive(Debug, Clone)]
pub(crate) struct ScheduleSpec {
    pub(crate) id: String,
    pub(crate) function: String,
    pub(crate) when: When,
    /// The event that it gets instead of EventBridge's own.
    pub(crate) input: Option<String>,
}

/// When a schedule is due.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum When {
    /// `rate(…)`
    Every(Duration),
    /// `cron(…)`, in UTC.
    Cron(Box<croner::Cron>),
}
