"""The Korean README says what the English one does: the same sections, blocks, figures, links and commands."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.docs.commands import ROOT

ENGLISH, KOREAN = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.ko.md"))
IDEATION = tuple((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("ideation.md", "ideation.ko.md"))

SECTIONS = {
    "Overview": "개요",
    "Features": "기능",
    "Architecture": "아키텍처",
    "Quick start": "빠른 시작",
    "Deploy": "배포",
    "Monitor and test": "모니터링과 시험",
    "Tuning": "튜닝",
    "Cost": "비용",
    "Limits": "한계",
    "Troubleshooting": "문제 해결",
    "Contributing": "기여",
}

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
_FIGURE = re.compile(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?")
#: English writes whole numbers up to this one as words, Korean as figures.
IN_WORDS = 12
_CODE = re.compile(r"`([^`\n]+)`")


def headings(text: str, level: int) -> list[str]:
    return re.findall(rf"^{'#' * level} (.+)$", _BLOCK.sub("", text), re.M)


def blocks(text: str) -> list[tuple[str, str]]:
    """Kind and body of each block; comments of programs are in the page's language."""
    return [(kind, re.sub(r"(?:^|  )# .*$", "#", body, flags=re.M)) for kind, body in _BLOCK.findall(text)]


def prose(text: str) -> str:
    return _BLOCK.sub("", text)


def test_the_sections_are_those_a_reader_looks_for_in_both_languages() -> None:
    assert headings(ENGLISH, 2) == list(SECTIONS)
    assert headings(KOREAN, 2) == list(SECTIONS.values())


@pytest.mark.parametrize(("english", "korean"), [(ENGLISH, KOREAN), IDEATION], ids=["readme", "ideation"])
def test_both_have_the_same_outline(english: str, korean: str) -> None:
    def outline(text: str) -> list[int]:
        return [len(marks) for marks in re.findall(r"^(#+) ", prose(text), re.M)]

    def rows(text: str) -> int:
        return sum(line.startswith("|") for line in text.splitlines())

    assert outline(english) == outline(korean)
    assert rows(english) == rows(korean)


def test_both_have_the_same_blocks_in_the_same_order() -> None:
    assert blocks(ENGLISH)
    assert blocks(KOREAN) == blocks(ENGLISH)


@pytest.mark.parametrize(("english", "korean"), [(ENGLISH, KOREAN), IDEATION], ids=["readme", "ideation"])
def test_both_tell_the_same_figures(english: str, korean: str) -> None:
    def figures(text: str) -> Counter[str]:
        found = _FIGURE.findall(prose(text))
        return Counter(one for one in found if "." in one or int(one.replace(",", "")) > IN_WORDS)

    assert figures(english)
    assert figures(korean) == figures(english)


def test_both_name_the_same_commands_files_and_links() -> None:
    def code(text: str) -> Counter[str]:
        return Counter(_CODE.findall(prose(text)))

    def links(text: str) -> set[str]:
        return {link.replace("ideation.ko.md", "ideation.md") for link in re.findall(r"\]\(([^)]+)\)", text)}

    assert code(KOREAN) == code(ENGLISH)
    assert links(KOREAN) - {"README.md"} == links(ENGLISH) - {"README.ko.md"}
