"""`fastscale simulate`, `compare` and `tune` from the command line's side."""

import json
import re

import pytest
import typer
from typer.testing import CliRunner

from fastscale import plan_file
from fastscale.cli import simulate as commands
from fastscale.errors import FastscaleError

SURGE = "step:base=60,peak=600,seconds=400,at=120"


@pytest.fixture
def call(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    for command in (commands.simulate, commands.compare, commands.tune):
        app.command()(command)

    def run(*arguments):
        result = CliRunner().invoke(app, list(arguments))
        if isinstance(result.exception, FastscaleError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result

    return run


def test_simulate_says_when_the_plan_reacted(call, tmp_path):
    result = call("simulate", SURGE, "--out", "report")
    assert "12.8" in result.output
    assert {path.name for path in (tmp_path / "report").iterdir()} == {"report.html", "report.json", "report.csv"}


def test_simulate_prints_json_alone_on_standard_output(call):
    (read,) = json.loads(call("simulate", SURGE, "--json").stdout)
    assert read["summary"]["trigger_seconds"] == 12.8


def test_simulate_takes_the_part_and_the_scale_that_it_is_told(call, tmp_path):
    (tmp_path / "day.txt").write_text("".join(f"{number}\n" for number in range(500)))
    (read,) = json.loads(call("simulate", "day.txt", "--from", "100", "--for", "50", "--scale", "2", "--json").stdout)
    assert read["summary"]["requests"] == 2 * sum(range(100, 150))


def test_simulate_runs_somebody_elses_template(call, tmp_path):
    template = {
        "Resources": {
            "Api": {
                "Type": "AWS::ECS::Service",
                "Properties": {"ServiceName": "api", "Cluster": "main", "DesiredCount": 2},
            },
            "Target": {
                "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
                "Properties": {
                    "MinCapacity": 2,
                    "MaxCapacity": 40,
                    "ResourceId": "service/main/api",
                    "ScalableDimension": "ecs:service:DesiredCount",
                    "ServiceNamespace": "ecs",
                },
            },
            "Cpu": {
                "Type": "AWS::ApplicationAutoScaling::ScalingPolicy",
                "Properties": {
                    "PolicyName": "cpu",
                    "PolicyType": "TargetTrackingScaling",
                    "ScalingTargetId": {"Ref": "Target"},
                    "TargetTrackingScalingPolicyConfiguration": {
                        "TargetValue": 40,
                        "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
                    },
                },
            },
        }
    }
    (tmp_path / "stack.json").write_text(json.dumps(template))
    (read,) = json.loads(
        call("simulate", "step:base=60,peak=600,seconds=900,at=300", "--template", "stack.json", "--json").stdout
    )
    assert 180 < read["summary"]["trigger_seconds"] < 420


def test_compare_writes_its_report_and_shows_every_strategy_asked_for(call, tmp_path):
    result = call("compare", SURGE, "--strategy", "default", "--strategy", "fixed", "--processes", "1")
    assert "default" in result.output
    assert "fixed" in result.output
    assert len((tmp_path / "out/compare/report.csv").read_text().splitlines()) == 3


def test_tune_writes_a_plan_file_that_can_be_read(call, tmp_path):
    call("tune", SURGE, "--held-out", SURGE, "--trials", "2", "--write", "tuned.toml")
    assert plan_file.load(tmp_path / "tuned.toml").scaling.max_capacity == 100


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["simulate", "nothing.csv"], "neither a file nor one of the shapes"),
        (["compare", SURGE, "--strategy", "magic"], "unknown strategy 'magic'"),
        (["simulate", SURGE, "--scale", "-1"], "scale -1 is not a positive number"),
        (["simulate", SURGE, "--slo-ms", "0"], "SLO 0 is not above 0"),
        (["tune", SURGE], "too short to hold a part out"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(call, arguments, says):
    with pytest.raises(FastscaleError, match=says) as error:
        call(*arguments)
    assert error.value.exit_code == 2
    assert "\n" not in str(error.value)


def test_simulate_splices_a_surge_into_a_calm_day(call, tmp_path):
    (tmp_path / "calm.txt").write_text("60\n" * 900)
    (tmp_path / "surge.txt").write_text("540\n" * 300)
    (read,) = json.loads(call("simulate", "calm.txt", "--splice", "surge.txt@300", "--json").stdout)
    assert read["summary"]["requests"] == 900 * 60 + 300 * 540
    assert read["summary"]["trigger_seconds"] is not None


def test_a_world_with_faster_tasks_misses_less(call):
    slow, fast = (
        json.loads(call("simulate", SURGE, "--world", word, "--json").stdout)[0]["summary"]["missed_percent"]
        for word in ("service_ms=100", "service_ms=20")
    )
    assert fast < slow / 2


@pytest.mark.parametrize(
    ("option", "value", "line"),
    [
        ("--splice", "spike", "--splice 'spike': write TRACE@SECOND"),
        ("--world", "workers=many", "--world workers=many: must be requests that a task serves at a time"),
        ("--world", "worker=1", "--world 'worker=1': write KEY=VALUE with one of workers, "),
        ("--world", "balancing=random", "must be round_robin or least_outstanding_requests"),
        ("--world", "workers=0", "workers 0"),
    ],
)
def test_a_wrong_world_is_one_line(call, option, value, line):
    with pytest.raises(FastscaleError, match=re.escape(line)):
        call("simulate", SURGE, option, value)


def test_tuning_may_be_for_another_world(call, tmp_path):
    call("tune", SURGE, "--held-out", SURGE, "--trials", "2", "--world", "service_ms=50", "--write", "tuned.toml")
    assert (tmp_path / "tuned.toml").is_file()
