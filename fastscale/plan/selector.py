"""Which samples of a Prometheus page are meant: a metric's name, and labels in Prometheus's selector syntax."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

_QUOTED = r"""(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)"""
_SELECTOR = re.compile(r"""\s*([^{}"'`]*?)\s*(?:\{(.*)\}\s*)?""", re.DOTALL)
_NAME_IN_BRACES = re.compile(rf"\s*({_QUOTED})\s*(?:,|$)")
_MATCHER = re.compile(rf"\s*([a-zA-Z_][a-zA-Z0-9_]*|{_QUOTED})\s*(=~|!~|!=|=)\s*({_QUOTED})\s*(?:,\s*|$)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"} | {sign: sign for sign in "\\\"'"}


@dataclass(frozen=True, slots=True)
class LabelMatcher:
    """What a label must be, or with ``!`` must not be: a value, or with ``~`` a regular expression for all of it."""

    label: str
    operator: str
    value: str

    def accepts(self, value: str) -> bool:
        """Whether ``value`` is as it must be; a label that is not there has the value ''."""
        if self.operator.endswith("~"):
            same = _compiled(self.value).fullmatch(value) is not None
        else:
            same = self.value == value
        return same is not self.excludes

    @property
    def excludes(self) -> bool:
        """Whether it only leaves samples out."""
        return self.operator.startswith("!")


@dataclass(frozen=True, slots=True)
class MetricSelector:
    """The samples of one ``metric`` that all ``matchers`` accept."""

    metric: str
    matchers: tuple[LabelMatcher, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """What ``text`` means in Prometheus's selector syntax. Raises ValueError in one line that tells the fix."""
        found = _SELECTOR.fullmatch(text)
        if found is None:
            raise ValueError("""is no metric, such as http_requests_total or http_requests_total{path!="/metrics"}""")
        metric, inside, at = found[1], found[2] or "", 0
        if not metric and (name := _NAME_IN_BRACES.match(inside)):
            metric, at = _unquoted(name[1]), name.end()
        if not metric:
            raise ValueError("""begins with no metric's name: write it before the braces""")
        matchers = []
        inside = inside.rstrip()
        while at < len(inside):
            one = _MATCHER.match(inside, at)
            if one is None:
                raise ValueError(f"""has no label at {inside[at:].strip()!r}: write such as path!="/metrics" there""")
            matchers.append(_matcher(_unquoted(one[1]), one[2], _unquoted(one[3])))
            at = one.end()
        return cls(metric, tuple(matchers))


def _matcher(label: str, operator: str, value: str) -> LabelMatcher:
    if label == "__name__":
        raise ValueError("has the label __name__: write the name before the braces")
    if operator.endswith("~"):
        if "[:" in value:
            raise ValueError(f"has {value!r} for {label}: write [a-z] and the like for [:alpha:] and the like")
        try:
            _compiled(value)
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"has {value!r} for {label}, which is no regular expression: {error}") from None
    return LabelMatcher(label, operator, value)


def _compiled(expression: str) -> re.Pattern[str]:
    """As Prometheus reads it: a dot is any sign, and ``\\d`` and the like know ASCII only."""
    return re.compile(expression, re.DOTALL | re.ASCII)


def _unquoted(text: str) -> str:
    """``text`` without its quotes and escapes; what has no quotes as it is, and what has backticks has no escapes."""
    if text[0] not in "\"'":
        return text.strip("`")
    unknown = re.search(r"\\([^ntr\\\"'])", text.replace("\\\\", ""))
    if unknown is not None:
        raise ValueError(f"has an unknown escape {unknown[0]}: write \\{unknown[0]}, or ` in place of quotes")
    return re.sub(r"\\(.)", lambda escape: _ESCAPES[escape[1]], text[1:-1])
