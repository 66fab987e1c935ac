//! What is read of properties that have properties of their own. Everything else is named in a warning.

use serde_json::Value;

use super::{lookup::FUNCTION_TYPES, resolve::Resource, text};

/// What is read, and what means nothing on one machine.
type Known = (&'static [&'static str], &'static [&'static str]);

const INVOKE_CONFIG: Known = (&["MaximumEventAgeInSeconds", "MaximumRetryAttempts"], &[]);
const LOGGING_CONFIG: Known = (&["ApplicationLogLevel", "LogFormat"], &["LogGroup", "SystemLogLevel"]);
const SCHEDULE: Known = (&["Enabled", "Input", "Schedule", "State"], &["Description", "Name"]);
const SCHEDULE_V2: Known = (
    &["Input", "ScheduleExpression", "ScheduleExpressionTimezone", "State"],
    &["Description", "FlexibleTimeWindow", "GroupName", "Name", "OmitName", "PermissionsBoundary", "RoleArn"],
);
const TARGET: Known = (&["Arn", "Input"], &["Id", "RoleArn"]);

/// The zones in which all schedules run.
const UTC: [&str; 3] = ["UTC", "Etc/UTC", "GMT"];

/// Warns of what is not understood inside of a resource's properties.
pub(super) fn check(resource: &Resource, warnings: &mut Vec<String>) {
    let (id, properties) = (&resource.id, &resource.properties);
    match resource.kind.as_str() {
        kind if FUNCTION_TYPES.contains(&kind) => {
            keys(&format!("{id}.EventInvokeConfig"), &properties["EventInvokeConfig"], INVOKE_CONFIG, warnings);
            keys(&format!("{id}.LoggingConfig"), &properties["LoggingConfig"], LOGGING_CONFIG, warnings);
            for (name, event) in properties["Events"].as_object().into_iter().flatten() {
                let (place, properties) = (format!("{id}.Events.{name}"), &event["Properties"]);
                match event["Type"].as_str() {
                    Some("Schedule") => keys(&place, properties, SCHEDULE, warnings),
                    Some("ScheduleV2") => keys(&place, properties, SCHEDULE_V2, warnings),
                    // Streams and what raises no events here are told elsewhere.
                    Some(_) | None => {}
                }
                zone(&place, properties, warnings);
            }
        }
        "AWS::Events::Rule" => {
            for target in properties["Targets"].as_array().into_iter().flatten() {
                keys(&format!("{id}.Targets"), target, TARGET, warnings);
            }
        }
        "AWS::Scheduler::Schedule" => {
            keys(&format!("{id}.Target"), &properties["Target"], TARGET, warnings);
            zone(id, properties, warnings);
        }
        _ => {}
    }
}

fn keys(place: &str, value: &Value, (read, ignored): Known, warnings: &mut Vec<String>) {
    for name in value.as_object().into_iter().flat_map(|fields| fields.keys()) {
        if !read.iter().chain(ignored).any(|known| known == name) {
            warnings.push(format!("{place}.{name} is not understood; it has no effect here."));
        }
    }
}

fn zone(place: &str, properties: &Value, warnings: &mut Vec<String>) {
    let zone = text(&properties["ScheduleExpressionTimezone"]);
    if let Some(zone) = zone.filter(|zone| !UTC.contains(&zone.as_str())) {
        warnings.push(format!("{place}.ScheduleExpressionTimezone: it runs in UTC here, not in {zone}."));
    }
}
