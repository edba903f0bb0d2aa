"""Who may import whom: a module may name only the parts listed beside its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "fastscale"

VALUES = {"aws_facts", "names", "errors", "intervals", "plan", "profiles", "series", "statistic"}

#: Parts of the package, and which other parts each may import.
MAY_IMPORT: dict[str, set[str]] = {
    "aws_facts": set(),
    "backoff": set(),
    "cloudformation_yaml": set(),
    "loops": set(),
    "names": set(),
    "pauses": set(),
    "errors": set(),
    "files": {"errors"},
    "intervals": set(),
    "statistic": {"errors"},
    "series": {"statistic"},
    "plan": {"aws_facts", "names", "intervals"},
    "profiles": {"names", "errors", "plan"},
    "plan_file": VALUES | {"decide"},
    "cost": VALUES,
    "decide": VALUES,
    "aws": VALUES | {"backoff", "loops", "ports", "decide"},
    "meter": {"backoff", "loops", "names", "errors"},
    "template": VALUES | {"aws", "cloudformation_yaml", "meter"},
    "inspect": VALUES | {"plan_file", "template", "decide"},
    "image": VALUES | {"aws"},
    "load": {"errors", "names"},
    "pages": set(),
    "demo": VALUES | {"load", "aws", "localcloud", "files", "pages"},
    "deploy": VALUES | {"aws"},
    "doctor": VALUES | {"aws"},
    "ports": VALUES | {"decide"},
    "control": VALUES | {"backoff", "loops", "ports", "decide"},
    "pulse": VALUES
    | {"backoff", "loops", "ports", "control", "decide", "aws", "plan_file", "files", "pages", "pauses"},
    "cdk": VALUES | {"plan_file"},
    "localcloud": VALUES | {"backoff", "cloudformation_yaml", "files", "loops", "pauses", "aws", "decide"},
    "simulate": VALUES | {"decide", "template", "cost", "load", "pages"},
}

#: Libraries that a part must not import, whatever else it may.
MUST_NOT_IMPORT: dict[str, set[str]] = {
    "backoff": {"boto3", "botocore", "pydantic", "time"},
    "decide": {"boto3", "botocore", "time", "logging", "threading", "random", "os", "asyncio"},
    "control": {"boto3", "botocore"},
    "meter": {"pydantic"},
    "plan": {"boto3"},
    "simulate": {"boto3", "botocore", "time"},
}


def parts() -> list[str]:
    found = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()}
    return sorted(found - {"__init__", "__main__", "__pycache__", "cli"})


def modules(part: str) -> Iterator[Path]:
    folder = PACKAGE / part
    yield from folder.rglob("*.py") if folder.is_dir() else [folder.with_suffix(".py")]


def imported(path: Path) -> Iterator[str]:
    """Dotted names that a module imports, at its top or inside functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "fastscale":
            yield from (f"fastscale.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def used(part: str) -> set[str]:
    """The other parts that a part imports."""
    names = (name.split(".") for path in modules(part) for name in imported(path))
    return {name[1] for name in names if name[0] == "fastscale" and len(name) > 1} - {part}


@pytest.mark.parametrize("part", parts())
def test_a_part_imports_only_the_parts_below_it(part: str) -> None:
    allowed = MAY_IMPORT[part] | {part}
    strays = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(part)
        for name in imported(path)
        if name.startswith("fastscale.") and name.split(".")[1] not in allowed
    }
    assert not strays


@pytest.mark.parametrize("part", parts())
def test_what_a_part_may_import_it_does(part: str) -> None:
    """Or the table would say less with each change. Who may use the values as a whole need not use every one."""
    allowed = MAY_IMPORT[part]
    assert allowed - (VALUES if allowed >= VALUES else set()) <= used(part) | {part}


@pytest.mark.parametrize(("part", "libraries"), MUST_NOT_IMPORT.items())
def test_a_part_keeps_away_from_what_would_make_it_impure_or_heavy(part: str, libraries: set[str]) -> None:
    strays = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(part)
        for name in imported(path)
        if name.split(".")[0] in libraries
    }
    assert not strays


def test_the_sample_app_uses_the_meter_like_any_other_user() -> None:
    strays = {name for path in (ROOT / "app").glob("*.py") for name in imported(path) if name.startswith("fastscale.")}
    assert {name.split(".")[1] for name in strays} <= {"meter", "names", "errors"}
