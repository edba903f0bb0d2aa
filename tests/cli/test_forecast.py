"""`fastscale forecast` from the command line's side."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import typer
from click.testing import Result
from moto import mock_aws
from typer.testing import CliRunner

from fastscale import names
from fastscale.aws.history_table import DynamoHistoryStore
from fastscale.cli.forecast import forecast
from fastscale.decide.pulse import season_bytes
from fastscale.decide.pulse.season import Season
from fastscale.errors import FastscaleError, InputError
from fastscale.pulse.forecast.learning import learnt
from fastscale.pulse.history_files import FileHistoryStore
from tests.decide.pulse.days import shop
from tests.pages.self_contained import outside

Call = Callable[..., Result]

#: Five days of a shop in Seoul by the minute, from a Sunday afternoon in UTC on.
START, RATES = 1_772_377_200, [shop(minute % 1440 / 60) for minute in range(5 * 1440)]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """In a folder with the days of the shop."""
    monkeypatch.chdir(tmp_path)
    rows = (f"{START + 60 * minute},{rate}\n" for minute, rate in enumerate(RATES))
    Path("shop.csv").write_text("timestamp,rps\n" + "".join(rows))
    app = typer.Typer()
    app.command()(forecast)

    def run(*arguments: str) -> Result:
        result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "80"})
        if isinstance(result.exception, FastscaleError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result

    return run


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of DynamoDB (moto's model of it, in this process) with the table of Pulse."""
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(key, "test")
    for key in ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(key, raising=False)
    with mock_aws():
        client = boto3.client("dynamodb", region_name=names.REGION)
        client.create_table(
            TableName=names.PULSE_TABLE,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


def five_days() -> Season:
    """What these days teach."""
    return learnt(RATES, start=START, time_zone="Asia/Seoul")


def test_days_of_traffic_show_the_next_one(call: Call) -> None:
    shown = call("shop.csv").stdout
    assert "the next 24 hours, Asia/Seoul" in shown
    assert "from Sat 08:40  at least 4 tasks" in shown
    assert max(len(line) for line in shown.splitlines()) <= 80


def test_scale_and_time_zone_are_those_that_are_asked_for(call: Call) -> None:
    shown = call("shop.csv", "--scale", "3", "--time-zone", "UTC").stdout
    assert "from Fri 23:40  at least 12 tasks" in shown


def test_the_page_needs_no_other_file_and_holds_the_same(call: Call) -> None:
    call("shop.csv", "--html", "out/forecast.html")
    page = Path("out/forecast.html").read_text()
    assert "<td>Sat 08:40</td><td>4 tasks</td>" in page
    assert outside(page) == []
    (figure,) = json.loads(re.search(r"^const figures = (.*);$", page, re.M)[1])
    floor = next(line for line in figure["data"] if line["name"] == "floor")
    assert (floor["x"][0], max(floor["y"])) == ("2026-03-07T00:00:00", 20)


def test_a_file_of_a_running_pulse_shows_what_it_learnt(call: Call, tmp_path: Path) -> None:
    store = FileHistoryStore(tmp_path)
    season = five_days()
    store.save("service/shop/web", season_bytes.to_bytes(season))
    read = json.loads(call("--history", str(store.path("service/shop/web")), "--json").stdout)
    assert read["service"] == "service/fast-scaling-cluster/fast-scaling-service"
    assert max(slot["floor"] for slot in read["slots"]) == 20


def test_the_table_of_a_running_pulse_shows_what_it_learnt(call: Call, table: Any) -> None:
    season = five_days()
    service = "service/fast-scaling-cluster/fast-scaling-service"
    with pytest.raises(InputError, match=f"holds no history of {service}"):
        call()
    DynamoHistoryStore(table, table=names.PULSE_TABLE).save(service, season_bytes.to_bytes(season))
    read = json.loads(call("--json").stdout)
    assert (read["service"], read["cycle"]) == (service, "daily")
    assert read["silence"] == "nothing was measured lately"  # those days are long over
    assert max(slot["peak"] for slot in read["slots"]) == pytest.approx(2000)


def test_too_few_days_say_so(call: Call) -> None:
    assert "too few days are known" in call("diurnal").stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["shop.csv", "--history", "shop.csv"], "not both"),
        (["--history", "shop.csv"], "'shop.csv': the history is damaged"),
        (["--history", "none"], "'none' cannot be read: No such file"),
        (["nothing.csv"], "neither a file nor one of the shapes"),
        (["shop.csv", "--time-zone", "Mars/Olympus"], "'Mars/Olympus' is not an IANA name"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(call: Call, arguments: list[str], says: str) -> None:
    with pytest.raises(FastscaleError, match=says) as error:
        call(*arguments)
    assert error.value.exit_code == 2
    assert "\n" not in str(error.value)
