"""Every link of a page that stays within the repository leads to a file, and to a heading where it names one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.commands import PAGES, ROOT

_FENCED = re.compile(r"^ *```.*?^ *```$", re.M | re.S)
_LINK = re.compile(r"\]\((?P<inline>[^)\s]+)\)|^\[[^\]]+\]: (?P<reference>\S+)$", re.M)
_HEADING = re.compile(r"^#+ (.+)$", re.M)


def links(page: Path) -> list[str]:
    """The targets of all links of a page that stay within the repository."""
    prose = _FENCED.sub("", page.read_text(encoding="utf-8"))
    found = [match["inline"] or match["reference"] for match in _LINK.finditer(prose)]
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def anchors(page: Path) -> set[str]:
    """The headings of a page as GitHub turns them into anchors: small letters, hyphens, no punctuation."""
    headings = _HEADING.findall(_FENCED.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_pages_have_links_at_all() -> None:
    assert sum(len(links(page)) for page in PAGES) > 50


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        linked = {(page.parent / link.partition("#")[0]).resolve() for link in links(page)}
        targets = {target / "README.md" if target.is_dir() else target for target in linked}
        waiting += [target for target in targets if target in PAGES and target not in reached]
    assert {page for page in PAGES if page.name != "README.md"} <= reached
