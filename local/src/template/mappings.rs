//! The event source mappings of a template.

use std::ops::RangeInclusive;

use serde_json::Value;

use super::{
    events::events,
    lookup,
    model::{Destination, MappingSpec, StartingPosition},
    of_type,
    resolve::Resource,
    text,
};
use crate::limits::FILTERS_MAX;

/// Lambda's own default.
const BATCH_SIZE: usize = 100;

/// What AWS accepts. Source: `CreateEventSourceMapping`, Lambda API Reference.
const BATCH_SIZES: RangeInclusive<i64> = 1..=10_000;
const BATCHING_WINDOWS: RangeInclusive<i64> = 0..=300;
const TUMBLING_WINDOWS: RangeInclusive<i64> = 0..=900;
const FACTORS: RangeInclusive<i64> = 1..=10;
/// Without the -1 that stands for no limit.
const RETRIES: RangeInclusive<i64> = 0..=10_000;
const RECORD_AGES: RangeInclusive<i64> = 60..=604_800;

/// What an event source mapping may say, as a resource of its own or as an event of a function.
pub(super) const MAPPING_PROPERTIES: [&str; 13] = [
    "BatchSize",
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "Enabled",
    "FilterCriteria",
    "FunctionResponseTypes",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "MetricsConfig",
    "ParallelizationFactor",
    "StartingPosition",
    "TumblingWindowInSeconds",
];

/// The event source mappings: those that stand alone, and those that SAM makes of a function's events.
pub(super) fn read(resources: &[Resource], warnings: &mut Vec<String>) -> Vec<MappingSpec> {
    let mut mappings = Vec::new();
    for resource in of_type(resources, "AWS::Lambda::EventSourceMapping") {
        let properties = &resource.properties;
        let function = properties["FunctionName"].as_str().and_then(|name| lookup::function(resources, name));
        let function = function.map(|function| function.id.as_str());
        let source = &properties["EventSourceArn"];
        mappings.extend(mapping(&resource.id, function, source, properties, resources, warnings));
    }
    for (function, name, event) in events(resources).filter(|(_, _, event)| event["Type"] == "DynamoDB") {
        let (id, properties) = (format!("{}{name}", function.id), &event["Properties"]);
        for property in properties.as_object().into_iter().flat_map(|properties| properties.keys()) {
            if property != "Stream" && !MAPPING_PROPERTIES.contains(&property.as_str()) {
                warnings.push(format!("{id}.{property} is not understood; it has no effect here."));
            }
        }
        mappings.extend(mapping(&id, Some(&function.id), &properties["Stream"], properties, resources, warnings));
    }
    mappings
}

fn mapping(
    id: &str,
    function: Option<&str>,
    source: &Value,
    properties: &Value,
    resources: &[Resource],
    warnings: &mut Vec<String>,
) -> Option<MappingSpec> {
    if text(&properties["Enabled"]).as_deref() == Some("false") {
        return None;
    }
    let table = source.as_str().and_then(|arn| lookup::table_of_stream(resources, arn));
    let (Some(function), Some(table)) = (function, table) else {
        warnings.push(format!("{id}: only streams of tables in this template are read here, by its functions."));
        return None;
    };
    let mut within = |name: &str, range| within(id, properties, name, range, warnings);
    let batch_size = within("BatchSize", BATCH_SIZES).and_then(|size| usize::try_from(size).ok());
    let window_seconds = within("MaximumBatchingWindowInSeconds", BATCHING_WINDOWS).unwrap_or(0);
    let tumbling_seconds = within("TumblingWindowInSeconds", TUMBLING_WINDOWS).unwrap_or(0);
    let parallelization = within("ParallelizationFactor", FACTORS).unwrap_or(1);
    let retries_max = within("MaximumRetryAttempts", RETRIES);
    let record_age_seconds_max = within("MaximumRecordAgeInSeconds", RECORD_AGES);
    let responses = properties["FunctionResponseTypes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let filters = properties["FilterCriteria"]["Filters"].as_array().map(Vec::as_slice).unwrap_or_default();
    if filters.len() > FILTERS_MAX {
        warnings.push(format!("{id} has {} filters; AWS takes {FILTERS_MAX}, and more on request.", filters.len()));
    }
    Some(MappingSpec {
        id: id.to_owned(),
        function: function.to_owned(),
        table: table.id.clone(),
        batch_size: batch_size.unwrap_or(BATCH_SIZE),
        window_seconds,
        tumbling_seconds,
        parallelization,
        retries_max,
        record_age_seconds_max,
        bisect: text(&properties["BisectBatchOnFunctionError"]).as_deref() == Some("true"),
        report_item_failures: responses.contains(&Value::from("ReportBatchItemFailures")),
        starting_position: starting_position(id, &properties["StartingPosition"], warnings),
        on_failure: destination(id, &properties["DestinationConfig"]["OnFailure"], resources, warnings),
        filters: filters.iter().filter_map(|filter| text(&filter["Pattern"])).collect(),
    })
}

/// A number that AWS accepts only in this range; none if it is absent, or -1 for no limit.
fn within(
    id: &str,
    properties: &Value,
    name: &str,
    range: RangeInclusive<i64>,
    warnings: &mut Vec<String>,
) -> Option<u32> {
    let value = Some(&properties[name]).filter(|value| !value.is_null())?;
    let Some(number) = value.as_i64().or_else(|| value.as_str()?.parse().ok()) else {
        warnings.push(format!("{id}.{name} is no whole number; AWS refuses it."));
        return None;
    };
    let may_be_endless = [RETRIES, RECORD_AGES].contains(&range);
    if number == -1 && may_be_endless {
        return None;
    }
    if !range.contains(&number) {
        let (from, to) = (range.start(), range.end());
        let endless = if may_be_endless { "-1, or " } else { "" };
        warnings.push(format!("{id}.{name} must be {endless}from {from} to {to}; AWS refuses {number}."));
    }
    u32::try_from(number.clamp(*range.start(), *range.end())).ok()
}

fn starting_position(id: &str, position: &Value, warnings: &mut Vec<String>) -> StartingPosition {
    match position.as_str() {
        Some("LATEST") => StartingPosition::Latest,
        Some("TRIM_HORIZON") => StartingPosition::TrimHorizon,
        other => {
            warnings.push(format!("{id}.StartingPosition {other:?} is not understood; TRIM_HORIZON is used."));
            StartingPosition::TrimHorizon
        }
    }
}

fn destination(
    id: &str,
    on_failure: &Value,
    resources: &[Resource],
    warnings: &mut Vec<String>,
) -> Option<Destination> {
    let arn = on_failure["Destination"].as_str()?;
    let queue = lookup::by_arn(resources, &["AWS::SQS::Queue", "AWS::SNS::Topic"], arn);
    let bucket = lookup::by_arn(resources, &["AWS::S3::Bucket"], arn);
    let queue = queue.map(|queue| Destination::Queue(queue.id.clone()));
    let found = queue.or_else(|| bucket.map(|bucket| Destination::Bucket(bucket.id.clone())));
    if found.is_none() {
        warnings.push(format!("{id}: the failure destination {arn} is nothing of this template that is known."));
    }
    found
}
