"""Whether the labels of a sample are chosen by a selector of the plan."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from fastscale.plan.selector import LabelMatcher
from fastscale.pulse.scrape.failure import Failure, ReadError

#: True: it counts. False: it was meant to be left out. None: it is not what is looked for.
Choice = Callable[[bytes], bool | None]

#: Tasks of a service write the same labels again and again. What is longer than so many bytes is looked at each time.
_REMEMBERED = 4096
_REMEMBERED_BYTES = 256

_TEXT = rb'"((?:[^"\\\n]++|\\.)*+)"'
_LABEL = re.compile(
    rb"[ \t]*+(?:([a-zA-Z_:][a-zA-Z0-9_:]*+)|" + _TEXT + rb")[ \t]*+=[ \t]*+" + _TEXT + rb"[ \t]*+(?:,|\Z)"
)
_ESCAPE = re.compile(rb'\\([\\n"])')


def choice(matchers: Sequence[LabelMatcher]) -> Choice:
    """What ``matchers`` make of the text between a sample's braces; it raises ReadError ``malformed``.

    A selector that looks for something and finds nothing may have been mistyped; one that leaves everything out has
    seen the metric: that nothing else was counted yet is zero.
    """
    excluding = [one for one in matchers if one.excludes]
    picking = [one for one in matchers if not one.excludes]

    def chosen(text: bytes) -> bool | None:
        labels = read_labels(text)
        if not _all_accept(picking, labels):
            return None
        return _all_accept(excluding, labels)

    remembered = lru_cache(maxsize=_REMEMBERED)(chosen)
    return lambda text: remembered(text) if len(text) <= _REMEMBERED_BYTES else chosen(text)


def _all_accept(matchers: Sequence[LabelMatcher], labels: dict[str, str]) -> bool:
    return all(one.accepts(labels.get(one.label, "")) for one in matchers)


def read_labels(text: bytes) -> dict[str, str]:
    """The labels in ``text``, which stands between a sample's braces. Raises ReadError ``malformed``."""
    labels: dict[str, str] = {}
    text, at = text.strip(b" \t"), 0
    while at < len(text):
        one = _LABEL.match(text, at)
        if one is None:
            raise ReadError(Failure.MALFORMED)
        labels[_plain(one[1] or one[2])] = _plain(one[3])
        at = one.end()
    return labels


def _plain(text: bytes) -> str:
    if b"\\" in text:
        text = _ESCAPE.sub(lambda escape: b"\n" if escape[1] == b"n" else escape[1], text)
    try:
        return text.decode()
    except UnicodeDecodeError:
        raise ReadError(Failure.MALFORMED) from None
