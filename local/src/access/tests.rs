use serde_json::{Value, json};

use super::{rights::allowing, *};

const TABLE: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/games";

fn access(statements: Vec<Value>) -> Access {
    Access::for_one("Play", statements)
}

fn need(action: &str, resource: &str) -> Need {
    Need { action: action.to_owned(), resource: resource.to_owned(), context: Vec::new() }
}

fn may(access: &Access, action: &str, resource: &str) -> bool {
    access.check(&Caller::Function("Play".to_owned()), &need(action, resource)).is_ok()
}

fn signed(key: &str) -> HeaderMap {
    let value =
        format!("AWS4-HMAC-SHA256 Credential={key}/20261123/us-east-1/dynamodb/aws4_request, SignedHeaders=host");
    HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())])
}

/// IAM: Allow, Deny, wildcards and `NotAction`.
#[test]
fn a_function_may_do_what_its_policies_allow_and_nothing_else() {
    let access = access(vec![
        allowing(json!(["dynamodb:GetItem", "dynamodb:Batch*"]), json!(TABLE)),
        allowing(json!("dynamodb:Query"), json!([format!("{TABLE}/index/*")])),
    ]);
    assert!(may(&access, "dynamodb:GetItem", TABLE));
    assert!(may(&access, "dynamodb:BatchGetItem", TABLE));
    assert!(may(&access, "dynamodb:Query", &format!("{TABLE}/index/open")));
    assert!(!may(&access, "dynamodb:Query", TABLE), "an index is not its table");
    assert!(!may(&access, "dynamodb:PutItem", TABLE));
    assert!(!may(&access, "dynamodb:GetItem", &TABLE.replace("games", "players")));
    assert!(access.check(&Caller::Developer, &need("dynamodb:PutItem", TABLE)).is_ok());
}

/// The words are those of AWS: "Troubleshoot access denied error messages" in the IAM User Guide.
#[test]
fn a_refusal_says_what_is_missing() {
    let deny = json!({ "Effect": "Deny", "Action": "dynamodb:DeleteItem", "Resource": "*" });
    let access = access(vec![allowing(json!("dynamodb:DeleteItem"), json!("*")), deny]);
    let caller = Caller::Function("Play".to_owned());
    let user = "User: arn:aws:sts::000000000000:assumed-role/PlayRole/play is not authorized to perform:";
    assert_eq!(
        access.check(&caller, &need("dynamodb:PutItem", TABLE)).unwrap_err().message(),
        format!(
            "{user} dynamodb:PutItem on resource: {TABLE} because no identity-based policy allows the dynamodb:PutItem \
             action"
        )
    );
    assert_eq!(
        access.check(&caller, &need("dynamodb:DeleteItem", TABLE)).unwrap_err().message(),
        format!("{user} dynamodb:DeleteItem on resource: {TABLE} with an explicit deny in an identity-based policy")
    );
}

/// IAM: conditions on leading keys.
#[test]
fn conditions_on_leading_keys_are_kept() {
    let mut statement = allowing(json!("dynamodb:*"), json!("*"));
    statement["Condition"] = json!({ "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["mine"] } });
    let access = access(vec![statement]);
    let caller = Caller::Function("Play".to_owned());
    assert!(access.has_conditions(&caller));
    let keyed = |keys: &[&str]| Need {
        context: vec![("dynamodb:LeadingKeys", keys.iter().map(|key| (*key).to_owned()).collect())],
        ..need("dynamodb:GetItem", TABLE)
    };
    assert!(access.check(&caller, &keyed(&["mine"])).is_ok());
    assert!(access.check(&caller, &keyed(&["mine", "yours"])).is_err());
    assert!(access.check(&caller, &keyed(&["yours"])).is_err());
}

/// IAM, issue 3: on AWS every call comes over TLS, so that the usual statement against others refuses nothing.
#[test]
fn a_statement_against_calls_without_tls_refuses_nothing() {
    let mut deny = json!({ "Effect": "Deny", "Action": "*", "Resource": "*" });
    deny["Condition"] = json!({ "Bool": { "aws:SecureTransport": "false" } });
    let mut allow = allowing(json!("dynamodb:GetItem"), json!(TABLE));
    allow["Condition"] = json!({ "Bool": { "aws:SecureTransport": "true" } });
    assert!(may(&access(vec![deny, allow]), "dynamodb:GetItem", TABLE));
}

/// IAM: credentials are those of one instance.
#[test]
fn credentials_belong_to_one_instance_and_end_with_it() {
    let access = access(Vec::new());
    let (first, second) = (access.issue("Play"), access.issue("Play"));
    assert_ne!(first.access_key_id, second.access_key_id);
    let uri = Uri::from_static("/");
    let headers = signed(&first.access_key_id);
    assert_eq!(access.caller(&headers, &uri), Some(Caller::Function("Play".to_owned())));
    drop(first);
    assert_eq!(access.caller(&headers, &uri), Some(Caller::Expired));
    assert_eq!(access.check(&Caller::Expired, &need("dynamodb:GetItem", TABLE)), Err(Denial::Expired));
    assert_eq!(access.caller(&signed("local"), &uri), Some(Caller::Developer));
    assert_eq!(access.caller(&HeaderMap::new(), &uri), None);
    let presigned = Uri::from_static("/x?X-Amz-Credential=AKIA%2F20261123&X-Amz-Signature=0");
    assert_eq!(access.caller(&HeaderMap::new(), &presigned), Some(Caller::Developer));
}

#[test]
fn the_report_names_what_was_refused_and_what_was_never_used() {
    let access = access(vec![
        allowing(json!(["dynamodb:GetItem", "dynamodb:PutItem"]), json!(TABLE)),
        allowing(json!(["logs:PutLogEvents", "dynamodb:GetRecords"]), json!("*")),
    ]);
    assert!(may(&access, "dynamodb:GetItem", TABLE));
    assert!(!may(&access, "dynamodb:Scan", TABLE) && !may(&access, "dynamodb:Scan", TABLE));
    let report = access.report();
    assert_eq!(report.unused, [format!("Play: dynamodb:PutItem on {TABLE}")]);
    let [denied] = &report.denied[..] else { panic!("{report:?}") };
    assert!(denied.starts_with("Play: dynamodb:Scan on arn:") && denied.ends_with("(2 times)"), "{denied}");
}

/// IAM, issue 3: a run of weeks refuses as many connections and names as come; what is listed stays small.
#[test]
fn the_report_has_a_bounded_number_of_lines() {
    let access = access(Vec::new());
    for connection in 0..100 {
        let api = "arn:aws:execute-api:us-east-1:000000000000:Api/v1/POST/@connections";
        assert!(!may(&access, "execute-api:ManageConnections", &format!("{api}/{connection}=")));
    }
    let denied = access.report().denied;
    assert_eq!(denied.len(), 1, "{denied:?}");
    assert!(denied[0].contains("/POST/@connections/*, because") && denied[0].ends_with("(100 times)"), "{denied:?}");
    for table in 0..2 * limits::DENIED_CALLS_MAX {
        assert!(!may(&access, "dynamodb:GetItem", &format!("{TABLE}-{table}")));
    }
    let denied = access.report().denied;
    assert!(denied.len() <= limits::DENIED_CALLS_MAX + 1, "{}", denied.len());
}
