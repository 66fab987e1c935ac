//! Which services of AWS the functions of a template would call that do not run here.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    arns,
    model::{Destination, FunctionSpec, MappingSpec},
    resolve::Resource,
};

/// Services that run here, and such as functions have rights to without calling them.
const QUIET: [&str; 8] = ["cloudwatch", "dynamodb", "ec2", "execute-api", "kms", "logs", "ssm", "xray"];

/// Warns of functions that may call what is not there. A right to its own failure destination is used by Lambda.
pub(super) fn check(
    functions: &[FunctionSpec],
    mappings: &[MappingSpec],
    resources: &[Resource],
    warnings: &mut Vec<String>,
) {
    for function in functions {
        let own = mappings.iter().filter(|mapping| mapping.function == function.id);
        let destinations: Vec<_> = own.filter_map(|mapping| arn(mapping.on_failure.as_ref()?, resources)).collect();
        let is_destination = |resource: &str| destinations.iter().any(|arn| is_within(resource, arn));
        let mut services = BTreeSet::new();
        for statement in function.statements.iter().filter(|statement| statement["Effect"] == "Allow") {
            let concerned: Vec<_> = texts(&statement["Resource"]).collect();
            if !concerned.is_empty() && concerned.iter().all(|resource| is_destination(resource)) {
                continue;
            }
            services.extend(texts(&statement["Action"]).filter_map(|action| Some(action.split_once(':')?.0)));
        }
        for service in services.into_iter().filter(|service| !QUIET.contains(service)) {
            warnings.push(format!(
                "{}: its policies let it call {service}, which does not run here; such a call fails.",
                function.id
            ));
        }
    }
}

/// Whether it is the resource with this ARN, or an object in it.
fn is_within(resource: &str, arn: &str) -> bool {
    resource.strip_prefix(arn).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn arn(destination: &Destination, resources: &[Resource]) -> Option<String> {
    let (Destination::Queue(id) | Destination::Bucket(id)) = destination;
    let resource = resources.iter().find(|resource| resource.id == *id)?;
    Some(arns::arn(&resource.kind, &resource.name))
}

/// A text, or a list of texts.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_str().into_iter().chain(value.as_array().into_iter().flatten().filter_map(Value::as_str))
}
