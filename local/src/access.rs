//! What functions may do: IAM, decided from the policies in the template.
//!
//! Every instance of a function gets credentials of its own, and every call that it makes with them is checked against the
//! policies of its function's role, as AWS does it. Whoever else calls, a developer with any other credentials, may do
//! everything. The credentials are not secret towards this machine: a signature is looked at, not computed anew.

pub(crate) mod dynamodb;
mod rights;

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, RwLock},
};

use axum::http::{HeaderMap, Uri, header};
use iam_rs::Decision;

use self::rights::Rights;
use crate::{aws::ACCOUNT_ID, limits, template::model::FunctionSpec};

/// How the access keys of functions begin. Keys of temporary credentials begin with `ASIA` on AWS too.
const KEY_PREFIX: &str = "ASIALOCAL";

/// Decides about every call of every function. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    enforcement: Enforcement,
    functions: BTreeMap<String, Principal>,
    /// Access key to function, of all instances that run.
    keys: RwLock<HashMap<String, String>>,
    /// How often each call was refused.
    denials: Mutex<BTreeMap<String, u64>>,
}

/// Whether calls are refused that AWS would refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Enforcement {
    /// They are.
    #[default]
    On,
    /// They are only reported at the end.
    ReportOnly,
}

/// A function in its role.
#[derive(Debug)]
struct Principal {
    /// `assumed-role/ROLE/FUNCTION`
    name: String,
    rights: Rights,
}

/// The credentials of one instance. They are worth nothing any more when this is dropped.
#[derive(Debug)]
pub(crate) struct Credentials {
    access: Access,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) session_token: String,
}

/// Who makes a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    /// A person at this machine.
    Developer,
    /// A function, by its logical id.
    Function(String),
    /// An instance that has ended.
    Expired,
}

/// What a call needs to be allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Need {
    /// For example `dynamodb:PutItem`.
    pub(crate) action: String,
    /// An ARN.
    pub(crate) resource: String,
    /// Condition keys and their values.
    pub(crate) context: Vec<(&'static str, Vec<String>)>,
}

/// Why a call is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Denial {
    /// The credentials are those of an instance that has ended.
    Expired,
    /// In AWS's words.
    Forbidden(String),
}

/// What came of it when a run is over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessReport {
    /// Every call that was refused for want of a right, with how often.
    pub denied: Vec<String>,
    /// Every right to something that runs here which no call ever used.
    pub unused: Vec<String>,
}

impl Access {
    /// Decides by the policies of these functions.
    pub(crate) fn new(functions: &[FunctionSpec], enforcement: Enforcement, warnings: &mut Vec<String>) -> Self {
        let principal = |function: &FunctionSpec, warnings: &mut Vec<String>| Principal {
            name: format!("assumed-role/{}/{}", function.role, function.name),
            rights: Rights::new(&function.id, &function.statements, warnings),
        };
        let functions = functions.iter().map(|function| (function.id.clone(), principal(function, warnings))).collect();
        let shared = Shared { enforcement, functions, keys: RwLock::default(), denials: Mutex::default() };
        Self { shared: Arc::new(shared) }
    }

    /// New credentials for an instance of this function.
    pub(crate) fn issue(&self, function: &str) -> Credentials {
        let random = || uuid::Uuid::new_v4().simple().to_string();
        let access_key_id = format!("{KEY_PREFIX}{}", random().to_uppercase());
        let mut keys = self.shared.keys.write().expect("nothing panics while it is held");
        keys.insert(access_key_id.clone(), function.to_owned());
        Credentials { access: self.clone(), access_key_id, secret_access_key: random(), session_token: random() }
    }

    /// Who signed a request; none: it is not signed.
    pub(crate) fn caller(&self, headers: &HeaderMap, uri: &Uri) -> Option<Caller> {
        let key = signing_key(headers, uri)?;
        let keys = self.shared.keys.read().expect("nothing panics while it is held");
        Some(match keys.get(key) {
            Some(function) => Caller::Function(function.clone()),
            None if key.starts_with(KEY_PREFIX) => Caller::Expired,
            None => Caller::Developer,
        })
    }

    /// Whether a function's policies have conditions, so that a call has to be looked at closely.
    pub(crate) fn has_conditions(&self, caller: &Caller) -> bool {
        self.principal(caller).is_some_and(|principal| principal.rights.have_conditions())
    }

    /// # Errors
    /// When the caller may not do that.
    pub(crate) fn check(&self, caller: &Caller, need: &Need) -> Result<(), Denial> {
        let function = match caller {
            Caller::Developer => return Ok(()),
            Caller::Expired => return Err(Denial::Expired),
            Caller::Function(function) => function,
        };
        let decision = match self.principal(caller) {
            Some(principal) => principal.rights.decide(need),
            None => Decision::NotApplicable,
        };
        let Need { action, resource, .. } = need;
        let why = match decision {
            Decision::Allow => return Ok(()),
            Decision::Deny => "with an explicit deny in an identity-based policy".to_owned(),
            Decision::NotApplicable => format!("because no identity-based policy allows the {action} action"),
        };
        self.note(format!("{function}: {action} on {}, {why}", kind_of(resource)));
        if self.shared.enforcement == Enforcement::ReportOnly {
            return Ok(());
        }
        tracing::warn!(function, action, resource, "access denied");
        let user = self.principal(caller).map_or(function.as_str(), |principal| principal.name.as_str());
        Err(Denial::Forbidden(format!(
            "User: arn:aws:sts::{ACCOUNT_ID}:{user} is not authorized to perform: {action} on resource: {resource} {why}"
        )))
    }

    /// Counts a refused call.
    fn note(&self, call: String) {
        let mut denials = self.denials();
        let is_known = denials.contains_key(&call) || denials.len() < limits::DENIED_CALLS_MAX;
        let call = if is_known { call } else { "further calls, of whatever functions".to_owned() };
        *denials.entry(call).or_default() += 1;
    }

    /// What was refused so far, and what was never used.
    pub(crate) fn report(&self) -> AccessReport {
        let line = |(call, count): (&String, &u64)| match count {
            1 => call.clone(),
            _ => format!("{call} ({count} times)"),
        };
        let denied = self.denials().iter().map(line).collect();
        let unused = self.shared.functions.iter().flat_map(|(function, principal)| {
            principal.rights.unused().map(move |right| format!("{function}: {right}"))
        });
        AccessReport { denied, unused: unused.collect() }
    }

    fn principal(&self, caller: &Caller) -> Option<&Principal> {
        match caller {
            Caller::Function(function) => self.shared.functions.get(function),
            Caller::Developer | Caller::Expired => None,
        }
    }

    fn denials(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.shared.denials.lock().expect("nothing panics while it is held")
    }
}

#[cfg(test)]
impl Access {
    /// Knows no function, so that only a developer may do anything.
    pub(crate) fn to_nothing() -> Self {
        Self::new(&[], Enforcement::On, &mut Vec::new())
    }

    /// Knows one function, with these policies.
    pub(crate) fn for_one(id: &str, statements: Vec<serde_json::Value>) -> Self {
        use crate::template::model::{Code, LogFormat};
        let function = FunctionSpec {
            id: id.to_owned(),
            name: id.to_lowercase(),
            code: Code::Bootstrap { folder: "/".into() },
            handler: "bootstrap".to_owned(),
            memory_mb: 128,
            timeout_seconds: 3,
            environment: BTreeMap::new(),
            reserved_concurrency: None,
            log_format: LogFormat::Text,
            async_retries_max: 2,
            async_age_seconds_max: 21_600,
            role: format!("{id}Role"),
            statements,
        };
        let mut warnings = Vec::new();
        let access = Self::new(&[function], Enforcement::On, &mut warnings);
        assert_eq!(warnings, Vec::<String>::new());
        access
    }
}

impl Denial {
    /// What AWS calls such an error.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Expired => "ExpiredTokenException",
            Self::Forbidden(_) => "AccessDeniedException",
        }
    }

    pub(crate) fn message(&self) -> &str {
        match self {
            Self::Expired => "The security token included in the request is expired",
            Self::Forbidden(message) => message,
        }
    }
}

/// A resource as it is reported: there are as many connections as clients come.
fn kind_of(resource: &str) -> Cow<'_, str> {
    match resource.split_once("/@connections/") {
        Some((before, _)) => format!("{before}/@connections/*").into(),
        None => resource.into(),
    }
}

impl Drop for Credentials {
    fn drop(&mut self) {
        let keys = self.access.shared.keys.write();
        keys.expect("nothing panics while it is held").remove(&self.access_key_id);
    }
}

/// The access key in a Signature Version 4, in the header or, for a presigned URL, in the query.
fn signing_key<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let scope = if authorization.starts_with("AWS4-") {
        authorization.split_once("Credential=")?.1
    } else {
        let query = uri.query().filter(|query| query.contains("X-Amz-Signature="))?;
        query.split_once("X-Amz-Credential=")?.1
    };
    // A slash, which a query may have as `%2F`.
    scope.split(['/', '%']).next().filter(|key| !key.is_empty())
}

#[cfg(test)]
mod tests;
