import json
import subprocess
import sys

import pytest


def fastscale(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fastscale", *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def test_a_bill_for_each_route_and_what_would_save_most() -> None:
    ended = fastscale("cost", "--tasks", "10", "--region", "us-east-1")
    assert ended.returncode == 0, ended.stderr
    assert "PutMetricData" in ended.stdout
    assert "EMF log lines" in ended.stdout
    first_choice = ended.stdout.partition("beginning with the most\n")[2].splitlines()[0]
    assert "publish by log lines (EMF)" in first_choice
    assert "List prices of 20" in ended.stdout


def test_the_same_as_json() -> None:
    document = json.loads(fastscale("cost", "--tasks", "10", "--region", "us-east-1", "--json").stdout)
    calls = next(item for item in document["monthly"]["cloudwatch"]["items"] if item["name"] == "PutMetricData")
    assert calls["dollars"] == pytest.approx(51.84)
    assert document["monthly"]["emf"]["total"] < document["monthly"]["cloudwatch"]["total"]
    assert document["prices"]["sources"]


def test_a_region_without_prices_is_one_line_and_exit_code_2() -> None:
    ended = fastscale("cost", "--region", "mars-1")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("error: no prices are known for region 'mars-1'")
    assert len(ended.stderr.splitlines()) == 1
