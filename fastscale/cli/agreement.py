"""Asking before anything is changed."""

from __future__ import annotations

import sys

import typer

from fastscale.errors import InputError


def ask(question: str, *, yes: bool) -> None:
    """Go on when the user agrees; a script must agree beforehand. Raises InputError when nobody can be asked."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise InputError("nobody can be asked here: --yes agrees beforehand")
    typer.confirm(question, abort=True)
