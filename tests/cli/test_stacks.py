"""`fastscale deploy|diff|destroy` as a user types them, with a stand-in for the CDK command line on PATH."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from fastscale import names
from fastscale.cdk import synthesis
from fastscale.cli import stacks
from fastscale.deploy.cdk import PACKAGE
from tests.free_ports import free_port
from tests.localcloud.server.templates import alarm
from tests.localcloud.server.test_deploy import assembly, exporter

CHECKOUT = Path(__file__).resolve().parents[2]
STACK = "EcsFastScaling-Network"

#: Says what it was asked for, and leaves outputs where it was told to.
CDK = """#!/bin/sh
echo "cdk $*"
for word in "$@"; do
  if [ "$last" = --outputs-file ]; then echo '{"Web": {"Url": "http://web"}}' > "$word"; fi
  last=$word
done
exit ${CDK_EXIT:-0}
"""
#: Brings a command line that says so; the test's PATH has no Node.js, so it has to be started by the one that we ship.
NPM = """#!/bin/sh
[ -n "$NPM_FAILS" ] && { echo "npm error network unreachable" >&2; exit 1; }
mkdir -p "$3/node_modules/aws-cdk/bin"
echo 'console.log("brought", ...process.argv.slice(2))' > "$3/node_modules/aws-cdk/bin/cdk"
"""


class Shell:
    """A folder with an assembly, and a PATH that holds nothing but what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bin = folder, folder / "bin"
        self.bin.mkdir()
        for tool in ("mkdir",):  # what the stand-ins need
            (self.bin / tool).symlink_to(str(shutil.which(tool)))
        (folder / "made").mkdir()
        assembly(folder / "made", {STACK: exporter("shared")})

    def program(self, name: str, text: str) -> None:
        path = self.bin / name
        path.write_text(text)
        path.chmod(0o755)

    def run(self, *words: str, **environment: str) -> tuple[int, str, str]:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "AWS_", "JSII_"))}
        own = {"PATH": str(self.bin), "HOME": str(self.folder), "PYTHONPATH": str(CHECKOUT)}
        own["AWS_EC2_METADATA_DISABLED"] = "true"
        done = subprocess.run(
            [sys.executable, "-m", "fastscale", *words],
            cwd=self.folder,
            env=inherited | own | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return done.returncode, done.stdout, done.stderr


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_aws_is_deployed_by_the_cdk_and_ends_with_outputs_and_the_next_step(shell: Shell) -> None:
    shell.program("cdk", CDK)
    code, out, err = shell.run("deploy", "--assembly", "made", "--yes")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"cdk --app made diff {STACK}",
        f"cdk --app made deploy {STACK} --require-approval never --outputs-file made/outputs.json",
        "Web.Url = http://web",
        "Next: `fastscale doctor` says whether everything is as it should be.",
    ]


def test_what_is_not_agreed_to_is_not_done_but_a_deployment_is_shown(shell: Shell) -> None:
    shell.program("cdk", CDK)
    for verb, shown in (("deploy", f"cdk --app made diff {STACK}\n"), ("destroy", "")):
        code, out, err = shell.run(verb, "--assembly", "made")
        assert (code, out) == (2, shown)
        assert err == "error: nobody can be asked here: --yes agrees beforehand\n"


def test_a_failing_cdk_is_one_line_and_exit_code_1(shell: Shell) -> None:
    shell.program("cdk", CDK)
    code, out, err = shell.run("destroy", "--assembly", "made", "--yes", CDK_EXIT="3")
    assert (code, out) == (1, f"cdk --app made destroy {STACK} --force\n")
    assert err == "error: cdk destroy ended with exit code 3: its last lines above say why\n"


def test_a_missing_cdk_is_brought_through_npm_once(shell: Shell) -> None:
    code, _, err = shell.run("diff", "--assembly", "made", JSII_NODE="/nowhere/bin/node")
    assert (code, "needs Node.js with npm" in err.splitlines()[-1]) == (2, True)
    shell.program("npm", NPM)
    code, _, err = shell.run("diff", "--assembly", "made", NPM_FAILS="1")
    assert (code, err.splitlines()[-1]) == (2, f"error: npm could not bring {PACKAGE}: npm error network unreachable")
    for _ in range(2):
        code, out, err = shell.run("diff", "--assembly", "made")
        assert (code, out) == (0, f"brought --app made diff {STACK}\n"), err
        shell.program("npm", "#!/bin/sh\nexit 1\n")


def with_logs() -> dict[str, Any]:
    """A stack with an export, and with a bucket that outlives it."""
    template = exporter("shared")
    template["Resources"]["Logs"] = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"}
    return template


def test_a_local_cloud_is_deployed_compared_and_emptied(shell: Shell) -> None:
    for name in ("with", "without"):
        (shell.folder / name).mkdir()
    using = {"Resources": {"Alarm": alarm("rps", AlarmActions=[{"Fn::ImportValue": "shared"}])}}
    pulse = names.STACK_PULSE
    assembly(shell.folder / "with", {STACK: with_logs(), pulse: using}, {pulse: [STACK]})
    assembly(shell.folder / "without", {STACK: with_logs()})
    ports = ["--port", str(free_port()), "--alb-port", str(free_port())]
    assert shell.run("local", "up", "--no-deploy", *ports)[0] == 0
    full, slim = (["--local", "--assembly", name] for name in ("with", "without"))
    try:
        assert shell.run("diff", *full)[1].startswith(f"{STACK}: 3 changes\n  + Alerts")
        code, out, _ = shell.run("deploy", pulse, *full, "--yes")
        assert code == 0
        assert out.startswith(f"{STACK}: 3 changes\n  + Alerts"), (
            "what a deployment changes is shown before it is asked for"
        )
        assert f"{STACK}.Arn = arn:aws:sns:" in out
        assert shell.run("diff", *full)[1] == f"{STACK}: no changes\n{pulse}: no changes\n"

        code, _, err = shell.run("deploy", *slim, "--yes")
        assert (code, f"Deleted {pulse}, which the plan no longer has." in err) == (0, True)

        code, out, _ = shell.run("destroy", *slim, "--yes")
        assert re.fullmatch(r"kept: bucket \S+ \(delete it: .*\)\nThe stacks are gone.\n", out)

        assert shell.run("deploy", *full, "--yes")[0] == 0
        code, out, err = shell.run("destroy", *slim, "--yes", "--delete-logs")
        assert (code, out) == (0, "The stacks are gone.\n")
        assert f"Deleted {pulse}, which the plan no longer has." in err
        assert shell.run("diff", *full)[1].startswith(f"{STACK}: 3 changes")
    finally:
        shell.run("local", "down")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["deploy", "--local"], "error: no local cloud runs in .fastscale: "),
        (["deploy", "--assembly", "nothing", "--yes"], "error: nothing/manifest.json cannot be read"),
        (["diff", "Web", "--assembly", "made"], f"error: there is no stack 'Web': choose among {STACK}"),
    ],
)
def test_bad_input_is_one_line(shell: Shell, words: list[str], line: str) -> None:
    code, _, err = shell.run(*words)
    assert code in (1, 2)
    assert err.startswith(line)
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "environment", "region"),
    [
        ([], {}, "ap-northeast-2"),
        ([], {"AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1"),
        ([], {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_REGION": "us-east-1"}, "us-east-1"),
        (["--region", "eu-north-1"], {"AWS_REGION": "us-east-1"}, "eu-north-1"),
    ],
)
def test_the_region_is_the_given_one_then_the_environments_then_the_plans(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: list[str], environment: dict[str, str], region: str
) -> None:
    made_for = []
    monkeypatch.setattr(synthesis, "synthesize", lambda plan, _folder: made_for.append(plan.region))
    monkeypatch.chdir(tmp_path)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    app = typer.Typer()
    app.command()(stacks.synth)
    CliRunner().invoke(app, options, env=environment)
    assert made_for == [region]
