//! The WebSocket APIs of a template.

use std::time::Duration;

use iam_rs::Arn;
use serde_json::Value;

use super::{
    lookup,
    model::{ApiSpec, AuthorizerSpec, Permission, RateSpec, RouteSpec},
    number, of_type,
    resolve::Resource,
    text,
};
use crate::{
    aws::{ACCOUNT_ID, REGION},
    limits::{ROUTE_BURST, ROUTES_MAX, TIMEOUT_MS},
};

/// One API while it is read.
struct Reading<'a> {
    api: &'a Resource,
    stage: &'a Resource,
    resources: &'a [Resource],
}

pub(super) fn read(resources: &[Resource], warnings: &mut Vec<String>) -> Vec<ApiSpec> {
    of_type(resources, "AWS::ApiGatewayV2::Api").filter_map(|api| read_one(api, resources, warnings)).collect()
}

fn read_one(api: &Resource, resources: &[Resource], warnings: &mut Vec<String>) -> Option<ApiSpec> {
    let id = &api.id;
    if api.properties["ProtocolType"] != "WEBSOCKET" {
        warnings.push(format!("{id}: only WebSocket APIs run here; it is left out."));
        return None;
    }
    let mut stages = belonging(resources, "AWS::ApiGatewayV2::Stage", api);
    let Some(stage) = stages.next() else {
        warnings.push(format!("{id}: it has no stage, so nobody can reach it."));
        return None;
    };
    for other in stages {
        warnings.push(format!("{}: an API runs here with one stage; this one is left out.", other.id));
    }
    let reading = Reading { api, stage, resources };
    let mut routes = Vec::new();
    for route in belonging(resources, "AWS::ApiGatewayV2::Route", api) {
        match reading.route(route, warnings) {
            Ok(route) => routes.push(route),
            Err(reason) => warnings.push(format!("{}: {reason}; the route is left out.", route.id)),
        }
    }
    if routes.len() > ROUTES_MAX {
        warnings.push(format!("{id}: {} routes are more than the {ROUTES_MAX} that AWS allows.", routes.len()));
    }
    let selection = api.properties["RouteSelectionExpression"].as_str().unwrap_or("$request.body.action");
    Some(ApiSpec {
        id: id.clone(),
        route_selection: selection.to_owned(),
        stage: stage.name.clone(),
        routes,
        default_rate: rate(&stage.properties["DefaultRouteSettings"]),
    })
}

/// The resources of one type whose `ApiId` is this API.
fn belonging<'a>(resources: &'a [Resource], kind: &'a str, api: &'a Resource) -> impl Iterator<Item = &'a Resource> {
    of_type(resources, kind).filter(|resource| resource.properties["ApiId"] == api.name.as_str())
}

/// `ThrottlingRateLimit` and `ThrottlingBurstLimit`.
fn rate(settings: &Value) -> Option<RateSpec> {
    let small = |name: &str| settings[name].as_f64().or_else(|| settings[name].as_str()?.parse().ok());
    // A bucket of whole messages: what is below one a second is one a second.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 1 and u32::MAX")]
    let whole = |number: f64| number.clamp(1.0, f64::from(u32::MAX)).round() as u32;
    let per_second = whole(small("ThrottlingRateLimit")?);
    Some(RateSpec { per_second, burst: small("ThrottlingBurstLimit").map_or(ROUTE_BURST, whole) })
}

impl Reading<'_> {
    fn route(&self, route: &Resource, warnings: &mut Vec<String>) -> Result<RouteSpec, String> {
        let properties = &route.properties;
        let key = text(&properties["RouteKey"]).ok_or("it has no RouteKey")?;
        let integration = properties["Target"].as_str().and_then(|target| target.strip_prefix("integrations/"));
        let integration = integration
            .and_then(|id| lookup::by_reference(self.resources, "AWS::ApiGatewayV2::Integration", id))
            .filter(|integration| integration.properties["ApiId"] == self.api.name.as_str());
        let integration = integration.ok_or("its Target is no integration of this template")?;
        if integration.properties["IntegrationType"] != "AWS_PROXY" {
            return Err("only AWS_PROXY integrations run here".to_owned());
        }
        let function = integration.properties["IntegrationUri"].as_str().and_then(|uri| self.function_in(uri));
        let function = function.ok_or("its integration is no function of this template")?;
        let has_response = of_type(self.resources, "AWS::ApiGatewayV2::RouteResponse")
            .any(|response| response.properties["RouteId"] == route.name.as_str());
        let authorizer = match properties["AuthorizationType"].as_str() {
            None | Some("NONE") => None,
            Some("CUSTOM") if key == "$connect" => {
                Some(self.authorizer(properties["AuthorizerId"].as_str(), warnings)?)
            }
            Some("CUSTOM") => return Err("only $connect can have an authorizer".to_owned()),
            Some(other) => return Err(format!("the authorization type {other} is not understood")),
        };
        let permission = if integration.properties["CredentialsArn"].is_null() {
            self.permission(function, &format!("{}/{key}", self.stage.name))
        } else {
            // The role that is named there does the invoking.
            Permission::Granted
        };
        warn_without(permission, &route.id, function, warnings);
        Ok(RouteSpec {
            function: function.id.clone(),
            has_response: has_response && !properties["RouteResponseSelectionExpression"].is_null(),
            authorizer,
            timeout: timeout(integration, warnings),
            permission,
            rate: rate(&self.stage.properties["RouteSettings"][&key]),
            key,
        })
    }

    fn authorizer(&self, id: Option<&str>, warnings: &mut Vec<String>) -> Result<AuthorizerSpec, String> {
        let authorizer = id.and_then(|id| lookup::by_reference(self.resources, "AWS::ApiGatewayV2::Authorizer", id));
        let authorizer = authorizer.ok_or("its authorizer is not in this template")?;
        let properties = &authorizer.properties;
        let function = properties["AuthorizerUri"].as_str().and_then(|uri| self.function_in(uri));
        let function = function.ok_or("its authorizer is no function of this template")?;
        let permission = if properties["AuthorizerCredentialsArn"].is_null() {
            self.permission(function, &format!("authorizers/{}", authorizer.name))
        } else {
            Permission::Granted
        };
        warn_without(permission, &authorizer.id, function, warnings);
        let sources = properties["IdentitySource"].as_array().into_iter().flatten();
        Ok(AuthorizerSpec {
            function: function.id.clone(),
            identity_sources: sources.filter_map(text).collect(),
            permission,
        })
    }

    /// The function in `arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/ARN/invocations`.
    fn function_in(&self, uri: &str) -> Option<&Resource> {
        let (_, rest) = uri.split_once("/functions/")?;
        let arn = rest.strip_suffix("/invocations")?;
        lookup::function(self.resources, arn)
    }

    /// Whether a resource policy of the function lets this API invoke it from there.
    fn permission(&self, function: &Resource, from: &str) -> Permission {
        let source = format!("arn:aws:execute-api:{REGION}:{ACCOUNT_ID}:{}/{from}", self.api.name);
        let granted = of_type(self.resources, "AWS::Lambda::Permission").any(|permission| {
            let properties = &permission.properties;
            let named = properties["FunctionName"].as_str().and_then(|name| lookup::function(self.resources, name));
            let pattern = properties["SourceArn"].as_str();
            named.is_some_and(|named| named.id == function.id)
                && matches!(properties["Principal"].as_str(), Some("apigateway.amazonaws.com" | "*"))
                && matches!(properties["Action"].as_str(), Some("lambda:InvokeFunction" | "lambda:*"))
                && pattern.is_none_or(|pattern| Arn::wildcard_match(&source, pattern))
        });
        if granted { Permission::Granted } else { Permission::Missing }
    }
}

fn warn_without(permission: Permission, place: &str, function: &Resource, warnings: &mut Vec<String>) {
    if permission == Permission::Missing {
        warnings.push(format!(
            "{place}: no AWS::Lambda::Permission lets API Gateway invoke {}; every call fails, as it would on AWS.",
            function.id
        ));
    }
}

fn timeout(integration: &Resource, warnings: &mut Vec<String>) -> Option<Duration> {
    let milliseconds = number(&integration.properties["TimeoutInMillis"])?;
    if !TIMEOUT_MS.contains(&milliseconds) {
        warnings.push(format!("{}.TimeoutInMillis must be from 50 to 29000; AWS refuses it.", integration.id));
    }
    Some(Duration::from_millis(milliseconds.clamp(*TIMEOUT_MS.start(), *TIMEOUT_MS.end())))
}
