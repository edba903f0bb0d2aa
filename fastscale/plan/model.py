"""What all parts of a plan have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Base of every part of a plan: frozen, and an unknown key is an error rather than a surprise."""

    model_config = ConfigDict(frozen=True, extra="forbid")
