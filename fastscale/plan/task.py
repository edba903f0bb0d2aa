"""The Fargate task and the ECS service that runs it."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Self

from pydantic import Field, field_validator, model_validator

from fastscale import aws_facts, names
from fastscale.plan.fargate import require_size
from fastscale.plan.model import Model

#: Days that CloudWatch Logs can keep a log group's events (PutRetentionPolicy, retentionInDays).
LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


#: A private repository of Amazon ECR (ECR user guide, "Amazon ECR private registries").
_ECR = re.compile(r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/")


class Architecture(StrEnum):
    """The processors that a task runs on; its image has to be built for them."""

    X86_64 = "x86_64"
    ARM64 = "arm64"


class Task(Model):
    """The Fargate task: size (CPU units, MiB), port, and how it starts and stops (seconds).

    ``image`` is the URI of an image that is somewhere already; without it the sample application is built from the
    checkout and pushed by the CDK.
    """

    family: str = names.TASK_FAMILY
    container: str = names.CONTAINER
    image: str | None = Field(default=None, pattern=r"^[^\s/]+(/[^\s/]+)*$")
    architecture: Architecture = Architecture.X86_64
    cpu: int = 256
    memory: int = 512
    port: int = Field(default=8080, ge=1, le=65535)
    startup_seconds: float = Field(default=aws_facts.TASK_STARTUP_SECONDS, ge=0)
    stop_timeout_seconds: int = Field(default=30, ge=2, le=120)
    log_group: str = names.LOG_GROUP
    log_retention_days: int = 7

    @property
    def image_in_ecr(self) -> bool:
        """Whether the image comes from a private repository of Amazon ECR, as one that the CDK builds does."""
        return self.image is None or bool(_ECR.match(self.image))

    @field_validator("log_retention_days")
    @classmethod
    def _retention(cls, value: int) -> int:
        if value not in LOG_RETENTION_DAYS:
            raise ValueError(f"log_retention_days {value} is not one of {', '.join(map(str, LOG_RETENTION_DAYS))}")
        return value

    @model_validator(mode="after")
    def _valid_on_fargate(self) -> Self:
        require_size(self.cpu, self.memory)
        return self


class Service(Model):
    """The ECS service; percentages are of the desired count during a deployment.

    ``desired_count`` is what a simulation begins with. Of the tasks above the floor, ``spot_percent`` run on Fargate
    Spot, which AWS may take back with two minutes' notice. ``enable_exec`` opens shells in running tasks: for
    development. With ``task_protection`` a task may protect itself from scale-in while it does long work.
    """

    cluster: str = names.CLUSTER
    name: str = names.SERVICE
    desired_count: int = Field(default=2, ge=0)
    minimum_healthy_percent: int = Field(default=50, ge=0, le=100)
    maximum_percent: int = Field(default=200, ge=100)
    enable_exec: bool = False
    spot_percent: int = Field(default=0, ge=0, le=100)
    task_protection: bool = False
