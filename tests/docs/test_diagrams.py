"""The pictures are those of their sources: every label of a .dot stands in the .svg that was drawn from it."""

from __future__ import annotations

import html
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.docs.commands import ROOT

DIAGRAMS = sorted((ROOT / "docs" / "diagrams").glob("*.dot"))

_LABEL = re.compile(r'label=(?:"(?P<plain>[^"]*)"|<(?P<html>.*?)>(?=[,\]]))')
_TEXT = re.compile(r"<text[^>]*>(.*?)</text>", re.S)


def drawn(dot: str) -> Counter[str]:
    """The words of all labels of a source, each as often as it is drawn."""
    found: Counter[str] = Counter()
    for match in _LABEL.finditer(re.sub(r"^\s*//.*$", "", dot, flags=re.M)):
        label = match["html"]
        found.update(words(re.sub(r"<[^>]+>", " ", label) if label else re.sub(r"\\[nlr]", " ", match["plain"])))
    return found


def shown(svg: str) -> Counter[str]:
    """The words of a picture: text that is partly bold is drawn in pieces."""
    found: Counter[str] = Counter()
    for text in _TEXT.findall(svg):
        found.update(words(re.sub(r"<[^>]+>", "", text)))
    return found


def words(text: str) -> list[str]:
    return html.unescape(text).replace("\u00a0", " ").split()


@pytest.mark.parametrize("source", DIAGRAMS, ids=lambda path: path.stem)
def test_a_picture_shows_the_labels_of_its_source_and_no_others(source: Path) -> None:
    dot, svg = source.read_text(encoding="utf-8"), source.with_suffix(".svg").read_text(encoding="utf-8")
    assert drawn(dot)
    assert shown(svg) == drawn(dot), "draw it again: make diagrams"


def test_every_picture_has_its_source() -> None:
    pictures = {path.stem for path in (ROOT / "docs" / "diagrams").glob("*.svg")}
    assert pictures == {path.stem for path in DIAGRAMS}
