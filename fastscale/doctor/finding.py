"""One line of an examination."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How serious a finding is."""

    OK = "ok"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """What was looked at (``subject``), what was seen, and for a problem how to mend it."""

    level: Level
    subject: str
    text: str
    fix: str | None = None


def ok(subject: str, text: str) -> Finding:
    """Something that is as it should be."""
    return Finding(Level.OK, subject, text)


def problem(subject: str, text: str, *, fix: str) -> Finding:
    """Something that is wrong, and what to do about it."""
    return Finding(Level.PROBLEM, subject, text, fix)


def deploy(what: str, stack: str) -> str:
    """The fix for what a deployment brings: ``stack`` holds it, unless an application of the user's own does."""
    return f"deploy the stack that holds {what} ({stack}, unless it is your own)"
