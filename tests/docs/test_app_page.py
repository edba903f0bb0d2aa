"""The page of the sample application has every variable that it reads, with its default."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.settings import Settings
from tests.docs.commands import ROOT

ROW = re.compile(r"^\| `(?P<name>[A-Z_]+)` \| `(?P<default>[^`]+)` \|", re.MULTILINE)


class Reads(dict[str, str]):
    """An empty environment that notes which variables are asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def get(self, name: str, default: object = None) -> object:
        self.names.append(name)
        return default


def defaults() -> Iterator[str]:
    for value in vars(Settings()).values():
        yield str(int(value)) if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def test_every_variable_is_there_with_its_default() -> None:
    reads = Reads()
    Settings.from_environment(reads)
    rows = dict(ROW.findall((ROOT / "docs" / "app.md").read_text()))
    assert rows == dict(zip(reads.names, defaults(), strict=True))
