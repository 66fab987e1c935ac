//! The rights of one function, each of which is a single action on a single resource.

use std::{
    num::NonZeroUsize,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
};

use iam_rs::{
    Arn, Context, ContextValue, Decision, IAMEffect, IAMPolicy, IAMRequest, IAMStatement, PolicyEvaluator, Principal,
    PrincipalId,
};
use lru::LruCache;
use serde_json::Value;

use super::Need;
use crate::aws::ACCOUNT_ID;

/// What conditions may ask about.
const CONDITION_KEYS: [&str; 6] = [
    "aws:SecureTransport",
    "dynamodb:EnclosingOperation",
    "dynamodb:LeadingKeys",
    "dynamodb:ReturnValues",
    "dynamodb:Select",
    "execute-api:stage",
];

/// What the stack itself does for a function on AWS's behalf, so that no call of a function ever uses it: event source
/// mappings read streams.
const USED_BY_AWS: [&str; 4] =
    ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"];

/// How many decisions are remembered of each function: calls of the management API name a connection.
const DECISIONS_MAX: NonZeroUsize = NonZeroUsize::new(1024).expect("it is not zero");

#[derive(Debug)]
pub(super) struct Rights {
    rights: Vec<Right>,
    decided: Mutex<LruCache<String, Decision>>,
}

/// A statement about one action and one resource.
#[derive(Debug)]
struct Right {
    effect: IAMEffect,
    /// As the template has them; none for a statement about everything but some.
    action: Option<String>,
    resource: Option<String>,
    has_condition: bool,
    evaluator: PolicyEvaluator,
    used: AtomicBool,
}

impl Rights {
    /// Takes the statements of all policies apart.
    pub(super) fn new(function: &str, statements: &[Value], warnings: &mut Vec<String>) -> Self {
        let mut rights = Vec::new();
        for statement in statements {
            warn_of_conditions(function, statement, warnings);
            for single in singles(statement) {
                match serde_json::from_value::<IAMStatement>(single.clone()) {
                    Ok(read) => rights.push(Right::new(&single, read)),
                    Err(error) => warnings.push(format!(
                        "{function}: the statement {statement} is not understood ({error}); it grants nothing here."
                    )),
                }
            }
        }
        Self { rights, decided: Mutex::new(LruCache::new(DECISIONS_MAX)) }
    }

    pub(super) fn have_conditions(&self) -> bool {
        self.rights.iter().any(|right| right.has_condition)
    }

    /// A denial outdoes every permission, and without a permission nothing is allowed.
    pub(super) fn decide(&self, need: &Need) -> Decision {
        if self.have_conditions() {
            return self.evaluate(need);
        }
        // Without conditions nothing but these two counts, and the same calls come again and again.
        let call = format!("{} {}", need.action, need.resource);
        if let Some(decision) = self.decided().get(&call) {
            return *decision;
        }
        let decision = self.evaluate(need);
        self.decided().put(call, decision);
        decision
    }

    fn decided(&self) -> MutexGuard<'_, LruCache<String, Decision>> {
        self.decided.lock().expect("nothing panics while it is held")
    }

    fn evaluate(&self, need: &Need) -> Decision {
        let candidates: Vec<_> = self.rights.iter().filter(|right| right.may_concern(need)).collect();
        let Some(request) = (!candidates.is_empty()).then(|| request(need)).flatten() else {
            return Decision::NotApplicable;
        };
        let mut decision = Decision::NotApplicable;
        for right in candidates {
            match right.evaluator.evaluate(&request).map(|result| result.decision) {
                Ok(Decision::Deny) => {
                    right.used.store(true, Ordering::Relaxed);
                    return Decision::Deny;
                }
                Ok(Decision::Allow) => {
                    right.used.store(true, Ordering::Relaxed);
                    decision = Decision::Allow;
                }
                Ok(Decision::NotApplicable) => {}
                // What cannot be decided allows nothing, and a denial that cannot be decided denies.
                Err(error) => {
                    tracing::warn!(%error, ?right, "a statement cannot be evaluated");
                    if right.effect == IAMEffect::Deny {
                        return Decision::Deny;
                    }
                }
            }
        }
        decision
    }

    /// The permissions that were never used, of those for something that runs here.
    pub(super) fn unused(&self) -> impl Iterator<Item = String> {
        let concerns_us = |action: &str| {
            let service = action.split(':').next().unwrap_or_default();
            matches!(service, "dynamodb" | "execute-api") || action == "ssm:GetParameters"
        };
        self.rights.iter().filter_map(move |right| {
            let (action, resource) = (right.action.as_ref()?, right.resource.as_ref()?);
            let is_unused = right.effect == IAMEffect::Allow && !right.used.load(Ordering::Relaxed);
            (is_unused && concerns_us(action) && !USED_BY_AWS.contains(&action.as_str()))
                .then(|| format!("{action} on {resource}"))
        })
    }
}

impl Right {
    fn new(json: &Value, statement: IAMStatement) -> Self {
        let text = |name: &str| json[name].as_str().map(str::to_owned);
        let effect = statement.effect;
        let policy = IAMPolicy::new().add_statement(statement);
        Self {
            effect,
            action: text("Action"),
            resource: text("Resource"),
            has_condition: json["Condition"].is_object(),
            evaluator: PolicyEvaluator::with_policies(vec![policy]),
            used: AtomicBool::new(false),
        }
    }

    /// Cheap, so that only the few statements about an action are evaluated.
    fn may_concern(&self, need: &Need) -> bool {
        let matches =
            |pattern: &String| Arn::wildcard_match(&need.action.to_ascii_lowercase(), &pattern.to_ascii_lowercase());
        self.action.as_ref().is_none_or(matches)
    }
}

/// One statement for each action and resource of a statement.
fn singles(statement: &Value) -> Vec<Value> {
    let all = |name: &str| match &statement[name] {
        Value::Array(items) => items.clone(),
        Value::Null => vec![Value::Null],
        one @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => vec![one.clone()],
    };
    let mut singles = Vec::new();
    for action in all("Action") {
        for resource in all("Resource") {
            let mut single = statement.clone();
            for (name, value) in [("Action", &action), ("Resource", &resource)] {
                if !value.is_null() {
                    single[name] = value.clone();
                }
            }
            singles.push(single);
        }
    }
    singles
}

fn warn_of_conditions(function: &str, statement: &Value, warnings: &mut Vec<String>) {
    let operators = statement["Condition"].as_object().into_iter().flat_map(|operators| operators.values());
    for key in operators.filter_map(Value::as_object).flat_map(|keys| keys.keys()) {
        if !CONDITION_KEYS.iter().any(|known| known.eq_ignore_ascii_case(key)) {
            warnings.push(format!("{function}: the condition key {key} has no value here."));
        }
    }
}

fn request(need: &Need) -> Option<IAMRequest> {
    let resource = Arn::parse(&need.resource).ok()?;
    // Here it is plain HTTP; on AWS it is always TLS, and policies are those of AWS.
    let mut context = Context::new().with_boolean("aws:SecureTransport", true);
    for (key, values) in &need.context {
        context.insert((*key).to_owned(), ContextValue::StringList(values.clone()));
    }
    // Policies of roles name no principal; the library wants one all the same.
    let role = Principal::Aws(PrincipalId::String(format!("arn:aws:iam::{ACCOUNT_ID}:role/role")));
    Some(IAMRequest::new_with_context(role, need.action.clone(), resource, context))
}

/// A statement that allows these actions on these resources, for tests.
#[cfg(test)]
pub(super) fn allowing(actions: Value, resources: Value) -> Value {
    serde_json::json!({ "Effect": "Allow", "Action": actions, "Resource": resources })
}
