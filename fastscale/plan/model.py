"""What all parts of a plan have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Base of every part of a plan: frozen; an unknown key is an error rather than a surprise, and so is infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
