//! Reads a SAM template into what the local stack runs.
//!
//! Every resource type and property is either read, known to mean nothing on one machine, or named in a warning:
//! nothing is dropped silently.

mod apis;
mod arns;
mod events;
mod foreach;
mod functions;
mod known;
mod lookup;
mod mappings;
pub(crate) mod model;
mod nested;
mod parameters;
mod policies;
mod resolve;
mod services;
mod tables;
mod transforms;
mod yaml;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use serde_json::Value;

use self::{
    model::Template,
    resolve::{Resolver, Resource},
};

/// Why a template cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The file cannot be read.
    #[error("{path} cannot be read: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no YAML.
    #[error("{path} is no template: {reason}")]
    Malformed {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
}

/// The template at `path` as plain data: its intrinsic functions in their long form, and none of them resolved.
///
/// # Errors
/// When the file cannot be read, or is no YAML.
pub fn document(path: &Path) -> Result<Value, TemplateError> {
    let name = || path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| TemplateError::Unreadable { path: name(), source })?;
    let file = yaml::parse(&text).map_err(|reason| TemplateError::Malformed { path: name(), reason })?;
    Ok(file.value)
}

/// Reads the template at `path`, with these values for its parameters and defaults for the others.
///
/// # Errors
/// When the file cannot be read, or is no template at all. What is only not understood becomes a warning.
pub(crate) fn read(path: &Path, parameters: &BTreeMap<String, String>) -> Result<Template, TemplateError> {
    let name = || path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| TemplateError::Unreadable { path: name(), source })?;
    let folder = path.parent().unwrap_or(Path::new("."));
    parse(&text, folder, parameters).map_err(|reason| TemplateError::Malformed { path: name(), reason })
}

/// Reads a template that lies in no file.
///
/// # Errors
/// When it is no template at all.
pub(crate) fn of_text(text: &str, parameters: &BTreeMap<String, String>) -> Result<Template, TemplateError> {
    let malformed = |reason| TemplateError::Malformed { path: "the template of this program".to_owned(), reason };
    parse(text, Path::new("/"), parameters).map_err(malformed)
}

fn parse(text: &str, folder: &Path, given: &BTreeMap<String, String>) -> Result<Template, String> {
    let mut file = yaml::parse(text)?;
    let mut template = Template { warnings: std::mem::take(&mut file.warnings), ..Template::default() };
    known::check_sections(&file.value, &mut template.warnings);
    let parameters = parameters::values(&file.value["Parameters"], given, &mut template.warnings)?;
    let file = foreach::expand(&file, &Resolver::new(&file, &parameters), &mut template.warnings);
    let resolver = Resolver::new(&file, &parameters);
    let resources = resolver.resources(&mut template.warnings)?;
    for resource in &resources {
        known::check(resource, &mut template.warnings);
        nested::check(resource, &mut template.warnings);
    }
    template.tables = tables::read(&resources);
    (template.functions, template.left_out) = functions::read(&resources, folder, &mut template.warnings);
    template.mappings = mappings::read(&resources, &mut template.warnings);
    template.schedules = events::schedules(&resources, &mut template.warnings);
    // What calls a function that was left out is left out with it; only clients still come, and are told why.
    let runs = |id: &str| template.functions.iter().any(|function| function.id == id);
    template.mappings.retain(|mapping| runs(&mapping.function));
    template.schedules.retain(|schedule| runs(&schedule.function));
    template.apis = apis::read(&resources, &mut template.warnings);
    services::check(&template.functions, &template.mappings, &resources, &mut template.warnings);
    let mut told = BTreeSet::new();
    template.warnings.retain(|warning| told.insert(warning.clone()));
    Ok(template)
}

/// The resources of one type.
fn of_type<'a>(resources: &'a [Resource], kind: &'a str) -> impl Iterator<Item = &'a Resource> {
    resources.iter().filter(move |resource| resource.kind == kind)
}

/// The resources of some types.
fn of_types<'a>(resources: &'a [Resource], kinds: &'a [&str]) -> impl Iterator<Item = &'a Resource> {
    resources.iter().filter(move |resource| kinds.contains(&resource.kind.as_str()))
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests;
