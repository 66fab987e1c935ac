//! AWS's limits, and what AWS leaves open: what the gateway, Lambda, the database and the event source mappings go by.
//!
//! The defaults are what AWS documents. Where AWS documents nothing, the comment says so, and the value is a guess that
//! stands here and nowhere else.

mod guesses;

use std::{
    num::{NonZeroU32, NonZeroUsize},
    ops::RangeInclusive,
    time::Duration,
};

pub(crate) use guesses::{AfterNoRoute, Cut, EncodedBody, FirstFailed, LifecycleAction, NullContext, StrangeAnswer};

/// How an API Gateway WebSocket API limits its connections.
#[derive(Debug, Clone)]
pub(crate) struct GatewayLimits {
    /// A larger frame closes the connection with 1009.
    pub(crate) frame_bytes_max: usize,
    /// A larger message, in whatever frames, closes the connection with 1009. It also limits `PostToConnection`.
    pub(crate) message_bytes_max: usize,
    /// What is read from a connection at once; larger messages take several reads. Nothing that a client could see.
    pub(crate) read_buffer_bytes: usize,
    /// A longer request line is answered with 414.
    pub(crate) url_chars_max: usize,
    /// More new connections within a second are answered with 429. On AWS, all APIs of an account share it.
    pub(crate) connects_per_second_max: NonZeroU32,
    /// What an authorizer may return.
    pub(crate) authorizer_result_bytes_max: usize,
    /// How long an integration may take.
    pub(crate) integration_timeout: Duration,
    /// A connection on which no message travels either way is closed.
    pub(crate) idle_max: Duration,
    /// No connection becomes older.
    pub(crate) age_max: Duration,
    /// Undocumented: whether a ping counts as activity.
    pub(crate) ping_is_activity: bool,
    /// Undocumented: what a connection is closed with that was idle or old.
    pub(crate) expired_close_code: u16,
    /// Whether messages of one connection wait for each other. AWS does not promise it; it is for debugging.
    pub(crate) serial: bool,
    /// Undocumented: how many bytes wait for a client that does not read, before callers are answered with 429.
    pub(crate) unread_bytes_max: usize,
    /// Undocumented: how many messages of one connection may be in functions at once. The next ones wait unread.
    pub(crate) messages_in_flight_max: usize,
    /// Undocumented: what a client is told whose message comes too fast. The text is that of the handshake.
    pub(crate) throttled_message: &'static str,
    /// Undocumented: what `$disconnect` is told of a client that vanished, beside 1006.
    pub(crate) lost_reason: &'static str,
    /// Undocumented, as everything of these types.
    pub(crate) after_no_route: AfterNoRoute,
    pub(crate) lifecycle_action: LifecycleAction,
    pub(crate) encoded_body: EncodedBody,
    pub(crate) null_context: NullContext,
    /// How long a closing connection waits for the client's close frame, so that the client surely reads ours.
    pub(crate) closing: Duration,
    /// How long a stopping gateway waits for the answers to what clients have sent.
    pub(crate) answering: Duration,
    /// How long a stopping gateway waits, from the beginning of its end, for the `$disconnect` functions of the connections that it closed.
    pub(crate) stopping: Duration,
}

impl Default for GatewayLimits {
    fn default() -> Self {
        Self {
            frame_bytes_max: 32 * 1024,
            message_bytes_max: 128 * 1024,
            read_buffer_bytes: 4 * 1024,
            url_chars_max: 4096,
            connects_per_second_max: NonZeroU32::new(500).expect("it is not zero"),
            authorizer_result_bytes_max: 8 * 1024,
            integration_timeout: Duration::from_secs(29),
            idle_max: Duration::from_mins(10),
            age_max: Duration::from_hours(2),
            ping_is_activity: false,
            expired_close_code: 1001,
            serial: false,
            unread_bytes_max: 1024 * 1024,
            messages_in_flight_max: 64,
            throttled_message: "Too Many Requests",
            lost_reason: "Connection closed abnormally",
            after_no_route: AfterNoRoute::StaysOpen,
            lifecycle_action: LifecycleAction::MatchesNothing,
            encoded_body: EncodedBody::Decoded,
            null_context: NullContext::LeftOut,
            closing: Duration::from_secs(1),
            answering: Duration::from_secs(3),
            stopping: Duration::from_secs(6),
        }
    }
}

/// How long a client may take to say its first word.
pub(crate) const FIRST_WORD: Duration = Duration::from_secs(30);

/// How long a TLS handshake may take, and how many connections may wait to be served that have begun to speak.
pub(crate) const TLS_HANDSHAKE: Duration = Duration::from_secs(10);
pub(crate) const GREETED_MAX: usize = 64;

/// How many parameters `GetParameters` gives at once.
pub(crate) const PARAMETERS_PER_REQUEST_MAX: usize = 10;

/// What API Gateway takes of a route at once when its settings name only a rate.
pub(crate) const ROUTE_BURST: u32 = 5000;

/// How long an integration may take, in milliseconds.
pub(crate) const TIMEOUT_MS: RangeInclusive<u64> = 50..=29_000;

/// How many routes an API has at most.
pub(crate) const ROUTES_MAX: usize = 300;

/// How an event source mapping reads a stream and repeats what failed.
#[derive(Debug, Clone)]
pub(crate) struct MappingLimits {
    /// What a function may be invoked with.
    pub(crate) payload_bytes_max: usize,
    /// What `GetRecords` returns at most, in records and in bytes.
    pub(crate) read_records_max: usize,
    pub(crate) read_bytes_max: usize,
    /// How often a stream is read whose writes nobody announces, and during a batching window. AWS: 4 times a second.
    pub(crate) poll_every: Duration,
    /// How long reading rests after a read for each lane that has something to do, as a multiple of the time that this read took: a
    /// busy machine reads many writes at once, which costs less, and an idle one reads each at once.
    pub(crate) rest_per_read: u32,
    /// It never rests longer: a read that the machine held up must not hold up everybody several times as long.
    pub(crate) rest_max: Duration,
    /// How often a stream is read whose writes are announced: only against an announcement that got lost.
    pub(crate) announced_poll_every: Duration,
    /// A tumbling window whose state becomes larger is terminated early.
    pub(crate) window_state_bytes_max: usize,
    /// How large the records of a shard may be that wait in memory for the function. More is read when some have gone.
    pub(crate) waiting_bytes_max: usize,
    /// How many answers without a record are read on the way to records that must be there: a shard may have gaps.
    pub(crate) empty_reads_max: u32,
    /// How often new shards are looked for.
    pub(crate) discover_every: Duration,
    /// Undocumented: the pause before the first repetition. It doubles each time.
    pub(crate) retry_after: Duration,
    /// Undocumented: the longest pause before a repetition.
    pub(crate) retry_after_max: Duration,
    /// Undocumented, as everything of these types.
    pub(crate) cut: Cut,
    pub(crate) first_failed: FirstFailed,
    pub(crate) strange_answer: StrangeAnswer,
    /// How much may be done again after the stack was killed: checkpoints under load are written this often.
    pub(crate) checkpoint_every: Duration,
}

impl Default for MappingLimits {
    fn default() -> Self {
        Self {
            payload_bytes_max: PAYLOAD_BYTES_MAX,
            read_records_max: 1000,
            read_bytes_max: 1024 * 1024,
            poll_every: Duration::from_millis(250),
            rest_per_read: 3,
            rest_max: Duration::from_millis(25),
            announced_poll_every: Duration::from_secs(5),
            window_state_bytes_max: 1024 * 1024,
            waiting_bytes_max: 16 * 1024 * 1024,
            empty_reads_max: 10,
            discover_every: Duration::from_secs(30),
            retry_after: Duration::from_millis(100),
            retry_after_max: Duration::from_secs(10),
            cut: Cut::IsRetry,
            first_failed: FirstFailed::Halves,
            strange_answer: StrangeAnswer::Fails,
            checkpoint_every: Duration::from_millis(100),
        }
    }
}

/// What DynamoDB accepts in one request.
pub(crate) const DATABASE_REQUEST_BYTES_MAX: usize = 16 * 1024 * 1024;

/// How many answers of reads are remembered for the fault of stale reads, and how large one may be.
pub(crate) const STALE_ANSWERS_MAX: usize = 256;
pub(crate) const STALE_ANSWER_BYTES_MAX: usize = 64 * 1024;

/// How often expired items are looked for. AWS promises a few days.
pub(crate) const EXPIRY_SWEEP_EVERY: Duration = Duration::from_mins(1);

/// How long a stream keeps its records.
pub(crate) const STREAM_RETENTION: Duration = Duration::from_hours(24);

/// How often what was recorded is put into the buckets of histograms.
pub(crate) const METRICS_UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// How often old stream records are removed, the first time some minutes after the start, so that the mappings of a
/// stack that did not run for a day still see what was written before.
pub(crate) const STREAM_TRIM_EVERY: Duration = Duration::from_mins(10);

/// How many stream records are removed in one statement, for which every other write waits.
pub(crate) const STREAM_TRIM_RECORDS_MAX: usize = 1000;

/// How long the database may take to finish what it is at when the stack stops.
pub(crate) const DATABASE_STOPPING: Duration = Duration::from_secs(2);

/// How many different calls are listed at the end that were refused to functions; the others are counted together.
pub(crate) const DENIED_CALLS_MAX: usize = 1000;

/// How many filters an event source mapping has at most, and how many AWS grants on request.
pub(crate) const FILTERS_MAX: usize = 5;
pub(crate) const FILTERS_ON_REQUEST_MAX: usize = 10;

/// How many combinations the `$or` of one filter may have.
pub(crate) const FILTER_COMBINATIONS_MAX: usize = 1000;

/// How Lambda runs functions.
#[derive(Debug, Clone)]
pub(crate) struct LambdaLimits {
    /// Unless the template reserves fewer. On AWS the whole account has 1,000 by default.
    pub(crate) instances_per_function_max: usize,
    /// So many instances of a function start as soon as they have an event, each further one after
    /// [`Timing::further_instance_after`](crate::timing::Timing::further_instance_after): one for each core.
    pub(crate) instances_at_once: usize,
    /// Events that wait for an instance of one function; further ones are throttled. AWS lets none wait.
    pub(crate) waiting_events_max: usize,
    /// How long a process may take to ask for its first event.
    pub(crate) init_timeout: Duration,
    /// How many processes are started for an event that none of them takes, because they end or fail before.
    pub(crate) starts_per_event_max: u32,
    /// Undocumented: how long a process is kept that has nothing to do.
    pub(crate) idle_max: Duration,
    /// A longer line of a function's log is cut into several.
    pub(crate) log_line_bytes_max: u64,
    /// When processes stand still.
    pub(crate) freezing: Freezing,
    /// The pause before an event is repeated that nobody waits for; twice as long before the next time. AWS: a minute.
    pub(crate) async_retry_after: Duration,
}

/// When the processes of functions stand still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Freezing {
    /// While they have no event, as on AWS.
    #[default]
    BetweenEvents,
    /// Never: for debuggers, and to see what a function does that nobody waits for.
    Never,
}

impl Default for LambdaLimits {
    fn default() -> Self {
        Self {
            instances_per_function_max: 10,
            instances_at_once: std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
            waiting_events_max: 1000,
            init_timeout: Duration::from_secs(10),
            starts_per_event_max: 2,
            idle_max: Duration::from_mins(10),
            log_line_bytes_max: 256 * 1024,
            freezing: Freezing::default(),
            async_retry_after: Duration::from_mins(1),
        }
    }
}

/// How long a thread may take to end whose function waits for something, or is about to; then it is given up.
pub(crate) const THREAD_ENDING: Duration = Duration::from_millis(100);

/// What a function may be invoked with.
pub(crate) const PAYLOAD_BYTES_MAX: usize = 6 * 1024 * 1024;

/// What a function may answer to a synchronous invocation.
pub(crate) const RESPONSE_BYTES_MAX: usize = 6 * 1024 * 1024;

/// How many files of a folder that is run as it is are watched for changes; each is looked at twice a second.
pub(crate) const WATCHED_FILES_MAX: usize = 5000;

/// How old the temporary folder of a stack that no longer runs must be to be removed by the next one.
pub(crate) const ABANDONED_AFTER: Duration = Duration::from_mins(1);

/// What the code of a function may come to, unpacked.
pub(crate) const UNPACKED_BYTES_MAX: u64 = 250 * 1024 * 1024;

/// How many files and folders a zip file with code may have. Undocumented.
pub(crate) const ZIP_ENTRIES_MAX: usize = 100_000;

/// How often the loops of a template may repeat something. Undocumented; a template has 500 resources at most.
pub(crate) const REPETITIONS_MAX: usize = 10_000;
