//! What is read from a template, and what means nothing on one machine. Everything else is named in a warning.

use serde_json::Value;

use super::resolve::Resource;

/// Types whose resources have no counterpart here: rights, logs, alarms, and what exists only to be named.
const WITHOUT_MEANING: [&str; 14] = [
    "AWS::ApiGatewayV2::Deployment",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::Lambda::Permission",
    "AWS::Logs::LogGroup",
    "AWS::Logs::MetricFilter",
    // Destinations of failed records: the mapping names them, and a file or folder stands for each.
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SQS::QueuePolicy",
];

/// The properties of each type that is read, and those of its properties that mean nothing here.
const TYPES: [(&str, &[&str], &[&str]); 9] = [
    (
        "AWS::Serverless::Function",
        &[
            "CodeUri",
            "Environment",
            "Events",
            "FunctionName",
            "LoggingConfig",
            "MemorySize",
            "ReservedConcurrentExecutions",
            "Runtime",
            "Timeout",
        ],
        &[
            "Architectures",
            "Description",
            "EventInvokeConfig",
            "Handler",
            "PackageType",
            "Policies",
            "Role",
            "Tags",
            "Tracing",
        ],
    ),
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
            "DeletionProtectionEnabled",
            "PointInTimeRecoverySpecification",
            "ProvisionedThroughput",
            "SSESpecification",
            "TableClass",
            "Tags",
        ],
    ),
    (
        "AWS::Lambda::EventSourceMapping",
        &[
            "BatchSize",
            "BisectBatchOnFunctionError",
            "DestinationConfig",
            "Enabled",
            "EventSourceArn",
            "FunctionName",
            "FunctionResponseTypes",
            "MaximumBatchingWindowInSeconds",
            "MaximumRecordAgeInSeconds",
            "MaximumRetryAttempts",
            "ParallelizationFactor",
            "StartingPosition",
        ],
        &["MetricsConfig", "Tags"],
    ),
    ("AWS::ApiGatewayV2::Api", &["ProtocolType", "RouteSelectionExpression"], &["Description", "Name", "Tags"]),
    (
        "AWS::ApiGatewayV2::Stage",
        &["ApiId", "StageName"],
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
        &["ApiId", "IntegrationType", "IntegrationUri"],
        &["Description", "IntegrationMethod"],
    ),
    ("AWS::ApiGatewayV2::Authorizer", &["ApiId", "AuthorizerType", "AuthorizerUri", "IdentitySource"], &["Name"]),
];

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
    for property in resource.properties.as_object().into_iter().flat_map(|properties| properties.keys()) {
        if !read.contains(&property.as_str()) && !ignored.contains(&property.as_str()) {
            warnings.push(format!("{id}.{property} is not understood; it has no effect here."));
        }
    }
}
