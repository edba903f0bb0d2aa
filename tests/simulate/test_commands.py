"""`fastscale simulate`, `compare` and `tune` from the command line's side."""

import json
import re

import pytest
import typer
from typer.testing import CliRunner

from fastscale import plan_file
from fastscale.cli import simulate as commands
from fastscale.errors import FastscaleError, InputError

SURGE = "step:base=60,peak=600,seconds=400,at=120"


def _app():
    app = typer.Typer()
    for command in (commands.simulate, commands.compare, commands.tune):
        app.command()(command)
    return app


@pytest.fixture
def call(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    app = _app()

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


def test_two_shapes_that_differ_in_their_options_are_two_tables_and_the_headings_are_explained(call):
    shapes = [f"step:base=60,peak={peak},seconds=200,at=60" for peak in (300, 600)]
    output = call("compare", *shapes, "--strategy", "fixed", "--strategy", "default", "--processes", "1").output
    first, second = (output.index(f"{name} ") for name in shapes)
    assert output[first:second].count("default") == output[second:].count("default") == 1
    assert "\n\n" in output[first:second]
    assert "missed: failed or slower than 500 ms; cost: of the whole run" in output


def test_tune_writes_a_plan_file_that_can_be_read(call, tmp_path):
    call("tune", SURGE, "--held-out", SURGE, "--trials", "2", "--write", "tuned.toml")
    assert plan_file.load(tmp_path / "tuned.toml").scaling.max_capacity == 100


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["simulate", "nothing.csv"], "neither a file nor one of the shapes"),
        (["compare", SURGE, "--strategy", "magic"], "unknown strategy 'magic'"),
        (["simulate", SURGE, "--scale", "-1"], "scale -1 is not a positive number"),
        (["simulate", SURGE, "--slo-ms", "0"], "--slo-ms 0: give milliseconds above 0 and up to 1,000,000,000"),
        (["simulate", SURGE, "--slo-ms", "inf"], "--slo-ms inf: give milliseconds above 0"),
        (["simulate", "step:peak=1e30"], "peak 1e\\+30 is above 1e\\+12 requests/s"),
        (["simulate", "step:seconds=99999999999"], "seconds 99999999999 is above 8000000: give a shorter shape"),
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
    ("value", "fix"),
    [
        ("worker=1", "write KEY=VALUE with one of workers, "),
        ("workers", "write KEY=VALUE with one of workers, "),
        ("balancing=random", "give round_robin or least_outstanding_requests"),
        ("service_times=poisson", "give fixed or exponential"),
        ("workers=many", "give a whole number of requests from 1 to 10,000"),
        ("workers=0", "give a whole number of requests from 1 to 10,000"),
        (f"workers=1{400 * '0'}", "give a whole number of requests from 1 to 10,000"),
        ("service_ms=inf", "give milliseconds from 0.001 to 3,600,000"),
        ("service_ms=0", "give milliseconds from 0.001 to 3,600,000"),
        ("queue_limit=-1", "give a whole number of requests from 0"),
        ("cpu_full_percent=-3", "give percent from 2 to 100"),
        ("timeout=0", "give seconds above 0 and up to 1,000,000"),
        ("timeout=inf", "give seconds above 0"),
        ("timeout=soon", "give seconds above 0"),
        ("retries=-1", "give a whole number of times from 0 to 100"),
        ("retry_seconds=0", "give whole seconds from 1"),
        ("image_pull=nan", "give seconds from 0"),
        ("startup_spread=nan", "give a share from 0 to 2"),
        ("startup_spread=-1", "give a share from 0 to 2"),
        ("visibility=-5", "give seconds from 0"),
        ("visibility=nan", "give seconds from 0"),
    ],
)
def test_a_world_that_cannot_be_is_one_line_with_the_key_and_the_fix(call, value, fix):
    with pytest.raises(InputError) as error:
        call("simulate", SURGE, "--world", value)
    line = str(error.value).replace("'", "")
    assert line.startswith(f"--world {value}: {fix}")
    assert error.value.exit_code == 2


@pytest.mark.parametrize(
    "value",
    [
        "workers=10000",
        "service_ms=0.001",
        "service_ms=3600000",
        "queue_limit=0",
        "timeout=0.001",
        "timeout=1000000",
        "retries=100",
        "retry_seconds=1000000",
        "image_pull=1000000",
        "startup_spread=2",
        "visibility=1000000",
    ],
)
@pytest.mark.parametrize("mode", [[], ["--exact"]])
def test_the_ends_of_the_ranges_can_be_simulated(call, value, mode):
    (read,) = json.loads(
        call("simulate", "step:base=5,peak=50,seconds=60,at=30", "--world", value, "--json", *mode).stdout
    )
    assert read["summary"]["requests"] > 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["simulate", "--seed", "-1"],
        ["tune", "--seed", str(2**32)],
        ["tune", "--missed", "-5"],
        ["tune", "--missed", "101"],
        ["tune", "--missed", "nan"],
        ["compare", "--processes", "0"],
        ["compare", "--processes", "-1"],
    ],
)
def test_an_option_out_of_its_range_is_refused(arguments):
    result = CliRunner().invoke(_app(), [arguments[0], SURGE, *arguments[1:]])
    assert result.exit_code == 2
    assert f"Invalid value for '{arguments[1]}'" in result.output


def test_a_splice_needs_a_second(call):
    for text in ("spike", "spike@soon", "spike@²"):
        with pytest.raises(InputError, match=re.escape(f"--splice {text!r}: write TRACE@SECOND")):
            call("simulate", SURGE, "--splice", text)


def test_bursty_traffic_misses_more_and_is_no_more_traffic(call):
    calm, bursty = (
        json.loads(call("simulate", SURGE, "--burstiness", value, "--json").stdout)[0]["summary"]
        for value in ("1", "20")
    )
    assert bursty["missed_percent"] > calm["missed_percent"]
    assert bursty["requests"] == pytest.approx(calm["requests"], rel=0.05)


def test_tuning_may_be_for_another_world(call, tmp_path):
    call("tune", SURGE, "--held-out", SURGE, "--trials", "2", "--world", "service_ms=50", "--write", "tuned.toml")
    assert (tmp_path / "tuned.toml").is_file()
