"""Predictive scaling: AWS forecasts the load and raises the task count ahead of it."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from fastscale import names
from fastscale.plan.model import Model


class PredictiveMode(StrEnum):
    """Whether forecasts are only shown, or also acted upon."""

    FORECAST_ONLY = "ForecastOnly"
    FORECAST_AND_SCALE = "ForecastAndScale"


class PredictiveMetric(StrEnum):
    """What is forecast, and kept at the target per task (ECS developer guide, "Create a predictive scaling policy")."""

    CPU = "ECSServiceCPUUtilization"
    MEMORY = "ECSServiceMemoryUtilization"
    REQUESTS = "ALBRequestCount"


class PredictivePolicy(Model):
    """A predictive scaling policy. It needs a day of history to begin with, and never takes tasks away.

    ``target`` is a percentage for CPU and memory and requests a minute and task for ALBRequestCount. Tasks are started
    ``buffer_seconds`` ahead of the time that they are forecast to be needed.
    """

    name: str = Field(default=names.POLICY_PREDICTIVE, min_length=1)
    mode: PredictiveMode = PredictiveMode.FORECAST_ONLY
    metric: PredictiveMetric = PredictiveMetric.CPU
    target: float = Field(gt=0)
    buffer_seconds: int = Field(default=300, ge=0, le=3600)
