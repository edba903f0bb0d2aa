"""The commands that the documentation tells its readers to type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "README.ko.md", *(ROOT / "docs").glob("*.md")])

#: A block for a terminal, also one that stands in a list.
_BLOCK = re.compile(r"^(?P<indent> *)```(?P<kind>console|bash|sh|shell)\n(?P<body>.*?)^(?P=indent)```$", re.M | re.S)


@dataclass(frozen=True)
class Command:
    """One command line of a page, continued lines joined and its comment taken off."""

    page: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}: {self.text}"


def commands(page: Path) -> list[Command]:
    """All commands of ``page`` in their order."""
    text = page.read_text(encoding="utf-8")
    found = []
    for block in _BLOCK.finditer(text):
        first = text.count("\n", 0, block.start("body")) + 1
        found += _of_block(page, first, block["body"])
    return found


def _of_block(page: Path, first: int, body: str) -> list[Command]:
    found, begun, at = [], "", first
    for number, line in enumerate(body.splitlines(), start=first):
        at = at if begun else number
        part = re.sub(r"\s{2,}#.*$", "", line).strip()
        if part.endswith("\\"):
            begun += part[:-1]
            continue
        if begun or (part and not part.startswith("#")):
            found.append(Command(page, at, begun + part))
        begun = ""
    return found
