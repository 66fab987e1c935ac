//! Systems Manager's parameter store, as far as functions read their secrets from it: `GetParameters`.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
    routing::post,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    access::{Access, Need},
    aws::{ACCOUNT_ID, REGION},
    limits::PARAMETERS_PER_REQUEST_MAX,
    parameters::Parameters,
};

/// Where it is served, below the stack's own address.
pub(crate) const PATH: &str = "/local/ssm";

/// What an operation is called in the protocol.
const GET_PARAMETERS: &str = "AmazonSSM.GetParameters";

#[derive(Debug)]
struct Shared {
    parameters: Arc<Parameters>,
    access: Access,
}

/// The body of a request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wanted {
    names: Vec<String>,
    #[serde(default)]
    with_decryption: bool,
}

/// A refusal in the service's own form.
#[derive(Debug)]
struct Refused(&'static str, String);

/// The service for all functions of a stack.
pub(crate) fn routes(parameters: Arc<Parameters>, access: Access) -> Router {
    let shared = Shared { parameters, access };
    let slash = format!("{PATH}/");
    Router::new().route(PATH, post(call)).route(&slash, post(call)).with_state(Arc::new(shared))
}

async fn call(State(shared): State<Arc<Shared>>, headers: HeaderMap, uri: Uri, body: Bytes) -> Response {
    let (status, answer) = match shared.answer(&headers, &uri, &body) {
        Ok(answer) => (StatusCode::OK, answer),
        Err(Refused(name, message)) => (StatusCode::BAD_REQUEST, json!({ "__type": name, "message": message })),
    };
    (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.1")], answer.to_string()).into_response()
}

impl Shared {
    fn answer(&self, headers: &HeaderMap, uri: &Uri, body: &[u8]) -> Result<Value, Refused> {
        let refused = |name, message: &str| Refused(name, message.to_owned());
        if headers.get("x-amz-target").is_none_or(|target| target != GET_PARAMETERS) {
            return Err(refused("UnknownOperationException", "Only GetParameters is served here."));
        }
        let caller = self.access.caller(headers, uri);
        let caller =
            caller.ok_or_else(|| refused("MissingAuthenticationTokenException", "Missing Authentication Token"))?;
        let wanted: Wanted = serde_json::from_slice(body).map_err(|error| {
            Refused("SerializationException", format!("Start of structure or map expected: {error}"))
        })?;
        if !(1..=PARAMETERS_PER_REQUEST_MAX).contains(&wanted.names.len()) {
            return Err(refused("ValidationException", "Between 1 and 10 names can be asked for at once."));
        }
        for name in &wanted.names {
            let need = Need { action: "ssm:GetParameters".to_owned(), resource: arn(name), context: Vec::new() };
            self.access.check(&caller, &need).map_err(|denial| refused(denial.name(), denial.message()))?;
        }
        let (mut found, mut invalid) = (Vec::new(), Vec::new());
        for name in BTreeSet::from_iter(wanted.names) {
            match self.parameters.known(&name) {
                Some(value) => found.push(described(&name, value, wanted.with_decryption)),
                None => invalid.push(name),
            }
        }
        Ok(json!({ "Parameters": found, "InvalidParameters": invalid }))
    }
}

/// Everything in this store is a `SecureString`, of which nobody can use what is not decrypted.
fn described(name: &str, value: String, is_decrypted: bool) -> Value {
    let value = if is_decrypted { value } else { BASE64_STANDARD.encode(rand::random::<[u8; 32]>()) };
    json!({
        "Name": name,
        "Type": "SecureString",
        "Value": value,
        "Version": 1,
        "ARN": arn(name),
        "DataType": "text",
    })
}

/// A name that is a path begins with the slash that comes before it in an ARN anyway.
fn arn(name: &str) -> String {
    format!("arn:aws:ssm:{REGION}:{ACCOUNT_ID}:parameter/{}", name.trim_start_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=";

    /// A store with one secret, and a function that may read that and another one.
    fn shared() -> (Shared, String) {
        let folder = std::env::temp_dir().join(format!("parameters-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&folder).unwrap();
        let parameters = Parameters::open(&folder).unwrap();
        let value = parameters.value("/x/secret").unwrap();
        std::fs::remove_dir_all(folder).unwrap();
        let allowed = ["/x/secret", "/x/missing"].map(arn);
        let statement = json!({ "Effect": "Allow", "Action": "ssm:GetParameters", "Resource": allowed });
        (Shared { parameters: Arc::new(parameters), access: Access::for_one("Reader", vec![statement]) }, value)
    }

    fn asked(shared: &Shared, key: Option<&str>, target: &'static str, body: &Value) -> Result<Value, &'static str> {
        let mut headers =
            HeaderMap::from_iter([(header::HeaderName::from_static("x-amz-target"), target.parse().unwrap())]);
        if let Some(key) = key {
            headers.insert(
                header::AUTHORIZATION,
                format!("{SIGNED}{key}/20260101/us-east-1/ssm/aws4_request").parse().unwrap(),
            );
        }
        shared.answer(&headers, &Uri::from_static(PATH), body.to_string().as_bytes()).map_err(|Refused(name, _)| name)
    }

    /// G: values come decrypted where that is asked for; names that nobody has are listed.
    #[test]
    fn parameters_are_found_by_name() {
        let (shared, value) = shared();
        let reader = shared.access.issue("Reader");
        let get = |body: Value| asked(&shared, Some(&reader.access_key_id), GET_PARAMETERS, &body).unwrap();
        let answer = get(json!({ "Names": ["/x/missing", "/x/secret"], "WithDecryption": true }));
        assert_eq!(answer["InvalidParameters"], json!(["/x/missing"]));
        let found = answer["Parameters"].as_array().unwrap();
        assert_eq!((found.len(), &found[0]["Value"], &found[0]["Type"]), (1, &json!(value), &json!("SecureString")));
        assert_eq!(found[0]["ARN"], "arn:aws:ssm:us-east-1:000000000000:parameter/x/secret");
        let answer = get(json!({ "Names": ["/x/secret"] }));
        assert_ne!(answer["Parameters"][0]["Value"], json!(value), "nobody gets it by mistake");
    }

    /// G: each name needs its right. IAM: `AccessDeniedException`, and `ExpiredTokenException` after the end of a process.
    #[test]
    fn each_parameter_needs_its_right() {
        let (shared, _) = shared();
        let reader = shared.access.issue("Reader");
        let names = |names: Value| json!({ "Names": names, "WithDecryption": true });
        let get = |key: Option<&str>, body: &Value| asked(&shared, key, GET_PARAMETERS, body);
        let own = Some(reader.access_key_id.as_str());
        assert!(get(own, &names(json!(["/x/secret"]))).is_ok());
        assert_eq!(get(own, &names(json!(["/x/secret", "/y"]))), Err("AccessDeniedException"));
        assert_eq!(get(None, &names(json!(["/x/secret"]))), Err("MissingAuthenticationTokenException"));
        assert!(get(Some("developer"), &names(json!(["/y"]))).is_ok(), "a developer may look everywhere");
        let ended = reader.access_key_id.clone();
        drop(reader);
        assert_eq!(get(Some(&ended), &names(json!(["/x/secret"]))), Err("ExpiredTokenException"));
    }

    /// G: what the service does not take.
    #[test]
    fn what_is_no_request_for_parameters_is_refused() {
        let (shared, _) = shared();
        let get = |target, body: Value| asked(&shared, Some("developer"), target, &body).unwrap_err();
        assert_eq!(get("AmazonSSM.PutParameter", json!({})), "UnknownOperationException");
        assert_eq!(get(GET_PARAMETERS, json!({})), "SerializationException");
        assert_eq!(get(GET_PARAMETERS, json!({ "Names": [] })), "ValidationException");
        let eleven: Vec<_> = (0..11).map(|number| format!("/{number}")).collect();
        assert_eq!(get(GET_PARAMETERS, json!({ "Names": eleven })), "ValidationException");
    }
}
