//! The functions of a template, and what invokes them beside an API.

use std::{collections::BTreeMap, path::Path};

use serde_json::Value;

use super::{
    meant,
    model::{Destination, FunctionSpec, LogFormat, MappingSpec, ScheduleSpec, StartingPosition},
    number, of_type,
    resolve::Resource,
    text,
};

/// Lambda's own defaults.
const MEMORY_MB: u32 = 128;
const TIMEOUT_SECONDS: u32 = 3;
const BATCH_SIZE: usize = 100;

pub(super) fn read(resources: &[Resource], folder: &Path, warnings: &mut Vec<String>) -> Vec<FunctionSpec> {
    of_type(resources, "AWS::Serverless::Function")
        .filter_map(|resource| function(resource, folder, warnings))
        .collect()
}

fn function(resource: &Resource, folder: &Path, warnings: &mut Vec<String>) -> Option<FunctionSpec> {
    let (id, properties) = (&resource.id, &resource.properties);
    let runtime = properties["Runtime"].as_str().unwrap_or_default();
    let method = resource.metadata["BuildMethod"].as_str().unwrap_or_default();
    if !runtime.starts_with("provided") || method != "rust-cargolambda" {
        warnings.push(format!("{id}: only provided runtimes built by rust-cargolambda run here; it is left out."));
        return None;
    }
    let binary = resource.metadata["BuildProperties"]["Binary"].as_str().unwrap_or(id);
    let variables = properties["Environment"]["Variables"].as_object().into_iter().flatten();
    let environment: BTreeMap<String, String> =
        variables.map(|(name, value)| (name.clone(), text(value).unwrap_or_default())).collect();
    let small = |name: &str, default: u32| {
        number(&properties[name]).and_then(|value| u32::try_from(value).ok()).unwrap_or(default)
    };
    Some(FunctionSpec {
        id: id.clone(),
        name: resource.name.clone(),
        code: folder.join(properties["CodeUri"].as_str().unwrap_or(".")),
        binary: binary.to_owned(),
        memory_mb: small("MemorySize", MEMORY_MB),
        timeout_seconds: small("Timeout", TIMEOUT_SECONDS),
        environment,
        log_format: log_format(&properties["LoggingConfig"]),
        reserved_concurrency: number(&properties["ReservedConcurrentExecutions"])
            .and_then(|value| value.try_into().ok()),
    })
}

fn log_format(config: &Value) -> LogFormat {
    if config["LogFormat"] != "JSON" {
        return LogFormat::Text;
    }
    LogFormat::Json { level: config["ApplicationLogLevel"].as_str().unwrap_or("INFO").to_owned() }
}

pub(super) fn mappings(resources: &[Resource], warnings: &mut Vec<String>) -> Vec<MappingSpec> {
    of_type(resources, "AWS::Lambda::EventSourceMapping")
        .filter(|resource| text(&resource.properties["Enabled"]).as_deref() != Some("false"))
        .filter_map(|resource| {
            let properties = &resource.properties;
            let function = properties["FunctionName"].as_str().and_then(|name| meant(resources, name));
            let table = properties["EventSourceArn"].as_str().filter(|arn| arn.contains(":dynamodb:"));
            let table = table.and_then(|arn| meant(resources, arn));
            let (Some(function), Some(table)) = (function, table) else {
                warnings.push(format!("{}: only streams of tables in this template are read here.", resource.id));
                return None;
            };
            Some(mapping(resource, &function.id, &table.id, resources, warnings))
        })
        .collect()
}

fn mapping(
    resource: &Resource,
    function: &str,
    table: &str,
    resources: &[Resource],
    warnings: &mut Vec<String>,
) -> MappingSpec {
    let (id, properties) = (&resource.id, &resource.properties);
    let small = |name: &str| number(&properties[name]).and_then(|value| u32::try_from(value).ok());
    let starting_position = match properties["StartingPosition"].as_str() {
        Some("LATEST") => StartingPosition::Latest,
        Some("TRIM_HORIZON") => StartingPosition::TrimHorizon,
        other => {
            warnings.push(format!("{id}.StartingPosition {other:?} is not understood; TRIM_HORIZON is used."));
            StartingPosition::TrimHorizon
        }
    };
    let responses = properties["FunctionResponseTypes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let batch_size = number(&properties["BatchSize"]).and_then(|size| usize::try_from(size).ok());
    MappingSpec {
        id: id.clone(),
        function: function.to_owned(),
        table: table.to_owned(),
        batch_size: batch_size.unwrap_or(BATCH_SIZE),
        window_seconds: small("MaximumBatchingWindowInSeconds").unwrap_or(0),
        parallelization: small("ParallelizationFactor").unwrap_or(1),
        // -1 and an absent value both mean: until the record expires.
        retries_max: small("MaximumRetryAttempts"),
        record_age_seconds_max: small("MaximumRecordAgeInSeconds"),
        bisect: text(&properties["BisectBatchOnFunctionError"]).as_deref() == Some("true"),
        report_item_failures: responses.contains(&Value::from("ReportBatchItemFailures")),
        starting_position,
        on_failure: destination(id, &properties["DestinationConfig"]["OnFailure"], resources, warnings),
    }
}

fn destination(
    id: &str,
    on_failure: &Value,
    resources: &[Resource],
    warnings: &mut Vec<String>,
) -> Option<Destination> {
    let arn = on_failure["Destination"].as_str()?;
    let resource = meant(resources, arn);
    match resource.map(|resource| (resource.kind.as_str(), resource.id.clone())) {
        Some(("AWS::SQS::Queue", queue)) => Some(Destination::Queue(queue)),
        Some(("AWS::S3::Bucket", bucket)) => Some(Destination::Bucket(bucket)),
        _ => {
            warnings.push(format!("{id}: the failure destination {arn} is no queue or bucket of this template."));
            None
        }
    }
}

pub(super) fn schedules(resources: &[Resource], warnings: &mut Vec<String>) -> Vec<ScheduleSpec> {
    let mut schedules = Vec::new();
    for resource in of_type(resources, "AWS::Serverless::Function") {
        for (name, event) in resource.properties["Events"].as_object().into_iter().flatten() {
            let place = format!("{}.Events.{name}", resource.id);
            let kind = event["Type"].as_str().unwrap_or_default();
            let property = match kind {
                "Schedule" => "Schedule",
                "ScheduleV2" => "ScheduleExpression",
                _ => {
                    warnings.push(format!("{place}: events of type {kind} are not understood."));
                    continue;
                }
            };
            let expression = event["Properties"][property].as_str().unwrap_or_default();
            match seconds_of_rate(expression) {
                Some(every_seconds) => {
                    schedules.push(ScheduleSpec { id: place, function: resource.id.clone(), every_seconds });
                }
                None => warnings.push(format!("{place}: the schedule {expression} is no rate; it does not run here.")),
            }
        }
    }
    schedules
}

/// The interval of `rate(5 minutes)`.
fn seconds_of_rate(expression: &str) -> Option<u64> {
    let (count, unit) = expression.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
    let seconds = match unit.trim_end_matches('s') {
        "minute" => 60,
        "hour" => 60 * 60,
        "day" => 24 * 60 * 60,
        _ => return None,
    };
    count.parse::<u64>().ok()?.checked_mul(seconds).filter(|&seconds| seconds > 0)
}
