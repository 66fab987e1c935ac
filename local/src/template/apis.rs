//! The WebSocket APIs of a template.

use super::{
    meant,
    model::{ApiSpec, AuthorizerSpec, RouteSpec},
    of_type,
    resolve::Resource,
    text,
};

pub(super) fn read(resources: &[Resource], warnings: &mut Vec<String>) -> Vec<ApiSpec> {
    of_type(resources, "AWS::ApiGatewayV2::Api").filter_map(|api| read_one(api, resources, warnings)).collect()
}

fn read_one(api: &Resource, resources: &[Resource], warnings: &mut Vec<String>) -> Option<ApiSpec> {
    let id = &api.id;
    if api.properties["ProtocolType"] != "WEBSOCKET" {
        warnings.push(format!("{id}: only WebSocket APIs run here; it is left out."));
        return None;
    }
    let Some(stage) = belonging(resources, "AWS::ApiGatewayV2::Stage", api).next() else {
        warnings.push(format!("{id}: it has no stage, so nobody can reach it."));
        return None;
    };
    let mut routes = Vec::new();
    for route in belonging(resources, "AWS::ApiGatewayV2::Route", api) {
        match read_route(route, resources) {
            Ok(route) => routes.push(route),
            Err(reason) => warnings.push(format!("{}: {reason}; the route is left out.", route.id)),
        }
    }
    let selection = api.properties["RouteSelectionExpression"].as_str().unwrap_or("$request.body.action");
    Some(ApiSpec {
        id: id.clone(),
        route_selection: selection.to_owned(),
        stage: text(&stage.properties["StageName"]).unwrap_or_default(),
        routes,
    })
}

/// The resources of one type whose `ApiId` is this API.
fn belonging<'a>(resources: &'a [Resource], kind: &'a str, api: &'a Resource) -> impl Iterator<Item = &'a Resource> {
    of_type(resources, kind).filter(|resource| resource.properties["ApiId"] == api.name.as_str())
}

fn read_route(route: &Resource, resources: &[Resource]) -> Result<RouteSpec, String> {
    let properties = &route.properties;
    let integration = properties["Target"].as_str().and_then(|target| meant(resources, target));
    let integration = integration.ok_or("its Target is no integration of this template")?;
    if integration.properties["IntegrationType"] != "AWS_PROXY" {
        return Err("only AWS_PROXY integrations run here".to_owned());
    }
    let function = integration.properties["IntegrationUri"].as_str().and_then(|uri| function_in(uri, resources));
    let has_response = of_type(resources, "AWS::ApiGatewayV2::RouteResponse")
        .any(|response| response.properties["RouteId"] == route.name.as_str());
    let authorizer = match properties["AuthorizationType"].as_str() {
        None | Some("NONE") => None,
        Some("CUSTOM") => Some(read_authorizer(properties["AuthorizerId"].as_str(), resources)?),
        Some(other) => return Err(format!("the authorization type {other} is not understood")),
    };
    Ok(RouteSpec {
        key: text(&properties["RouteKey"]).ok_or("it has no RouteKey")?,
        function: function.ok_or("its integration is no function of this template")?,
        has_response: has_response && !properties["RouteResponseSelectionExpression"].is_null(),
        authorizer,
    })
}

fn read_authorizer(id: Option<&str>, resources: &[Resource]) -> Result<AuthorizerSpec, String> {
    let authorizer = id.and_then(|id| meant(resources, id)).ok_or("its authorizer is not in this template")?;
    let function = authorizer.properties["AuthorizerUri"].as_str().and_then(|uri| function_in(uri, resources));
    let sources = authorizer.properties["IdentitySource"].as_array().into_iter().flatten();
    Ok(AuthorizerSpec {
        function: function.ok_or("its authorizer is no function of this template")?,
        identity_sources: sources.filter_map(text).collect(),
    })
}

/// The function in `arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/ARN/invocations`.
fn function_in(uri: &str, resources: &[Resource]) -> Option<String> {
    let (_, rest) = uri.split_once("/functions/")?;
    let arn = rest.strip_suffix("/invocations")?;
    meant(resources, arn).filter(|resource| resource.kind == "AWS::Serverless::Function").map(|found| found.id.clone())
}
