"""What the plan's own checks find wrong with a request, in the words of an API error."""

from __future__ import annotations

from pydantic import ValidationError


def problems(error: ValidationError) -> str:
    """One line with all that is wrong; pydantic puts "Value error" before what our own checks say."""
    return "; ".join(problem["msg"].removeprefix("Value error, ") for problem in error.errors())
