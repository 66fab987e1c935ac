//! What invokes the functions of a template beside an API: streams and schedules.

use std::time::Duration;

use croner::parser::{CronParser, Seconds, Year};
use serde_json::Value;

use super::{
    functions::is_function,
    meant,
    model::{Destination, MappingSpec, ScheduleSpec, StartingPosition, When},
    number, of_type,
    resolve::Resource,
    text,
};

/// Lambda's own default.
const BATCH_SIZE: usize = 100;

/// What an event source mapping may say, as a resource of its own or as an event of a function.
pub(super) const MAPPING_PROPERTIES: [&str; 12] = [
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
];

/// The event source mappings: those that stand alone, and those that SAM makes of a function's events.
pub(super) fn mappings(resources: &[Resource], warnings: &mut Vec<String>) -> Vec<MappingSpec> {
    let mut mappings = Vec::new();
    for resource in of_type(resources, "AWS::Lambda::EventSourceMapping") {
        let properties = &resource.properties;
        let function = properties["FunctionName"].as_str().and_then(|name| meant(resources, name));
        let function = function.filter(|function| is_function(function)).map(|function| function.id.as_str());
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

/// Every event of every SAM function.
fn events(resources: &[Resource]) -> impl Iterator<Item = (&Resource, &String, &Value)> {
    of_type(resources, "AWS::Serverless::Function").flat_map(|function| {
        let events = function.properties["Events"].as_object().into_iter().flatten();
        events.map(move |(name, event)| (function, name, event))
    })
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
    let table = source.as_str().filter(|arn| arn.contains(":dynamodb:")).and_then(|arn| meant(resources, arn));
    let (Some(function), Some(table)) = (function, table) else {
        warnings.push(format!("{id}: only streams of tables in this template are read here, by its functions."));
        return None;
    };
    let small = |name: &str| number(&properties[name]).and_then(|value| u32::try_from(value).ok());
    let responses = properties["FunctionResponseTypes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let batch_size = number(&properties["BatchSize"]).and_then(|size| usize::try_from(size).ok());
    let filters = properties["FilterCriteria"]["Filters"].as_array().into_iter().flatten();
    Some(MappingSpec {
        id: id.to_owned(),
        function: function.to_owned(),
        table: table.id.clone(),
        batch_size: batch_size.unwrap_or(BATCH_SIZE),
        window_seconds: small("MaximumBatchingWindowInSeconds").unwrap_or(0),
        parallelization: small("ParallelizationFactor").unwrap_or(1),
        // -1 and an absent value both mean: until the record expires.
        retries_max: small("MaximumRetryAttempts"),
        record_age_seconds_max: small("MaximumRecordAgeInSeconds"),
        bisect: text(&properties["BisectBatchOnFunctionError"]).as_deref() == Some("true"),
        report_item_failures: responses.contains(&Value::from("ReportBatchItemFailures")),
        starting_position: starting_position(id, &properties["StartingPosition"], warnings),
        on_failure: destination(id, &properties["DestinationConfig"]["OnFailure"], resources, warnings),
        filters: filters.filter_map(|filter| text(&filter["Pattern"])).collect(),
    })
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
    let resource = meant(resources, arn);
    match resource.map(|resource| (resource.kind.as_str(), resource.id.clone())) {
        Some(("AWS::SQS::Queue" | "AWS::SNS::Topic", queue)) => Some(Destination::Queue(queue)),
        Some(("AWS::S3::Bucket", bucket)) => Some(Destination::Bucket(bucket)),
        _ => {
            warnings.push(format!("{id}: the failure destination {arn} is nothing of this template that is known."));
            None
        }
    }
}

/// The schedules: events of SAM functions, rules of `EventBridge`, and schedules of its Scheduler.
pub(super) fn schedules(resources: &[Resource], warnings: &mut Vec<String>) -> Vec<ScheduleSpec> {
    let mut schedules = Vec::new();
    for (function, name, event) in events(resources) {
        let (id, properties) = (format!("{}.Events.{name}", function.id), &event["Properties"]);
        let expression = match event["Type"].as_str().unwrap_or_default() {
            "Schedule" => &properties["Schedule"],
            "ScheduleV2" => &properties["ScheduleExpression"],
            "DynamoDB" => continue,
            kind => {
                warnings.push(format!("{id}: events of type {kind} are not understood; nothing raises them here."));
                continue;
            }
        };
        schedules.extend(schedule(&id, &function.id, expression, properties, &properties["Input"], warnings));
    }
    for rule in of_type(resources, "AWS::Events::Rule") {
        for target in rule.properties["Targets"].as_array().into_iter().flatten() {
            let expression = &rule.properties["ScheduleExpression"];
            let invoked =
                target["Arn"].as_str().and_then(|arn| meant(resources, arn)).filter(|found| is_function(found));
            match invoked {
                Some(function) if !expression.is_null() => {
                    let input = &target["Input"];
                    schedules.extend(schedule(&rule.id, &function.id, expression, &rule.properties, input, warnings));
                }
                _ => warnings.push(format!("{}: only schedules of functions run here.", rule.id)),
            }
        }
    }
    for resource in of_type(resources, "AWS::Scheduler::Schedule") {
        let (properties, target) = (&resource.properties, &resource.properties["Target"]);
        match target["Arn"].as_str().and_then(|arn| meant(resources, arn)).filter(|found| is_function(found)) {
            Some(function) => {
                let (expression, input) = (&properties["ScheduleExpression"], &target["Input"]);
                schedules.extend(schedule(&resource.id, &function.id, expression, properties, input, warnings));
            }
            None => warnings.push(format!("{}: only schedules of functions run here.", resource.id)),
        }
    }
    schedules
}

fn schedule(
    id: &str,
    function: &str,
    expression: &Value,
    properties: &Value,
    input: &Value,
    warnings: &mut Vec<String>,
) -> Option<ScheduleSpec> {
    let is_off = text(&properties["Enabled"]).as_deref() == Some("false") || properties["State"] == "DISABLED";
    if is_off {
        return None;
    }
    let expression = expression.as_str().unwrap_or_default();
    let Some(when) = when(expression) else {
        warnings.push(format!("{id}: the schedule {expression} is not understood; it does not run here."));
        return None;
    };
    Some(ScheduleSpec { id: id.to_owned(), function: function.to_owned(), when, input: text(input) })
}

fn when(expression: &str) -> Option<When> {
    let inside = |name: &str| expression.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
    if let Some(rate) = inside("rate") {
        return seconds_of_rate(rate).map(|seconds| When::Every(Duration::from_secs(seconds)));
    }
    // Minutes, hours, day of month, month, day of week (1 is Sunday), year. The library wants seconds before them.
    let parser = CronParser::builder()
        .seconds(Seconds::Required)
        .year(Year::Required)
        .alternative_weekdays(true)
        // `0/10` is every ten from zero.
        .sloppy_ranges(true)
        .build();
    parser.parse(&format!("0 {}", inside("cron")?)).ok().map(|cron| When::Cron(Box::new(cron)))
}

/// The interval of `5 minutes`.
fn seconds_of_rate(rate: &str) -> Option<u64> {
    let (count, unit) = rate.split_once(' ')?;
    let seconds = match unit.trim_end_matches('s') {
        "minute" => 60,
        "hour" => 60 * 60,
        "day" => 24 * 60 * 60,
        _ => return None,
    };
    count.parse::<u64>().ok()?.checked_mul(seconds).filter(|&seconds| seconds > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_cron_expressions_are_read() {
        assert_eq!(when("rate(5 minutes)"), Some(When::Every(Duration::from_mins(5))));
        assert_eq!(when("rate(1 day)"), Some(When::Every(Duration::from_hours(24))));
        for wrong in
            ["rate(0 minutes)", "rate(5 seconds)", "cron(* * *)", "cron(61 * * * ? *)", "at(2027-01-01T00:00:00)"]
        {
            assert_eq!(when(wrong), None, "{wrong}");
        }
    }

    /// EventBridge's documentation has these examples; days of the week count from Sunday, which is 1.
    #[test]
    fn a_cron_expression_counts_as_eventbridge_does() {
        let next = |expression: &str| {
            let Some(When::Cron(cron)) = when(expression) else { panic!("{expression}") };
            // A Monday.
            let now = chrono::DateTime::parse_from_rfc3339("2026-11-23T12:00:00Z").unwrap().to_utc();
            cron.find_next_occurrence(&now, false).unwrap().to_rfc3339()
        };
        assert_eq!(next("cron(0 10 * * ? *)"), "2026-11-24T10:00:00+00:00");
        assert_eq!(next("cron(15 12 * * ? *)"), "2026-11-23T12:15:00+00:00");
        assert_eq!(next("cron(0 18 ? * MON-FRI *)"), "2026-11-23T18:00:00+00:00");
        assert_eq!(next("cron(0 8 ? * 2 *)"), "2026-11-30T08:00:00+00:00", "2 is Monday");
        assert_eq!(next("cron(0 8 1 * ? *)"), "2026-12-01T08:00:00+00:00");
        assert_eq!(next("cron(0 9 L * ? *)"), "2026-11-30T09:00:00+00:00");
        assert_eq!(next("cron(0/10 * ? * MON-FRI *)"), "2026-11-23T12:10:00+00:00");
        assert_eq!(next("cron(0 0 1 1 ? 2028)"), "2028-01-01T00:00:00+00:00");
    }
}
