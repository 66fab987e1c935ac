//! What is read from a template, and what means nothing on one machine. Everything else is named in a warning.

use serde_json::Value;

use super::{lookup::FUNCTION_TYPES, mappings::MAPPING_PROPERTIES, resolve::Resource, transforms};

/// Types of which only others make use (rights), or which have no counterpart here: logs, alarms, and what exists only to
/// be named.
const WITHOUT_MEANING: [&str; 18] = [
    "AWS::ApiGatewayV2::Deployment",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::Lambda::Alias",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Version",
    "AWS::Logs::LogGroup",
    "AWS::Logs::MetricFilter",
    // Destinations of failed records: the mapping names them, and a file or folder stands for each.
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::Queue",
    "AWS::SQS::QueuePolicy",
];

/// The properties of each type that is read, and those of its properties that mean nothing here.
const TYPES: [(&str, &[&str], &[&str]); 13] = [
    (
        "AWS::Serverless::Function",
        &["CodeUri", "Events", "Policies"],
        &["Architectures", "AutoPublishAlias", "DeploymentPreference", "PackageType", "PermissionsBoundary"],
    ),
    ("AWS::Lambda::Function", &["Code"], &["Architectures", "PackageType"]),
    (
        "AWS::DynamoDB::Table",
        &[
            "AttributeDefinitions",
            "GlobalSecondaryIndexes",
            "KeySchema",
            "LocalSecondaryIndexes",
            "StreamSpecification",
            "TableName",
            "TimeToLiveSpecification",
        ],
        &[
            "BillingMode",
            "ContributorInsightsSpecification",
            "DeletionProtectionEnabled",
            "OnDemandThroughput",
            "PointInTimeRecoverySpecification",
            "ProvisionedThroughput",
            "SSESpecification",
            "TableClass",
            "Tags",
        ],
    ),
    (
        "AWS::Serverless::SimpleTable",
        &["PrimaryKey", "TableName"],
        &["PointInTimeRecoverySpecification", "ProvisionedThroughput", "SSESpecification", "Tags"],
    ),
    ("AWS::Lambda::EventSourceMapping", &["EventSourceArn", "FunctionName"], &["Tags"]),
    ("AWS::ApiGatewayV2::Api", &["ProtocolType", "RouteSelectionExpression"], &["Description", "Name", "Tags"]),
    (
        "AWS::ApiGatewayV2::Stage",
        &["ApiId", "DefaultRouteSettings", "RouteSettings", "StageName"],
        &["AccessLogSettings", "AutoDeploy", "DeploymentId", "Description", "Tags"],
    ),
    (
        "AWS::ApiGatewayV2::Route",
        &["ApiId", "AuthorizationType", "AuthorizerId", "RouteKey", "RouteResponseSelectionExpression", "Target"],
        &["OperationName"],
    ),
    ("AWS::ApiGatewayV2::RouteResponse", &["ApiId", "RouteId", "RouteResponseKey"], &[]),
    (
        "AWS::ApiGatewayV2::Integration",
        &["ApiId", "CredentialsArn", "IntegrationType", "IntegrationUri", "TimeoutInMillis"],
        &["ContentHandlingStrategy", "Description", "IntegrationMethod"],
    ),
    (
        "AWS::ApiGatewayV2::Authorizer",
        &["ApiId", "AuthorizerCredentialsArn", "AuthorizerType", "AuthorizerUri", "IdentitySource"],
        &["Name"],
    ),
    ("AWS::Events::Rule", &["Name", "ScheduleExpression", "State", "Targets"], &["Description"]),
    (
        "AWS::Scheduler::Schedule",
        &["ScheduleExpression", "ScheduleExpressionTimezone", "State", "Target"],
        &["Description", "FlexibleTimeWindow", "GroupName", "Name"],
    ),
];

/// What both types of functions have, and what of it means nothing here.
const FUNCTION: (&[&str], &[&str]) = (
    &[
        "Environment",
        "EventInvokeConfig",
        "FunctionName",
        "Handler",
        "LoggingConfig",
        "MemorySize",
        "ReservedConcurrentExecutions",
        "Role",
        "Runtime",
        "Timeout",
    ],
    &["Description", "EphemeralStorage", "Tags", "Tracing", "TracingConfig"],
);

/// The sections of a template that are read or need no reading.
const SECTIONS: [&str; 10] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Transform",
];

/// Warns of every section that is not understood.
pub(super) fn check_sections(document: &Value, warnings: &mut Vec<String>) {
    for section in document.as_object().into_iter().flat_map(|document| document.keys()) {
        if !SECTIONS.contains(&section.as_str()) {
            warnings.push(format!("The section {section} is not understood; it has no effect here."));
        }
    }
    for globals in document["Globals"].as_object().into_iter().flat_map(|globals| globals.keys()) {
        if globals != "Function" {
            warnings.push(format!("Globals.{globals} is not understood; it has no effect here."));
        }
    }
    for name in transforms::of(document) {
        if !transforms::KNOWN.contains(&name) {
            warnings.push(format!("The transform {name} is not understood; the template is read as it stands."));
        }
    }
}

/// Warns of a type or a property that is not understood.
pub(super) fn check(resource: &Resource, warnings: &mut Vec<String>) {
    if WITHOUT_MEANING.contains(&resource.kind.as_str()) {
        return;
    }
    let (id, kind) = (&resource.id, &resource.kind);
    let Some((_, read, ignored)) = TYPES.iter().find(|(name, _, _)| name == kind) else {
        warnings.push(format!("{id}: the type {kind} is not understood; it has no effect here."));
        return;
    };
    let shared: &[&[&str]] = match kind.as_str() {
        "AWS::Lambda::EventSourceMapping" => &[&MAPPING_PROPERTIES],
        kind if FUNCTION_TYPES.contains(&kind) => &[FUNCTION.0, FUNCTION.1],
        _ => &[],
    };
    for property in resource.properties.as_object().into_iter().flat_map(|properties| properties.keys()) {
        if !read.iter().chain(*ignored).chain(shared.iter().copied().flatten()).any(|known| known == property) {
            warnings.push(format!("{id}.{property} is not understood; it has no effect here."));
        }
    }
    let settings = [&resource.properties["DefaultRouteSettings"]];
    let by_route = resource.properties["RouteSettings"].as_object().into_iter().flat_map(|routes| routes.values());
    for setting in
        settings.into_iter().chain(by_route).filter_map(Value::as_object).flat_map(|settings| settings.keys())
    {
        if !ROUTE_SETTINGS.contains(&setting.as_str()) {
            warnings.push(format!("{id}: the route setting {setting} is not understood; it has no effect here."));
        }
    }
}

/// What a stage may say about its routes; all but the throttling concerns logs and metrics.
const ROUTE_SETTINGS: [&str; 5] =
    ["DataTraceEnabled", "DetailedMetricsEnabled", "LoggingLevel", "ThrottlingBurstLimit", "ThrottlingRateLimit"];
