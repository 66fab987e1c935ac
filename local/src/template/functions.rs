//! The functions of a template.

use std::{collections::BTreeMap, path::Path};

use serde_json::Value;

use super::{
    lookup::FUNCTION_TYPES,
    model::{Code, FunctionSpec, LeftOut, LogFormat},
    number, of_types, policies,
    resolve::Resource,
    text,
};

/// Lambda's own defaults.
const MEMORY_MB: u32 = 128;
const TIMEOUT_SECONDS: u32 = 3;
const ASYNC_RETRIES_MAX: u32 = 2;
const ASYNC_AGE_SECONDS_MAX: u32 = 6 * 60 * 60;

/// The functions that can run here, and those that cannot.
pub(super) fn read(
    resources: &[Resource],
    folder: &Path,
    warnings: &mut Vec<String>,
) -> (Vec<FunctionSpec>, Vec<LeftOut>) {
    let (mut functions, mut left_out) = (Vec::new(), Vec::new());
    for resource in of_types(resources, &FUNCTION_TYPES) {
        match code(resource, folder) {
            Ok(code) => functions.push(function(resource, code, resources, warnings)),
            Err(reason) => {
                warnings.push(format!("{}: {reason}; it is left out.", resource.id));
                left_out.push(LeftOut { id: resource.id.clone(), name: resource.name.clone(), reason });
            }
        }
    }
    if functions.is_empty() {
        warnings.push(match left_out.len() {
            0 => "The template has no function, so that nothing answers here.".to_owned(),
            _ => "No function of this template can run here, so that whatever needs one fails.".to_owned(),
        });
    }
    (functions, left_out)
}

fn function(resource: &Resource, code: Code, resources: &[Resource], warnings: &mut Vec<String>) -> FunctionSpec {
    let (id, properties) = (&resource.id, &resource.properties);
    let variables = properties["Environment"]["Variables"].as_object().into_iter().flatten();
    let environment: BTreeMap<String, String> =
        variables.map(|(name, value)| (name.clone(), text(value).unwrap_or_default())).collect();
    let small = |value: &Value| number(value).and_then(|value| u32::try_from(value).ok());
    let events = &properties["EventInvokeConfig"];
    let (role, statements) = policies::of(resource, resources, warnings);
    FunctionSpec {
        id: id.clone(),
        name: resource.name.clone(),
        code,
        handler: properties["Handler"].as_str().unwrap_or("bootstrap").to_owned(),
        memory_mb: small(&properties["MemorySize"]).unwrap_or(MEMORY_MB),
        timeout_seconds: small(&properties["Timeout"]).unwrap_or(TIMEOUT_SECONDS),
        environment,
        log_format: log_format(&properties["LoggingConfig"]),
        reserved_concurrency: small(&properties["ReservedConcurrentExecutions"]),
        async_retries_max: small(&events["MaximumRetryAttempts"]).unwrap_or(ASYNC_RETRIES_MAX),
        async_age_seconds_max: small(&events["MaximumEventAgeInSeconds"]).unwrap_or(ASYNC_AGE_SECONDS_MAX),
        role,
        statements,
    }
}

/// Where its executable comes from: out of a zip file, from cargo, if cargo-lambda is to build it, or else from its folder
/// as it is.
fn code(resource: &Resource, folder: &Path) -> Result<Code, String> {
    let properties = &resource.properties;
    let runtime = properties["Runtime"].as_str().unwrap_or_default();
    if !runtime.starts_with("provided") {
        return Err(format!("only provided runtimes run here, not {runtime:?}"));
    }
    let uri = properties["CodeUri"].as_str().or(properties["Code"].as_str());
    let named = match (uri, resource.kind == FUNCTION_TYPES[0]) {
        (Some(uri), _) if uri.starts_with("s3://") => return Err("its code lies in S3".to_owned()),
        (Some(uri), _) => uri,
        (None, true) if properties["CodeUri"].is_null() => ".",
        (None, true) => return Err("its code lies in S3".to_owned()),
        (None, false) => return Err("its code is not named by a path".to_owned()),
    };
    let folder = folder.join(named);
    let is_zip = folder.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
    if is_zip || folder.is_file() {
        return Ok(Code::Zip { file: folder });
    }
    if resource.metadata["BuildMethod"] == "rust-cargolambda" {
        return Ok(Code::Cargo { folder, binary: text(&resource.metadata["BuildProperties"]["Binary"]) });
    }
    Ok(Code::Bootstrap { folder })
}

fn log_format(config: &Value) -> LogFormat {
    if config["LogFormat"] != "JSON" {
        return LogFormat::Text;
    }
    LogFormat::Json { level: config["ApplicationLogLevel"].as_str().unwrap_or("INFO").to_owned() }
}
