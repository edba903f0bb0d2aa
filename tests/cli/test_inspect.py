"""`fastscale inspect` prints what a design does, warns, and exits as it says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from fastscale import profiles
from fastscale.cli.inspect import inspect
from fastscale.errors import InputError

SHOP = str(Path(__file__).parents[1] / "template" / "templates" / "shop.yaml")


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(inspect)
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, list(arguments))


def lines(result: Result) -> list[str]:
    return [line.rstrip() for line in result.output.splitlines()]


def test_a_clean_design_ends_with_no_warnings_and_exits_0() -> None:
    result = run("default", "--strict")
    assert result.exit_code == 0
    assert lines(result)[-1] == "No warnings."


def test_tables_are_aligned_and_steps_are_in_words() -> None:
    shown = lines(run("reference"))
    assert "Policies" in shown
    start = shown.index("Policies")
    header, first, second, third = shown[start + 1 : start + 5]
    column = header.index("does")
    assert [row[column:].split("  ")[0] for row in (first, second, third)] == [
        "100 to 150: +1 task",
        "150 to 200: +2 tasks",
        "from 200: +4 tasks",
    ]
    assert header.startswith("policy ")
    assert any(row.startswith("FastScaling-MorningScaleUp") and "at least 5, at most 100" in row for row in shown)


def test_long_lists_of_steps_are_shortened() -> None:
    assert any("... 15 more ..." in row for row in lines(run("default")))


def test_a_warning_is_three_lines_what_why_and_fix() -> None:
    shown = lines(run("reference", "--surge", "10x"))
    start = next(i for i, line in enumerate(shown) if line.startswith("FS010 "))
    assert shown[start] == "FS010 fast-scaling-service: the first answer to a surge of 10x is too small"
    assert shown[start + 1].startswith(
        "      why: by FastScaling/Application RequestsPerSecond it goes from 2 tasks to 6"
    )
    assert shown[start + 2].startswith("      fix: ")
    assert "2 warnings" in shown


def test_warnings_fail_the_command_only_when_that_is_asked_for() -> None:
    assert run("reference").exit_code == 0
    assert run("reference", "--strict").exit_code == 1


def test_a_template_shows_what_is_not_modelled_and_what_has_no_part() -> None:
    shown = lines(run(SHOP, "--parameter", "Environment=prod", "--parameter", "CpuTarget=50"))
    assert any(row.startswith("TableTarget ") and row.endswith("only ECS services are modelled") for row in shown)
    assert "No part in scaling: 1 AWS::Logs::LogGroup, 1 AWS::S3::Bucket" in shown
    assert any(row.startswith("FS003 GapPolicy: ") for row in shown)


def test_a_template_without_a_service_says_so(tmp_path: Path) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text("Resources: {Bucket: {Type: 'AWS::S3::Bucket'}}")
    assert lines(run(str(path)))[0] == "It holds no ECS service."


def test_names_are_never_taken_for_markup(tmp_path: Path) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(
        "Resources: {Web: {Type: AWS::ECS::Service, Properties: {ServiceName: '[red]web', Cluster: '[/x]'}}}"
    )
    assert any(row.startswith("[red]web") for row in lines(run(str(path))))


def test_json_holds_the_plan_and_the_warnings() -> None:
    result = run("reference", "--surge", "10x", "--json")
    document = json.loads(result.output)
    [service] = document["services"]
    expected = profiles.reference().model_dump(mode="json", include={"service", "task", "scaling", "alarms"})
    assert service["plan"] == expected
    assert [one["code"] for one in document["warnings"]] == ["FS002", "FS010"]
    assert set(document["warnings"][0]) == {"code", "subject", "service", "what", "why", "fix"}


def test_json_of_a_template_lists_every_resource_that_is_in_no_plan() -> None:
    document = json.loads(run(SHOP, "--json").output)
    assert document["no_part_in_scaling"] == {"AWS::Logs::LogGroup": ["Logs"], "AWS::S3::Bucket": ["Bucket"]}
    assert {"where": "GapPolicy", "type": "AWS::ApplicationAutoScaling::ScalingPolicy"}.items() <= next(
        one for one in document["not_modelled"] if one["where"] == "GapPolicy"
    ).items()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["nowhere.yaml"], "nowhere.yaml: there is no such file, directory or profile"),
        (["default", "--surge", "big"], "--surge 'big': write it as a factor above 1, such as 10x, or as requests/s"),
        ([SHOP, "--parameter", "Environment"], "--parameter 'Environment': write it as Key=Value"),
        ([SHOP, "--surge", "500"], "--surge 500: no alarm tells how many requests/s a task carries"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(arguments: list[str], line: str) -> None:
    error = run(*arguments).exception
    assert isinstance(error, InputError)
    assert error.exit_code == 2
    assert str(error).startswith(line)
    assert "\n" not in str(error)


def test_the_command_prints_the_line_and_exits_2() -> None:
    command = [sys.executable, "-m", "fastscale", "inspect", "nowhere.yaml"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "error: nowhere.yaml: there is no such file, directory or profile\n"
