"""The real CDK command line, brought through npm, against the local cloud as if it were AWS.

It needs a package registry, and minutes: the command line looks every five seconds whether a stack is done, and there
are two dozen of these looks. So it runs when it is asked to: FASTSCALE_CDK_CLI=1.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from fastscale import names, profiles
from fastscale.cdk.node import find_node
from fastscale.cdk.synthesis import synthesize
from fastscale.deploy import cdk
from fastscale.deploy.assembly import read_assembly
from fastscale.plan import Algorithm, Plan
from tests.cdk.inventory import inventory
from tests.cdk.variants import IMAGE
from tests.localcloud.server.process import REGION, Server

pytestmark = pytest.mark.skipif(
    not os.environ.get("FASTSCALE_CDK_CLI"), reason="brings aws-cdk through npm, 3 min: FASTSCALE_CDK_CLI=1 runs it"
)

ACCOUNT = "123456789012"
TIMEOUT_SECONDS = 300
TASKS = 7


class Operator:
    """Someone with credentials, a terminal and nothing installed but fastscale."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.pushed = set[tuple[str, str]]()
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "XDG_"))}
        self.environment = {
            **clean,
            "AWS_ENDPOINT_URL": f"http://localhost:{server.port}",  # by name: the CDK finds no bucket at an address
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": REGION,
            "XDG_CACHE_HOME": str(folder / "cache"),
            "CDK_DISABLE_CLI_TELEMETRY": "1",
            "CI": "1",
        }

    def run(self, *words: str) -> str:
        done = subprocess.run(
            words,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_SECONDS,
        )
        if "npm could not bring" in done.stderr:
            pytest.skip(done.stderr.strip().splitlines()[-1])
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def fastscale(self, *words: str) -> str:
        return self.run(sys.executable, "-m", "fastscale", *words)

    def cdk(self, *words: str) -> str:
        """The command line that fastscale brought, as whoever has no fastscale types it."""
        program = self.folder / f"cache/fastscale/cdk-{cdk.VERSION}/node_modules/aws-cdk/bin/cdk"
        return self.run(str(find_node()), str(program), *words)

    def push_images(self, assembly: Path) -> None:
        """What `fastscale push` or a container engine does; there is none here, and the CDK only looks for the tag."""
        manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"}
        places = {
            (place["repositoryName"].replace("${AWS::AccountId}", ACCOUNT), place["imageTag"])
            for path in assembly.glob("*.assets.json")
            for image in json.loads(path.read_text())["dockerImages"].values()
            for place in image["destinations"].values()
        }
        for repository, tag in places - self.pushed:
            self.server.client("ecr").put_image(
                repositoryName=repository, imageTag=tag, imageManifest=json.dumps(manifest | {"tag": tag})
            )
        self.pushed |= places


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """Whose account is bootstrapped, by the command line that the first `fastscale diff` brought."""
    folder = tmp_path_factory.mktemp("operator")
    started = Server(folder / "state").start()
    working = Operator(started, folder)
    working.environment["PYTHONPATH"] = str(Path(cdk.__file__).parents[2])
    yield working
    started.end()


@pytest.fixture(scope="module")
def bootstrapped(operator: Operator, of_profile) -> Operator:
    told = operator.fastscale("diff", names.STACK_NETWORK, "--assembly", str(of_profile("default").directory))
    assert "Number of stacks with differences: 1" in told
    assert "bootstrapped." in operator.cdk("bootstrap", f"aws://{ACCOUNT}/{REGION}")
    return operator


def changed(plan: Plan) -> Plan:
    """Something else in each stack: health checks, the image, the ceiling, a threshold and the name of a metric."""
    alarms = {alarm.name: alarm for alarm in plan.alarms}
    low = alarms[names.ALARM_LOW_RPS]
    assert low.metric is not None
    alarms[low.name] = low.model_copy(update={"metric": low.metric.model_copy(update={"name": "RequestRate"})})
    alarms[names.ALARM_RPS] = alarms[names.ALARM_RPS].model_copy(update={"threshold": 150.0})
    parts: Mapping[str, Mapping[str, object]] = {
        "load_balancer": {"algorithm": Algorithm.LEAST_OUTSTANDING},
        "task": {"image": IMAGE},
        "scaling": {"max_capacity": 60},
    }
    updated = {name: getattr(plan, name).model_copy(update=change) for name, change in parts.items()}
    return plan.model_copy(update=updated | {"alarms": tuple(alarms.values())})


class Running:
    """What an update must leave alone: the states of the alarms and the count of tasks."""

    def __init__(self, server: Server) -> None:
        self._cloudwatch, self._ecs = server.client("cloudwatch"), server.client("ecs")

    def disturb(self) -> None:
        self._ecs.update_service(cluster=names.CLUSTER, service=names.SERVICE, desiredCount=TASKS)
        for name in self.alarms():
            self._cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")

    def alarms(self) -> dict[str, dict[str, object]]:
        found = self._cloudwatch.describe_alarms(AlarmNamePrefix="FastScaling-")["MetricAlarms"]
        return {alarm["AlarmName"]: alarm for alarm in found}

    def seen(self) -> tuple[set[object], int]:
        (service,) = self._ecs.describe_services(cluster=names.CLUSTER, services=[names.SERVICE])["services"]
        return {alarm["StateValue"] for alarm in self.alarms().values()}, service["desiredCount"]


def test_each_stack_is_deployed_changed_and_destroyed_by_its_name(
    bootstrapped: Operator, of_profile, tmp_path: Path
) -> None:
    operator, first = bootstrapped, of_profile("default").directory
    second = synthesize(changed(profiles.default()), tmp_path / "second")
    stacks = [stack.name for stack in read_assembly(first)]
    empty = inventory(operator.server.client)

    def deploy(assembly: Path, stack: str) -> None:
        operator.cdk("deploy", stack, "--exclusively", "--require-approval", "never", "--app", str(assembly))

    operator.push_images(first)
    for stack in stacks:
        deploy(first, stack)
    running = Running(operator.server)
    running.disturb()
    operator.push_images(second)
    for stack in stacks:
        deploy(second, stack)
        assert running.seen() == ({"ALARM"}, TASKS), stack
    assert running.alarms()[names.ALARM_RPS]["Threshold"] == 150
    assert running.alarms()[names.ALARM_LOW_RPS]["MetricName"] == "RequestRate"
    for stack in reversed(stacks):
        operator.cdk("destroy", stack, "--exclusively", "--force", "--app", str(second))
    left = inventory(operator.server.client) - empty
    assert {line.split()[0] for line in left} == {"bucket"}  # the access logs, which are kept on purpose


def test_one_command_exchanges_plans_and_takes_all_away(bootstrapped: Operator, of_profile) -> None:
    operator = bootstrapped
    default, reference = (of_profile(name).directory for name in ("default", "reference"))
    empty = inventory(operator.server.client)
    operator.push_images(default)
    told = operator.fastscale("deploy", "--assembly", str(default), "--yes")
    assert "In two steps" not in told
    assert [stack.name for stack in read_assembly(default) if f"✅  {stack.name}" not in told] == []
    assert f"{names.STACK_NETWORK}.VpcId = vpc-" in told

    assert "AWS::CloudWatch::Alarm" in operator.fastscale("diff", names.STACK_MONITORING, "--assembly", str(reference))
    operator.push_images(reference)
    assert "In two steps" in operator.fastscale("deploy", "--assembly", str(reference), "--yes")
    told = operator.fastscale("diff", "--assembly", str(reference))
    assert "Number of stacks with differences: 0" in told

    operator.fastscale("destroy", "--assembly", str(reference), "--yes", "--delete-logs")
    assert inventory(operator.server.client) == empty
