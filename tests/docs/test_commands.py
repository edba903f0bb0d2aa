"""Every command in the documentation is typed: in one folder, against one local cloud, page by page.

What cannot be run whole here is tried as far as a test can:

* what takes minutes, runs without an end, or changes an AWS account: its options are parsed; the test that runs all of
  it is named below and has to exist;
* `make`: a dry run, because its targets are the whole test suite, benchmarks and demonstrations;
* `pip install`: the extra has to be one of the package's;
* programs that are not ours (docker, soci): the shell has to understand the line, and files that it names must exist;
* what a sentence mentions, often without its arguments: ours is parsed, AWS's has to be an operation of its API.

The Korean README has the blocks of the English one (test_translation.py), so its blocks are not typed again.
"""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib.metadata import metadata
from itertools import dropwhile, pairwise
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name
from typer.testing import CliRunner

from fastscale import names, profiles
from fastscale.cli.main import _application
from tests.assemblies import begin_with
from tests.docs.commands import PAGES, ROOT, Command, commands
from tests.docs.reader import Reader, Shell

#: Commands that only are parsed here, and the test that runs all of each: its file, its name, and how it says it.
ELSEWHERE = {
    "fastscale demo": (
        "tests/cli/test_demo_end_to_end.py",
        "test_pulse_meets_a_surge_end_to_end_and_the_report_says_how",
        '["demo", ',
    ),
    "fastscale deploy": (
        "tests/cli/test_stacks.py",
        "test_aws_is_deployed_by_the_cdk_and_ends_with_outputs_and_the_next_step",
        'shell.run("deploy", ',
    ),
    "fastscale diff": (
        "tests/cli/test_stacks.py",
        "test_a_missing_cdk_is_brought_through_npm_once",
        'shell.run("diff", ',
    ),
    "fastscale destroy": (
        "tests/cli/test_stacks.py",
        "test_a_local_cloud_is_deployed_compared_and_emptied",
        'shell.run("destroy", ',
    ),
    "fastscale load": (
        "tests/cli/test_load.py",
        "test_a_surge_that_nothing_answers_is_reported_from_the_api",
        '"fastscale", "load", ',
    ),
    "fastscale pulse run": (
        "tests/pulse/test_main.py",
        "test_a_surge_is_seen_answered_and_logged_and_sigterm_ends_it_at_once",
        '"fastscale.pulse"',
    ),
    "fastscale pulse dry-run": (
        "tests/pulse/test_main.py",
        "test_a_dry_run_tells_what_it_would_do_until_it_is_ended",
        '"fastscale", "pulse", "dry-run"',
    ),
    "fastscale tune": (
        "tests/simulate/test_commands.py",
        "test_tune_writes_a_plan_file_that_can_be_read",
        'call("tune", ',
    ),
    "fastscale sidecar": (
        "tests/cli/test_sidecar.py",
        "test_it_publishes_until_told_to_end_and_then_once_more",
        '"fastscale", "sidecar", ',
    ),
    "python -m fastscale.cdk": (
        "tests/cdk/test_main.py",
        "test_without_any_wish_the_default_profile_goes_to_cdk_out_for_any_account",
        '"-m", "fastscale.cdk"',
    ),
    "cdk deploy": ("tests/cdk/test_cdk_cli.py", "test_one_command_exchanges_plans_and_takes_all_away", '"deploy"'),
}
#: What this test runs all the same, although it begins like one of them.
HERE = ("fastscale deploy --local", "fastscale diff --local")
#: Exit code 1 says here that something was found, not that the command failed.
MAY_FIND = ("fastscale doctor", "fastscale inspect")
#: Subcommands that version 2 of the AWS CLI adds to the API, and the operation that each lives on.
ADDED_BY_THE_CLI = {("logs", "tail"): "filter_log_events"}
FOREIGN = ("docker", "soci")


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """In a folder with some files, and a running cloud."""
    one = Reader(tmp_path_factory.mktemp("reader"))
    begin_with(profiles.default(), one.folder, tmp_path_factory)
    one.start_cloud()
    one.must("fastscale init")
    yield one
    one.end_cloud()


def test_what_is_deployed_is_what_the_doctor_expects(reader: Reader) -> None:
    """Of what does not change with traffic; before the pages' commands change it."""
    told = reader.must("fastscale doctor --local", (0, 1)).splitlines()
    steady = [line for line in told if re.match(r"(ok|problem) +(stack|permissions|scaling) ", line)]
    assert len(steady) > len(names.STACKS)
    assert [line for line in steady if line.startswith("problem")] == []
    assert [line for line in told if "the plan's is" in line or "does not invoke" in line] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_tells_to_type_works(reader: Reader, page: Path) -> None:
    found = commands(page)
    shell = begin(reader, found)
    for command in found:
        if not command.block:
            look_at(typed(command))
        elif page.name != "README.ko.md":
            type_it(reader, shell, command)


def begin(reader: Reader, found: list[Command]) -> Shell:
    """A page that starts the local cloud says itself what to export; on the others both are done."""
    if any(command.block and typed(command) == "fastscale local up" for command in found):
        return Shell(cloud=False)
    shell = Shell(cloud=True)
    shell.export(reader.here("export AWS_ENDPOINT_URL=http://localhost:4566 AWS_DEFAULT_REGION=ap-northeast-2"))
    shell.export("export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local")
    return shell


def typed(command: Command) -> str:
    return command.text.replace(".venv/bin/", "")


def type_it(reader: Reader, shell: Shell, command: Command) -> None:
    """Type a command, or as much of it as a test can."""
    text = typed(command)
    shell.allows(command, text)
    if text.startswith("fastscale local up"):
        shell.cloud = True
    elif text.startswith("fastscale local down"):
        shell.cloud = False
    elif text.startswith("export "):
        shell.export(reader.here(text))
    elif text.startswith("unset "):
        shell.unset(text)
    elif is_run_here(text):
        if text == "fastscale init":  # it overwrites nothing
            (reader.folder / "fastscale.toml").unlink()
        if text.startswith("fastscale push") and "--yes" not in text:  # it asks, and nobody is here
            text += " --yes"
        reader.must(text, (0, 1) if text.startswith(MAY_FIND) else (0,), shell.variables)
    else:
        look_at(text)


def is_run_here(text: str) -> bool:
    ours = text.startswith(HERE) or (text.startswith("fastscale ") and not text.startswith(tuple(ELSEWHERE)))
    return ours or text.startswith(("aws ", "curl "))


@cache
def look_at(text: str) -> None:
    """Whether a command could be typed as it is."""
    words = list(dropwhile(lambda word: "=" in word, shlex.split(text)))  # without what is set for it alone
    program = words[0]
    if text.startswith(("python ", "cdk ")):
        assert text.startswith(tuple(ELSEWHERE)), text
    elif program == "fastscale":
        parse(words[1:])
    elif program == "make":
        dry_run(text)
    elif program == "pip":
        assert_extra_exists(text)
    elif program == "aws":
        assert_operation_exists(words[1], words[2])
    else:
        assert program in FOREIGN, text
        assert_shell_understands(text)


def parse(words: list[str]) -> None:
    """A subcommand or an option that does not exist is an error, even when help is asked for."""
    result = CliRunner().invoke(_application(), [*words, "--help"])
    assert result.exit_code == 0, f"fastscale {' '.join(words)}\n{result.output}"


def dry_run(text: str) -> None:
    settings, _, rest = text.partition("make")
    in_shell(f"{settings}make --directory={shlex.quote(str(ROOT))} --dry-run{rest}")
    named = [word.removeprefix("ARGS=") for word in shlex.split(rest) if word.startswith("ARGS=tests/")]
    for path in named:
        assert all(setting.split("=")[0] in (ROOT / path).read_text() for setting in settings.split()), text


def in_shell(line: str, *options: str) -> None:
    done = subprocess.run(["/bin/bash", *options, "-c", line], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{line}\n{done.stderr}"


def assert_shell_understands(text: str) -> None:
    in_shell(text, "-n")
    words = shlex.split(text)
    for word, value in pairwise(words):
        assert word != "--file" or (ROOT / value).is_file(), text


def assert_extra_exists(text: str) -> None:
    """Every extra that is named in ``pip install "fastscale[…]"`` is one of the package's."""
    extras = text.partition("[")[2].partition("]")[0].split(",")
    assert set(extras) <= set(metadata("fastscale").get_all("Provides-Extra") or ()), text


def assert_operation_exists(service: str, operation: str) -> None:
    """As botocore knows the service's API, from which the AWS CLI takes its commands."""
    model = botocore.session.get_session().get_service_model(service)
    wanted = ADDED_BY_THE_CLI.get((service, operation), operation.replace("-", "_"))
    assert wanted in {xform_name(name) for name in model.operation_names}


@pytest.mark.parametrize(("file", "test", "says"), ELSEWHERE.values(), ids=list(ELSEWHERE))
def test_what_is_only_parsed_here_is_run_by_the_test_that_is_named(file: str, test: str, says: str) -> None:
    text = (ROOT / file).read_text()
    assert test in {node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
    assert says in text


def test_pages_have_commands_of_each_kind() -> None:
    found = [command for page in PAGES for command in commands(page)]
    assert sum(command.block for command in found) > 40
    assert {"make", "aws", "curl", "pip", "docker", "soci", "cdk"} <= {command.text.split()[0] for command in found}
    assert any(not command.block and command.text == "fastscale load http://localhost:8000" for command in found)
    assert any(command.text.startswith("fastscale sidecar --kind nginx") for command in found)  # an indented line
