//! Which route a message takes. No I/O.

use std::{collections::BTreeMap, time::Duration};

use serde_json::Value;

use crate::{
    limits::LifecycleAction,
    template::model::{Permission, RouteSpec},
};

/// The route of every message that takes no other.
const DEFAULT: &str = "$default";

/// The message routes of an API.
#[derive(Debug)]
pub(super) struct Routes {
    selection: Selection,
    lifecycle_action: LifecycleAction,
    by_key: BTreeMap<String, Route>,
}

/// Where messages go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) key: String,
    pub(super) target: Target,
    pub(super) responds: Responds,
}

/// A function behind a route or an authorizer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) function: String,
    pub(super) permission: Permission,
    /// How long the integration waits, if it says so.
    pub(super) timeout: Option<Duration>,
}

/// Whether what the function returns travels back on the socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Responds {
    Never,
    WithBody,
}

/// A route selection expression.
#[derive(Debug, PartialEq, Eq)]
enum Selection {
    /// `$request.body.action`
    Path(Vec<String>),
    /// `${request.body.game}/${request.body.action}`, or static text.
    Compound(Vec<Part>),
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Path(Vec<String>),
}

impl Routes {
    pub(super) fn new(selection: &str, lifecycle_action: LifecycleAction, routes: &[RouteSpec]) -> Self {
        let routes = routes.iter().map(|route| {
            let responds = if route.has_response { Responds::WithBody } else { Responds::Never };
            let target =
                Target { function: route.function.clone(), permission: route.permission, timeout: route.timeout };
            (route.key.clone(), Route { key: route.key.clone(), target, responds })
        });
        Self { selection: Selection::parse(selection), lifecycle_action, by_key: routes.collect() }
    }

    /// The route of `$connect` or `$disconnect`, if there is one.
    pub(super) fn lifecycle(&self, key: &str) -> Option<&Route> {
        self.by_key.get(key)
    }

    /// The route that a message takes: the one with exactly the selected key, or else `$default`.
    pub(super) fn find(&self, body: &str) -> Option<&Route> {
        self.selection
            .evaluate(body)
            .filter(|key| self.lifecycle_action == LifecycleAction::MatchesItsRoute || !key.starts_with('$'))
            .and_then(|key| self.by_key.get(&key))
            .or_else(|| self.by_key.get(DEFAULT))
    }
}

impl Selection {
    fn parse(expression: &str) -> Self {
        if let Some(path) = expression.strip_prefix('$').and_then(path) {
            return Self::Path(path);
        }
        let mut parts = Vec::new();
        let mut rest = expression;
        while let Some((text, after)) = rest.split_once("${") {
            let Some((inside, after)) = after.split_once('}') else { break };
            parts.push(Part::Text(unescaped(text)));
            // A path elsewhere than in the body does not exist in a message, and what is missing is empty.
            parts.push(path(inside).map_or_else(|| Part::Text(String::new()), Part::Path));
            rest = after;
        }
        parts.push(Part::Text(unescaped(rest)));
        Self::Compound(parts)
    }

    /// The key that a message selects; none for one that is not JSON or lacks the only path. What comes out is text:
    /// it is not evaluated again.
    fn evaluate(&self, body: &str) -> Option<String> {
        let body: Value = serde_json::from_str(body).ok()?;
        match self {
            Self::Path(path) => find(&body, path).map(text),
            Self::Compound(parts) => Some(
                parts
                    .iter()
                    .map(|part| match part {
                        Part::Text(text) => text.clone(),
                        Part::Path(path) => find(&body, path).map(text).unwrap_or_default(),
                    })
                    .collect(),
            ),
        }
    }
}

/// The names in `request.body.a.b[0]`.
fn path(expression: &str) -> Option<Vec<String>> {
    let path = expression.strip_prefix("request.body.")?;
    let names = path.split(['.', '[']).map(|name| name.trim_end_matches(']').trim_matches(['\'', '"']).to_owned());
    Some(names.collect())
}

fn find<'a>(body: &'a Value, path: &[String]) -> Option<&'a Value> {
    let found = path.iter().try_fold(body, |value, name| match value {
        Value::Object(fields) => fields.get(name),
        Value::Array(elements) => elements.get(name.parse::<usize>().ok()?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    });
    found.filter(|value| !value.is_null())
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

fn unescaped(text: &str) -> String {
    text.replace("\\$", "$")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(selection: &str, keys: &[&str]) -> Routes {
        routes_with(LifecycleAction::MatchesNothing, selection, keys)
    }

    fn routes_with(lifecycle_action: LifecycleAction, selection: &str, keys: &[&str]) -> Routes {
        let specs: Vec<_> = keys
            .iter()
            .map(|key| RouteSpec {
                key: (*key).to_owned(),
                function: "Function".to_owned(),
                has_response: true,
                authorizer: None,
                timeout: None,
                permission: Permission::Granted,
                rate: None,
            })
            .collect();
        Routes::new(selection, lifecycle_action, &specs)
    }

    fn chosen(routes: &Routes, body: &str) -> String {
        routes.find(body).map_or_else(|| "none".to_owned(), |route| route.key.clone())
    }

    /// D.2: `$request.body.path`; exact match on the key; else `$default`.
    #[test]
    fn a_message_takes_the_route_that_its_action_names() {
        let routes = routes("$request.body.action", &["join", "7", "true", "$default"]);
        for (body, key) in [
            (r#"{"action":"join"}"#, "join"),
            (r#"{"action":"Join"}"#, "$default"),
            (r#"{"action":"joi"}"#, "$default"),
            (r#"{"action":7}"#, "7"),
            (r#"{"action":true}"#, "true"),
            (r#"{"action":null}"#, "$default"),
            (r#"{"other":"join"}"#, "$default"),
            ("{}", "$default"),
            ("[]", "$default"),
            (r#""join""#, "$default"),
        ] {
            assert_eq!(chosen(&routes, body), key, "{body}");
        }
    }

    /// D.2: non-JSON → `$default`.
    #[test]
    fn a_message_that_is_not_json_takes_the_default_route() {
        for selection in ["$request.body.action", "${request.body.action}", "join"] {
            assert_eq!(chosen(&routes(selection, &["join", "$default"]), "hello"), "$default");
        }
    }

    /// D.2: nothing matches and no `$default` → error.
    #[test]
    fn without_a_default_route_a_message_may_take_none() {
        let routes = routes("$request.body.action", &["join"]);
        assert_eq!(chosen(&routes, r#"{"action":"leave"}"#), "none");
        assert_eq!(chosen(&routes, "hello"), "none");
    }

    /// D.2: a path after `request.body`.
    #[test]
    fn a_path_leads_into_objects_and_arrays() {
        let routes = routes("$request.body.game.moves[1].kind", &["play", "$default"]);
        assert_eq!(chosen(&routes, r#"{"game":{"moves":[{},{"kind":"play"}]}}"#), "play");
        assert_eq!(chosen(&routes, r#"{"game":{"moves":[{"kind":"play"}]}}"#), "$default");
    }

    /// D.2: compound expressions; a missing path becomes empty; arrays and objects are stringified.
    #[test]
    fn a_compound_expression_joins_its_parts() {
        let routes = routes("${request.body.a}-${request.body.b}", &["join-x", "join-", "[1]-{\"c\":2}", "$default"]);
        assert_eq!(chosen(&routes, r#"{"a":"join","b":"x"}"#), "join-x");
        assert_eq!(chosen(&routes, r#"{"a":"join"}"#), "join-");
        assert_eq!(chosen(&routes, r#"{"a":[1],"b":{"c":2}}"#), "[1]-{\"c\":2}");
    }

    /// D.2: static text, `\$default`; one evaluation, not recursive.
    #[test]
    fn static_text_selects_the_same_route_for_every_message() {
        assert_eq!(chosen(&routes("join", &["join", "$default"]), "{}"), "join");
        assert_eq!(chosen(&routes("\\$default", &["join", "$default"]), r#"{"action":"join"}"#), "$default");
        let recursive = routes("$request.body.action", &["join", "$default"]);
        assert_eq!(chosen(&recursive, r#"{"action":"${request.body.b}","b":"join"}"#), "$default");
    }

    /// D.2: `$connect` and `$disconnect` as an action value are no match.
    #[test]
    fn a_message_never_takes_a_lifecycle_route() {
        let routes = routes("$request.body.action", &["$connect", "$disconnect", "$default"]);
        for action in ["$connect", "$disconnect", "$default"] {
            assert_eq!(chosen(&routes, &format!(r#"{{"action":"{action}"}}"#)), "$default");
        }
        let routes =
            routes_with(LifecycleAction::MatchesItsRoute, "$request.body.action", &["$disconnect", "$default"]);
        assert_eq!(chosen(&routes, r#"{"action":"$disconnect"}"#), "$disconnect", "it is a setting");
    }
}
