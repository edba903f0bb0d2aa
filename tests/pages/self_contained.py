"""What a page would load from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser

#: Attributes whose value a browser fetches, and elements that do nothing else.
_FETCHED = {"src", "srcset", "href", "data", "poster", "background", "action", "formaction", "ping", "xlink:href"}
_FETCHING = {"link", "iframe", "frame", "object", "embed", "base"}
_STYLE_FETCHES = re.compile(r"url\s*\(|@import|image-set\s*\(", re.IGNORECASE)


class _Finder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.policy = ""
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        given = dict(attrs)
        if tag == "meta" and given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given.get("content") or ""
        if tag in _FETCHING:
            self.found.append(f"<{tag}>")
        self.found += [f"<{tag} {name}={value}>" for name, value in attrs if name in _FETCHED]
        self.found += [f"<{tag} style={value}>" for name, value in attrs if name == "style" and _fetches(value or "")]

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "style" and _fetches(data):
            self.found.append("a style that fetches")


def outside(html: str) -> list[str]:
    """Whatever in the page fetches something, and its scripts where no policy keeps them from it."""
    finder = _Finder()
    finder.feed(html)
    policy = dict(rule.split(maxsplit=1) for rule in finder.policy.split("; ") if rule)
    allowed = {source for sources in policy.values() for source in sources.split()}
    kept = policy.get("default-src") == "'none'" and allowed <= {"'none'", "'unsafe-inline'", "data:"}
    return finder.found + ([] if kept else ["scripts"])


def _fetches(style: str) -> bool:
    return bool(_STYLE_FETCHES.search(style))
