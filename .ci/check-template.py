"""Checks on template.yaml that cfn-lint does not make. Run by .ci/run, in the environment that holds cfn-lint.

1. The deployment's name carries the hash of everything that it copies, so that a changed route is really deployed.
2. The deployment waits for every route and every route response.
3. Every route that carries frames has a route response, or its answers would be dropped.
4. No policy allows a whole service, and a `*` resource stands only where AWS knows no other.
5. No function may change or remove what is in the log, except by putting a new message.
6. Only functions that decide what happens have the keys behind chance.
7. No secret stands in an environment, and each function may read just those parameters that its environment names.
8. Guests are let in only by whoever deploys, and only the authorizer decides about them.
"""

import hashlib
import json
import sys
from pathlib import Path

import yaml

TEMPLATE = Path(__file__).resolve().parent.parent / "template.yaml"
COPIED_BY_A_DEPLOYMENT = {"Api", "Authorizer", "Integration", "Route", "RouteResponse"}
# IAM defines no resource for these.
ACTIONS_WITHOUT_RESOURCE = {"dynamodb:ListStreams"}
ALLOWED_ON_THE_LOG = {
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
}
KNOW_THE_CHANCE_KEYS = {"BotsFunction", "CommandFunction", "SweepFunction"}


class Loader(yaml.SafeLoader):
    """Reads `!Ref x` as {"Ref": "x"} and so on."""


def intrinsic(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        return {suffix: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    return {suffix: loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", intrinsic)


def main():
    template = yaml.load(TEMPLATE.read_text(encoding="utf-8"), Loader)
    resources = template["Resources"]
    faults = [*deployment_faults(resources), *policy_faults(resources), *guest_faults(template)]
    for fault in faults:
        print(f"template.yaml: {fault}", file=sys.stderr)
    sys.exit(1 if faults else 0)


def deployment_faults(resources):
    copied = {
        name: resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"].removeprefix("AWS::ApiGatewayV2::") in COPIED_BY_A_DEPLOYMENT
    }
    digest = hashlib.sha256(json.dumps(copied, sort_keys=True).encode()).hexdigest()
    expected = f"WebSocketDeployment{digest[:8].upper()}"
    deployments = of_type(resources, "AWS::ApiGatewayV2::Deployment")
    if list(deployments) != [expected]:
        yield f"routes have changed: rename {', '.join(deployments)} to {expected}, also where the stage refers to it"

    routes = of_type(resources, "AWS::ApiGatewayV2::Route")
    responses = of_type(resources, "AWS::ApiGatewayV2::RouteResponse")
    for name, deployment in deployments.items():
        for missing in sorted({*routes, *responses} - set(deployment.get("DependsOn", []))):
            yield f"{name} does not depend on {missing}"

    answered = {response["Properties"]["RouteId"]["Ref"] for response in responses.values()}
    for name, route in routes.items():
        if route["Properties"]["RouteKey"] in ("$connect", "$disconnect"):
            continue
        if name not in answered or route["Properties"].get("RouteResponseSelectionExpression") != "$default":
            yield f"{name} cannot answer: it needs a route response and its selection expression"


def policy_faults(resources):
    for name, role in of_type(resources, "AWS::IAM::Role").items():
        for policy in role["Properties"]["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                yield from (f"{name}: {fault}" for fault in statement_faults(statement))
    for name, function in of_type(resources, "AWS::Serverless::Function").items():
        if "Role" not in function["Properties"] or "Policies" in function["Properties"]:
            yield f"{name} has no role of its own"
        variables = function["Properties"].get("Environment", {}).get("Variables", {})
        has_keys = any("ChanceKeys" in json.dumps(variable) for variable in variables.values())
        if has_keys != (name in KNOW_THE_CHANCE_KEYS):
            yield f"{name} {'must not have' if has_keys else 'needs'} the keys behind chance"
        if "{{resolve:" in json.dumps(variables):
            yield f"{name} has a secret in its environment, which everybody reads who may look at its configuration"
        named = {variable["Ref"] for key, variable in variables.items() if key.endswith("_PARAMETER")}
        readable = parameters_of(resources, function["Properties"].get("Role"))
        if named != readable:
            yield f"{name} names the parameters {sorted(named)} and may read {sorted(readable)}"


def guest_faults(template):
    # Without quotes, YAML 1.1 makes booleans of both words, and the value would be none of the allowed ones.
    guests = template["Parameters"]["Guests"]
    if guests["Default"] != "off" or sorted(guests["AllowedValues"]) != ["off", "on"]:
        yield "the parameter Guests has to be `off` by default, and `on` or `off`, in quotes"
    limit = template["Parameters"]["GuestsPerMinute"]
    if not limit["Default"] > 0:
        yield "the parameter GuestsPerMinute has to limit guests by default"
    for name, function in of_type(template["Resources"], "AWS::Serverless::Function").items():
        variables = function["Properties"].get("Environment", {}).get("Variables", {})
        told = {variable: value for variable, value in variables.items() if "Guests" in json.dumps(value)}
        expected = {"GUESTS": {"Ref": "Guests"}, "GUESTS_PER_MINUTE": {"Ref": "GuestsPerMinute"}}
        if told != (expected if name == "AuthorizerFunction" else {}):
            yield f"{name} is told {told} of guests"


def parameters_of(resources, role):
    """The template's parameters whose values name what a role may read of the parameter store."""
    statements = [
        statement
        for policy in resources[role["GetAtt"].removesuffix(".Arn")]["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if any(action.startswith("ssm:") for action in as_list(statement["Action"]))
    ]
    readable = set()
    for statement in statements:
        for target in as_list(statement["Resource"]):
            before, _, parameter = target.get("Sub", "").rpartition(":parameter${")
            is_one = before.endswith(":${AWS::AccountId}") and statement["Action"] == "ssm:GetParameters"
            readable.add(parameter.removesuffix("}") if is_one else json.dumps(statement))
    return readable


def statement_faults(statement):
    actions = set(as_list(statement["Action"]))
    targets = as_list(statement["Resource"])
    for action in sorted(actions):
        if "*" in action:
            yield f"the action {action} is too wide"
    if "*" in targets and not actions <= ACTIONS_WITHOUT_RESOURCE:
        yield f"the resource * is too wide for {', '.join(sorted(actions))}"
    if any("MessagesTable" in json.dumps(target) for target in targets):
        for action in sorted(actions - ALLOWED_ON_THE_LOG):
            yield f"{action} on the log"


def of_type(resources, kind):
    return {name: resource for name, resource in resources.items() if resource["Type"] == kind}


def as_list(value):
    return value if isinstance(value, list) else [value]


if __name__ == "__main__":
    main()
