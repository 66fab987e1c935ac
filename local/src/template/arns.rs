//! What AWS calls the resources of a template, and what their attributes say.

use crate::aws::{ACCOUNT_ID, REGION, STACK_NAME, function_arn};

/// The property that names a resource, by its type.
const NAMES: [(&str, &str); 12] = [
    ("AWS::ApiGatewayV2::Stage", "StageName"),
    ("AWS::DynamoDB::Table", "TableName"),
    ("AWS::Events::Rule", "Name"),
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"),
    ("AWS::IAM::Role", "RoleName"),
    ("AWS::Lambda::Function", "FunctionName"),
    ("AWS::Logs::LogGroup", "LogGroupName"),
    ("AWS::S3::Bucket", "BucketName"),
    ("AWS::SNS::Topic", "TopicName"),
    ("AWS::SQS::Queue", "QueueName"),
    ("AWS::Serverless::Function", "FunctionName"),
    ("AWS::Serverless::SimpleTable", "TableName"),
];

/// The property that names a resource of this type, if one does.
pub(super) fn name_property(kind: &str) -> Option<&'static str> {
    NAMES.iter().find(|(of, _)| *of == kind).map(|(_, property)| *property)
}

/// How long names may be that AWS makes of a logical id, by type; other types take every logical id.
const GENERATED: [(&str, usize, usize); 5] = [
    ("AWS::DynamoDB::Table", 3, 255),
    ("AWS::Lambda::Function", 1, 64),
    ("AWS::S3::Bucket", 3, 63),
    ("AWS::Serverless::Function", 1, 64),
    ("AWS::Serverless::SimpleTable", 3, 255),
];

/// The name of a resource that the template gives none: its logical id, as far as AWS takes that for a name.
pub(super) fn generated_name(kind: &str, id: &str) -> String {
    let limits = GENERATED.iter().find(|(of, _, _)| *of == kind);
    let (least, most) = limits.map_or((0, usize::MAX), |(_, least, most)| (*least, *most));
    // AWS puts the name of the stack before it.
    let name = if id.chars().count() < least { format!("{STACK_NAME}-{id}") } else { id.to_owned() };
    name.chars().take(most).collect()
}

/// What `Ref` gives for a resource: its name, or what else AWS says of its type.
pub(super) fn reference(kind: &str, name: &str) -> String {
    match kind {
        "AWS::IAM::ManagedPolicy" | "AWS::SNS::Topic" => arn(kind, name),
        "AWS::SQS::Queue" => queue_url(name),
        _ => name.to_owned(),
    }
}

fn queue_url(name: &str) -> String {
    format!("https://sqs.{REGION}.amazonaws.com/{ACCOUNT_ID}/{name}")
}

/// Attributes that are what a resource is called here.
const NAMING: [&str; 9] = [
    "ApiId",
    "AuthorizerId",
    "DeploymentId",
    "IntegrationId",
    "QueueName",
    "RoleId",
    "RouteId",
    "RouteResponseId",
    "TopicName",
];

/// An attribute of a resource: an ARN that ends in its name, or its name; none: it is not known.
pub(super) fn attribute(kind: &str, name: &str, attribute: &str) -> Option<String> {
    Some(match (kind, attribute) {
        ("AWS::DynamoDB::Table" | "AWS::Serverless::SimpleTable", "StreamArn") => {
            format!("{}/stream/local", arn(kind, name))
        }
        ("AWS::SQS::Queue", "QueueUrl") => queue_url(name),
        ("AWS::ApiGatewayV2::Api", "ApiEndpoint") => format!("wss://{name}.execute-api.{REGION}.amazonaws.com"),
        ("AWS::Logs::LogGroup", "Arn") => format!("{}:*", arn(kind, name)),
        (_, "Arn" | "TopicArn" | "RoleArn") => arn(kind, name),
        (_, attribute) if NAMING.contains(&attribute) => name.to_owned(),
        _ => return None,
    })
}

/// The ARN of a resource of this type and name.
pub(super) fn arn(kind: &str, name: &str) -> String {
    let regional = |service: &str, resource: &str| format!("arn:aws:{service}:{REGION}:{ACCOUNT_ID}:{resource}{name}");
    match kind {
        "AWS::DynamoDB::Table" | "AWS::Serverless::SimpleTable" => regional("dynamodb", "table/"),
        "AWS::Serverless::Function" | "AWS::Lambda::Function" => function_arn(name),
        "AWS::Logs::LogGroup" => regional("logs", "log-group:"),
        "AWS::Events::Rule" => regional("events", "rule/"),
        "AWS::S3::Bucket" => format!("arn:aws:s3:::{name}"),
        "AWS::IAM::Role" => format!("arn:aws:iam::{ACCOUNT_ID}:role/{name}"),
        "AWS::IAM::ManagedPolicy" => format!("arn:aws:iam::{ACCOUNT_ID}:policy/{name}"),
        _ => regional(&kind.split("::").nth(1).unwrap_or("local").to_lowercase(), ""),
    }
}
