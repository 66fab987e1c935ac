//! What invokes the functions of a template by the clock.

use std::time::Duration;

use croner::parser::{CronParser, Seconds, Year};
use serde_json::Value;

use super::{
    lookup,
    model::{ScheduleSpec, When},
    of_type,
    resolve::Resource,
    text,
};

/// Every event of every SAM function.
pub(super) fn events(resources: &[Resource]) -> impl Iterator<Item = (&Resource, &String, &Value)> {
    of_type(resources, "AWS::Serverless::Function").flat_map(|function| {
        function.events.iter().map(move |name| (function, name, &function.properties["Events"][name]))
    })
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
            match target["Arn"].as_str().and_then(|arn| lookup::function(resources, arn)) {
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
        match target["Arn"].as_str().and_then(|arn| lookup::function(resources, arn)) {
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
