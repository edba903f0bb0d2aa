"""Findings as aligned lines. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fastscale.doctor.finding import Finding, Level


def lines(findings: Sequence[Finding]) -> Iterator[str]:
    """One line for each thing that was seen, followed by one for its fix; then how many problems there are."""
    width = max((len(finding.subject) for finding in findings), default=0)
    for finding in findings:
        yield f"{finding.level.value:<8} {finding.subject:<{width}}  {_one_line(finding.text)}"
        if finding.fix:
            yield f"{'fix':>8} {'':<{width}}  {_one_line(finding.fix)}"
    count = sum(finding.level is Level.PROBLEM for finding in findings)
    yield ""
    yield "Nothing is wrong." if not count else f"{count} problem{'s' if count > 1 else ''} found."


def _one_line(text: str) -> str:
    return " ".join(text.split())
