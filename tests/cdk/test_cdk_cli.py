"""The real CDK command line, brought through npm, against the local cloud as if it were AWS.

It needs a package registry and two minutes, so it runs when it is asked to: FASTSCALE_CDK_CLI=1.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fastscale import names
from fastscale.cdk.node import find_node
from fastscale.deploy import cdk
from fastscale.deploy.assembly import read_assembly
from tests.cdk.inventory import inventory
from tests.localcloud.server.process import REGION, Server

pytestmark = pytest.mark.skipif(
    not os.environ.get("FASTSCALE_CDK_CLI"), reason="brings aws-cdk through npm, 2 min: FASTSCALE_CDK_CLI=1 runs it"
)

ACCOUNT = "123456789012"
TIMEOUT_SECONDS = 300


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


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Operator]:
    started = Server(tmp_path / "state").start()
    yield Operator(started, tmp_path)
    started.end()


def test_from_bootstrap_to_destroy(operator: Operator, of_profile) -> None:
    default, reference = (of_profile(name).directory for name in ("default", "reference"))
    operator.environment["PYTHONPATH"] = str(Path(cdk.__file__).parents[2])
    stacks = [stack.name for stack in read_assembly(default)]
    told = operator.fastscale("diff", names.STACK_NETWORK, "--assembly", str(default))
    assert "Number of stacks with differences: 1" in told

    brought = operator.folder / f"cache/fastscale/cdk-{cdk.VERSION}/node_modules/aws-cdk/bin/cdk"
    bootstrapped = operator.run(str(find_node()), str(brought), "bootstrap", f"aws://{ACCOUNT}/{REGION}")
    assert "bootstrapped." in bootstrapped
    empty = inventory(operator.server.client)

    operator.push_images(default)
    told = operator.fastscale("deploy", names.STACK_NETWORK, "--assembly", str(default), "--yes")
    assert f"{names.STACK_NETWORK}.VpcId = vpc-" in told
    told = operator.fastscale("deploy", "--assembly", str(default), "--yes")
    assert "In two steps" not in told
    assert all(f"{stack}." in told for stack in stacks)

    assert "AWS::CloudWatch::Alarm" in operator.fastscale("diff", names.STACK_MONITORING, "--assembly", str(reference))
    operator.push_images(reference)
    assert "In two steps" in operator.fastscale("deploy", "--assembly", str(reference), "--yes")
    told = operator.fastscale("diff", "--assembly", str(reference))
    assert "Number of stacks with differences: 0" in told

    operator.fastscale("destroy", "--assembly", str(reference), "--yes", "--delete-logs")
    assert inventory(operator.server.client) == empty
