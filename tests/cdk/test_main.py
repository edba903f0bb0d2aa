"""`python -m fastscale.cdk`, as a person and the CDK command line run it."""

import json
import os
import subprocess
import sys

import pytest

from fastscale import names, profiles
from fastscale.cdk.__main__ import _parser


@pytest.fixture
def run(tmp_path):
    """Run the command in an empty directory with nothing of AWS in the environment; templates go to its cdk.out."""

    def command(*arguments, text="", **environment):
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "CDK_"))}
        return subprocess.run(
            [sys.executable, "-m", "fastscale.cdk", *arguments],
            cwd=tmp_path,
            env=clean | environment,
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )

    return command


def environments(directory):
    artifacts = json.loads((directory / "manifest.json").read_text())["artifacts"]
    return {artifacts[stack]["environment"] for stack in names.STACKS}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--profile", "fast"], "error: unknown profile 'fast': choose one of default, reference"),
        (["--plan", "-"], "error: the plan on standard input: Invalid JSON: "),
        (["--plan", "missing.toml"], "error: "),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(run, arguments, message):
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1


def changed(**parts):
    return profiles.default().model_dump(mode="json") | parts


def renamed(alarm):
    first, *others = changed()["alarms"]
    return changed(alarms=[first | alarm, *others])


@pytest.mark.parametrize(
    ("plan", "line"),
    [
        ({}, "scaling: is missing; give it, or start from a profile: --profile default (and 1 more)"),
        (changed(task={"cpu": 300}), "task: cpu 300 is not a Fargate size"),
        (changed(time_zone="Mars/X"), "time_zone = 'Mars/X': is not an IANA time zone such as Asia/Seoul"),
        (changed(tsak={}), "tsak: there is no such key; did you mean task?"),
        (renamed({"period": 15}), 'alarms."FastScaling-CustomRPS".period = 15: period 15 is not'),
        (3, "the plan = 3: should be"),
    ],
)
def test_what_is_wrong_with_a_plan_on_standard_input_is_said_with_key_value_and_fix(run, plan, line):
    done = run("--plan", "-", text=json.dumps(plan))
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {line}")
    assert done.stderr.count("\n") == 1


def test_a_missing_node_is_one_line_and_exit_code_2(run):
    done = run(JSII_NODE="/nowhere/node")
    assert done.returncode == 2
    assert done.stderr == "error: JSII_NODE names /nowhere/node, which is not a program: correct or unset it\n"


def test_the_cdk_command_line_chooses_plan_output_account_and_region(run, tmp_path):
    """It passes `-c plan=fastscale.toml` and its other wishes in the environment."""
    (tmp_path / "fastscale.toml").write_text('profile = "reference"\n[scaling]\nmax_capacity = 7\n')
    done = run(
        CDK_CONTEXT_JSON='{"plan": "fastscale.toml"}',
        CDK_OUTDIR=str(tmp_path / "assembly"),
        CDK_DEFAULT_ACCOUNT="111122223333",
        AWS_REGION="eu-central-1",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert environments(tmp_path / "assembly") == {"aws://111122223333/eu-central-1"}
    scaling = (tmp_path / "assembly" / f"{names.STACK_AUTO_SCALING}.template.json").read_text()
    assert '"MaxCapacity": 7,' in scaling
    assert "PercentChangeInCapacity" not in scaling


@pytest.mark.parametrize(
    ("environment", "region"),
    [
        ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-2", "CDK_DEFAULT_REGION": "eu-west-3"}, "eu-west-2"),
        ({"CDK_DEFAULT_REGION": "eu-west-3"}, None),
    ],
)
def test_the_region_is_the_environments_and_never_that_which_the_cdk_sets(monkeypatch, environment, region):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "CDK_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert _parser().parse_args([]).region == region


def test_the_environments_region_comes_before_the_plans(run, tmp_path):
    assert run(AWS_DEFAULT_REGION="eu-west-2", CDK_DEFAULT_REGION="eu-west-3").returncode == 0
    assert environments(tmp_path / "cdk.out") == {"aws://unknown-account/eu-west-2"}


def test_the_cdk_command_line_may_choose_a_profile(run):
    done = run(CDK_CONTEXT_JSON='{"profile": "fast"}')
    assert (done.returncode, done.stderr) == (2, "error: unknown profile 'fast': choose one of default, reference\n")


def test_without_any_wish_the_default_profile_goes_to_cdk_out_for_any_account(run, tmp_path):
    assert run().returncode == 0
    assert environments(tmp_path / "cdk.out") == {"aws://unknown-account/ap-northeast-2"}
    assert "PercentChangeInCapacity" in (tmp_path / "cdk.out" / f"{names.STACK_AUTO_SCALING}.template.json").read_text()
