"""What is not installed is one line that names the extra, and no traceback."""

from __future__ import annotations

import ast
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest

import fastscale
from fastscale.cli import main as command_line
from fastscale.cli.missing import EVERYTHING, EXTRAS, missing_part, require
from fastscale.errors import MissingPartError

PACKAGE = Path(fastscale.__file__).parent
#: What the package needs at least.
BASE = {"fastscale", "app", "ddsketch"}


def imported() -> set[str]:
    """The modules of others that the package imports anywhere."""
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - BASE


def test_every_import_of_an_optional_part_has_an_extra_that_exists() -> None:
    assert imported() <= set(EXTRAS)
    assert {*EXTRAS.values(), EVERYTHING} <= set(metadata("fastscale").get_all("Provides-Extra") or ())


@pytest.mark.parametrize(
    ("error", "extra"),
    [
        (ModuleNotFoundError("No module named 'plotly.offline'", name="plotly.offline"), "simulate"),
        (PackageNotFoundError("aws-cdk-lib"), "cdk"),
    ],
)
def test_a_part_that_is_missing_ends_a_command_with_the_extra_that_brings_it(
    error: ModuleNotFoundError, extra: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails() -> None:
        raise error

    monkeypatch.setattr(command_line, "_application", lambda: fails)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert told.count("\n") == 1
    assert f"pip install 'fastscale[{extra}]'" in told


def test_a_module_of_our_own_that_is_missing_is_a_mistake_of_ours() -> None:
    assert missing_part(ModuleNotFoundError("No module named 'fastscale.gone'", name="fastscale.gone")) is None


def test_what_another_process_would_miss_is_told_before_it_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fastscale.cli.missing.find_spec", lambda name: None if name == "locust" else object())
    require("moto", "psutil")
    with pytest.raises(MissingPartError, match=r"^locust is not installed"):
        require("moto", "locust")
