"""The VPC, and the load balancer in it."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Self

from pydantic import Field, model_validator

from fastscale import names
from fastscale.plan.model import Model


class HealthCheck(Model):
    """The target group's health check; times in seconds, thresholds in consecutive checks."""

    path: str = "/health"
    interval_seconds: int = Field(default=5, ge=5, le=300)
    timeout_seconds: int = Field(default=4, ge=2, le=120)
    healthy_threshold: int = Field(default=2, ge=2, le=10)
    unhealthy_threshold: int = Field(default=2, ge=2, le=10)
    success_codes: str = "200"

    @model_validator(mode="after")
    def _timeout_fits(self) -> Self:
        if self.timeout_seconds >= self.interval_seconds:
            raise ValueError(
                f"timeout_seconds {self.timeout_seconds} must be below interval_seconds {self.interval_seconds}"
            )
        return self


class LoadBalancer(Model):
    """The ALB and its target group."""

    name: str = names.LOAD_BALANCER
    target_group: str = names.TARGET_GROUP
    health_check: HealthCheck = HealthCheck()
    deregistration_delay_seconds: int = Field(default=10, ge=0, le=3600)
    access_log_days: int = Field(default=30, ge=1)
    certificate_arn: str | None = None


class Network(Model):
    """The VPC, with a public and a private /24 subnet in each availability zone."""

    cidr: str = "10.0.0.0/16"
    max_azs: int = Field(default=3, ge=2, le=3)
    nat_gateways: int = Field(default=1, ge=1, le=3)

    @model_validator(mode="after")
    def _subnets_fit(self) -> Self:
        block = _network(self.cidr)
        needed = 2 * self.max_azs
        if block.num_addresses < needed * 256 or block.prefixlen < 16:
            raise ValueError(
                f"cidr {self.cidr} is not a VPC for {needed} subnets of /24: give a block between /16 and "
                f"/{24 - (needed - 1).bit_length()}"
            )
        if self.nat_gateways > self.max_azs:
            raise ValueError(f"nat_gateways {self.nat_gateways} is more than max_azs {self.max_azs}")
        return self


def _network(cidr: str) -> IPv4Network:
    try:
        return IPv4Network(cidr)
    except ValueError as error:
        raise ValueError(f"cidr {cidr!r} is not an IPv4 block such as 10.0.0.0/16: {error}") from error
