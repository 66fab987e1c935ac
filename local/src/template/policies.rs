//! What a function may do: the statements of its role, or of the role that SAM makes for it.

use serde_json::{Value, json};

use super::{lookup, of_type, resolve::Resource};
use crate::aws::{ACCOUNT_ID, REGION};

/// `SAM`'s policy templates for tables: name, actions, and whether indexes are meant as well.
/// Source: `policy_templates.json` of aws-sam-translator 1.115.
const TABLE_TEMPLATES: [(&str, &[&str], bool); 5] = [
    (
        "DynamoDBCrudPolicy",
        &[
            "GetItem",
            "DeleteItem",
            "PutItem",
            "Scan",
            "Query",
            "UpdateItem",
            "BatchWriteItem",
            "BatchGetItem",
            "DescribeTable",
            "ConditionCheckItem",
        ],
        true,
    ),
    ("DynamoDBReadPolicy", &["GetItem", "Scan", "Query", "BatchGetItem", "DescribeTable"], true),
    ("DynamoDBWritePolicy", &["PutItem", "UpdateItem", "BatchWriteItem"], true),
    ("DynamoDBReconfigurePolicy", &["UpdateTable"], false),
    (
        "DynamoDBRestoreFromBackupPolicy",
        &["PutItem", "UpdateItem", "DeleteItem", "GetItem", "Query", "Scan", "BatchWriteItem"],
        false,
    ),
];

/// AWS's managed policies, as far as they say something about what runs here.
const MANAGED: [(&str, &[&str]); 11] = [
    ("AWSLambdaBasicExecutionRole", &[]),
    ("AWSLambdaVPCAccessExecutionRole", &[]),
    ("AWSXRayDaemonWriteAccess", &[]),
    ("CloudWatchLambdaInsightsExecutionRolePolicy", &[]),
    (
        "AWSLambdaDynamoDBExecutionRole",
        &["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"],
    ),
    ("AmazonDynamoDBFullAccess", &["dynamodb:*"]),
    ("AmazonDynamoDBFullAccess_v2", &["dynamodb:*"]),
    (
        "AmazonDynamoDBReadOnlyAccess",
        &[
            "dynamodb:BatchGetItem",
            "dynamodb:Describe*",
            "dynamodb:List*",
            "dynamodb:GetItem",
            "dynamodb:Query",
            "dynamodb:Scan",
            "dynamodb:PartiQLSelect",
        ],
    ),
    ("AmazonAPIGatewayInvokeFullAccess", &["execute-api:Invoke", "execute-api:ManageConnections"]),
    ("AdministratorAccess", &["*"]),
    ("PowerUserAccess", &["dynamodb:*", "execute-api:*"]),
];

/// The name of a function's role, and the statements of all its policies.
pub(super) fn of(function: &Resource, resources: &[Resource], warnings: &mut Vec<String>) -> (String, Vec<Value>) {
    let named = function.properties["Role"].as_str();
    let mut statements = Vec::new();
    let Some(arn) = named else {
        warn_of_boundary(function, warnings);
        let policies = &function.properties["Policies"];
        for policy in list(policies) {
            statements.extend(by_sam(&function.id, policy, resources, warnings));
        }
        return (format!("{}Role", function.id), statements);
    };
    let Some(role) = lookup::by_arn(resources, &["AWS::IAM::Role"], arn) else {
        warnings.push(format!("{}: its role is not in this template, so nothing is refused to it here.", function.id));
        let name = arn.rsplit('/').next().unwrap_or(arn).to_owned();
        return (name, vec![json!({ "Effect": "Allow", "Action": "*", "Resource": "*" })]);
    };
    warn_of_boundary(role, warnings);
    for policy in list(&role.properties["Policies"]) {
        statements.extend(list(&policy["PolicyDocument"]["Statement"]).cloned());
    }
    for managed in list(&role.properties["ManagedPolicyArns"]) {
        statements.extend(managed_statements(&role.id, managed, resources, warnings));
    }
    for kind in ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"] {
        for policy in of_type(resources, kind) {
            if list(&policy.properties["Roles"]).any(|name| name == role.name.as_str()) {
                statements.extend(list(&policy.properties["PolicyDocument"]["Statement"]).cloned());
            }
        }
    }
    (role.name.clone(), statements)
}

fn warn_of_boundary(resource: &Resource, warnings: &mut Vec<String>) {
    if !resource.properties["PermissionsBoundary"].is_null() {
        warnings.push(format!("{}.PermissionsBoundary is not understood; it limits no right here.", resource.id));
    }
}

/// One entry of `Policies` of a SAM function: a managed policy, a document, or a template with its parameters.
fn by_sam(function: &str, policy: &Value, resources: &[Resource], warnings: &mut Vec<String>) -> Vec<Value> {
    let Some(object) = policy.as_object() else {
        return managed_statements(function, policy, resources, warnings);
    };
    if object.contains_key("Statement") {
        return list(&policy["Statement"]).cloned().collect();
    }
    let mut statements = Vec::new();
    for (name, parameters) in object {
        let Some((_, actions, with_indexes)) = TABLE_TEMPLATES.iter().find(|(known, _, _)| known == name) else {
            if name != "DynamoDBStreamReadPolicy" {
                warnings
                    .push(format!("{function}: the policy template {name} is not understood; it grants nothing here."));
            }
            continue;
        };
        let table = parameters["TableName"].as_str().unwrap_or_default();
        let arn = format!("arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/{table}");
        let actions: Vec<_> = actions.iter().map(|action| format!("dynamodb:{action}")).collect();
        let mut resources = vec![arn.clone()];
        if *with_indexes {
            resources.push(format!("{arn}/index/*"));
        }
        statements.push(json!({ "Effect": "Allow", "Action": actions, "Resource": resources }));
    }
    statements
}

/// The statements of a managed policy: one of AWS's, by name or ARN, or one of this template.
fn managed_statements(owner: &str, policy: &Value, resources: &[Resource], warnings: &mut Vec<String>) -> Vec<Value> {
    let text = policy.as_str().unwrap_or_default();
    // One of this template may have the name of one of AWS's.
    if let Some(own) = lookup::by_arn(resources, &["AWS::IAM::ManagedPolicy"], text) {
        return list(&own.properties["PolicyDocument"]["Statement"]).cloned().collect();
    }
    let name = match text.strip_prefix("arn:aws:iam::aws:policy/") {
        Some(path) => path.rsplit('/').next().unwrap_or(path),
        None => text,
    };
    if let Some((_, actions)) = MANAGED.iter().find(|(known, _)| *known == name) {
        return if actions.is_empty() {
            Vec::new()
        } else {
            vec![json!({ "Effect": "Allow", "Action": actions, "Resource": "*" })]
        };
    }
    warnings.push(format!("{owner}: the policy {text} is not understood; it grants nothing here."));
    Vec::new()
}

/// A list, or a single value that stands for a list of one.
fn list(value: &Value) -> impl Iterator<Item = &Value> {
    let items: &[Value] = match value {
        Value::Array(items) => items,
        Value::Null => &[],
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => std::slice::from_ref(value),
    };
    items.iter()
}
