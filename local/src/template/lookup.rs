//! Which resource of the template a resolved formula means.
//!
//! Resources of different types may share a name, so that a name alone means nothing: where AWS takes ARNs, the whole ARN
//! decides, and where it takes names, the type and the name.

use super::{
    arns::{self, arn},
    of_type, of_types,
    resolve::Resource,
};
use crate::aws::names_function;

/// The types of functions: SAM's, and CloudFormation's own.
pub(super) const FUNCTION_TYPES: [&str; 2] = ["AWS::Serverless::Function", "AWS::Lambda::Function"];
/// The types of tables: CloudFormation's own, and SAM's with a key and nothing else.
pub(super) const TABLE_TYPES: [&str; 2] = ["AWS::DynamoDB::Table", "AWS::Serverless::SimpleTable"];

/// The resource of one of these types that has this ARN.
pub(super) fn by_arn<'a>(resources: &'a [Resource], kinds: &'a [&str], wanted: &str) -> Option<&'a Resource> {
    of_types(resources, kinds).find(|resource| arn(&resource.kind, &resource.name) == wanted)
}

/// The resource of this type that a `Ref` to it gives.
pub(super) fn by_reference<'a>(resources: &'a [Resource], kind: &'a str, wanted: &str) -> Option<&'a Resource> {
    of_type(resources, kind).find(|resource| arns::reference(kind, &resource.name) == wanted)
}

/// A function, in every form in which Lambda lets it be named.
pub(super) fn function<'a>(resources: &'a [Resource], wanted: &str) -> Option<&'a Resource> {
    of_types(resources, &FUNCTION_TYPES).find(|resource| names_function(wanted, &resource.name))
}

/// The table whose stream has this ARN.
pub(super) fn table_of_stream<'a>(resources: &'a [Resource], stream: &str) -> Option<&'a Resource> {
    let (table, _) = stream.split_once("/stream/")?;
    by_arn(resources, &TABLE_TYPES, table)
}
