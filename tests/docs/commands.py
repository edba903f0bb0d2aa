"""The commands that the documentation tells its readers to type: in blocks, in indented lines, and within sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [ROOT / "README.md", ROOT / "README.ko.md", ROOT / "examples" / "README.md", *(ROOT / "docs").glob("*.md")]
)

#: What a command begins with, after the variables that are set for it alone.
PROGRAMS = ("fastscale", "make", "aws", "curl", "pip", "cdk", "docker", "soci", "export", "unset", "python")
_COMMAND = re.compile(rf"(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?(?:{'|'.join(PROGRAMS)}) \S.*")
#: A block for a terminal, also one that stands in a list.
_BLOCK = re.compile(r"^(?P<indent> *)```(?P<kind>\w*)\n(?P<body>.*?)^(?P=indent)```$", re.M | re.S)
_TERMINAL = ("console", "bash", "sh", "shell")
_INDENTED = re.compile(r"^ {4}(?P<line>\S.*)$", re.M)
_WITHIN = re.compile(r"`(?P<text>[^`\n]+)`")


@dataclass(frozen=True)
class Command:
    """One command line of a page, continued lines joined and its comment taken off; ``block`` unless in a sentence."""

    page: Path
    line: int
    text: str
    block: bool = True

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}: {self.text}"


def commands(page: Path) -> list[Command]:
    """All commands of ``page`` in their order."""
    text = page.read_text(encoding="utf-8")
    found, prose = [], text
    for block in _BLOCK.finditer(text):
        first = text.count("\n", 0, block.start("body")) + 1
        lines = list(_of_block(page, first, block["body"]))
        found += lines if block["kind"] in _TERMINAL else [one for one in lines if _is_command(one.text, block["kind"])]
        prose = prose.replace(block[0], "\n" * block[0].count("\n"), 1)
    for pattern, name in ((_INDENTED, "line"), (_WITHIN, "text")):
        for match in pattern.finditer(prose):
            if _COMMAND.fullmatch(match[name]):
                line = prose.count("\n", 0, match.start()) + 1
                found.append(Command(page, line, match[name], block=pattern is _INDENTED))
    return sorted(found, key=lambda command: command.line)


def _is_command(text: str, kind: str) -> bool:
    """In a block that is no terminal's: plain text may show a command, a program or a plan does not."""
    return kind in ("", "text") and _COMMAND.fullmatch(text) is not None


def _of_block(page: Path, first: int, body: str) -> Iterator[Command]:
    begun, at = "", first
    for number, line in enumerate(body.splitlines(), start=first):
        at = at if begun else number
        part = re.sub(r"\s{2,}#.*$", "", line).strip()
        if part.endswith("\\"):
            begun += part[:-1]
            continue
        if begun or (part and not part.startswith("#")):
            yield Command(page, at, begun + part)
        begun = ""
