//! What an authorizer's answer means. No I/O.

use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::limits::{GatewayLimits, NullContext};

/// The only action that an authorizer's policy can be about.
const INVOKE: &str = "execute-api:Invoke";

/// Reads the answer of an authorizer function. Returns the `authorizer` of every later event of the connection.
///
/// # Errors
/// With a refusal when the policy denies, does not allow, or is none.
pub(super) fn authorize(answer: &str, method_arn: &str, limits: &GatewayLimits) -> Result<Map<String, Value>, Refusal> {
    let bad = Refusal::AUTHORIZER_FAILED;
    if answer.len() > limits.authorizer_result_bytes_max {
        return Err(bad);
    }
    let answer: Value = serde_json::from_str(answer).map_err(|_| bad)?;
    let principal = answer["principalId"].as_str().ok_or(bad)?;
    let statements = match &answer["policyDocument"]["Statement"] {
        Value::Array(statements) => statements.clone(),
        statement @ Value::Object(_) => vec![statement.clone()],
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return Err(bad),
    };
    let mut allowed = false;
    for statement in &statements {
        let matching = matches(&statement["Action"], INVOKE)? && matches(&statement["Resource"], method_arn)?;
        match statement["Effect"].as_str() {
            Some("Deny") if matching => return Err(Refusal::DENIED),
            Some("Allow") if matching => allowed = true,
            Some("Deny" | "Allow") => {}
            Some(_) | None => return Err(bad),
        }
    }
    if !allowed {
        return Err(Refusal::NOT_ALLOWED);
    }
    let mut context = context(&answer["context"], limits.null_context)?;
    context.insert("principalId".to_owned(), principal.into());
    Ok(context)
}

/// Values arrive as text, whatever they were. Objects and arrays are not accepted.
fn context(context: &Value, null: NullContext) -> Result<Map<String, Value>, Refusal> {
    let values = match context {
        Value::Null => return Ok(Map::new()),
        Value::Object(values) => values,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            return Err(Refusal::AUTHORIZER_FAILED);
        }
    };
    let mut texts = Map::new();
    for (key, value) in values {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            Value::Null => match null {
                NullContext::LeftOut => continue,
                NullContext::Text => "null".to_owned(),
            },
            Value::Array(_) | Value::Object(_) => return Err(Refusal::AUTHORIZER_FAILED),
        };
        texts.insert(key.clone(), text.into());
    }
    Ok(texts)
}

/// Whether one of a statement's patterns matches.
fn matches(patterns: &Value, text: &str) -> Result<bool, Refusal> {
    let pattern = |value: &Value| value.as_str().map(str::to_owned).ok_or(Refusal::AUTHORIZER_FAILED);
    let patterns = match patterns {
        Value::Array(patterns) => patterns.iter().map(pattern).collect::<Result<Vec<_>, _>>()?,
        one @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
            vec![pattern(one)?]
        }
    };
    let case_free = text == INVOKE;
    Ok(patterns.iter().any(|pattern| {
        if case_free {
            wildcard(&pattern.to_ascii_lowercase(), &text.to_ascii_lowercase())
        } else {
            wildcard(pattern, text)
        }
    }))
}

/// IAM's wildcards: `*` is any text, across every separator, and `?` any character.
pub(super) fn wildcard(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut from) = (0, 0);
    // Where to go on when what follows the last star did not match.
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        if pattern.get(at) == Some(&'*') {
            star = Some((at, from));
            at += 1;
        } else if pattern.get(at).is_some_and(|character| *character == '?' || *character == text[from]) {
            at += 1;
            from += 1;
        } else if let Some((star_at, star_from)) = star {
            at = star_at + 1;
            from = star_from + 1;
            star = Some((star_at, star_from + 1));
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|character| *character == '*')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ARN: &str = "arn:aws:execute-api:us-east-1:000000000000:api/v1/$connect";

    fn decide(answer: &Value) -> Result<Map<String, Value>, Refusal> {
        authorize(&answer.to_string(), ARN, &GatewayLimits::default())
    }

    fn statement(effect: &str, resource: &str) -> Value {
        json!({"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource})
    }

    fn answer(statements: &[Value]) -> Value {
        json!({"principalId": "ada", "policyDocument": {"Version": "2012-10-17", "Statement": statements}})
    }

    /// D.3: policy Deny or resource not matching → 403.
    #[test]
    fn the_policy_decides() {
        let (allow, deny) = (statement("Allow", ARN), statement("Deny", "*"));
        assert!(decide(&answer(std::slice::from_ref(&allow))).is_ok());
        assert_eq!(decide(&answer(&[allow, deny])), Err(Refusal::DENIED));
        assert_eq!(decide(&answer(&[])), Err(Refusal::NOT_ALLOWED));
        assert_eq!(decide(&answer(&[statement("Deny", "arn:other")])), Err(Refusal::NOT_ALLOWED));
    }

    /// D.3: powertools-lambda-python#5800.
    #[test]
    fn two_stars_with_a_slash_between_them_do_not_match_the_connect_route() {
        let base = "arn:aws:execute-api:us-east-1:000000000000:api/v1";
        assert_eq!(decide(&answer(&[statement("Allow", &format!("{base}/*/*"))])), Err(Refusal::NOT_ALLOWED));
        for resource in [&format!("{base}/*"), &format!("{base}/$connec?"), "arn:aws:execute-api:*", "*"] {
            assert!(decide(&answer(&[statement("Allow", resource)])).is_ok(), "{resource}");
        }
    }

    /// D.1: context values arrive as text. D.3: bad policy → 500.
    #[test]
    fn the_context_arrives_as_text() {
        let mut good = answer(&[statement("Allow", "*")]);
        good["context"] = json!({"player_id": "ada", "level": 7, "admin": true});
        let expected = json!({"principalId": "ada", "player_id": "ada", "level": "7", "admin": "true"});
        assert_eq!(Value::Object(decide(&good).unwrap()), expected);
        good["context"] = json!({"level": null});
        assert_eq!(Value::Object(decide(&good).unwrap()), json!({"principalId": "ada"}));
        let text = GatewayLimits { null_context: NullContext::Text, ..GatewayLimits::default() };
        assert_eq!(authorize(&good.to_string(), ARN, &text).unwrap()["level"], "null", "undocumented, a setting");
        good["context"] = json!({"nested": {}});
        assert_eq!(decide(&good), Err(Refusal::AUTHORIZER_FAILED));
    }

    /// D.3: authorizer crashes or bad policy → 500. D.3: result ≤ 8 KB.
    #[test]
    fn a_bad_policy_is_the_authorizers_fault() {
        let allow = statement("Allow", "*");
        for bad in [
            json!(null),
            json!("allow"),
            json!({}),
            json!({"policyDocument": {"Statement": [allow]}}),
            json!({"principalId": "ada"}),
            json!({"principalId": "ada", "policyDocument": {"Statement": [{"Effect": "Allow"}]}}),
            answer(&[statement("Perhaps", "*")]),
        ] {
            assert_eq!(decide(&bad), Err(Refusal::AUTHORIZER_FAILED), "{bad}");
        }
        let mut big = answer(&[allow]);
        big["context"] = json!({"x": "y".repeat(8 * 1024)});
        assert_eq!(decide(&big), Err(Refusal::AUTHORIZER_FAILED));
    }

    #[test]
    fn wildcards_match_as_in_iam() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*b*c", "a/b/b/c", true),
            ("a?c", "ac", false),
            ("*ab", "aab", true),
            ("a*", "ba", false),
            ("a", "ab", false),
        ] {
            assert_eq!(wildcard(pattern, text), expected, "{pattern} {text}");
        }
    }
}
