#!/usr/bin/env python3
"""Asks an emulator of AWS that nobody here wrote, MiniStack.

With --tests, a command runs with the endpoint of its DynamoDB in TURNLOG_TEST_DYNAMODB: the tests of tables and streams.
Otherwise two templates are deployed with their function binaries through CloudFormation, the one of this repository and the one
of a project that `turnlog new` has made. In each, two WebSocket clients play a game to its end, after which the log, the read
model and what each player saw must agree. Then a game that was begun on `turnlog serve` moves there, is played to its end, and
moves back. Run it in a network namespace of its own (`unshare --map-root-user --net`): MiniStack
listens on every interface.

Where MiniStack differs from AWS, or from our local stack, the place says so ("differs:").
"""

import argparse
import asyncio
import contextlib
import dataclasses
import io
import json
import os
import pathlib
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
import zipfile

import boto3
import websockets
import yaml

PORT = 4566
ENDPOINT = f"http://127.0.0.1:{PORT}"
SECRET = "a-secret-of-this-run-and-no-other-long-enough-for-HS256"
CHANCE_KEYS = "ci:" + 4 * "0123456789abcdef"
PATIENCE = 60


@dataclasses.dataclass
class Course:
    """A game in which Ann moves first and last, and wins."""

    kind: str
    options: dict
    moves: list


# Ann takes the upper row while Ben plays below.
TIC_TAC_TOE = Course("tic-tac-toe", {}, [{"cell": cell} for cell in (0, 3, 1, 4, 2)])
# Whoever takes the last of the three stones wins.
NIM = Course("nim", {"stones": 3}, 3 * [{"take": 1}])


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--tests", type=shlex.split, help="the tests of tables and streams, a command in one argument")
    arguments.add_argument("--template", type=pathlib.Path, default=pathlib.Path("template.yaml"))
    arguments.add_argument("--project", type=pathlib.Path, help="what `turnlog new nim` has made")
    arguments.add_argument("--bootstraps", type=pathlib.Path, help="folder with NAME/bootstrap or NAME")
    arguments.add_argument("--turnlog", type=pathlib.Path, help="the turnlog command, for tokens")
    given = arguments.parse_args()
    if not given.tests and not (given.project and given.bootstraps and given.turnlog):
        arguments.error("it takes --tests, or --project, --bootstraps and --turnlog")
    with tempfile.TemporaryFile() as log:
        emulator = start_emulator(log)
        try:
            if given.tests:
                subprocess.run(given.tests, env=os.environ | {"TURNLOG_TEST_DYNAMODB": ENDPOINT}, check=True)
            else:
                deploy_and_play(given)
        except BaseException:
            log.seek(0)
            sys.stderr.write(log.read().decode(errors="replace"))
            raise
        finally:
            emulator.terminate()
            emulator.wait(PATIENCE)


def deploy_and_play(given):
    store_secrets()
    for stack, template, course in (
        ("turnlog", given.template, TIC_TAC_TOE),
        ("nim", given.project / "template.yaml", NIM),
    ):
        api = deploy(stack, template, given.bootstraps)
        asyncio.run(play(stack, deployed(api), given.turnlog, course))
        if course is TIC_TAC_TOE:
            asyncio.run(move_house(stack, deployed(api), given.turnlog, course))


def start_emulator(log):
    """MiniStack as a child process, when it answers."""
    settings = {"GATEWAY_PORT": str(PORT), "LOG_LEVEL": "WARNING", "LAMBDA_EXECUTOR": "local", "PERSIST_STATE": "0"}
    command = [sys.executable, "-m", "ministack"]
    emulator = subprocess.Popen(command, env=os.environ | settings, stdout=log, stderr=log)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{ENDPOINT}/_ministack/health", timeout=1)
            return emulator
        except OSError:
            time.sleep(0.1)
    emulator.terminate()
    sys.exit("MiniStack does not answer")


def client(service):
    return boto3.client(
        service,
        endpoint_url=ENDPOINT,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


# --- Deploying ----------------------------------------------------------------------------------------------


class Template(yaml.SafeLoader):
    """Reads the short forms of CloudFormation's functions as their long ones."""


def long_form(loader, tag, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if tag in ("Ref", "Condition"):
        return {tag: value}
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{tag}": value}


Template.add_multi_constructor("!", long_form)


def store_secrets():
    """The step before a deployment, which all stacks of an account may share."""
    client("ssm").put_parameter(Name="/turnlog/token-secret", Value=SECRET, Type="SecureString")
    client("ssm").put_parameter(Name="/turnlog/chance-keys", Value=CHANCE_KEYS, Type="SecureString")


def deploy(stack, path, bootstraps):
    """Deploys the template under that name, and returns the id of its API."""
    template = yaml.load(path.read_text(), Template)
    functions = by_type(template, "AWS::Serverless::Function")
    # differs: MiniStack has no metric math, of which the alarms for throttled tables are made. cfn-lint checks them.
    sums = [name for name, resource in template["Resources"].items() if "Metrics" in resource.get("Properties", {})]
    for name in sums:
        del template["Resources"][name]
    bucket = f"{stack}-code"
    client("s3").create_bucket(Bucket=bucket)
    binaries = {function["Metadata"]["BuildProperties"]["Binary"] for function in functions.values()}
    for binary in binaries:
        client("s3").put_object(Bucket=bucket, Key=f"{binary}.zip", Body=package(bootstraps, binary))
    for function in functions.values():
        binary = function["Metadata"]["BuildProperties"]["Binary"]
        function["Properties"]["CodeUri"] = f"s3://{bucket}/{binary}.zip"
        del function["Metadata"]
    # differs: AWS::ApiGatewayV2::RouteResponse is unknown to MiniStack's CloudFormation; AWS documents it as a resource.
    # The responses are made through the API below, and nothing may depend on the resources.
    responses = by_type(template, "AWS::ApiGatewayV2::RouteResponse")
    for name in responses:
        del template["Resources"][name]
    for resource in template["Resources"].values():
        if isinstance(resource.get("DependsOn"), list):
            resource["DependsOn"] = [name for name in resource["DependsOn"] if name not in responses]
    # differs: AWS::ApiGatewayV2::Deployment is unknown to it as well; a stage there always serves what the API has now.
    # For CloudFormation it is a resource, whose Ref a stage names as DeploymentId unless it deploys by itself (the Template
    # Reference's pages on AWS::ApiGatewayV2::Deployment and AWS::ApiGatewayV2::Stage).
    for name in by_type(template, "AWS::ApiGatewayV2::Deployment"):
        del template["Resources"][name]
    for stage in by_type(template, "AWS::ApiGatewayV2::Stage").values():
        stage["Properties"].pop("DeploymentId")
    create_stack(stack, bucket, template)
    ids = resources(stack)
    api = ids["WebSocketApi"]
    for response in responses.values():
        # `Ref` of a route is `api/route` there.
        route = ids[response["Properties"]["RouteId"]["Ref"]].split("/")[-1]
        client("apigatewayv2").create_route_response(ApiId=api, RouteId=route, RouteResponseKey="$default")
    # differs: an authorizer without an identity source gets the default of an HTTP API there. For AWS it "is optional"
    # for a REQUEST authorizer (botocore: apigatewayv2, CreateAuthorizer), and then the function is always asked.
    authorizer = ids["WebSocketAuthorizer"].split("/")[-1]
    client("apigatewayv2").update_authorizer(ApiId=api, AuthorizerId=authorizer, IdentitySource=[])
    for name in functions:
        point_at_emulator(ids[name], api)
    print(f"deployed: {stack} with {len(ids)} resources, its functions as {', '.join(sorted(binaries))}")
    return api


def resources(stack):
    """The names that CloudFormation has given to the resources of a stack, by theirs in the template."""
    found = client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in found}


def by_type(template, kind):
    return {name: found for name, found in template["Resources"].items() if found["Type"] == kind}


def package(bootstraps, binary):
    """A zip file with the binary as `bootstrap`, as Lambda wants it."""
    built = bootstraps / binary / "bootstrap"
    built = built if built.exists() else bootstraps / binary
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = 0o755 << 16
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        file.writestr(entry, built.read_bytes())
    return archive.getvalue()


def create_stack(stack, bucket, template):
    cloudformation = client("cloudformation")
    # As SAM does it: CloudFormation takes no more than 51,200 bytes in the request itself.
    client("s3").put_object(Bucket=bucket, Key="template.json", Body=json.dumps(template))
    template_url = f"https://s3.amazonaws.com/{bucket}/template.json"
    cloudformation.create_change_set(
        StackName=stack,
        ChangeSetName="first",
        ChangeSetType="CREATE",
        TemplateURL=template_url,
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    cloudformation.get_waiter("change_set_create_complete").wait(
        ChangeSetName="first", StackName=stack, WaiterConfig={"Delay": 1, "MaxAttempts": PATIENCE}
    )
    cloudformation.execute_change_set(StackName=stack, ChangeSetName="first")
    try:
        cloudformation.get_waiter("stack_create_complete").wait(
            StackName=stack, WaiterConfig={"Delay": 1, "MaxAttempts": PATIENCE}
        )
    except Exception:
        for event in cloudformation.describe_stack_events(StackName=stack)["StackEvents"]:
            if "FAILED" in event["ResourceStatus"]:
                print(event["LogicalResourceId"], event.get("ResourceStatusReason"), file=sys.stderr)
        raise


def point_at_emulator(function, api):
    """differs: MiniStack does not lead the SDK of a function to itself, as AWS does by its names."""
    client_ = client("lambda")
    variables = client_.get_function_configuration(FunctionName=function).get("Environment", {}).get("Variables", {})
    variables |= {
        "AWS_ENDPOINT_URL": ENDPOINT,
        "AWS_ENDPOINT_URL_DYNAMODB": ENDPOINT,
        "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": f"{ENDPOINT}/_aws/execute-api/{api}/v1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }
    client_.update_function_configuration(FunctionName=function, Environment={"Variables": variables})


# --- Playing ------------------------------------------------------------------------------------------------


class Player:
    """A client that keeps everything that it is told."""

    def __init__(self, name, socket):
        self.name, self.socket = name, socket
        self.answers, self.messages, self.arrived = {}, {}, {}
        self.reading = asyncio.create_task(self.read())

    @classmethod
    async def connect(cls, home, name, token):
        address, port = home
        return cls(name, await websockets.connect(f"{address}?token={token}", host="127.0.0.1", port=port, compression=None))

    async def read(self):
        async for text in self.socket:
            frame = json.loads(text)
            if frame.get("id") in self.answers:
                self.answers[frame["id"]].set_result(frame)
            elif frame.get("type") not in ("messages", "accepted", "rejected"):
                raise AssertionError(f"{self.name} was sent {text}")
            # What a command of one's own did comes with its answer, and perhaps once more.
            for message in frame.get("messages", []):
                known = self.messages.setdefault(message["seq"], message)
                assert known == message, f"{self.name} was told two things about message {message['seq']}"
                self.arrived.setdefault(message["seq"], time.perf_counter())

    async def ask(self, action, id=None, **fields):
        id = id or str(uuid.uuid4())
        self.answers[id] = asyncio.get_running_loop().create_future()
        await self.socket.send(json.dumps({"action": action, "id": id, **fields}))
        answer = await asyncio.wait_for(self.answers[id], PATIENCE)
        assert answer["type"] == "accepted", answer
        return answer

    async def sees(self, seq):
        """Waits until everything up to there has come."""
        deadline = time.monotonic() + PATIENCE
        while set(self.messages) < set(range(1, seq + 1)):
            assert time.monotonic() < deadline, f"{self.name} saw {sorted(self.messages)} and not all up to {seq}"
            assert not self.reading.done(), self.reading.exception()
            await asyncio.sleep(0.002)


def deployed(api):
    """Where clients of an API come: an address, and the port behind it."""
    return f"ws://{api}.execute-api.localhost:{PORT}/v1", PORT


async def come(home, turnlog):
    return [await Player.connect(home, name, token(turnlog, name)) for name in ("ann", "ben")]


async def begin(ann, ben, course):
    """Both sit at a new game, whose id this returns."""
    game = (await ann.ask("create", kind=course.kind, options=course.options))["game"]
    for player in (ann, ben):
        await player.ask("watch", game=game)
    await ann.ask("join", game=game)
    await ann.sees((await ben.ask("join", game=game))["seq"])
    return game


async def play(stack, home, turnlog, course):
    ann, ben = await come(home, turnlog)
    game = await begin(ann, ben, course)
    acknowledged, seen = [], []
    for turn, move in enumerate(course.moves):
        mover, other = (ann, ben) if turn % 2 == 0 else (ben, ann)
        command, sent = str(uuid.uuid4()), time.perf_counter()
        answer = await mover.ask("play", id=command, game=game, move=move)
        acknowledged.append(time.perf_counter() - sent)
        seq = answer["seq"]
        await other.sees(seq)
        seen.append(other.arrived[seq] - sent)
    repeated = await mover.ask("play", id=command, game=game, move=move)
    assert repeated["seq"] == seq, f"a repeated command was carried out again: {repeated}"
    for player in (ann, ben):
        await player.sees(seq)
    assert ann.messages == ben.messages, "the two saw different games"
    view = (await ben.ask("watch", game=game))["view"]
    assert (view["phase"], view["outcome"]["winners"]) == ("finished", [0]), view
    await tables_agree(stack, game, seq, ann.messages)
    await refusals(home)
    answered, arrived = [round(1000 * statistics.median(times), 1) for times in (acknowledged, seen)]
    print(f"played: {course.kind}, {seq} messages, ann won; acknowledged in {answered} ms, at the opponent's in {arrived} ms")


async def move_house(stack, home, turnlog, course):
    """A game begins on one server, is played to its end where the template is deployed, and stands on a server again."""
    half = len(course.moves) // 2
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        with serve(turnlog, folder / "first") as (first, operator):
            ann, ben = await come(first, turnlog)
            game = await begin(ann, ben, course)
            await go_on(ann, ben, game, course.moves, 0, half)
            run(turnlog, "export", "--all", "--output", folder / "away.jsonl", "--port", operator)
        there = ("--endpoint", ENDPOINT, "--stack", stack)
        run(turnlog, "import", "--yes", folder / "away.jsonl", *there)
        ann, ben = await come(home, turnlog)
        for player in (ann, ben):
            await player.ask("watch", game=game, after=0)
        seq = await go_on(ann, ben, game, course.moves, half, len(course.moves))
        view = (await ben.ask("watch", game=game))["view"]
        assert (view["phase"], view["outcome"]["winners"]) == ("finished", [0]), view
        await tables_agree(stack, game, seq, ann.messages)
        run(turnlog, "export", game, "--output", folder / "back.jsonl", *there)
        with serve(turnlog, folder / "second") as (second, operator):
            run(turnlog, "import", "--yes", folder / "back.jsonl", "--port", operator)
            ann, _ = await come(second, turnlog)
            back = await ann.ask("watch", game=game)
            assert (back["seq"], back["view"]["phase"]) == (seq, "finished"), back
            run(turnlog, "verify", "--all", "--port", operator)
    print(f"moved: {course.kind} from one server to {stack} and back, {seq} messages")


async def go_on(ann, ben, game, moves, start, end):
    for turn in range(start, end):
        mover, other = (ann, ben) if turn % 2 == 0 else (ben, ann)
        seq = (await mover.ask("play", game=game, move=moves[turn]))["seq"]
        await other.sees(seq)
    return seq


@contextlib.contextmanager
def serve(turnlog, folder):
    """`turnlog serve` with the secrets of the deployment: where clients come, and the port of its operator."""
    command = [turnlog, "serve", "--listen", "127.0.0.1:0", "--operator-port", "0", "--data-dir", folder, "--log", "error"]
    environment = os.environ | {"TOKEN_SECRET": SECRET, "CHANCE_KEYS": CHANCE_KEYS}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            public, operator = [server.stdout.readline().split(": ")[1].strip() for _ in range(2)]
            yield (f"ws://{public}/v1", int(public.split(":")[1])), operator.split(":")[1]
        finally:
            server.terminate()
            assert server.wait(PATIENCE) == 0, "it did not end well"


def run(turnlog, *arguments):
    # The region and the credentials are those by which everything here asks the emulator.
    emulated = {"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    subprocess.run([turnlog, *map(str, arguments)], env=os.environ | emulated, check=True)


def token(turnlog, player):
    command = [str(turnlog), "token", "--player-id", player]
    environment = os.environ | {"TOKEN_SECRET": SECRET}
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()


async def tables_agree(stack, game, seq, messages):
    """The log has every message once, and the read model ends where the log does."""
    tables = resources(stack)
    wanted = {"KeyConditionExpression": "game_id = :g", "ExpressionAttributeValues": {":g": {"S": game}}}
    log = client("dynamodb").query(TableName=tables["MessagesTable"], **wanted)["Items"]
    assert [int(item["seq"]["N"]) for item in log] == sorted(messages) == list(range(1, seq + 1)), log
    deadline = time.monotonic() + PATIENCE
    while True:
        rows = client("dynamodb").query(TableName=tables["GamesTable"], **wanted)["Items"]
        if [int(row["seq"]["N"]) for row in rows if row["item"]["S"] == "state"] == [seq]:
            return
        assert time.monotonic() < deadline, f"the games projection does not come to {seq}: {rows}"
        await asyncio.sleep(0.1)


async def refusals(home):
    """A token that is not ours opens nothing."""
    try:
        await Player.connect(home, "eve", "forged")
    except websockets.exceptions.InvalidStatus as refused:
        # differs: MiniStack answers 500, as whenever the authorizer returns no policy. AWS answers 401 to one that fails
        # with "Unauthorized", and so does the local stack: API Gateway's developer guide says it of REST APIs ("Use API
        # Gateway Lambda authorizers"), and that WebSocket APIs are no exception ("Control access to WebSocket APIs with AWS
        # Lambda REQUEST authorizers").
        assert refused.response.status_code == 500, refused.response
        return
    raise AssertionError("a forged token opened a connection")


if __name__ == "__main__":
    main()
