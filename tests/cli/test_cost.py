import json
import subprocess
import sys
from pathlib import Path

import pytest

from fastscale.cost.price_file import NEEDED


def fastscale(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fastscale", *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def test_a_bill_for_each_route_and_what_would_save_most() -> None:
    ended = fastscale("cost", "--profile", "reference", "--tasks", "10", "--region", "us-east-1")
    assert ended.returncode == 0, ended.stderr
    assert "PutMetricData" in ended.stdout
    assert "EMF log lines" in ended.stdout
    first_choice = ended.stdout.partition("beginning with the most\n")[2].splitlines()[0]
    assert "publish by log lines (EMF)" in first_choice
    assert "Copies of AWS's list prices, made on 20" in ended.stdout


def test_amounts_stand_below_each_other() -> None:
    lines = fastscale("cost", "--tasks", "10").stdout.splitlines()
    amounts = [line for line in lines if line.startswith("  ") and not line.startswith("  http")]
    assert len({len(line[:72].rstrip()) for line in amounts}) == 1


def test_the_plans_own_route_is_the_one_that_choices_are_measured_from(tmp_path: Path) -> None:
    plan = tmp_path / "fastscale.toml"
    plan.write_text('profile = "default"\n[pulse]\nenabled = true\n[task]\narchitecture = "arm64"\n')
    shown = fastscale("cost", "--plan", str(plan), "--tasks", "50").stdout
    assert "the plan's route is pulse" in shown
    assert "0.25 vCPU, 0.5 GB, ARM" in shown
    choices = shown.partition("beginning with the most\n")[2]
    assert "Graviton" not in choices
    assert "EMF" not in choices


def test_the_same_as_json() -> None:
    document = json.loads(fastscale("cost", "--tasks", "10", "--region", "us-east-1", "--json").stdout)
    calls = next(item for item in document["monthly"]["cloudwatch"]["items"] if item["name"] == "PutMetricData")
    assert calls["dollars"] == pytest.approx(52.56)
    assert document["monthly"]["emf"]["total"] < document["monthly"]["cloudwatch"]["total"]
    assert document["prices"]["sources"]


def test_a_region_without_prices_is_one_line_and_exit_code_2() -> None:
    ended = fastscale("cost", "--region", "mars-1")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("error: no prices for region 'mars-1': ")
    assert "us-east-1 and ap-northeast-2" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_prices_of_ones_own_are_for_any_region(tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_text("".join(f"{key} = 1\n" for key in NEEDED))
    ended = fastscale("cost", "--region", "mars-1", "--prices", str(own), "--tasks", "10")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "10 tasks in mars-1" in ended.stdout
    assert ended.stdout.endswith(
        f"The prices are those of {own}.\n"
        "Not counted: load balancer capacity units, data transfer, Container Insights, free tier.\n"
    )
    document = json.loads(fastscale("cost", "--region", "mars-1", "--prices", str(own), "--json").stdout)
    assert document["prices"] == {"currency": "USD", "file": str(own)}
